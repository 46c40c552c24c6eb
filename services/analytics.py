"""The facade of the services layer: all reads and requests of the page, the API and the commands.

Page and API open transactions only here. The facade reads published results and queues runs;
`services.sync.run` does the runs, with their heavy libraries, in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic, sleep

import psycopg
import sqlalchemy as sa

from services import dashboards
from services.database.engine import brief
from services.database.schema import check_schema
from services.errors import DatabaseUnavailableError, NoSnapshotError
from services.snapshots import ledger, overview, store
from services.sync import queue, restarts, slots
from services.views import (
    Advice,
    Chart,
    DashboardSize,
    DashboardView,
    EnqueuedRun,
    Overview,
    Run,
    Snapshot,
    SyncStatus,
    TrackRecord,
)

WAIT_STEP_SECONDS = 0.05
PATIENT_SECONDS = 10.0
WORKER_NAME = "demetra worker"  # as PostgreSQL lists its connections


class Analytics:
    """Reads and requests on one database. Every method may raise `DatabaseUnavailableError`."""

    def __init__(self, engine: sa.Engine, interval_seconds: float) -> None:
        self._engine = engine
        self._interval_seconds = interval_seconds

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot, or None before the first one."""
        with self._reading() as connection:
            return _newest_snapshot(connection)

    def snapshot_of(self, run_id: int) -> Snapshot:
        """Return the snapshot of a run; raises `UnknownRunError`."""
        with self._reading() as connection:
            return store.find(connection, run_id)

    @property
    def known_snapshot(self) -> Snapshot | None:
        """The newest snapshot as far as it is known without a query."""
        return None

    @property
    def unreachable_since(self) -> datetime | None:
        """The start of the outage while the database is down and answers come from memory, else None."""
        return None

    def dashboard(self, slug: str, run_id: int | None = None, most_rows: int | None = None) -> DashboardView:
        """Return one dashboard, with all of its rows or the first `most_rows`.

        Raises `UnknownDashboardError`, `NoSnapshotError`, `UnknownRunError`.
        """
        spec = dashboards.by_slug(slug)
        with self._reading() as connection:
            return store.dashboard(connection, spec, run_id, most_rows)

    def chart(self, slug: str, run_id: int | None = None) -> Chart:
        """Return the chart of one dashboard; raises like `dashboard`."""
        dashboards.by_slug(slug)
        with self._reading() as connection:
            return store.chart(connection, slug, run_id)

    def contents(self, run_id: int) -> dict[str, DashboardSize]:
        """Return the size of each dashboard of a run, by slug, without reading its rows."""
        with self._reading() as connection:
            return store.contents(connection, run_id)

    def overview(self, days: int | None, run_id: int | None = None) -> Overview:
        """Return the figures of the last `days` days of data, or of all of them.

        Raises `NoCampaignsError`, `NoSnapshotError`, `UnknownRunError`.
        """
        with self._reading() as connection:
            return overview.overview(connection, days, run_id)

    def advice(self, run_id: int | None = None) -> Advice:
        """Return the recommendations of a snapshot; raises `NoSnapshotError`, `UnknownRunError`."""
        with self._reading() as connection:
            return store.advice(connection, run_id)

    def track_record(self, run_id: int | None = None) -> TrackRecord:
        """Return how recorded forecasts turned out whose days are in a snapshot's data.

        Raises `NoSnapshotError`, `UnknownRunError`.
        """
        with self._reading() as connection:
            return ledger.score(connection, store.find(connection, run_id))

    def run(self, run_id: int) -> Run:
        """Return a sync run; raises `UnknownRunError`."""
        with self._reading() as connection:
            return queue.find(connection, run_id)

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """Return the newest sync runs, newest first."""
        with self._reading() as connection:
            return queue.history(connection, limit)

    def count_runs(self) -> dict[str, int]:
        """Return the number of runs of the history in each state."""
        with self._reading() as connection:
            return queue.count_by_state(connection)

    def request_sync(
        self, trigger: str, requested_by: str | None = None, *, redraw: bool = False
    ) -> EnqueuedRun:
        """Queue a run, or join the active one; with `redraw`, it redraws even if nothing has changed."""
        with self._writing() as connection:
            return queue.enqueue(connection, trigger=trigger, requested_by=requested_by, redraw=redraw)

    def wait_for(self, run_id: int, seconds: float) -> Run:
        """Return the run once it is over, or as it is after `seconds`; raises `UnknownRunError`."""
        end = monotonic() + seconds
        run = self.run(run_id)
        while not run.is_over and monotonic() < end:
            sleep(WAIT_STEP_SECONDS)
            run = self.run(run_id)
        return run

    def status(self) -> SyncStatus:
        """Return the sync status of one moment."""
        with self._reading() as connection:
            now = queue.now(connection)  # the clock that also set the times it is compared with
            return SyncStatus(
                active=queue.active(connection),
                snapshot=_newest_snapshot(connection),
                last_success=queue.newest(connection, "succeeded"),
                last_failure=queue.newest(connection, "failed", "interrupted"),
                failures_in_a_row=queue.failures_in_a_row(connection),
                has_campaigns=store.has_campaigns(connection),
                next_run_at=slots.next_slot(now, self._interval_seconds),
                interval_seconds=self._interval_seconds,
                server_now=now,
                workers=_count_workers(connection),
                worker_restarts=restarts.current(connection),
            )

    def check_ready(self) -> None:
        """Raise unless the database is up, has this version's schema and holds a snapshot."""
        with self._reading() as connection:
            check_schema(connection)
            store.find(connection)

    def when_read(self, prepare: Callable[[Snapshot], object]) -> None:
        """Register a call with each new snapshot before it is known: never made, without a cache."""

    def when_known(self, follow: Callable[[Snapshot], object]) -> None:
        """Register a call with each new snapshot once it is known: never made, without a cache."""

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with _a_free_connection(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _a_free_connection(), brief(self._engine) as connection:
            yield connection


@contextmanager
def _a_free_connection() -> Iterator[None]:
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise DatabaseUnavailableError(reason="all connections are in use") from error


def _newest_snapshot(connection: sa.Connection) -> Snapshot | None:
    try:
        return store.find(connection)
    except NoSnapshotError:
        return None


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
