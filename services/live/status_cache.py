"""The sync status of a moment ago, cached for all pages that poll it.

One background thread refreshes it, more often while a run is active. Requests wait for the database only if
the cached status is too old or known to be wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from services.errors import DatabaseUnavailableError
from services.live.snapshot_watcher import POLL_SECONDS, SnapshotWatcher
from services.views import Run, SyncStatus

IDLE_SECONDS, RUNNING_SECONDS = 1.3, 0.5  # maximum age without a known change
MAX_AGE_SECONDS = 1.5  # maximum age while another thread is reading it
MIN_REFRESH_SECONDS = 0.2  # between two polls of a run that clients follow
WATCHED_SECONDS = 10.0  # after a request, further ones are expected


class StatusCache:
    """The status cache of a process.

    `read` reads the status. The cached status is never of an older snapshot than `watcher` knows. While the
    database `is_away`, the last status is returned, however old; the caller marks it as such.
    """

    def __init__(
        self, watcher: SnapshotWatcher, read: Callable[[], SyncStatus], *, is_away: Callable[[], bool]
    ) -> None:
        self._watcher = watcher
        self._read = read
        self._is_away = is_away
        self._seen: _CachedStatus | None = None
        self._looking = threading.Lock()
        self._asked_at = -WATCHED_SECONDS
        self._void_before = 0.0
        self._failure: tuple[float, DatabaseUnavailableError] | None = None

    def status(self) -> SyncStatus:
        """Return the status; raises `DatabaseUnavailableError` if it is neither cached nor readable."""
        self._asked_at = monotonic()
        seen = self._seen
        if seen is None or not self._is_fresh(seen):
            try:
                seen = self._refreshed(seen, waits=seen is None or not self._is_valid(seen))
            except DatabaseUnavailableError:
                if seen is None or not (self._is_away() or self._is_valid(seen)):
                    raise
        assert seen is not None
        return replace(seen.status, server_now=seen.status.server_now + timedelta(seconds=seen.age))

    def invalidate(self) -> None:
        """Mark every status that was read before now as wrong."""
        self._void_before = monotonic()

    def note_finished(self, told: Iterable[Run]) -> None:
        """Record runs that were returned to a client: a finished run is never reported as running afterwards.

        A run that has drawn becomes known with its snapshot, see `_is_valid`, so there is nothing to do here.
        For another run, the cached status is invalidated unless it shows that the run is over. It is not
        enough that the run is not active in it: a read in progress may hold an older state.
        """
        seen = self._seen
        over = [run.run_id for run in told if run.is_over and not run.has_drawn]
        if over and (seen is None or not seen.knows_over(max(over))):
            self.invalidate()

    def poll(self) -> float:
        """Refresh the status if it has changed or was requested recently.

        Returns the delay in seconds until the next poll.
        """
        seen = self._seen
        is_watched = monotonic() - self._asked_at < WATCHED_SECONDS
        if seen is None or seen.changes != self._watcher.changes or is_watched:
            seen = self._refreshed(seen, waits=False)
        if seen is None:  # another thread reads the status for the first time
            return MIN_REFRESH_SECONDS
        is_moving = seen.status.active is not None or seen.changes != self._watcher.changes
        return MIN_REFRESH_SECONDS if is_watched and is_moving else POLL_SECONDS

    def _refreshed(self, seen: _CachedStatus | None, *, waits: bool) -> _CachedStatus | None:
        """Read the status; concurrent callers wait for the result (`waits`) or get `seen`, the last one."""
        came = monotonic()
        if not self._looking.acquire(blocking=waits):
            return seen
        try:
            latest = self._seen
            if self._failure is not None and self._failure[0] > came:
                raise self._failure[1].with_traceback(None)  # waiting threads share the failure
            if latest is None or latest is seen or not self._is_valid(latest):
                latest = self._seen = self._read_status(latest)
            return latest
        finally:
            self._looking.release()

    def _read_status(self, seen: _CachedStatus | None) -> _CachedStatus:
        at, changes = monotonic(), self._watcher.changes
        try:
            status = self._read()
            known = self._watcher.known()
            if status.snapshot is not None and (known is None or known.run_id < status.snapshot.run_id):
                if seen is not None and self._is_valid(seen):
                    return replace(seen, changes=changes)  # the new one is reported once loaded
                self._watcher.wait_for_run(status.snapshot)
        except DatabaseUnavailableError as error:
            self._failure = monotonic(), error
            raise
        return _CachedStatus(status, at, changes)

    def _is_fresh(self, seen: _CachedStatus) -> bool:
        limit = RUNNING_SECONDS if seen.status.active else IDLE_SECONDS
        return seen.changes == self._watcher.changes and seen.age < limit and self._is_valid(seen)

    def _is_valid(self, seen: _CachedStatus) -> bool:
        """Tell whether a status may still be true: a run whose snapshot is known is not active any more."""
        active, known = seen.status.active, self._watcher.known()
        is_over = active is not None and known is not None and active.run_id <= known.run_id
        return seen.age <= MAX_AGE_SECONDS and seen.at >= self._void_before and not is_over


@dataclass(frozen=True, slots=True)
class _CachedStatus:
    """A status, when its reading began, and the number of changes at that time."""

    status: SyncStatus
    at: float
    changes: int

    @property
    def age(self) -> float:
        return monotonic() - self.at

    def knows_over(self, run_id: int) -> bool:
        """Tell whether the status was read after that run was over."""
        active, ends = self.status.active, (self.status.last_success, self.status.last_failure)
        is_active = active is not None and active.run_id == run_id
        return not is_active and any(run is not None and run.run_id >= run_id for run in ends)
