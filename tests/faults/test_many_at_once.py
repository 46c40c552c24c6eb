"""Many workers on one schedule, many clicks at once: always exactly one run."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import sqlalchemy as sa

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.database.engine import make_engine
from services.sync import queue
from tests.faults.conftest import Seen
from tests.faults.oracle import INTERVAL_SECONDS, Oracle

FIRST_SLOT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.fault("2-8 workers, 200 slots", must="exactly 200 runs")
@pytest.mark.parametrize(
    ("workers", "slots"),
    [(4, 20), pytest.param(2, 200, marks=pytest.mark.slow), pytest.param(8, 200, marks=pytest.mark.slow)],
)
def test_any_number_of_workers_make_exactly_one_run_of_each_slot(
    workers: int, slots: int, engine: sa.Engine, database_url: str, seen: Seen
) -> None:
    together = threading.Barrier(workers)

    def serve(_: int) -> int:
        done = 0
        own = make_engine(database_url, name="demetra worker", pool_size=2)
        for number in range(slots):
            together.wait(60)
            with own.begin() as connection:
                queue.enqueue_slot(connection, FIRST_SLOT + timedelta(minutes=30 * number))
            together.wait(60)
            done += _work_off(own)
        own.dispose()
        return done

    with ThreadPoolExecutor(workers) as pool:
        done = sum(pool.map(serve, range(workers)))

    with engine.connect() as connection:
        history = queue.history(connection, 2 * slots)
    assert done == len(history) == len({run.slot for run in history}) == slots
    assert {run.state for run in history} == {"succeeded"}
    seen(f"{workers} workers: {len(history)} runs of {slots} slots")


@pytest.mark.fault("200 clicks within 1 s by 20 clients", must="one run, everybody joins it, no error")
def test_two_hundred_clicks_at_once_are_one_run(
    published: sa.Engine, published_url: str, oracle: Oracle, seen: Seen
) -> None:
    web = make_engine(published_url, name="demetra web", pool_size=8)
    server = build(Analytics(web, INTERVAL_SECONDS), Settings()).server
    start = monotonic()

    def click(_: int) -> tuple[int, int, bool]:
        answer = server.test_client().post("/api/sync/run-now")
        return answer.status_code, answer.get_json()["run_id"], answer.get_json()["joined"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(click, range(200)))
    seen("200 clicks answered in {} s", monotonic() - start)
    web.dispose()

    assert {status for status, _, _ in answers} == {202}
    assert len({run_id for _, run_id, _ in answers}) == 1
    assert sorted(joined for _, _, joined in answers) == [False] + [True] * 199
    assert [run.state for run in oracle.runs()].count("queued") == 1


def _work_off(engine: sa.Engine) -> int:
    """Do what a worker does with a queued run, but for the computing."""
    with engine.connect() as work:
        if not queue.try_lock(work):
            return 0
        with engine.begin() as connection:
            run = queue.claim(connection)
        if run is None:
            return 0
        queue.finish(work, run.run_id, {})
        work.commit()
        return 1
