"""Workers as processes of their own: exactly one run of each slot, and nothing torn when one dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path
from time import sleep
from typing import Any

import sqlalchemy as sa

from services.analytics import Analytics
from services.database.tables import sync_runs
from services.intake.demo import create_sample
from services.sync import queue
from tests.processes.waiting import TIMEOUT_SECONDS, until
from tests.rows import add_campaigns
from tests.sources.files import csv_text, drop

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "numpy", "matplotlib", "seaborn", "scipy", "sklearn", "PIL")

# A worker process that tells, at its first claim, what it has imported and started, and ends there.
UNTIL_CLAIM = f"""
import os
import sys

import psutil

from demetra_dash.settings import read_settings
from demetra_dash.worker import serve
from services.sync import queue

claim = queue.claim


def last(connection):
    run = claim(connection)
    imported = [name for name in {HEAVY!r} if name in sys.modules]
    print(run.trigger, imported, psutil.Process().children(), flush=True)
    os._exit(0)


queue.claim = last
settings = read_settings()
serve(settings.database_url, settings)
"""


@contextmanager
def workers(
    database_url: str, home: Path, number: int, *, minutes: float
) -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DEMETRA_HOME": str(home),
        "SYNC_INTERVAL_MINUTES": str(minutes),
        "CHART_DPI": "50",
        "DEMETRA_POOL_PROCESSES": "1",
    }
    started = [
        subprocess.Popen([sys.executable, "-m", "demetra_dash", "worker"], env=environment, cwd=home)
        for _ in range(number)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(TIMEOUT_SECONDS)


def test_two_workers_make_exactly_one_run_of_each_slot(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=10)

    with workers(database_url, tmp_path, 2, minutes=3 / 60):
        until(lambda: len(_slots(engine)) >= 5)

    slots = _slots(engine)
    assert len(slots) == len(set(slots))
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(slots)}
    # On a machine that is too slow for runs every 3 s a slot may be left out, never done twice.
    assert all(gap % 3 == 0 for gap in gaps)
    assert _states(engine) <= {"succeeded", "queued", "running", "interrupted"}


def test_a_worker_starts_with_a_run_when_there_is_no_fresh_snapshot(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=10)

    with workers(database_url, tmp_path, 1, minutes=600):
        until(lambda: "succeeded" in _states(engine))

    with engine.connect() as connection:
        newest = queue.newest(connection, "succeeded")
        assert newest is not None
        assert newest.trigger == "start"


def test_a_worker_claims_a_queued_run_before_it_loads_what_computes_it(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        add_campaigns(connection, days=10)
        queue.enqueue(connection, trigger="button")

    told = subprocess.run(
        [sys.executable, "-c", UNTIL_CLAIM],
        env={**os.environ, "DATABASE_URL": database_url, "DEMETRA_HOME": str(tmp_path)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=True,
    )

    assert told.stdout.strip() == "button [] []"


def test_a_worker_waits_quietly_while_there_are_no_campaigns(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    with workers(database_url, tmp_path, 1, minutes=1 / 60):
        until(lambda: Analytics(engine, 60).status().workers == 1)
        sleep(2.5)

    assert _states(engine) == set()


def test_a_killed_worker_leaves_no_trace_but_its_line_in_the_history(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))
        asked = queue.enqueue(connection, trigger="button").run
    analytics = Analytics(engine, 600)

    with workers(database_url, tmp_path, 1, minutes=600) as (victim,):
        until(lambda: analytics.run(asked.run_id).state == "running")
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    assert analytics.snapshot() is None

    with workers(database_url, tmp_path, 1, minutes=600):
        until(lambda: analytics.snapshot() is not None)
    assert analytics.run(asked.run_id).state == "interrupted"
    assert asked is not None
    snapshot = analytics.snapshot()
    assert snapshot is not None
    assert snapshot.run_id > asked.run_id


def _slots(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        done = sa.select(sync_runs.c.slot).where(
            sync_runs.c.slot.isnot(None), sync_runs.c.state == "succeeded"
        )
        return sorted(connection.scalars(done))


def _states(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(sa.select(sync_runs.c.state)))


def test_a_worker_without_campaigns_fetches_its_sources_and_again_at_each_slot(
    engine: sa.Engine, database_url: str, tmp_path: Path
) -> None:
    declared = '[[source]]\nname = "exports"\ntype = "folder"\npath = "in"\nsettle = "0.001 s"\n'
    (tmp_path / "sources.toml").write_text(declared)
    drop(tmp_path / "in", "may.csv")

    with workers(database_url, tmp_path, 1, minutes=2 / 60):
        until(lambda: _drawn(engine) == 1)
        drop(tmp_path / "in", "june.csv", csv_text(range(31, 59)))
        until(lambda: _drawn(engine) == 2)


def _drawn(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return sum(run.has_drawn for run in queue.history(connection, 1000))
