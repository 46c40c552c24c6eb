"""The newest snapshot, known without asking: one thread per process watches for it.

PostgreSQL tells the thread of every run that is asked for or over (LISTEN). It looks once a second all
the same: notifications do not come through a PgBouncer in transaction mode, nor after a restore.
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
PREPARE_SECONDS = 0.6  # for so long, the older snapshot is given while the new one is read


class SnapshotWatcher:
    """Knows the newest snapshot, and when anything last happened to a run.

    `read` reads the newest snapshot from the database. A new one is given to `prepare` before it
    becomes known, so that its first readers need not wait; whoever has already been told of it calls
    `wait_for_run` or `refresh`, and it is prepared afterwards. Several threads may have just read it: what
    was asked for last counts, so that the process never falls back behind what it has told somebody.
    `adopt` is called under the lock with each snapshot that is about to become known, in that order.
    `looked` is called after each look of the thread, and returns for how many seconds to wait for news
    before the next one.
    """

    def __init__(
        self,
        engine: sa.Engine,
        health: DatabaseHealth,
        *,
        read: Callable[[], Snapshot | None],
        prepare: Callable[[Snapshot], None],
        adopt: Callable[[Snapshot], None],
        looked: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._health = health
        self._read = read
        self._prepare = prepare
        self._before_adoption = adopt
        self._looked = looked
        self._newest: Snapshot | None = None
        self._prepared: Snapshot | None = None
        self._asked_at = -1.0
        self._changed = threading.Condition()
        self._changes = 0
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch, unless this process does already (a thread does not survive a fork)."""
        if self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            if not self._stopping.is_set() and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread; it takes a second at most."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def known(self) -> Snapshot | None:
        """Return the newest snapshot as far as it is known without asking."""
        return self._newest

    def refresh(self) -> Snapshot | None:
        """Read the newest snapshot now, and know it from now on."""
        asked_at = monotonic()
        self._adopt(self._read(), asked_at)
        return self._newest

    def wait_for_run(self, snapshot: Snapshot) -> None:
        """Know this snapshot, or what is found from now on: soon, when it is prepared, or else now."""
        came = monotonic()
        if threading.current_thread() is self._thread:  # which would wait for itself
            self._refresh_and_prepare()
            return
        with self._changed:
            # By the order in which the database was asked: run ids do not tell, a restore may lower them.
            is_known = self._changed.wait_for(
                lambda: self._newest == snapshot or self._asked_at >= came, PREPARE_SECONDS
            )
        if not is_known:
            self.refresh()

    @property
    def changes(self) -> int:
        """How often something happened to a run so far."""
        return self._changes

    def wait(self, changes: int, limit: float) -> None:
        """Return once there are more changes than `changes`, or after `limit` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes > changes, limit)

    def mark_changed(self) -> None:
        """Note that something happened to a run."""
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
                    if found is not None:
                        self._before_adoption(found)
                    self._newest = found
                    self._notify()

    def _refresh_and_prepare(self) -> None:
        asked_at = monotonic()
        found = self._read()
        try:
            if found is not None and found != self._prepared:
                self._prepare(found)
        except DatabaseUnavailableError:
            self._health.probe()  # what was believed a moment ago does not count
            if self._health.down_since is None or self._newest is None:
                self._adopt(found, asked_at)
            raise  # while it is away, readers keep the older snapshot, which was read whole
        except Exception:
            self._adopt_prepared(found, asked_at)  # it would fail again; readers read for themselves
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
            except Exception:  # without this thread, nobody would find PostgreSQL again
                log.exception("watching again in a moment, after something unexpected")
            if not self._stopping.is_set():
                self._health.probe()
                self._stopping.wait(RETRY_SECONDS)

    def _listen(self) -> None:
        with give_up_when(seconds(CONNECT_SECONDS)):
            listener = open_connection(self._engine, "demetra watch")
            listener.execute(f"LISTEN {queue.CHANNEL}")
        with listener:
            self._health.probe()
            while not self._stopping.is_set():
                self._refresh_and_prepare()
                pause = self._looked()
                if list(listener.notifies(timeout=pause, stop_after=1)):
                    self.mark_changed()
