"""Clocks that jump: at most one run to catch up, the next within the interval, no age below zero.

The clock that counts is the database's. To set it back by a day is to move its whole history a day into
the future, and that is how it is done here; a worker's own clock is moved where APScheduler reads it.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import apscheduler.schedulers.base
import pytest
import sqlalchemy as sa

from demetra_dash import worker as worker_module
from demetra_dash.worker import Worker
from services.analytics import Analytics
from services.sync import queue, slots
from services.sync.options import SyncOptions
from tests.faults.conftest import Seen
from tests.processes.waiting import until

INTERVAL_SECONDS = 1800.0
JUMPS = {"1 h": timedelta(hours=1), "1 day": timedelta(days=1)}
pytestmark = pytest.mark.fault(
    "clock +-1 h, +-1 day, daylight-saving nights, suspend",
    must="at most one catch-up run; next within the interval + 60 s; ages never negative",
)


@pytest.fixture
def ticking(published: sa.Engine, published_url: str, options: SyncOptions) -> Any:
    """A worker that has asked for the present slot, and its run is over."""
    worker = Worker(published_url, options, INTERVAL_SECONDS)
    worker.tick()
    with published.begin() as connection:
        queue.enqueue_slot(connection, slots.slot_of(queue.now(connection), INTERVAL_SECONDS))
    _end_queued(published)
    yield worker
    worker._engine.dispose()


@pytest.mark.parametrize("name", JUMPS)
def test_a_clock_set_back_keeps_nobody_waiting(
    name: str, published: sa.Engine, ticking: Worker, seen: Seen
) -> None:
    _shift_history(published, JUMPS[name])

    ticking.tick()
    caught_up = _end_queued(published)
    age = Analytics(published, INTERVAL_SECONDS).status().age_seconds
    with published.begin() as connection:
        due = slots.next_slot(queue.now(connection), INTERVAL_SECONDS)
        has_run = queue.enqueue_slot(connection, due)

    assert caught_up <= 1
    assert has_run, "the next slot counts as done since before the clock was set back"
    assert age is not None
    assert age >= 0
    seen(f"set back {name}: {caught_up} to catch up, next slot runs")


@pytest.mark.parametrize("name", JUMPS)
def test_a_clock_put_forward_or_a_suspended_machine_makes_one_run(
    name: str, published: sa.Engine, ticking: Worker, seen: Seen
) -> None:
    _shift_history(published, -JUMPS[name])
    assert ticking._slot is not None
    ticking._slot -= JUMPS[name]

    ticking.tick()
    ticking.tick()

    caught_up = _end_queued(published)
    assert caught_up == 1
    seen(f"forward {name}: {caught_up} to catch up")


@pytest.mark.parametrize("name", JUMPS)
def test_the_ticking_follows_a_worker_clock_that_is_set_back(
    name: str, ticking: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[int] = []
    monkeypatch.setattr(Worker, "tick", lambda _: ticks.append(1))
    scheduler = ticking._scheduler()
    scheduler.start()
    until(lambda: len(ticks) > 0)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) - JUMPS[name]

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Earlier)
    monkeypatch.setattr(worker_module, "datetime", Earlier)
    ticks.clear()

    worker_module._follow_the_clock(scheduler)

    until(lambda: len(ticks) > 1)
    scheduler.shutdown()


def test_nights_of_daylight_saving_have_slots_like_any_other() -> None:
    for night in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        moments = [night + timedelta(minutes=number) for number in range(240)]

        times = sorted({slots.slot_of(moment, INTERVAL_SECONDS) for moment in moments})

        assert {later - earlier for earlier, later in itertools.pairwise(times)} == {timedelta(minutes=30)}


def _shift_history(engine: sa.Engine, by: timedelta) -> None:
    columns = ("slot", "requested_at", "started_at", "finished_at")
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE sync_runs SET " + ", ".join(f"{column} = {column} + :by" for column in columns)),
            {"by": by},
        )


def _end_queued(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return connection.execute(
            sa.text(
                "UPDATE sync_runs SET state = 'failed', finished_at = now(), error_code = 'test'"
                " WHERE state = 'queued'"
            )
        ).rowcount
