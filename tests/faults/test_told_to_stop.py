"""SIGTERM during a sync: the worker is gone within 10 s, its run finished or undone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa

from services.sync import queue
from services.sync.options import SyncOptions
from tests.faults.conftest import Seen
from tests.faults.oracle import Oracle, processes_of
from tests.processes.waiting import TIMEOUT_SECONDS, until

STOP_SECONDS = 10.0


@pytest.mark.fault("SIGTERM during a sync", must="finished or rolled back within 10 s")
def test_a_worker_told_to_stop_leaves_within_ten_seconds(
    published: sa.Engine,
    published_url: str,
    options: SyncOptions,
    oracle: Oracle,
    tmp_path: Path,
    seen: Seen,
) -> None:
    with published.begin() as connection:
        asked = queue.enqueue(connection, trigger="button").run.run_id
    environment = {
        **os.environ,
        "DATABASE_URL": published_url,
        "DEMETRA_HOME": str(tmp_path),
        "ML_DASHBOARD_DIR": str(options.chart_dir),
        "CHART_DPI": "600",
        "SYNC_INTERVAL_MINUTES": "10080",  # so that no slot begins meanwhile
    }
    worker = subprocess.Popen([sys.executable, "-m", "demetra_dash", "worker"], env=environment, cwd=tmp_path)
    try:
        until(lambda: any(run.state == "running" and run.stage == "draw" for run in oracle.runs()))
        start = monotonic()
        worker.terminate()
        worker.wait(TIMEOUT_SECONDS)
        took = monotonic() - start
    finally:
        worker.kill()
        worker.wait()

    state = next(run.state for run in oracle.runs() if run.id == asked)
    assert state in {"succeeded", "interrupted"}
    assert oracle.assert_sound() == (asked if state == "succeeded" else oracle.snapshots()[0])
    until(lambda: processes_of(tmp_path) == [])
    assert took < STOP_SECONDS
    seen(f"{state} in at most {{}} s", took)
