"""PostgreSQL killed in the middle of a sync: what was committed stays, and the worker finds back alone."""

from __future__ import annotations

from pathlib import Path
from time import monotonic

import pytest

from services.database.engine import make_engine
from services.database.schema import migrate
from services.sync import queue
from services.sync.options import SyncOptions
from services.sync.run import run_now
from tests.faults.conftest import Seen
from tests.faults.crashing_workers import worker
from tests.faults.oracle import Oracle
from tests.faults.own_server import own_server
from tests.processes.waiting import until
from tests.rows import add_campaigns

RECOVERY_SECONDS = 10.0


@pytest.mark.fault(
    "`kill -9` of PostgreSQL in mid-sync; then back",
    must="committed run survives, partial one invisible; worker back within 10 s without a restart",
)
def test_a_worker_survives_the_death_of_its_database(
    options: SyncOptions, tmp_path: Path, seen: Seen
) -> None:
    with own_server() as postgres:
        engine = make_engine(postgres.url, name="demetra tests")
        migrate(engine)
        with engine.begin() as connection:
            add_campaigns(connection, days=60)
        good = run_now(engine, options, trigger="test", requested_by=None)
        assert good is not None
        oracle = Oracle(engine, chart_dir=options.chart_dir, model_file=options.model_file)
        with engine.begin() as connection:
            cut = queue.enqueue(connection, trigger="button", redraw=True).run.run_id

        with worker(postgres.url, options) as process:
            until(lambda: next(run.stage for run in oracle.runs() if run.id == cut) in {"plan", "draw"})
            with postgres.killed():
                pass
            back = monotonic()
            assert oracle.snapshots()[0] == good.run_id
            until(lambda: any(run.started_at and run.id > cut for run in oracle.runs()))
            waited = monotonic() - back
            until(lambda: oracle.snapshots()[0] > cut)
            until(lambda: oracle.locks() == 0)
            assert process.is_alive()

        assert oracle.assert_sound() > cut
        assert next(run.state for run in oracle.runs() if run.id == cut) in {"interrupted", "failed"}
        engine.dispose()
    assert waited < RECOVERY_SECONDS
    seen("next run {} s after it was back", waited)
