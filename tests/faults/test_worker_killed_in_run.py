"""The worker of `demetra run` killed again and again: the next run begins soon, and the status says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest

from tests.faults.conftest import Seen
from tests.processes.running import Running, demetra_run
from tests.processes.waiting import until

KILLS = 12
NEXT_RUN_SECONDS = 5.0


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with demetra_run(SYNC_INTERVAL_MINUTES="600") as demetra:
        yield demetra


@pytest.mark.slow
@pytest.mark.fault(
    "12 kills of the worker in `demetra run`, each after a good run",
    must="worker started again at once; next run within 5 s of each kill",
)
def test_a_worker_killed_after_each_good_run_is_soon_back(running: Running, seen: Seen) -> None:
    _done(running, _ask(running))

    for _ in range(KILLS):
        killed = _kill(running)
        asked = _ask(running)
        _worker(running)
        started = _seconds_since(killed)
        run = _done(running, asked)
        seen("worker started again after at most {} s", started)
        began = (datetime.fromisoformat(run["started_at"]) - killed).total_seconds()
        seen("next run after at most {} s", began)
        assert run["state"] == "succeeded"
        assert began < NEXT_RUN_SECONDS


@pytest.mark.fault(
    "6 kills of the worker in `demetra run`, no run in between", must="told each time; a click ends the pause"
)
def test_a_worker_that_keeps_ending_is_told_of_and_a_click_ends_the_pause(
    running: Running, seen: Seen
) -> None:
    _done(running, _ask(running))
    before = (_restarts(running) or {"ended": 0})["ended"]
    for number in range(1, 7):
        _kill(running)
        back_at = _back_at(running, before + number)

    clicked = datetime.now(UTC)
    asked = _ask(running)
    _worker(running)
    started = datetime.now(UTC)

    assert clicked < back_at, "the click came after the pause"
    assert started < back_at
    assert _done(running, asked)["state"] == "succeeded"
    seen("worker started again {} s after the click", (started - clicked).total_seconds())


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()


def _kill(running: Running) -> datetime:
    """Kill the worker as soon as there is one; return when, once it is gone."""
    worker = _worker(running)
    worker.kill()
    killed = datetime.now(UTC)
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    return killed


def _worker(running: Running) -> psutil.Process:
    found: list[psutil.Process] = []

    def look() -> bool:
        worker = running.part("worker")
        if worker is not None:
            found.append(worker)
        return bool(found)

    until(look)
    return found[0]


def _ask(running: Running) -> int:
    """Ask for a run that draws, as a click after an import does."""
    return int(json.loads(running.bytes("/api/ml-dashboard/generate-all", method="POST"))["run_id"])


def _done(running: Running, run_id: int) -> Any:
    until(lambda: running.get(f"/api/sync/runs/{run_id}")["finished_at"] is not None)
    return running.get(f"/api/sync/runs/{run_id}")


def _back_at(running: Running, ended: int) -> datetime:
    """Return the time at which the worker process is announced to be back after so many ends."""
    told: list[datetime] = []

    def look() -> bool:
        restarts = _restarts(running)
        if restarts is not None and restarts["ended"] == ended:
            told.append(datetime.fromisoformat(restarts["back_at"]))
        return bool(told)

    until(look)
    return told[0]


def _restarts(running: Running) -> Any:
    return running.get("/api/sync/status")["worker_restarts"]
