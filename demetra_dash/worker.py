"""The worker: requests a run at every slot of the schedule, and executes queued runs.

The worker uses the database; separate pool processes compute and draw, so a crash in one of them ends one run
and not the worker.

APScheduler only ticks. Slots and runs are stored in PostgreSQL, and its clock counts. So any number of
workers may tick at once, also on machines with a wrong clock. A click reaches the worker through LISTEN.
Where LISTEN is not possible (PgBouncer in transaction mode), polling finds the run within a second.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta
from types import FrameType

import psycopg
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from demetra_dash.reporting.scheduled import ReportSender
from demetra_dash.settings import Settings
from demetra_dash.source_declarations import declared_sources
from services.database.engine import brief, make_engine, open_connection
from services.database.schema import migrate
from services.errors import DemetraError
from services.executors.base import Executor, InlineExecutor
from services.executors.process_pool import ProcessPool
from services.snapshots import store
from services.sources.declarations import Declarations
from services.sources.importing import ImportOptions
from services.sources.state import must_continue
from services.sync import queue, retries, slots
from services.sync.fetch import FetchStage
from services.sync.loading import PipelineLoader, warm_up
from services.sync.options import SyncOptions
from services.sync.run import renew_chart_files, run_queued
from services.sync.status import WORKER_NAME

log = logging.getLogger("demetra.worker")

TICK = "tick"
POLL_SECONDS = 1.0
RETRY_SECONDS = 2.0
GRACE_SECONDS = 5.0
TICK_SECONDS = 1.0
SILENT_SECONDS = 60.0  # beyond the deadline: by then PostgreSQL should have ended the session itself

_DATABASE_ERRORS = (DemetraError, psycopg.Error, sa.exc.SQLAlchemyError)


class Worker:
    """Executes the runs of one database until `stop` is called."""

    def __init__(
        self,
        database_url: str,
        options: SyncOptions,
        interval_seconds: float,
        executor: Executor | None = None,
        declarations: Declarations | None = None,
        import_options: ImportOptions | None = None,
    ) -> None:
        """Work on `database_url`; without an `executor`, runs are computed in this process.

        Runs fetch the sources of `declarations` before they compute.
        """
        self._name = f"{WORKER_NAME} {socket.gethostname()[:20]} {os.getpid()}"
        self._engine = make_engine(database_url, name=self._name)
        self._options = options
        self._executor = executor or InlineExecutor()
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._fetch = _fetch_stage(declarations, import_options, self._stopping)
        self._loader = PipelineLoader()
        self._slot: datetime | None = None  # the slot of the last tick

    def serve(self) -> None:
        """Work until `stop`; if the database is unavailable, wait and connect again."""
        scheduler = self._scheduler()
        scheduler.start()
        try:
            while not self._stopping.is_set():
                self._serve_while_connected(scheduler)
        finally:
            scheduler.shutdown(wait=False)
            self._executor.close()
            self._engine.dispose()

    def stop(self) -> None:
        """End `serve` after the current run; abort that run after `GRACE_SECONDS`."""
        self._stopping.set()
        giving_up = threading.Timer(GRACE_SECONDS, self._executor.close)
        giving_up.daemon = True
        giving_up.start()

    def tick(self) -> None:
        """Request the run of a slot that has begun since the last tick, if there are campaigns or sources.

        Between the slots, request a run for a source of which there is more to fetch.
        """
        try:
            with brief(self._engine) as connection:
                slot = slots.slot_of(queue.now(connection), self._interval_seconds)
                is_new = self._slot is not None and slot != self._slot
                if is_new and self._has_work(connection):
                    queue.enqueue_slot(connection, slot)
                elif self._fetch is not None and must_continue(connection):
                    queue.enqueue(connection, trigger="source")
            self._slot = slot
        except _DATABASE_ERRORS as error:
            log.warning("the schedule waits for the database: %s", error)

    def catch_up(self) -> None:
        """Request a run now if there are campaigns without a fresh snapshot, or sources."""
        with brief(self._engine) as connection:
            if self._has_work(connection) and not self._is_fresh(connection):
                queue.enqueue(connection, trigger="start")

    def _has_work(self, connection: sa.Connection) -> bool:
        """Tell whether a run has anything to compute or to fetch; the list of the sources is renewed."""
        has_sources = self._fetch is not None and self._fetch.publish(connection)
        return has_sources or store.has_campaigns(connection)

    def _serve_while_connected(self, scheduler: BackgroundScheduler) -> None:
        try:
            migrate(self._engine)
            self.catch_up()
            renew_chart_files(self._engine, self._options)
            # Outside the pool: this connection is in autocommit mode, which no run may use.
            with open_connection(self._engine, self._name) as listener:
                listener.execute(f"LISTEN {queue.CHANNEL}")
                while not self._stopping.is_set():
                    self._work_off()
                    self._prepare()  # after the first claim, which it would slow down
                    _wait(listener)
                    _follow_the_clock(scheduler)
        except _DATABASE_ERRORS as error:
            log.warning("waiting for the database: %s", error)
            self._pause()
        except Exception:  # a restarted worker would meet the same error
            log.exception("trying again in a moment, after something unexpected")
            self._pause()

    def _pause(self) -> None:
        self._prepare()
        self._stopping.wait(RETRY_SECONDS)

    def _prepare(self) -> None:
        """Start what the first run needs: the pool processes, and the import of the pipeline."""
        if not self._stopping.is_set():
            self._executor.start()
            self._loader.start()

    def _work_off(self) -> None:
        """Execute queued runs until there are none, or another worker is busy."""
        with brief(self._engine) as connection:
            queue.terminate_hung(connection, self._options.deadline_seconds + SILENT_SECONDS)
            if interrupted := queue.mark_interrupted(connection):
                retries.enqueue(connection, redraw=any(interrupted))
            waiting = queue.has_queued(connection)
        while waiting and not self._stopping.is_set():
            run = run_queued(self._engine, self._options, self._executor, self._fetch)
            waiting = run is not None
            if run is not None:
                log.info("run %s %s", run.run_id, run.state)

    def _is_fresh(self, connection: sa.Connection) -> bool:
        last = queue.newest(connection, "succeeded")
        if last is None or last.finished_at is None:
            return False
        # A negative age means that the clock was set back after the snapshot.
        age = (queue.now(connection) - last.finished_at).total_seconds()
        return 0 <= age < self._interval_seconds

    def _scheduler(self) -> BackgroundScheduler:
        # With the default grace time of one second, a late tick would be dropped silently.
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        seconds = min(TICK_SECONDS, self._interval_seconds / 2)
        scheduler.add_job(self.tick, IntervalTrigger(seconds=seconds, timezone=UTC), id=TICK)
        return scheduler


def serve(database_url: str, settings: Settings) -> None:
    """Run a worker in this process until SIGTERM or Ctrl-C."""
    executor = with_cluster(ProcessPool(settings.pool_processes, warm_up, starts_at_once=False), settings)
    worker = Worker(
        database_url,
        sync_options(settings),
        settings.interval_seconds,
        executor,
        declared_sources(settings),
        import_options(settings),
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sender = ReportSender(database_url, settings)
    sender.start()
    try:
        worker.serve()
    finally:
        sender.stop()


def with_cluster(local: Executor, settings: Settings) -> Executor:
    """Return the `local` executor, or that of the settings' Dask cluster with `local` as its fallback."""
    if settings.dask_scheduler is None:
        return local
    from services.executors.dask_cluster import DaskExecutor

    return DaskExecutor(settings.dask_scheduler, local)


def import_options(settings: Settings) -> ImportOptions:
    """Return how the files of sources are imported."""
    return ImportOptions(
        archive_days=settings.undo_days,
        currency=settings.chosen_currency,
        lang=settings.locale,
        most_seconds=settings.sync_deadline_seconds,
    )


def sync_options(settings: Settings) -> SyncOptions:
    """Return the options of a sync run from the settings."""
    return SyncOptions(
        lang=settings.locale,
        currency=settings.currency,
        horizon_days=settings.horizon_days,
        budget_total=settings.budget_total,
        budget_change_limit=settings.budget_change_limit,
        country=settings.country,
        brand_names=settings.brand_names,
        brand_channels=settings.brand_channels,
        chart_dpi=settings.chart_dpi,
        chart_dir=settings.chart_dir,
        retention_rows=settings.retention_rows,
        model_file=settings.model_file.expanduser(),
        trust_pickle=settings.trust_pickle,
        attribution_days=settings.attribution_days,
        deadline_seconds=settings.sync_deadline_seconds,
        pricing=settings.pricing,
    )


def _fetch_stage(
    declarations: Declarations | None, options: ImportOptions | None, stopping: threading.Event
) -> FetchStage | None:
    if declarations is None:
        return None
    return FetchStage(declarations, options or ImportOptions(), stopping.is_set)


def _follow_the_clock(scheduler: BackgroundScheduler) -> None:
    """Tick now if the clock was set back: APScheduler would wait until the old time comes again."""
    job = scheduler.get_job(TICK)
    now = datetime.now(UTC)
    if job is not None and job.next_run_time > now + timedelta(seconds=2 * TICK_SECONDS):
        job.modify(next_run_time=now)


def _wait(listener: psycopg.Connection[object]) -> None:
    for _ in listener.notifies(timeout=POLL_SECONDS, stop_after=1):
        pass
