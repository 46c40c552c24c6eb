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

from services import runs
from services.database.engine import open_connection
from services.database.patience import patience, seconds
from services.database.pulse import Pulse
from services.errors import DemetraError
from services.views import Snapshot

log = logging.getLogger("demetra.watch")

LOOK_SECONDS = 1.0
RETRY_SECONDS = 0.5
CONNECT_SECONDS = 2.0


class Watch:
    """Knows the newest snapshot, and when anything last happened to a run.

    `look` reads the newest snapshot from the database. Several threads may have just read it; what
    was asked for last counts, so that the process never falls back behind what it has told somebody.
    """

    def __init__(self, engine: sa.Engine, pulse: Pulse, look: Callable[[], Snapshot | None]) -> None:
        self._engine = engine
        self._pulse = pulse
        self._look = look
        self._newest: Snapshot | None = None
        self._asked_at = -1.0
        self._changed = threading.Condition()
        self._changes = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it takes a second at most."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def known(self) -> Snapshot | None:
        """Return the newest snapshot as far as it is known without asking."""
        return self._newest

    def look(self) -> Snapshot | None:
        """Read the newest snapshot now."""
        asked_at = monotonic()
        found = self._look()
        with self._changed:
            if asked_at > self._asked_at:
                self._asked_at = asked_at
                if found != self._newest:
                    self._newest = found
                    self._tell()
        return self._newest

    @property
    def changes(self) -> int:
        """How often something happened to a run so far."""
        return self._changes

    def wait(self, changes: int, limit: float) -> None:
        """Return once there are more changes than `changes`, or after `limit` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes > changes, limit)

    def touch(self) -> None:
        """Note that something happened to a run."""
        with self._changed:
            self._tell()

    def _tell(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, sa.exc.SQLAlchemyError, DemetraError) as error:
                log.info("watching again in a moment: %s", error)
                self._pulse.take()
                self._stopping.wait(RETRY_SECONDS)

    def _listen(self) -> None:
        with patience(seconds(CONNECT_SECONDS)):
            listener = open_connection(self._engine, "demetra watch")
            listener.execute(f"LISTEN {runs.CHANNEL}")
        with listener:
            self._pulse.take()
            with self._pulse.reading():
                self.look()
            while not self._stopping.is_set():
                told = list(listener.notifies(timeout=LOOK_SECONDS, stop_after=1))
                with self._pulse.reading():
                    self.look()
                if told:
                    self.touch()
