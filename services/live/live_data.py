"""What a web process knows without a query: the newest snapshots, read completely, and the sync status.

While PostgreSQL is down, requests get the newest snapshot that was read, and the last known status.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import TypeVar

import sqlalchemy as sa

from services.database.engine import Connect, reading
from services.database.health import DatabaseHealth
from services.errors import DatabaseUnavailableError
from services.live.snapshot_watcher import SnapshotWatcher
from services.live.status_cache import StatusCache
from services.snapshots import bundle, store
from services.snapshots.bundle import SnapshotBundle
from services.sync import slots
from services.sync.status import read_status
from services.views import Run, Snapshot, SyncStatus

T = TypeVar("T")
Prepare = Callable[[Snapshot], object]
"""Takes a new snapshot whose bundle is loaded, before the snapshot becomes current."""

LOADING_SECONDS = 1.0  # from its start, requests wait for a bundle instead of reading from the database
RETRY_SECONDS = 30.0  # until parts that could not be read are tried again
LOST_WITHIN_SECONDS = 1.0  # a lost connection is noticed sooner; a query that took longer would do so again


class LiveData:
    """The bundles of the current snapshot and of the one before or after it, and the status.

    A watcher thread loads the bundle of a new snapshot, calls `prepare`, and makes the snapshot current.
    """

    def __init__(self, engine: sa.Engine, interval_seconds: float, prepare: Prepare) -> None:
        self._engine = engine
        self._interval_seconds = interval_seconds
        self._prepare = prepare
        self._health = DatabaseHealth(engine)
        self._bundles: tuple[SnapshotBundle, ...] = ()  # the last one loaded first
        self._retry_at = 0.0
        self._loading: _Loading | None = None
        self._watcher = SnapshotWatcher(
            engine,
            self._health,
            read=lambda: self.query(store.newest),
            prepare=self._load,
            polled=self._poll,
        )
        self._status_cache = StatusCache(
            self._watcher, self._read_status, is_away=lambda: self._health.is_recovering
        )
        self._unattended_since: datetime | None = None

    def start(self) -> None:
        """Start the watcher thread, unless this process has one."""
        self._watcher.start()

    def stop(self) -> None:
        """End the watcher thread."""
        self._watcher.stop()

    @property
    def down_since(self) -> datetime | None:
        """The start of the outage while the database is down, else None."""
        return self._health.down_since

    @property
    def known_snapshot(self) -> Snapshot | None:
        """The current snapshot as far as it is known without a query."""
        return self._watcher.known()

    def current(self) -> Snapshot | None:
        """Return the current snapshot; only before the first one is known, this is a query."""
        self.start()
        return self._watcher.known() or self._watcher.refresh()

    def bundle(self, run_id: int) -> SnapshotBundle | None:
        """Return the bundle of a run if it is in memory; one that is being loaded is waited for."""
        loading = self._loading
        if loading is not None and loading.run_id == run_id:
            loading.is_over.wait(max(0.0, loading.waited_until - monotonic()))
        return next((held for held in self._bundles if held.snapshot.run_id == run_id), None)

    def query(self, ask: Callable[[sa.Connection], T], connect: Connect = reading) -> T:
        """Call `ask` with a connection, once more if only the connection was lost.

        Raises `DatabaseUnavailableError`, at once while the database is known to be down.
        """
        start = monotonic()
        try:
            return self._query(ask, connect)
        except DatabaseUnavailableError:
            if monotonic() - start > LOST_WITHIN_SECONDS or not self._health.is_up():
                raise
        return self._query(ask, connect)

    def status(self) -> SyncStatus:
        """Return the status as of now by the database's clock; in an outage the last known one, marked so."""
        self.start()
        status, lost_at, known = self._status_cache.status(), self._health.down_since, self._watcher.known()
        active = status.active
        # The snapshot may have become known after the status was read; its run is over then.
        is_over = active is not None and known is not None and active.run_id <= known.run_id
        return replace(
            status,
            snapshot=known or status.snapshot,
            active=None if is_over or lost_at is not None else active,
            next_run_at=slots.next_slot(status.server_now, self._interval_seconds),
            unreachable_since=lost_at,
        )

    def note_requested(self) -> None:
        """Record that a run was requested: later answers are not older than that."""
        self._status_cache.invalidate()
        self._watcher.mark_changed()

    def note_returned(self, *runs: Run) -> None:
        """Record that these runs were returned to a client: later answers are not older than they are."""
        self._status_cache.note_finished(runs)
        known = self._watcher.known()
        if known is not None and any(run.has_drawn and _is_newer(run, known) for run in runs):
            newest = self.query(store.newest)  # not every run publishes a snapshot
            if newest is not None and newest != known:
                self._watcher.wait_for_run(newest)

    @property
    def changes(self) -> int:
        """The number of changes of runs so far."""
        return self._watcher.changes

    def wait(self, changes: int, limit: float) -> None:
        """Return once there are more changes than `changes`, or after `limit` seconds."""
        self._watcher.wait(changes, limit)

    def _query(self, ask: Callable[[sa.Connection], T], connect: Connect) -> T:
        with self._health.reading(), connect(self._engine) as connection:
            return ask(connection)

    def _load(self, snapshot: Snapshot) -> None:
        """Load the bundle of a new snapshot, and let the web layer prepare answers from it.

        One bundle is held meanwhile: that of the current snapshot, else the newest one. The new snapshot may
        be current already, and the database may go down before its bundle is loaded.
        """
        current = self._watcher.known()
        of_current = [held for held in self._bundles if held.snapshot == current]
        self._bundles = tuple(of_current or self._bundles[:1])
        loading = self._loading = _Loading(snapshot.run_id)
        try:
            loaded = bundle.load(snapshot, self.query, self._health.is_up)
            self._retry_at = monotonic() + RETRY_SECONDS
            self._bundles = (loaded, *(held for held in self._bundles if held.snapshot != snapshot))
        finally:
            self._loading = None
            loading.is_over.set()
        self._prepare(snapshot)

    def _poll(self) -> float:
        self._load_failed_parts()
        return self._status_cache.poll()

    def _load_failed_parts(self) -> None:
        """Read those parts of the newest bundle again that could not be read, at most every 30 s."""
        if not self._bundles or not self._bundles[0].failed or monotonic() < self._retry_at:
            return
        newest, *others = self._bundles
        self._retry_at = monotonic() + RETRY_SECONDS
        completed = bundle.load(newest.snapshot, self.query, self._health.is_up, newest)
        self._bundles = (completed, *others)

    def _read_status(self) -> SyncStatus:
        status = self.query(lambda connection: read_status(connection, self._interval_seconds))
        if status.workers:
            self._unattended_since = None
        elif self._unattended_since is None:
            self._unattended_since = status.server_now
        return replace(status, unattended_since=self._unattended_since)


@dataclass(frozen=True, slots=True)
class _Loading:
    """The loading of a bundle by the watcher thread."""

    run_id: int
    waited_until: float = field(default_factory=lambda: monotonic() + LOADING_SECONDS)
    is_over: threading.Event = field(default_factory=threading.Event)


def _is_newer(run: Run, known: Snapshot) -> bool:
    """Tell whether a run may be newer than a snapshot: by its id, or, after a restore, by its time."""
    is_later = run.finished_at is not None and run.finished_at > known.created_at
    return run.run_id > known.run_id or (run.run_id != known.run_id and is_later)
