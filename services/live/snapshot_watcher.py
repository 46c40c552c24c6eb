"""The newest snapshot, known without a query: one watcher thread per process polls for it.

PostgreSQL notifies the thread of every run that is queued or over (LISTEN). The thread also polls once a
second: notifications do not pass a PgBouncer in transaction mode, and a restore sends none.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

import psycopg
import sqlalchemy as sa

from services.database.engine import open_connection
from services.database.health import DatabaseHealth
from services.database.timeouts import give_up_when, seconds
from services.errors import DatabaseUnavailableError, DemetraError
from services.sync import queue
from services.views import Snapshot

log = logging.getLogger("demetra.watch")

POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
CONNECT_SECONDS = 2.0
PREPARE_SECONDS = 2.0  # for so long, requests get the older snapshot while the new one is read


class SnapshotWatcher:
    """Knows the newest snapshot, and counts changes of runs.

    `read` reads the newest snapshot from the database. The watcher thread calls `prepare` with a new one
    before it becomes known, so that its first requests need not wait. A thread that has returned the new
    snapshot to a client already calls `wait_for_run` or `refresh`; it is prepared afterwards then. When
    several threads have read the newest snapshot, the read that began last counts. So the process never
    returns to an older snapshot than it has shown to a client. `polled` is called after each poll of
    the thread, and returns for how many seconds to wait for a notification before the next one.
    """

    def __init__(
        self,
        engine: sa.Engine,
        health: DatabaseHealth,
        *,
        read: Callable[[], Snapshot | None],
        prepare: Callable[[Snapshot], None],
        polled: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._health = health
        self._read = read
        self._prepare = prepare
        self._polled = polled
        self._newest: Snapshot | None = None
        self._prepared: Snapshot | None = None
        self._asked_at = -1.0
        self._failed_at = -1.0
        self._changed = threading.Condition()
        self._changes = 0
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the watcher thread, unless this process has one (a thread does not survive a fork)."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if not self._stopping.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread; this takes a second at most."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def known(self) -> Snapshot | None:
        """Return the newest snapshot as far as it is known without a query."""
        return self._newest

    def refresh(self) -> Snapshot | None:
        """Read the newest snapshot now, make it the known one, and return it."""
        asked_at = monotonic()
        self._adopt(self._read(), asked_at)
        return self._newest

    def wait_for_run(self, snapshot: Snapshot) -> None:
        """Return once this snapshot, or one read later, is known.

        Waits `PREPARE_SECONDS` at most for the watcher thread to prepare it, then reads it unprepared; so it
        does when that thread fails.
        """
        came = monotonic()
        if threading.current_thread() is self._thread:  # the thread would wait for itself
            self._refresh_and_prepare()
            return
        with self._changed:
            # Compared by the time of the query, not by run id: a restore may lower run ids.
            is_known = self._changed.wait_for(
                lambda: self._newest == snapshot or max(self._asked_at, self._failed_at) >= came,
                PREPARE_SECONDS,
            )
        if not is_known or self._failed_at >= came:
            self.refresh()

    @property
    def changes(self) -> int:
        """The number of changes of runs so far."""
        return self._changes

    def wait(self, changes: int, limit: float) -> None:
        """Return once there are more changes than `changes`, or after `limit` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes > changes, limit)

    def mark_changed(self) -> None:
        """Record that a run has changed."""
        with self._changed:
            self._notify()

    def _notify(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _adopt(self, found: Snapshot | None, asked_at: float) -> None:
        with self._changed:
            if asked_at > self._asked_at:
                self._asked_at = asked_at
                self._changed.notify_all()
                if found != self._newest:
                    self._newest = found
                    self._notify()

    def _refresh_and_prepare(self) -> None:
        asked_at = monotonic()
        found = self._read()
        try:
            if found is not None and found != self._prepared:
                self._prepare(found)
        except DatabaseUnavailableError:
            self._health.probe()  # an earlier result may be outdated
            if self._health.down_since is None or self._newest is None:
                self._adopt(found, asked_at)
            raise  # during an outage, requests get the older snapshot, which was read completely
        except Exception:
            self._adopt_prepared(found, asked_at)  # what could not be prepared is made for each request
            raise
        self._adopt_prepared(found, asked_at)

    def _adopt_prepared(self, found: Snapshot | None, asked_at: float) -> None:
        self._prepared = found
        self._adopt(found, asked_at)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, sa.exc.SQLAlchemyError, DemetraError) as error:
                log.info("watching again in a moment: %s", error)
            except Exception:  # without this thread, the end of an outage would go unnoticed
                log.exception("watching again in a moment, after something unexpected")
            if not self._stopping.is_set():
                self._health.probe()
                with self._changed:
                    self._failed_at = monotonic()
                    self._changed.notify_all()
                self._stopping.wait(RETRY_SECONDS)

    def _listen(self) -> None:
        with give_up_when(seconds(CONNECT_SECONDS)):
            listener = open_connection(self._engine, "demetra watch")
            listener.execute(f"LISTEN {queue.CHANNEL}")
        with listener:
            self._health.probe()
            while not self._stopping.is_set():
                self._refresh_and_prepare()
                pause = self._polled()
                if list(listener.notifies(timeout=pause, stop_after=1)):
                    self.mark_changed()
