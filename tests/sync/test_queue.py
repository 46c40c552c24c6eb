"""The queue: one run waits, one runs, further requests join it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.database.tables import sync_runs
from services.errors import UnknownRunError
from services.sync import queue, slots
from services.views import Run

SLOT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_first_to_ask_gets_a_run_and_the_second_joins_it(connection: sa.Connection) -> None:
    first = queue.enqueue(connection, trigger="button", requested_by="Anna")
    second = queue.enqueue(connection, trigger="api")

    assert not first.joined
    assert second.joined
    assert second.run.run_id == first.run.run_id
    assert first.run.requested_by == "Anna"


def test_twenty_clicks_at_once_make_one_run(engine: sa.Engine) -> None:
    def click(_: int) -> bool:
        with engine.begin() as connection:
            return queue.enqueue(connection, trigger="button").joined

    with ThreadPoolExecutor(20) as pool:
        joined = list(pool.map(click, range(20)))

    assert sorted(joined) == [False] + [True] * 19
    assert _count(engine) == 1


def test_whoever_asks_while_a_run_is_at_work_joins_it(engine: sa.Engine) -> None:
    with engine.connect() as work:
        assert queue.try_lock(work)
        running = _ask_and_claim(engine)

        with engine.begin() as connection:
            asked = queue.enqueue(connection, trigger="button")

        assert asked.joined
        assert asked.run.run_id == running.run_id
        assert asked.run.state == "running"


def test_only_one_worker_gets_the_lock(engine: sa.Engine) -> None:
    with engine.connect() as first, engine.connect() as second:
        assert queue.try_lock(first)
        assert not queue.try_lock(second)

        first.rollback()
        assert queue.try_lock(second)


def test_a_run_whose_worker_died_is_interrupted_and_does_not_hold_up_the_next(engine: sa.Engine) -> None:
    with engine.connect() as work:
        queue.try_lock(work)
        dead = _ask_and_claim(engine)
    # The lock went with the connection.
    with engine.begin() as connection:
        asked = queue.enqueue(connection, trigger="button")
        left = queue.find(connection, dead.run_id)

    assert not asked.joined
    assert left.state == "interrupted"
    assert left.error_code == "interrupted"
    assert left.finished_at is not None


def test_a_run_at_work_is_not_taken_for_a_dead_one(engine: sa.Engine) -> None:
    with engine.connect() as work, engine.begin() as connection:
        queue.try_lock(work)
        _ask_and_claim(engine)

        assert queue.mark_interrupted(connection) == []


def test_any_number_of_workers_makes_one_run_of_a_slot(engine: sa.Engine) -> None:
    def tick(_: int) -> bool:
        with engine.begin() as connection:
            return queue.enqueue_slot(connection, SLOT)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(tick, range(16)))

    assert made.count(True) == 1
    assert _count(engine) == 1


def test_a_run_queued_by_hand_takes_the_slot_over(connection: sa.Connection) -> None:
    by_hand = queue.enqueue(connection, trigger="button").run

    assert queue.enqueue_slot(connection, SLOT)
    assert queue.find(connection, by_hand.run_id).slot == SLOT
    assert not queue.enqueue_slot(connection, SLOT)


def test_a_slot_gets_its_own_run_while_another_is_at_work(engine: sa.Engine) -> None:
    with engine.connect() as work:
        queue.try_lock(work)
        running = _ask_and_claim(engine)
        with engine.begin() as connection:
            assert queue.enqueue_slot(connection, SLOT)
            queued = queue.newest(connection, "queued")

    assert queued is not None
    assert queued.run_id != running.run_id


def test_a_failure_is_kept_with_its_reason_in_both_languages(engine: sa.Engine) -> None:
    with engine.connect() as work:
        queue.try_lock(work)
        run = _ask_and_claim(engine)
        with engine.begin() as connection:
            queue.fail(connection, run.run_id, code="x", text=queue._INTERRUPTED)
            failed = queue.find(connection, run.run_id)

    assert failed.state == "failed"
    assert failed.error_text is not None
    assert set(failed.error_text) == {"en", "ru"}


def test_history_forgets_old_runs_but_not_the_current_one(connection: sa.Connection) -> None:
    old = datetime.now(UTC) - timedelta(days=queue.HISTORY_DAYS + 1)
    ids = [
        connection.scalar(
            sync_runs.insert()
            .values(trigger="schedule", state="succeeded", finished_at=old)
            .returning(sync_runs.c.id)
        )
        for _ in range(3)
    ]

    queue.forget_old(connection, keep_run_id=ids[1])

    assert [run.run_id for run in queue.history(connection, 10)] == [ids[1]]


def test_an_unknown_run_is_said_so(connection: sa.Connection) -> None:
    with pytest.raises(UnknownRunError, match="12345"):
        queue.find(connection, 12345)


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
intervals = st.sampled_from([3.0, 30.0, 90.0, 1800.0, 86_400.0])


@given(moments, intervals)
def test_a_moment_lies_in_its_slot(moment: datetime, interval: float) -> None:
    slot = slots.slot_of(moment, interval)

    assert slot <= moment < slots.next_slot(moment, interval)
    assert slots.slot_of(slot, interval) == slot


def _ask_and_claim(engine: sa.Engine) -> Run:
    with engine.begin() as connection:
        queue.enqueue(connection, trigger="button")
        run = queue.claim(connection)
    assert run is not None
    return run


def _count(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(sync_runs)) or 0
