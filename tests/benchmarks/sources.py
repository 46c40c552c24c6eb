"""Fetching: sources without news, a folder with thousands of files, and a file on its way to the page."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import sqlalchemy as sa

from services.database.engine import make_engine
from services.database.tables import source_files
from services.sources.declarations import Declarations
from services.sources.fetching import fetch_due
from services.sources.importing import ImportOptions
from services.sync.fetch import FetchStage
from services.sync.run import run_now
from services.views import Run
from tests.benchmarks.installation import Installation, answers, installation, until
from tests.benchmarks.table import Line, at_most, show
from tests.options import sync_options
from tests.sources.files import csv_text, drop

SOURCES = 20
FILES = 10_000
NEW = 3
INTERVAL_SECONDS = 30
SETTLED_SECONDS = 2.5  # a fetch would wait for a file that was written to just before
TIMES = 3
FOLDER = '[[source]]\nname = "{name}"\ntype = "folder"\npath = "{path}"\n'


def main() -> None:
    """Measure and print the table."""
    with installation() as built:
        show("fetching", _lines(built))


def _lines(built: Installation) -> Iterator[Line]:
    engine = make_engine(built.environment["DATABASE_URL"], name="demetra benchmark")
    yield at_most(f"{SOURCES} sources without news: the whole sync", _without_news(engine), 0.3, "{:.2f} s")
    what = f"a folder of {FILES:,} files, {NEW} of them new: all of the fetch"
    yield at_most(what, _many_files(engine), 2.0, "{:.2f} s")
    engine.dispose()
    what = f"a file dropped, to the pictures: interval {INTERVAL_SECONDS} s, longest of {TIMES}"
    yield at_most(what, max(_to_the_page(built)), INTERVAL_SECONDS + 5.0, "{:.1f} s")


def _without_news(engine: sa.Engine) -> float:
    """Return the seconds of a whole run that finds nothing new."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for number in range(SOURCES):
            drop(folder / str(number), "may.csv", csv_text(channel=f"Channel {number}", cost=5 + 9 * number))
        file = folder / "sources.toml"
        file.write_text("".join(FOLDER.format(name=f"s{one}", path=one) for one in range(SOURCES)))
        fetch, options = FetchStage(Declarations(file, dict)), sync_options(folder)
        runs = [run_now(engine, options, fetch=fetch, trigger="bench", requested_by=None) for _ in range(6)]
        seconds = [_seconds(run) for run in runs[1:] if run is not None and run.no_new_data]
        file.write_text("")
        with engine.begin() as connection:
            fetch.publish(connection)
        return median(seconds)


def _seconds(run: Run) -> float:
    assert run.started_at is not None
    assert run.finished_at is not None
    return (run.finished_at - run.started_at).total_seconds()


def _many_files(engine: sa.Engine) -> float:
    """Return the seconds of a fetch that finds a few new files among many known ones."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        known = [drop(folder / "in", f"{number}.csv", "known\n") for number in range(FILES - NEW)]
        file = folder / "sources.toml"
        file.write_text(FOLDER.format(name="many", path="in/**/*.csv"))
        declared = Declarations(file, dict)
        with engine.begin() as connection:
            declared.publish(connection)
            connection.execute(source_files.insert(), [_known(one) for one in known])
        for number in range(NEW):
            drop(folder / "in", f"new {number}.csv", _text(number, 333))
        sleep(SETTLED_SECONDS)
        start = perf_counter()
        fetched = fetch_due(engine, declared.read(), ImportOptions())
        seconds = perf_counter() - start
        assert (fetched.files, fetched.failed) == (NEW, ()), fetched
        return seconds


def _text(number: int, cost: int) -> str:
    return csv_text(range(40 * number, 40 * number + 28), cost=cost)


def _known(file: Path) -> dict[str, object]:
    found = file.stat()
    version = f"{found.st_size}-{found.st_mtime_ns}"
    return {"source": "many", "key": str(file), "version": version, "dealt_with_at": datetime.now(UTC)}


def _to_the_page(built: Installation) -> Iterator[float]:
    """Yield the seconds from the writing of a file to the four pictures of a snapshot with its rows."""
    folder = built.home / "in"
    folder.mkdir()
    (built.home / "sources.toml").write_text(FOLDER.format(name="exports", path="in"))
    with (
        built.part("demetra_dash", "web", DEMETRA_WORKERS="1"),
        built.part("demetra_dash", "worker", SYNC_INTERVAL_MINUTES=str(INTERVAL_SECONDS / 60)),
    ):
        until(lambda: answers(built.address + "/healthz"))
        until(lambda: _status(built)["scheduler"] == "running" and _status(built)["state"] == "idle")
        for number in range(TIMES):
            before = _status(built)["snapshot"]["run_id"]
            (folder / f"{number}.csv").write_text(_text(number, 555))
            yield until(lambda before=before: _status(built)["snapshot"]["run_id"] > before)  # type: ignore[misc]


def _status(built: Installation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(built.get("/api/sync/status"))
    return found


if __name__ == "__main__":
    main()
