"""Faults in the computing of a sync: they end that run with a reason, and nothing else."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa

from demetra_dash.worker import Worker
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import ml_charts, sync_runs
from services.executors.process_pool import ProcessPool
from services.intake.demo import create_sample
from services.snapshots import store
from services.sync import pipeline, queue
from services.sync.options import SyncOptions
from services.sync.run import run_now
from services.sync.steps import warm_up
from services.views import Run
from tests.faults import tasks
from tests.options import NO_SLOT_SECONDS, sync_options
from tests.processes.waiting import TIMEOUT_SECONDS, until

pytestmark = pytest.mark.fault(
    "crash, endless loop or killed process in the computing",
    must="ends one run with a reason, not the worker",
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(2, warm_up)
    yield pool
    pool.close()


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path, deadline_seconds=600.0)


@pytest.fixture
def sample(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        create_sample(connection, today=date(2026, 11, 23))
    return engine


def _sync(engine: sa.Engine, options: SyncOptions, pool: ProcessPool) -> Run:
    run = run_now(engine, options, pool, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    return run


def _assert_whole(engine: sa.Engine, run_id: int) -> None:
    """The oracle: the snapshot is `run_id`, its four cards are all from it, nothing else is left."""
    with engine.connect() as connection:
        views = [store.dashboard(connection, spec) for spec in DASHBOARDS]
        assert {view.snapshot.run_id for view in views} == {run_id}
        assert all(view.rows for view in views)
        assert set(connection.scalars(sa.select(ml_charts.c.run_id))) == {run_id}
        states = set(connection.scalars(sa.select(sync_runs.c.state)))
    assert not states & {"queued", "running"}


@pytest.mark.parametrize("stage", ["predict_days", "plan", "advise", "render_dashboard"])
def test_a_crash_ends_one_run_and_says_so(
    sample: sa.Engine, options: SyncOptions, pool: ProcessPool, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    good = _sync(sample, options, pool)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, stage, tasks.crash)
        bad = _sync(sample, options, pool)

    assert (bad.state, bad.error_code) == ("failed", "compute_crashed")
    assert bad.error_text is not None
    assert "SIGSEGV" in bad.error_text["en"]
    assert "SIGSEGV" in bad.error_text["ru"]
    _assert_whole(sample, good.run_id)
    assert _sync(sample, options, pool).state == "succeeded"


def test_an_endless_loop_in_a_drawing_ends_at_the_deadline(
    sample: sa.Engine,
    options: SyncOptions,
    tmp_path: Path,
    pool: ProcessPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = _sync(sample, options, pool)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "render_dashboard", tasks.loop)
        bad = _sync(sample, sync_options(tmp_path, deadline_seconds=5.0), pool)

    assert (bad.state, bad.error_code) == ("failed", "compute_overdue")
    assert bad.error_text is not None
    assert "SYNC_DEADLINE_SECONDS" in bad.error_text["ru"]
    _assert_whole(sample, good.run_id)
    assert _sync(sample, options, pool).state == "succeeded"


def test_processes_killed_in_the_middle_of_a_run_are_replaced_for_the_next(
    sample: sa.Engine, options: SyncOptions, pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = _sync(sample, options, pool)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "render_dashboard", tasks.loop)
        killing = threading.Thread(target=_kill_when_drawing, args=(sample, pool))
        killing.start()
        bad = _sync(sample, options, pool)
        killing.join()

    assert (bad.state, bad.error_code) == ("failed", "compute_crashed")
    assert bad.error_text is not None
    assert "SIGKILL" in bad.error_text["en"]
    _assert_whole(sample, good.run_id)
    assert _sync(sample, options, pool).state == "succeeded"


def test_a_pipeline_that_cannot_be_imported_ends_one_run_and_says_so(
    sample: sa.Engine,
    options: SyncOptions,
    pool: ProcessPool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = _sync(sample, options, pool)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "services.sync.pipeline", None)
        bad = _sync(sample, options, pool)

    assert (bad.state, bad.error_code) == ("failed", "internal")
    assert bad.error_text is not None
    assert "ModuleNotFoundError" in bad.error_text["en"]
    assert "import of services.sync.pipeline halted" in caplog.text
    _assert_whole(sample, good.run_id)
    assert _sync(sample, options, pool).state == "succeeded"


def test_a_worker_outlives_a_pipeline_that_cannot_be_imported(
    sample: sa.Engine,
    database_url: str,
    options: SyncOptions,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    analytics = Analytics(sample, 600)
    worker = Worker(database_url, options, NO_SLOT_SECONDS)
    serving = threading.Thread(target=worker.serve)
    try:
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "services.sync.pipeline", None)
            serving.start()
            until(lambda: "the pipeline cannot be imported" in caplog.text)
        with sample.begin() as connection:
            asked = queue.enqueue(connection, trigger="button").run

        until(lambda: analytics.run(asked.run_id).finished_at is not None)
    finally:
        worker.stop()
        serving.join(TIMEOUT_SECONDS)

    assert not serving.is_alive()
    assert [run.state for run in analytics.runs()] == ["succeeded", "failed"]


def test_a_worker_told_to_stop_gives_up_a_run_that_takes_long(
    sample: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "render_dashboard", tasks.loop)
    analytics = Analytics(sample, 600)
    options = sync_options(tmp_path, deadline_seconds=600.0)
    worker = Worker(database_url, options, NO_SLOT_SECONDS, ProcessPool(2, warm_up))
    serving = threading.Thread(target=worker.serve)
    serving.start()
    until(lambda: _stage(analytics) == "draw")

    begun = monotonic()
    worker.stop()
    serving.join(TIMEOUT_SECONDS)

    assert not serving.is_alive()
    assert monotonic() - begun < 10
    (run,) = analytics.runs()
    assert (run.state, run.error_code) == ("interrupted", "interrupted")
    assert analytics.snapshot() is None


def _stage(analytics: Analytics) -> str | None:
    active = analytics.status().active
    return None if active is None else active.stage


def _kill_when_drawing(engine: sa.Engine, pool: ProcessPool) -> None:
    analytics = Analytics(engine, 600)
    until(lambda: _stage(analytics) == "draw")
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
