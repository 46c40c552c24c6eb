"""A worker that stands still beyond its deadline: another one takes over, and its commit is refused."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
import sqlalchemy as sa

from services.errors import RunLostError
from services.sync import queue
from services.sync.options import SyncOptions
from tests.faults.conftest import Seen
from tests.faults.crashing_workers import Point, worker
from tests.faults.oracle import Oracle
from tests.processes.waiting import TIMEOUT_SECONDS, until

SILENCE_SECONDS = 20
SLOW = pytest.mark.slow
# Where it stands still: its own transaction idle; a progress row locked; all written but the commit.
COMPUTING = Point("services.sync.pipeline", "collect")
TELLING_ITS_STAGE = Point("services.sync.queue", "enter_stage", 3)
BEFORE_ITS_COMMIT = Point("services.sync.queue", "finish")

pytestmark = pytest.mark.fault(
    "worker frozen beyond its deadline, then continued", must="commit refused; another has taken over"
)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(TELLING_ITS_STAGE, id="telling its stage"),
        pytest.param(COMPUTING, id="computing", marks=SLOW),
        pytest.param(BEFORE_ITS_COMMIT, id="before its commit", marks=SLOW),
    ],
)
def test_the_commit_of_a_worker_that_stood_still_is_refused(
    place: Point, published: sa.Engine, published_url: str, options: SyncOptions, oracle: Oracle, seen: Seen
) -> None:
    with published.begin() as connection:
        lost = queue.enqueue(connection, trigger="button").run.run_id
    frozen_there = worker(
        published_url, options, point=place, end=signal.SIGSTOP, silence_seconds=SILENCE_SECONDS
    )
    with frozen_there as frozen:
        assert frozen.pid is not None
        until(lambda: psutil.Process(frozen.pid).status() == psutil.STATUS_STOPPED)
        with worker(published_url, options):
            until(lambda: oracle.snapshots()[0] > lost)
            os.kill(frozen.pid, signal.SIGCONT)
            frozen.terminate()
            frozen.join(TIMEOUT_SECONDS)
            assert frozen.exitcode == 0, "it did not get over it"
            until(lambda: oracle.locks() == 0)

    assert [run.state for run in oracle.runs() if run.id == lost] == ["interrupted"]
    assert oracle.assert_sound() > lost
    seen(f"taken over from one that stood still after {place.function}")


def test_a_run_that_was_closed_meanwhile_cannot_be_published(published: sa.Engine) -> None:
    with published.begin() as connection:
        run = queue.enqueue(connection, trigger="button").run
        queue.claim(connection)
        queue.mark_orphaned(connection)

    with published.connect() as connection, pytest.raises(RunLostError):
        queue.finish(connection, run.run_id, {})


def test_a_session_that_is_silent_in_mid_statement_is_ended(published: sa.Engine) -> None:
    with published.connect() as silent, published.connect() as other:
        assert queue.try_lock(silent)

        assert queue.terminate_hung(other, 60) == 0
        assert queue.terminate_hung(other, 0) == 1

        until(lambda: queue.try_lock(other))
        silent.invalidate()
