"""The sync status of one moment, read from the database."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa

from services.snapshots import store
from services.sources import state
from services.sync import queue, restarts, slots
from services.views import SyncStatus

PATIENT_SECONDS = 10.0
WORKER_NAME = "demetra worker"  # as PostgreSQL lists its connections


def read_status(connection: sa.Connection, interval_seconds: float) -> SyncStatus:
    """Return the sync status of one moment, for scheduled runs every `interval_seconds`."""
    now = queue.now(connection)  # the clock that also set the times it is compared with
    return SyncStatus(
        active=queue.active(connection),
        snapshot=store.newest(connection),
        last_success=queue.newest(connection, "succeeded"),
        last_failure=queue.newest(connection, "failed", "interrupted"),
        failures_in_a_row=queue.failures_in_a_row(connection),
        has_campaigns=store.has_campaigns(connection),
        next_run_at=slots.next_slot(now, interval_seconds),
        interval_seconds=interval_seconds,
        server_now=now,
        workers=_count_workers(connection),
        worker_restarts=restarts.current(connection),
        sources=state.list_sources(connection).items if state.has_sources(connection) else (),
    )


def _count_workers(connection: sa.Connection) -> int:
    """Return the number of connected worker processes.

    Behind a connection pooler, they cannot be counted. There, one is assumed until a run has been queued for
    `PATIENT_SECONDS`.
    """
    if _is_pooled(connection):
        return 0 if queue.has_waited(connection, PATIENT_SECONDS) else 1
    listed = sa.text(
        "SELECT count(DISTINCT application_name) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE :name"
    )
    return int(connection.scalar(listed, {"name": f"{WORKER_NAME}%"}) or 0)


def _is_pooled(connection: sa.Connection) -> bool:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return bool(connection.scalar(sa.select(sa.func.pg_backend_pid())) != driver.info.backend_pid)
