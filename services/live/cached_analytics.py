"""The facade of a web process: answers of the newest snapshots come from memory.

A snapshot never changes, so what was read of it stays valid. Only the first request for a part waits for the
database. While PostgreSQL is down, requests get the newest snapshot, which is read completely as soon as it
is noticed, and the last known status.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeVar

import sqlalchemy as sa

from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.health import DatabaseHealth
from services.errors import DatabaseUnavailableError, NoSnapshotError, NotReadyError
from services.live.snapshot_watcher import SnapshotWatcher
from services.live.status_cache import StatusCache
from services.live.view_cache import ViewCache
from services.sync import slots
from services.views import (
    MOST_SHOWN_ROWS,
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

log = logging.getLogger("demetra.memory")

T = TypeVar("T")

USUAL_PERIODS = (28, 7, 90, None)
WAIT_STEP_SECONDS = 0.25
LOST_WITHIN_SECONDS = 1.0  # a lost connection is noticed sooner; a query that took longer would do so again


_as_of: ContextVar[Snapshot | None] = ContextVar("as of", default=None)


class CachedAnalytics(Analytics):
    """Answers from memory where they cannot have changed or the database is down.

    It watches for new snapshots from the first request on, or from `start`.
    """

    def __init__(self, engine: sa.Engine, interval_seconds: float) -> None:
        super().__init__(engine, interval_seconds)
        self._database = Analytics(engine, interval_seconds)
        self._health = DatabaseHealth(engine)
        self._views = ViewCache()
        self._watcher = SnapshotWatcher(
            engine,
            self._health,
            read=lambda: self._ask(lambda database: database.snapshot()),
            prepare=self._prepare,
            adopt=self._views.set_current,
            looked=self._after_poll,
        )
        self._status_cache = StatusCache(
            self._watcher, self._read_status, is_away=lambda: self._health.is_recovering
        )
        self._unattended_since: datetime | None = None
        self._preparations: list[Callable[[Snapshot], object]] = []
        self._followers: list[Callable[[Snapshot], object]] = []
        self._followed: Snapshot | None = None

    def start(self) -> None:
        """Watch for snapshots, and load each one completely before it becomes known."""
        self._watcher.start()

    def close(self) -> None:
        """Stop watching and close all connections."""
        self._watcher.stop()
        super().close()

    @contextmanager
    def as_of(self, snapshot: Snapshot) -> Iterator[None]:
        """Within, this thread uses `snapshot` as the newest one."""
        token = _as_of.set(snapshot)
        try:
            yield
        finally:
            _as_of.reset(token)

    @property
    def unreachable_since(self) -> datetime | None:
        """The start of the outage while the database is down and answers come from memory, else None."""
        return self._health.down_since

    @property
    def known_snapshot(self) -> Snapshot | None:
        """The newest snapshot as far as it is known without a query."""
        return self._watcher.known()

    def snapshot(self) -> Snapshot | None:
        """Return the newest snapshot, or None before the first one."""
        self.start()
        known = _as_of.get() or self._watcher.known()
        return self._watcher.refresh() if known is None else known

    def snapshot_of(self, run_id: int) -> Snapshot:
        """Return the snapshot of a run; raises `UnknownRunError`."""
        return self._kept(run_id) or self._ask(lambda database: database.snapshot_of(run_id))

    def dashboard(self, slug: str, run_id: int | None = None, most_rows: int | None = None) -> DashboardView:
        """Return one dashboard, see `Analytics.dashboard`; of a long table only the first rows are kept."""
        kept = self._view(
            run_id,
            ("dashboard", slug),
            lambda database, run: database.dashboard(slug, run, MOST_SHOWN_ROWS),
        )
        if most_rows == MOST_SHOWN_ROWS or (most_rows is None and not kept.rows_left_out):
            return kept
        return self._ask(lambda database: database.dashboard(slug, kept.snapshot.run_id, most_rows))

    def chart(self, slug: str, run_id: int | None = None) -> Chart:
        """Return the chart of one dashboard; raises like `dashboard`."""
        return self._view(run_id, ("chart", slug), lambda database, run: database.chart(slug, run))

    def contents(self, run_id: int) -> dict[str, DashboardSize]:
        """Return the size of each dashboard of a run, by slug, without reading its rows."""
        return self._view(run_id, ("contents",), lambda database, run: database.contents(run))

    def overview(self, days: int | None, run_id: int | None = None) -> Overview:
        """Return the figures of the last `days` days of data, or of all of them."""
        return self._view(run_id, ("overview", days), lambda database, run: database.overview(days, run))

    def advice(self, run_id: int | None = None) -> Advice:
        """Return the recommendations of a snapshot."""
        return self._view(run_id, ("advice",), lambda database, run: database.advice(run))

    def track_record(self, run_id: int | None = None) -> TrackRecord:
        """Return how recorded forecasts turned out whose days are in a snapshot's data."""
        return self._view(run_id, ("track record",), lambda database, run: database.track_record(run))

    def run(self, run_id: int) -> Run:
        """Return a sync run; raises `UnknownRunError`."""
        run = self._ask(lambda database: database.run(run_id))
        self._catch_up(run)
        return run

    def runs(self, limit: int = 50) -> tuple[Run, ...]:
        """Return the newest sync runs, newest first."""
        found = self._ask(lambda database: database.runs(limit))
        self._catch_up(*found)
        return found

    def count_runs(self) -> dict[str, int]:
        """Return the number of runs of the history in each state."""
        return self._ask(lambda database: database.count_runs())

    def request_sync(
        self, trigger: str, requested_by: str | None = None, *, redraw: bool = False
    ) -> EnqueuedRun:
        """Queue a run, or join the active one."""
        asked = self._ask(lambda database: database.request_sync(trigger, requested_by, redraw=redraw))
        self._status_cache.invalidate()
        self._watcher.mark_changed()
        return asked

    def wait_for(self, run_id: int, seconds: float) -> Run:
        """Return the run once it is over, or as it is after `seconds`; raises `UnknownRunError`."""
        self.start()
        end = monotonic() + seconds
        while True:
            changes = self._watcher.changes
            run, left = self.run(run_id), end - monotonic()
            if run.is_over or left <= 0:
                return run
            self._watcher.wait(changes, min(left, WAIT_STEP_SECONDS))

    def status(self) -> SyncStatus:
        """Return the status as of now by the database's clock; in an outage the last known one, marked so."""
        self.start()
        return self._as_of_now(self._status_cache.status())

    def check_ready(self) -> None:
        """Raise unless the database is up, has this version's schema and holds a snapshot."""
        self._ask(lambda database: database.check_ready())

    def when_read(self, prepare: Callable[[Snapshot], object]) -> None:
        """Register `prepare`: it is called with each new snapshot after its reading, before it is known."""
        self._preparations.append(prepare)

    def when_known(self, follow: Callable[[Snapshot], object]) -> None:
        """Register `follow`: it is called with each new snapshot as soon as it is known."""
        self._followers.append(follow)

    def read_whole(self, snapshot: Snapshot) -> None:
        """Read all parts of a snapshot that page and API usually request, the dashboards first."""
        self._views.add_snapshot(snapshot)
        run_id = snapshot.run_id
        reads: tuple[Callable[[], object], ...] = (
            *(partial(self.dashboard, spec.slug, run_id) for spec in DASHBOARDS),
            *(partial(self.chart, spec.slug, run_id) for spec in DASHBOARDS),
            partial(self.contents, run_id),
            *(partial(self.overview, days, run_id) for days in USUAL_PERIODS),
            partial(self.advice, run_id),
            partial(self.track_record, run_id),
        )
        for read in reads:
            try:
                read()
            except NotReadyError as error:  # a dashboard that is newer than the snapshot
                log.debug("not in run %s: %s", run_id, error)

    def _view(self, run_id: int | None, key: Hashable, read: Callable[[Analytics, int], T]) -> T:
        kept = self._kept(run_id)
        if kept is not None:
            of_run = kept.run_id
            return self._views.get_or_load(
                kept, key, lambda: self._ask(lambda database: read(database, of_run))
            )
        if run_id is None:
            raise NoSnapshotError
        return self._ask(lambda database: read(database, run_id))

    def _kept(self, run_id: int | None) -> Snapshot | None:
        """Return the snapshot of a run, the newest by default, if it is in the cache."""
        newest = self.snapshot()  # also starts the watcher thread
        return newest if run_id is None else self._views.snapshot(run_id)

    def _ask(self, read: Callable[[Analytics], T]) -> T:
        """Query the database, once more if only the connection was lost; raises while it is down."""
        start = monotonic()
        try:
            with self._health.reading():
                return read(self._database)
        except DatabaseUnavailableError:
            if monotonic() - start > LOST_WITHIN_SECONDS or not self._health.is_up():
                raise
        with self._health.reading():
            return read(self._database)

    def _read_status(self) -> SyncStatus:
        status = self._ask(lambda database: database.status())
        if status.workers:
            self._unattended_since = None
        elif self._unattended_since is None:
            self._unattended_since = status.server_now
        return replace(status, unattended_since=self._unattended_since)

    def _as_of_now(self, status: SyncStatus) -> SyncStatus:
        lost_at, known, active = self._health.down_since, self._watcher.known(), status.active
        # The snapshot may have become known after the status was read; its run is over then.
        is_over = active is not None and known is not None and active.run_id <= known.run_id
        return replace(
            status,
            snapshot=known or status.snapshot,
            active=None if is_over or lost_at is not None else active,
            next_run_at=slots.next_slot(status.server_now, self._interval_seconds),
            unreachable_since=lost_at,
        )

    def _catch_up(self, *finished: Run) -> None:
        """Make sure that later answers are not older than these runs, which are returned to a client."""
        self._status_cache.note_finished(finished)
        known = self._watcher.known()
        if known is not None and any(run.has_drawn and _is_newer(run, known) for run in finished):
            newest = self._ask(lambda database: database.snapshot())  # not every run publishes a snapshot
            if newest is not None and newest != known:
                self._watcher.wait_for_run(newest)

    def _prepare(self, snapshot: Snapshot) -> None:
        """Read a new snapshot completely, and call the preparations for it, before it is known."""
        with self.as_of(snapshot):
            self.read_whole(snapshot)
            for prepare in self._preparations:
                prepare(snapshot)

    def _after_poll(self) -> float:
        pause = self._status_cache.poll()
        known = self._watcher.known()
        if known is not None and known != self._followed:
            self._followed = known
            for follow in self._followers:
                follow(known)
        return pause


def _is_newer(run: Run, known: Snapshot) -> bool:
    """Tell whether a run may be newer than a snapshot: by its id, or, after a restore, by its time."""
    is_later = run.finished_at is not None and run.finished_at > known.created_at
    return run.run_id > known.run_id or (run.run_id != known.run_id and is_later)
