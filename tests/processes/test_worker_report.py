"""What the supervisor tells of its worker reaches the status, as far as the database is there."""

from __future__ import annotations

from time import monotonic

import pytest
import sqlalchemy as sa

from demetra_dash.restarts import Restarts
from demetra_dash.worker_report import WorkerReport
from services.analytics import Analytics
from services.database.engine import make_engine
from services.database.schema import migrate
from services.sync import queue, restarts
from services.sync.status import WORKER_NAME
from services.text import Text
from tests.faults.own_server import own_server


@pytest.fixture
def report(database_url: str) -> WorkerReport:
    return WorkerReport(make_engine(database_url, name="demetra run", pool_size=1))


@pytest.fixture
def analytics(engine: sa.Engine) -> Analytics:
    return Analytics(engine, 1800.0)


def ended(times: int, *, pause: float) -> Restarts:
    return Restarts(due=monotonic() + pause, ended=times)


def test_the_status_tells_how_often_the_worker_ended_and_when_it_is_back(
    report: WorkerReport, analytics: Analytics
) -> None:
    report.tell(ended(3, pause=7.5))

    status = analytics.status()

    assert status.worker_restarts is not None
    assert status.worker_restarts.ended == 3
    assert 6.0 < (status.worker_restarts.back_at - status.server_now).total_seconds() <= 7.5
    assert status.is_restarting


def test_a_worker_that_is_back_is_no_longer_restarting_and_one_that_is_steady_no_longer_told_of(
    report: WorkerReport, analytics: Analytics, database_url: str
) -> None:
    report.tell(ended(1, pause=0.0))
    assert analytics.status().is_restarting

    worker = make_engine(database_url, name=f"{WORKER_NAME} 1", pool_size=1)
    with worker.connect():
        assert not analytics.status().is_restarting
        found = analytics.status().worker_restarts
        assert found is not None
        assert found.ended == 1
    worker.dispose()
    report.tell(ended(0, pause=0.0))

    assert analytics.status().worker_restarts is None


def test_the_end_of_the_supervisor_is_the_end_of_its_word(report: WorkerReport, analytics: Analytics) -> None:
    report.tell(ended(1, pause=10.0))

    report.clear()

    assert analytics.status().worker_restarts is None


def test_of_several_the_one_that_is_back_first_is_told(engine: sa.Engine, analytics: Analytics) -> None:
    with engine.begin() as connection:
        restarts.record(connection, "a 1", ended=5, seconds=9.0)
        restarts.record(connection, "b 1", ended=2, seconds=3.0)

    found = analytics.status().worker_restarts
    assert found is not None
    assert found.ended == 2


def test_a_word_whose_supervisor_was_killed_ends_by_itself(engine: sa.Engine, analytics: Analytics) -> None:
    with engine.begin() as connection:
        restarts.record(connection, "a 1", ended=5, seconds=-29.0)
        assert restarts.current(connection) is not None
        restarts.record(connection, "a 1", ended=5, seconds=-31.0)

    assert analytics.status().worker_restarts is None


@pytest.mark.parametrize(("state", "counts"), [("succeeded", True), ("failed", True), ("interrupted", False)])
def test_a_run_that_was_finished_in_the_life_of_the_worker_counts(
    report: WorkerReport, engine: sa.Engine, state: str, counts: bool
) -> None:
    with engine.begin() as connection:
        run_id = queue.enqueue(connection, trigger="test").run.run_id
        queue.try_lock(connection)
        queue.claim(connection)
        if state == "failed":
            queue.fail(connection, run_id, code="test", text=Text(en="x", ru="x"))
        elif state == "interrupted":
            queue.interrupt(connection, run_id)
        else:
            queue.finish(connection, run_id, {})

    assert report.has_finished_run(60.0) is counts
    assert not report.has_finished_run(0.0)


def test_the_queue_is_seen(report: WorkerReport, engine: sa.Engine) -> None:
    assert report.queued_run() is None

    with engine.begin() as connection:
        run_id = queue.enqueue(connection, trigger="test").run.run_id

    assert report.queued_run() == run_id


@pytest.mark.parametrize("fault", ["frozen", "killed"])
def test_the_supervisor_waits_for_no_database_and_tells_it_later(fault: str) -> None:
    with own_server() as postgres:
        engine = make_engine(postgres.url, name="demetra run", pool_size=1)
        migrate(engine)
        report, worker, start = WorkerReport(engine), ended(2, pause=60.0), monotonic()

        with getattr(postgres, fault)():
            report.tell(worker)
            answers = report.queued_run(), report.has_finished_run(60.0)
            waited = monotonic() - start
        report.tell(worker)

        assert answers == (None, False)
        assert waited < 60.0  # each call for itself gives up after a second
        found = Analytics(engine, 1800.0).status().worker_restarts
        assert found is not None
        assert found.ended == 2
        engine.dispose()
