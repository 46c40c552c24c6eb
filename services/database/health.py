"""Whether PostgreSQL is there: the one opinion that all readers of a process share.

Nobody asks while all is well. A reader who has waited for a moment takes the pulse on a connection of
its own: a server that is only slow answers that one at once, so slow statements may go on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic

import psycopg
import sqlalchemy as sa

from services.database.engine import first_line, open_connection
from services.database.timeouts import Doubt, patience, seconds
from services.errors import DatabaseUnavailableError

log = logging.getLogger("demetra.database")

SUSPICIOUS_SECONDS = 0.2  # a statement that takes longer makes its reader take the pulse
PULSE_SECONDS = 0.4  # a server that takes longer to say hello is away
BELIEVED_SECONDS = 0.3  # for so long, readers share a pulse that was taken
SHAKY_SECONDS = 1.0  # for so long after its return, what has just failed may have failed before it
LONGEST_SECONDS = 20.0  # a statement that takes longer is given up, however well the server is


class Pulse:
    """Whether the server of an engine answers, and since when it does not."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._beat_at = -BELIEVED_SECONDS
        self._found_at = -SHAKY_SECONDS
        self._lost_at: datetime | None = None
        self._reason = ""

    @property
    def lost_at(self) -> datetime | None:
        """Since when the server does not answer; None when it does, as far as anybody knows."""
        return self._lost_at

    @property
    def is_shaky(self) -> bool:
        """True while the server does not answer, and for a moment after that."""
        return self._lost_at is not None or monotonic() - self._found_at < SHAKY_SECONDS

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within, wait for the server only as long as it lives; while it is away, raise at once."""
        if self._lost_at is not None:
            raise DatabaseUnavailableError(reason=self._reason)
        with patience(self._doubt()):
            yield

    def beats(self) -> bool:
        """Take the pulse, within half a second; a moment ago will do."""
        with self._lock:
            if self._lost_at is not None:
                return False
            if monotonic() - self._beat_at > BELIEVED_SECONDS:
                self.take()
            return self._lost_at is None

    def take(self) -> None:
        """Take the pulse now; readers go by what was found until somebody takes it again."""
        try:
            with patience(seconds(PULSE_SECONDS)), open_connection(self._engine, "demetra pulse") as server:
                server.execute("SELECT 1")  # a pooler in between would say hello by itself
        except (psycopg.Error, OSError) as error:  # the latter without handles
            self._lose(first_line(error))
        else:
            self._beat_at = monotonic()
            self._find()

    def _doubt(self) -> Doubt:
        suspicious, hopeless = seconds(SUSPICIOUS_SECONDS), seconds(LONGEST_SECONDS)
        return lambda: suspicious() and (hopeless() or not self.beats())

    def _lose(self, reason: str) -> None:
        if self._lost_at is None:
            self._lost_at, self._reason = datetime.now(UTC), reason
            log.warning("PostgreSQL does not answer (%s); readers get the last snapshot", reason)

    def _find(self) -> None:
        if self._lost_at is not None:
            log.warning("PostgreSQL answers again")
            self._found_at, self._lost_at = monotonic(), None
