"""Faults of sources and their files: others are imported, the last rows stay, the next fetch is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import campaigns, imports, sync_runs
from services.errors import DatabaseReadOnlyError
from services.sources import recording, state
from services.sources.fetching import Fetched, fetch_due
from services.sources.importing import ImportOptions
from services.sync import queue
from services.sync.options import SyncOptions
from services.views import SourceView
from tests.faults.conftest import Seen
from tests.faults.crashing_workers import Point, worker
from tests.processes.waiting import until
from tests.sources.files import csv_text, drop, folder_source

FOLDER = '[[source]]\nname = "exports"\ntype = "folder"\npath = "in"\nsettle = "0.001 s"\n'
ROWS = 56  # of a file
POINTS = {
    "the fetch begins": Point("services.sync.queue", "enter_stage", 1),
    "a file is locked": Point("services.sources.recording", "lock_files", 1),
    "rows are stored": Point("services.intake.history", "finish_import", 2),
    "a file is recorded": Point("services.sources.recording", "note_imported", 2),
    "the source is recorded": Point("services.sources.recording", "note_successes", 1),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def fetch(engine: sa.Engine, data: Path, **options: Any) -> Fetched:
    source = folder_source(data, **options)
    with engine.begin() as connection:
        recording.declare(connection, [source])
    return fetch_due(engine, [source], ImportOptions())


def view(engine: sa.Engine) -> SourceView:
    with engine.connect() as connection:
        return state.list_sources(connection).items[0]


def rows(engine: sa.Engine) -> int:
    own = campaigns.c.source == "exports"
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).where(own)).scalar_one())


def imported_files(engine: sa.Engine) -> list[str]:
    fetched = sa.select(imports.c.file_name).where(imports.c.fetched_from == "exports")
    with engine.connect() as connection:
        return sorted(connection.execute(fetched).scalars())


def fill(data: Path, number: int = 3) -> None:
    for one in range(number):
        drop(data, f"{one}.csv", csv_text(range(one * 40, one * 40 + 28)), age=1000 - one)


@pytest.mark.fault(
    "source: `kill -9` of the worker in the fetch", must="each file imported once; nothing torn"
)
@pytest.mark.parametrize("name", POINTS)
def test_a_worker_killed_in_the_fetch_imports_each_file_once(
    name: str, engine: sa.Engine, database_url: str, data: Path, options: SyncOptions, seen: Seen
) -> None:
    file = data.parent / "sources.toml"
    file.write_text(FOLDER)
    fill(data)

    with worker(database_url, options, point=POINTS[name], sources=file) as victim:
        victim.join(60)
        assert victim.exitcode == -9, "it did not die"
    torn = rows(engine) % ROWS
    with worker(database_url, options, sources=file):
        until(lambda: rows(engine) == 3 * ROWS and _is_idle(engine))

    assert torn == 0
    assert imported_files(engine) == ["0.csv", "1.csv", "2.csv"]
    assert view(engine).state == "ok"
    seen("all files by the next run")


@pytest.mark.fault("source: two workers and a command at once", must="each file imported once")
def test_two_workers_import_each_file_once(
    engine: sa.Engine, database_url: str, data: Path, options: SyncOptions
) -> None:
    file = data.parent / "sources.toml"
    file.write_text(FOLDER)
    fill(data, 6)

    with (
        worker(database_url, options, sources=file, interval_seconds=1.0),
        worker(database_url, options, sources=file, interval_seconds=1.0),
    ):
        until(lambda: rows(engine) >= ROWS)
        fetch(engine, data)
        until(lambda: rows(engine) == 6 * ROWS)

    assert imported_files(engine) == [f"{number}.csv" for number in range(6)]


@pytest.mark.fault("source: a file that is written slowly, with pauses", must="never imported in part")
def test_a_half_written_file_is_never_imported(engine: sa.Engine, data: Path) -> None:
    text = csv_text()
    lines = text.splitlines(keepends=True)
    pause, written = Event(), Event()

    def write() -> None:
        with (data / "may.csv").open("w", buffering=1) as stream:
            for number, line in enumerate(lines):
                stream.write(line)
                if number % 10 == 0:
                    pause.wait(0.2)
        written.set()

    writer = Thread(target=write)
    writer.start()
    counts = set()
    while not written.is_set():
        fetch(engine, data, settle='"0.05 s"')
        counts.add(rows(engine))
    writer.join()
    until(lambda: fetch(engine, data).files == 1 or rows(engine) == ROWS)

    assert counts <= {0, ROWS}
    assert rows(engine) == ROWS
    assert len(imported_files(engine)) == 1


def _garbage() -> bytes:
    return bytes((number * 73 + 41) % 256 for number in range(5000)) + b"\n"


UNUSABLE: dict[str, Callable[[], bytes | str]] = {
    "garbage": _garbage,
    "empty": lambda: "\n",
    "changed layout": lambda: csv_text().replace("cost", "thing").replace("date", "other"),
    "a web page": lambda: "<html><body>Please sign in</body></html>\n",
    "half a ZIP": lambda: b"PK\x03\x04" + _garbage() + b"PK\x05\x06" + bytes(18),
    "half a gzip": lambda: b"\x1f\x8b\x08\x00" + _garbage(),
    "no row that can be used": lambda: csv_text(range(2)).replace("2026-", "yesterday-"),
}


@pytest.mark.fault(
    "source: an unusable file", must="others imported; reason; not tried again; mended by itself"
)
@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_stops_no_other(name: str, engine: sa.Engine, data: Path) -> None:
    drop(data, "a.csv", UNUSABLE[name](), age=500)
    drop(data, "b.csv", csv_text(range(40, 68)), age=400)

    first = fetch(engine, data)
    again = fetch(engine, data)
    told = view(engine)
    drop(data, "a.csv", csv_text(), age=100)
    mended = fetch(engine, data)

    assert (first.files, first.refused, first.failed) == (1, 1, ())
    assert (again.files, again.refused) == (0, 0)
    assert told.refusals[0].file == "a.csv"
    assert (mended.files, rows(engine), view(engine).state) == (1, 2 * ROWS, "ok")
    assert {one.name for one in data.iterdir()} == {"a.csv", "b.csv"}


@pytest.mark.fault("source: another encoding, 10 x the rows", must="imported rightly")
def test_another_encoding_and_ten_times_the_rows_are_imported(engine: sa.Engine, data: Path) -> None:
    drop(data, "a.csv", csv_text(channel="Größe").encode("cp1252"), age=500)
    fetch(engine, data)
    drop(data, "a.csv", csv_text(campaigns=20, channel="Größe").encode("utf-16"), age=400)

    fetched = fetch(engine, data)

    assert (fetched.files, fetched.refused) == (1, 0)
    with engine.connect() as connection:
        found = connection.execute(
            sa.select(campaigns.c.channel, sa.func.count()).group_by(campaigns.c.channel)
        )
        assert [tuple(row) for row in found] == [("Größe", 10 * ROWS)]


@pytest.mark.fault(
    "source: its folder or file vanishes and comes back", must="last rows kept; reason; back by itself"
)
def test_a_folder_that_vanishes_keeps_its_rows_and_comes_back(engine: sa.Engine, data: Path) -> None:
    fill(data, 1)
    fetch(engine, data)

    data.rename(data.with_name("away"))
    away = fetch(engine, data)
    told = view(engine)
    data.with_name("away").rename(data)
    fill(data, 2)
    with engine.begin() as connection:
        state.want(connection, "exports")
    back = fetch(engine, data)

    assert (away.failed, told.state, told.error_code) == (("exports",), "failing", "source_missing")
    assert (back.failed, rows(engine), view(engine).state) == ((), 2 * ROWS, "ok")


@pytest.mark.fault("source: database read-only in the fetch", must="nothing torn; back by itself")
def test_a_read_only_database_loses_no_file(
    engine: sa.Engine, data: Path, read_only: Callable[[bool], None]
) -> None:
    fill(data)
    source = folder_source(data)
    with engine.begin() as connection:
        recording.declare(connection, [source])

    read_only(True)
    with pytest.raises(DatabaseReadOnlyError):
        fetch_due(engine, [source], ImportOptions())
    read_only(False)
    fetched = fetch_due(engine, [source], ImportOptions())

    assert (fetched.files, fetched.failed, rows(engine)) == (3, (), 3 * ROWS)


@pytest.mark.fault("source: a hanging reader, while a worker is asked to stop", must="it ends at once")
def test_a_worker_that_fetches_ends_when_asked(
    engine: sa.Engine, database_url: str, data: Path, options: SyncOptions
) -> None:
    file = data.parent / "sources.toml"
    # The worker waits for a file that is to stand still for longer than it may be asked to wait.
    file.write_text(FOLDER.replace("0.001 s", "2.9 s"))
    drop(data, "a.csv", age=0)

    with worker(database_url, options, sources=file) as running:
        until(lambda: _stage(engine) == "fetch")
        running.terminate()
        running.join(20)

        assert running.exitcode == 0


def _is_idle(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return queue.active(connection) is None


def _stage(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(
            sa.select(sync_runs.c.stage).order_by(sync_runs.c.id.desc()).limit(1)
        ).scalar()
