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
from services.database.timeouts import Condition, give_up_when, seconds
from services.errors import DatabaseUnavailableError

log = logging.getLogger("demetra.database")

SLOW_SECONDS = 0.2  # a statement that takes longer makes its reader take the pulse
PROBE_SECONDS = 0.4  # a server that takes longer to say hello is away
TRUSTED_SECONDS = 0.3  # for so long, readers share a pulse that was taken
RECOVERY_SECONDS = 1.0  # for so long after its return, what has just failed may have failed before it
LONGEST_SECONDS = 20.0  # a statement that takes longer is given up, however well the server is


class DatabaseHealth:
    """Whether the server of an engine answers, and since when it does not."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._beat_at = -TRUSTED_SECONDS
        self._found_at = -RECOVERY_SECONDS
        self._lost_at: datetime | None = None
        self._reason = ""

    @property
    def down_since(self) -> datetime | None:
        """Since when the server does not answer; None when it does, as far as anybody knows."""
        return self._lost_at

    @property
    def is_recovering(self) -> bool:
        """True while the server does not answer, and for a moment after that."""
        return self._lost_at is not None or monotonic() - self._found_at < RECOVERY_SECONDS

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within, wait for the server only as long as it lives; while it is away, raise at once."""
        if self._lost_at is not None:
            raise DatabaseUnavailableError(reason=self._reason)
        with give_up_when(self._give_up_condition()):
            yield

    def is_up(self) -> bool:
        """Take the pulse, within half a second; a moment ago will do."""
        with self._lock:
            if self._lost_at is not None:
                return False
            if monotonic() - self._beat_at > TRUSTED_SECONDS:
                self.probe()
            return self._lost_at is None

    def probe(self) -> None:
        """Take the pulse now; readers go by what was found until somebody takes it again."""
        try:
            with (
                give_up_when(seconds(PROBE_SECONDS)),
                open_connection(self._engine, "demetra pulse") as server,
            ):
                server.execute("SELECT 1")  # a pooler in between would say hello by itself
        except (psycopg.Error, OSError) as error:  # the latter without handles
            self._mark_down(first_line(error))
        else:
            self._beat_at = monotonic()
            self._mark_up()

    def _give_up_condition(self) -> Condition:
        suspicious, hopeless = seconds(SLOW_SECONDS), seconds(LONGEST_SECONDS)
        return lambda: suspicious() and (hopeless() or not self.is_up())

    def _mark_down(self, reason: str) -> None:
        if self._lost_at is None:
            self._lost_at, self._reason = datetime.now(UTC), reason
            log.warning("PostgreSQL does not answer (%s); readers get the last snapshot", reason)

    def _mark_up(self) -> None:
        if self._lost_at is not None:
            log.warning("PostgreSQL answers again")
            self._found_at, self._lost_at = monotonic(), None
