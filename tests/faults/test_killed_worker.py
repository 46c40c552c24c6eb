"""A worker killed with SIGKILL at any point of a run: nothing torn, and the next run comes by itself."""

from __future__ import annotations

from random import Random
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa

from services.sync import queue
from services.sync.options import SyncOptions
from tests.faults.conftest import Seen
from tests.faults.crashing_workers import POINTS, worker
from tests.faults.oracle import Oracle
from tests.faults.reading import reader
from tests.processes.waiting import until

QUICK = ("run claimed", "draw begins", "before the commit", "while files are copied")
START_SECONDS = 15.0
LONGEST_DELAY = 0.15

pytestmark = pytest.mark.fault(
    "`kill -9` of the worker at each stage boundary", must="sound; next run within 15 s; readers see no error"
)


@pytest.mark.parametrize("name", QUICK)
def test_a_worker_killed_at_a_stage_boundary_leaves_nothing_torn(
    name: str, published: sa.Engine, published_url: str, options: SyncOptions, oracle: Oracle, seen: Seen
) -> None:
    _kill_and_recover(name, 0.0, published, published_url, options, oracle, seen)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", POINTS)
def test_a_worker_killed_anywhere_leaves_nothing_torn(
    name: str,
    seed: int,
    published: sa.Engine,
    published_url: str,
    options: SyncOptions,
    oracle: Oracle,
    seen: Seen,
) -> None:
    delay = Random(f"{name} {seed}").uniform(0, LONGEST_DELAY) if seed else 0.0
    _kill_and_recover(name, delay, published, published_url, options, oracle, seen)


def _kill_and_recover(
    name: str,
    delay: float,
    engine: sa.Engine,
    url: str,
    options: SyncOptions,
    oracle: Oracle,
    seen: Seen,
) -> None:
    before = oracle.assert_sound()
    with engine.begin() as connection:
        killed = queue.enqueue(connection, trigger="button", redraw=True).run.run_id
    with reader(engine) as read:
        with worker(url, options, point=POINTS[name], delay=delay) as victim:
            victim.join(60)
            assert victim.exitcode == -9, "it did not die"
        until(lambda: oracle.locks() == 0)
        shown = oracle.snapshots()[0]
        died_as = _state(oracle, killed)
        assert shown == (killed if died_as == "succeeded" else before)

        start = monotonic()
        with worker(url, options):
            if died_as == "succeeded":
                with engine.begin() as connection:
                    queue.enqueue(connection, trigger="button", redraw=True)
            # A run that was still queued is simply done; another one takes the place of a torn one.
            first = killed if died_as == "queued" else killed + 1
            until(lambda: any(run.started_at and run.id >= first for run in oracle.runs()))
            waited = monotonic() - start
            until(lambda: oracle.snapshots()[0] >= first)
        assert oracle.assert_sound() >= first
    assert read.answers > 0
    assert read.refusals == []
    assert waited < START_SECONDS
    seen("next run after at most {} s", waited)


def _state(oracle: Oracle, run_id: int) -> Any:
    return next(run.state for run in oracle.runs() if run.id == run_id)
