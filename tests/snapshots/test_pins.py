"""A pinned run outlives its rows, and is read by the same readers as any other run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import metadata, pins, sync_runs
from services.errors import UnknownRunError
from services.periods import Selection, last_days
from services.snapshots import archive, bundle, store
from services.snapshots import pins as pinning
from services.snapshots.archive import NewerArchiveError
from services.sync import queue
from services.views import MOST_SHOWN_ROWS
from tests.api.filling import publish_first, publish_next

FOLDER = Path(__file__).parent
NOT_SHOWN = {"prediction_ledger"}  # of a run, its scores are shown: they are in the archive as a value
PARTS = (*bundle.USUAL_PARTS, bundle.figures(last_days(13)), bundle.dashboard(DASHBOARDS[0].slug, None))


@pytest.fixture
def run_id(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return publish_first(connection)


@pytest.fixture
def analytics(engine: sa.Engine) -> Analytics:
    return Analytics(engine, 1800.0)


def views(analytics: Analytics, run_id: int) -> list[Any]:
    return [analytics._part(part, run_id) for part in PARTS]


def forget_rows(engine: sa.Engine, *, with_run: bool = False) -> None:
    """Publish newer runs and delete the rows of all older ones, as retention does."""
    with engine.begin() as connection:
        for _ in range(3):
            publish_next(connection)
        store.prune(connection, retention_rows=1)
        if with_run:
            connection.execute(sync_runs.delete().where(sync_runs.c.id == 1))


@contextmanager
def restored(engine: sa.Engine, packed: bytes) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        archive.restore(connection, packed)
        yield connection


@pytest.mark.parametrize("with_run", [False, True])
def test_every_view_of_a_pinned_run_is_the_same_after_its_rows_are_gone(
    engine: sa.Engine, analytics: Analytics, run_id: int, *, with_run: bool
) -> None:
    before = views(analytics, run_id)
    analytics.pin(run_id, "Board, 24 Nov", "ann")

    forget_rows(engine, with_run=with_run)

    assert views(analytics, run_id) == before
    assert analytics.snapshot_of(analytics.run_named("board, 24 NOV")).run_id == run_id


def test_reading_a_pinned_run_leaves_the_newest_one_as_it_is(
    engine: sa.Engine, analytics: Analytics, run_id: int
) -> None:
    analytics.pin(run_id, "Board")
    forget_rows(engine)
    newest = analytics.snapshot()
    assert newest is not None

    analytics.overview(Selection(), run_id)

    assert analytics.overview(Selection()).snapshot == newest
    with engine.connect() as connection:
        temporary = sa.text("SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'")
        assert connection.scalar(temporary) == 0


def test_an_unpinned_run_is_gone_with_its_rows(engine: sa.Engine, analytics: Analytics, run_id: int) -> None:
    pin = analytics.pin(run_id, "Board")
    forget_rows(engine)
    assert analytics.overview(Selection(), run_id).snapshot.run_id == run_id

    analytics.unpin(pin.id)

    with pytest.raises(UnknownRunError):
        analytics.overview(Selection(), run_id)
    assert analytics.pins() == ()


@pytest.mark.parametrize("name", ["", "   ", "42", "a\nb", "x" * 81, "a\u202eb"])
def test_a_name_that_no_address_or_list_could_show_is_refused(
    analytics: Analytics, run_id: int, name: str
) -> None:
    with pytest.raises(pinning.PinNameError):
        analytics.pin(run_id, name)


def test_a_name_and_a_run_are_pinned_once(engine: sa.Engine, analytics: Analytics, run_id: int) -> None:
    analytics.pin(run_id, "Board")
    with engine.begin() as connection:
        other = publish_next(connection)

    with pytest.raises(pinning.PinnedAlreadyError, match="Board"):
        analytics.pin(run_id, "Another name")
    with pytest.raises(pinning.PinNameTakenError, match=f"Run {run_id} "):
        analytics.pin(other, "BOARD")


def test_the_number_of_pins_is_limited(
    analytics: Analytics, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinning, "MOST_PINS", 0)

    with pytest.raises(pinning.TooManyPinsError):
        analytics.pin(run_id, "Board")


def test_a_run_that_is_too_large_is_refused_and_nothing_is_stored(
    analytics: Analytics, run_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)

    with pytest.raises(archive.ArchiveTooLargeError):
        analytics.pin(run_id, "Board")
    assert analytics.pins() == ()


def test_the_run_of_a_pin_stays_in_the_history(engine: sa.Engine, analytics: Analytics, run_id: int) -> None:
    analytics.pin(run_id, "Board")
    with engine.begin() as connection:
        newer = publish_next(connection)
        connection.execute(
            sync_runs.update().values(finished_at=sa.func.now() - sa.text("interval '91 days'"))
        )
        queue.forget_old(connection, keep_run_id=newer)

    assert {run.run_id for run in analytics.runs()} == {run_id, newer}


def test_every_table_with_rows_of_a_run_is_archived() -> None:
    of_runs = {
        table.name
        for table in metadata.tables.values()
        if any(key.column.table is sync_runs for key in table.foreign_keys)
    }

    assert of_runs - NOT_SHOWN <= {table.name for table in archive.TABLES}


def changed(packed: bytes, **manifest: Any) -> bytes:
    """Return an archive with other values in its manifest."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as found, zipfile.ZipFile(file, "w") as made:
        for name in found.namelist():
            content = found.read(name)
            if name == "archive.json":
                content = json.dumps({**json.loads(content), **manifest}).encode()
            made.writestr(name, content)
    return file.getvalue()


def packed_run(engine: sa.Engine, run_id: int) -> bytes:
    with engine.connect() as connection:
        return archive.pack(connection, store.find(connection, run_id))


def test_an_archive_of_a_newer_format_is_refused_by_name(engine: sa.Engine, run_id: int) -> None:
    newer = changed(packed_run(engine, run_id), format=archive.FORMAT + 1)

    with pytest.raises(NewerArchiveError), restored(engine, newer):
        pass


def test_an_archive_of_another_version_is_read_by_its_own_columns(engine: sa.Engine, run_id: int) -> None:
    """The version that wrote it had a column that is gone now, and lacked one that is new."""
    packed = packed_run(engine, run_id)
    with zipfile.ZipFile(io.BytesIO(packed)) as found:
        columns = json.loads(found.read("archive.json"))["tables"]
    renamed = {**columns, "sync_runs": ["forgotten" if c == "slot" else c for c in columns["sync_runs"]]}

    with restored(engine, changed(packed, tables=renamed)) as connection:
        snapshot = store.find(connection, run_id)
        assert bundle.figures(last_days(28)).read(connection, run_id).snapshot == snapshot
        assert connection.scalar(sa.select(sync_runs.c.slot)) is None


def test_the_archive_of_format_1_is_read(engine: sa.Engine) -> None:
    """A file that the first version with pins wrote. It stays as it is."""
    packed = (FOLDER / "pinned_format_1.zip").read_bytes()

    with restored(engine, packed) as connection:
        snapshot = store.find(connection, 1)
        overview = bundle.figures(last_days(28)).read(connection, 1)
        boards = [store.dashboard(connection, spec, 1, MOST_SHOWN_ROWS) for spec in DASHBOARDS]
        assert store.chart(connection, DASHBOARDS[0].slug, 1).png.startswith(b"\x89PNG")
    record = archive.track_record(packed, snapshot)

    assert (snapshot.run_id, snapshot.days) == (1, 60)
    assert [channel.channel for channel in overview.channels] == ["=cmd|' /C calc'!A0", "Яндекс «Директ»"]
    assert float(overview.totals.cost or 0) == pytest.approx(28 * 2 * 10.01)
    assert [board.count for board in boards] == [2, 2, 2, 2]
    assert {field.name for field in fields(record)} >= {"made_from", "scores"}


def test_a_size_is_told_of_each_pin(engine: sa.Engine, analytics: Analytics, run_id: int) -> None:
    pin = analytics.pin(run_id, "Board", "ann")

    with engine.connect() as connection:
        stored = connection.execute(sa.select(pins.c.archive, pins.c.pinned_by)).one()
    assert (pin.size, stored.pinned_by) == (len(stored.archive), "ann")
