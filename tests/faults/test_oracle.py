"""The judge itself: content with two honest runs, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.faults.oracle import Oracle

BREAKAGES = {
    "charts of two runs": "UPDATE ml_charts SET png = (SELECT png FROM ml_charts"
    " ORDER BY run_id LIMIT 1) WHERE run_id = (SELECT max(id) FROM sync_runs)",
    "a chart is missing": "DELETE FROM ml_charts WHERE slug = 'roi-forecast'",
    "a card without rows": "DELETE FROM ml_budget_rec",
    "the previous run is gone": "DELETE FROM ml_roi_forecast WHERE run_id = (SELECT min(id) FROM sync_runs)",
    "rows of a run that is no more": "UPDATE ml_budget_rec SET run_id = 999 WHERE run_id ="
    " (SELECT min(id) FROM sync_runs) AND channel = (SELECT min(channel) FROM ml_budget_rec)",
    "a run that nobody works on": "INSERT INTO sync_runs (trigger, state) VALUES ('test', 'running')",
    "a failure without a reason": "INSERT INTO sync_runs (trigger, state, finished_at)"
    " VALUES ('test', 'failed', now())",
}


def test_two_honest_runs_are_sound(oracle: Oracle) -> None:
    first, second = (run.id for run in oracle.runs())

    assert oracle.assert_sound() == second
    assert oracle.snapshots() == [second, first]


@pytest.mark.parametrize("name", BREAKAGES)
def test_whatever_is_torn_is_found(oracle: Oracle, name: str) -> None:
    with oracle.engine.begin() as connection:
        # A breakage may need a row that points nowhere yet.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(sa.text(BREAKAGES[name])).rowcount > 0

    _finds_fault(oracle.assert_sound)


@pytest.mark.parametrize("name", ["charts/.roi-forecast.png.x", "charts/roi-forecast.png", ".model.skops.x"])
def test_files_that_do_not_belong_are_found(oracle: Oracle, name: str) -> None:
    assert oracle.chart_dir is not None
    (oracle.chart_dir.parent / name).write_bytes(b"x")

    _finds_fault(oracle.assert_sound)


def test_a_database_without_snapshot_is_not_sound_but_clean(oracle: Oracle) -> None:
    with oracle.engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE sync_runs, prediction_ledger CASCADE"))

    oracle.assert_clean()

    _finds_fault(oracle.assert_sound)


def _finds_fault(judge: Callable[[], object]) -> None:
    with pytest.raises(AssertionError):
        judge()
