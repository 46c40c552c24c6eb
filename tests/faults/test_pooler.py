"""PgBouncer in transaction mode between Demetra and PostgreSQL: everything works, only LISTEN does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from demetra_dash.worker import Worker
from services.sync.options import SyncOptions
from tests.api.filling import publish_next
from tests.faults.own_server import until, web_on
from tests.options import NO_SLOT_SECONDS
from tests.pooler import pooler
from tests.rows import add_campaigns

pytestmark = pytest.mark.fault(
    "PgBouncer in transaction mode",
    must="everything works; LISTEN falls back to polling",
)


@pytest.fixture
def pooled_url(database_url: str) -> Iterator[str]:
    """The address of a fresh database, through a PgBouncer in transaction mode."""
    with pooler(database_url) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def worker(pooled_url: str, engine: sa.Engine, options: SyncOptions) -> Iterator[Worker]:
    with engine.begin() as connection:
        for channel in ("Telegram", "TikTok"):
            add_campaigns(connection, channel, days=70)
    worker = Worker(pooled_url, options, NO_SLOT_SECONDS)
    thread = threading.Thread(target=worker.serve)
    thread.start()
    yield worker
    worker.stop()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_syncs_and_readers_work_behind_a_pooler(worker: Worker, pooled_url: str) -> None:
    with web_on(pooled_url) as (_, client):
        until(lambda: client.get("/readyz").status_code == 200, 60)
        outcome = client.post("/api/ml-dashboard/generate-all?wait=60").get_json()
        data = client.get("/api/ml-dashboard/roi-forecast/data")
        status = client.get("/api/sync/status").get_json()

    assert outcome["state"] == "succeeded"
    assert data.headers["Demetra-Run"] == str(outcome["run_id"])
    assert (status["scheduler"], status["unreachable_since"]) == ("running", None)


def test_a_new_snapshot_is_seen_within_two_seconds_although_listening_is_in_vain(
    pooled_url: str, engine: sa.Engine
) -> None:
    with web_on(pooled_url) as (_, client), engine.begin() as connection:
        add_campaigns(connection, days=3)
        connection.commit()
        for colour in ("green", "red"):
            with engine.begin() as writing:
                run_id = publish_next(writing, colour)
            until(
                lambda run=run_id: client.get("/api/overview").headers.get("Demetra-Run") == str(run), 2 + 1
            )


def test_a_run_that_waits_in_vain_shows_that_no_worker_is_there(pooled_url: str, engine: sa.Engine) -> None:
    with web_on(pooled_url) as (analytics, client):
        client.post("/api/sync/run-now")
        before = analytics.status().workers
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE sync_runs SET requested_at = now() - interval '1 minute'"))
        until(lambda: analytics.status().workers == 0, 5)

    assert before == 1
