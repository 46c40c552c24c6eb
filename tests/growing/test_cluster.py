"""A Dask cluster as the executor: the same figures, and no run that fails because the cluster fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from demetra_dash.settings import read_settings
from demetra_dash.worker import sync_options
from services.dashboards import DASHBOARDS
from services.database.tables import campaigns, ml_charts
from services.executors.base import INLINE, Executor, InlineExecutor
from services.executors.dask_cluster import DaskExecutor
from services.executors.process_pool import ProcessPool
from services.forecasting import chunks, evaluate, predict, train
from services.sync import queue
from services.sync.run import run_now
from services.views import Run
from tests.forecasting.accounts import account
from tests.growing.machines import Part, dask_scheduler, dask_worker, free_port
from tests.processes.waiting import until

pytestmark = pytest.mark.slow


@dataclass
class DaskCluster:
    """A scheduler and its workers."""

    address: str
    scheduler: Part
    workers: list[Part]

    def count_workers(self) -> int:
        from distributed import Client

        with Client(self.address, timeout=10, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            return len(client.nthreads())


@contextmanager
def cluster_of(workers: int, folder: Path) -> Iterator[DaskCluster]:
    with ExitStack() as stack:
        scheduler = stack.enter_context(dask_scheduler(folder))
        address = f"tcp://127.0.0.1:{scheduler.port}"
        parts_ = [stack.enter_context(dask_worker(folder, address)) for _ in range(workers)]
        made = DaskCluster(address, scheduler, parts_)
        until(lambda: made.count_workers() == workers)
        yield made


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A cluster of two workers that no test harms."""
    with cluster_of(2, tmp_path_factory.mktemp("dask")) as made:
        yield made


@contextmanager
def executor_on(address: str, near: Executor | None = None) -> Iterator[DaskExecutor]:
    executor = DaskExecutor(address, near or InlineExecutor())
    yield executor
    executor.close()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few channels, so that small accounts have several."""
    monkeypatch.setattr(chunks, "MOST_CHANNELS", 3)
    monkeypatch.setattr("services.sync.pipeline.MOST_CHANNELS", 3)


def test_forecasts_training_and_backtests_are_the_same_wherever_they_are_computed(
    cluster: DaskCluster, small_parts: None
) -> None:
    days = account(channels=8, days=150)
    local = ProcessPool(2)

    with executor_on(cluster.address) as remote:
        executors = [INLINE, local, remote]
        models = [train(days, 28, executor) for executor in executors]
        predictions = [predict(days, 28, models[0], executor) for executor in executors]
        evaluations = [evaluate(days, 28, executor) for executor in executors]
        assert remote.warning() is None
    local.close()

    for model, prediction, evaluation in zip(models[1:], predictions[1:], evaluations[1:], strict=True):
        for name, learned in models[0].learned_.items():
            for key, values in learned.items():
                np.testing.assert_array_equal(model.learned_[name][key], values)
        pd.testing.assert_frame_equal(prediction.daily, predictions[0].daily, check_exact=True)
        pd.testing.assert_frame_equal(prediction.channels, predictions[0].channels, check_exact=True)
        assert prediction.scores == predictions[0].scores
        assert evaluation == evaluations[0]


def test_a_sync_on_the_cluster_publishes_what_a_local_one_does(
    cluster: DaskCluster, engine: sa.Engine, tmp_path: Path, small_parts: None
) -> None:
    fill(engine, channels=8, days=60)
    local = ProcessPool(1)  # with one thread for numerical libraries, as on the cluster
    here = sync(engine, tmp_path, local)
    local.close()

    with executor_on(cluster.address) as executor:
        there = sync(engine, tmp_path, executor)

    assert (there.state, there.error_code) == ("succeeded", None)
    assert_same(published(engine, there), published(engine, here))


def test_a_worker_of_the_cluster_that_dies_costs_time_and_not_the_run(
    engine: sa.Engine, tmp_path: Path, small_parts: None
) -> None:
    fill(engine, channels=60, days=200)

    with cluster_of(2, tmp_path) as cluster, executor_on(cluster.address) as executor:
        with when_at(engine, "predict", cluster.workers[0].kill):
            run = sync(engine, tmp_path, executor)
        assert cluster.count_workers() == 1

    assert (run.state, run.error_code) == ("succeeded", None)


def test_a_scheduler_that_dies_in_mid_run_is_remarked_and_the_run_goes_on_here(
    engine: sa.Engine, tmp_path: Path, small_parts: None
) -> None:
    fill(engine, channels=60, days=200)

    with cluster_of(2, tmp_path) as cluster, executor_on(cluster.address) as executor:
        with when_at(engine, "predict", cluster.scheduler.kill):
            run = sync(engine, tmp_path, executor)
        again = sync(engine, tmp_path, executor)

    assert_unaided(run)
    assert_unaided(again)
    assert_same(published(engine, again), published(engine, run))


def test_a_scheduler_out_of_reach_is_remarked_and_the_run_goes_on_here(
    engine: sa.Engine, tmp_path: Path, small_parts: None
) -> None:
    fill(engine, channels=4, days=40)
    address = f"tcp://127.0.0.1:{free_port()}"

    with executor_on(address) as executor:
        run = sync(engine, tmp_path, executor)

    assert_unaided(run)
    assert run.error_text is not None
    assert address in run.error_text["en"]


def test_a_scheduler_without_workers_is_remarked_and_comes_to_help_once_it_has_some(
    engine: sa.Engine, tmp_path: Path, small_parts: None
) -> None:
    fill(engine, channels=4, days=40)

    with cluster_of(0, tmp_path) as cluster, executor_on(cluster.address) as executor:
        alone = sync(engine, tmp_path, executor)
        with dask_worker(tmp_path, cluster.address):
            until(lambda: cluster.count_workers() == 1)
            helped = sync(engine, tmp_path, executor)

    assert_unaided(alone)
    assert (helped.state, helped.error_code) == ("succeeded", None)


def assert_unaided(run: Run) -> None:
    assert (run.state, run.error_code) == ("succeeded", "cluster_unavailable")
    assert run.error_text is not None
    assert "Dask" in run.error_text["en"]
    assert "Планировщик" in run.error_text["ru"]


@contextmanager
def when_at(engine: sa.Engine, stage: str, act: Any) -> Iterator[None]:
    """Act once a run is at the stage."""

    def watch() -> None:
        until(lambda: _stage(engine) == stage)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()


def _stage(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        run = queue.active(connection)
    return run.stage if run else None


def sync(engine: sa.Engine, home: Path, executor: Executor) -> Run:
    options = sync_options(read_settings({"DEMETRA_HOME": str(home), "CHART_DPI": "50"}))
    run = run_now(engine, options, executor, trigger="test", requested_by=None, redraw=True)
    assert run is not None
    return run


def fill(engine: sa.Engine, channels: int, days: int) -> None:
    rows = account(channels=channels, days=days, seed=5)
    values: list[dict[str, Any]] = [
        {
            "source": "import",
            "campaign_id": row["channel"],
            **{str(name): value for name, value in row.items()},
        }
        for row in rows.to_dict(orient="records")
    ]
    with engine.begin() as connection:
        connection.execute(campaigns.insert(), values)


def assert_same(found: dict[str, list[Any]], expected: dict[str, list[Any]]) -> None:
    """Compare what two runs have published: forecasts and pictures to the last bit.

    The plan is rounded differently in any two processes, also on one machine; then the picture of
    it may differ as well.
    """
    plans = [published.pop("ml_budget_rec") for published in (found, expected)]
    pictures = [
        {row[0]: row[1:] for row in published.pop("ml_charts") if row[0] != "budget-recommendations"}
        for published in (found, expected)
    ]
    assert found == expected
    assert pictures[0] == pictures[1]
    assert len(plans[0]) == len(plans[1])
    for one, other in zip(*plans, strict=True):
        assert [_close(value) for value in one] == list(map(_plain, other))


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _close(value: Any) -> Any:
    return pytest.approx(float(value), rel=1e-5, abs=1e-5) if isinstance(value, float | Decimal) else value


def published(engine: sa.Engine, run: Run) -> dict[str, list[Any]]:
    """Return everything that a run has published, without what names the run itself."""
    found: dict[str, list[Any]] = {}
    with engine.connect() as connection:
        for table in (*(dashboard.table for dashboard in DASHBOARDS), ml_charts):
            columns = [c for c in table.c if c.name not in {"id", "run_id", "created_at"}]
            rows = connection.execute(
                sa.select(*columns).where(table.c.run_id == run.run_id).order_by(*columns[:2])
            )
            found[table.name] = [tuple(row) for row in rows]
    return found
