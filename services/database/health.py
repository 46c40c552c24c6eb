"""Database health check, shared by all threads of a process.

While queries are fast, there is no check. A query that takes longer than `SLOW_SECONDS` triggers a probe on a
separate connection (`SELECT 1`). If the probe succeeds within `PROBE_SECONDS`, the server is only slow, and
the query may go on. If it fails, queries fail at once until a later probe succeeds (circuit breaker).
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

SLOW_SECONDS = 0.2  # a query that takes longer triggers a probe
PROBE_SECONDS = 0.4  # a server that takes longer to answer a probe is down
TRUSTED_SECONDS = 0.3  # for so long, the result of a probe is shared by all threads
RECOVERY_SECONDS = 1.0  # for so long after its return, an error may date from the outage
LONGEST_SECONDS = 20.0  # a query that takes longer is aborted, even if the server is up


class DatabaseHealth:
    """Whether the server of an engine is up, and since when it is down."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._beat_at = -TRUSTED_SECONDS
        self._found_at = -RECOVERY_SECONDS
        self._lost_at: datetime | None = None
        self._reason = ""

    @property
    def down_since(self) -> datetime | None:
        """The start of the outage; None while the server is up, as far as known."""
        return self._lost_at

    @property
    def is_recovering(self) -> bool:
        """True while the server is down, and for `RECOVERY_SECONDS` after that."""
        return self._lost_at is not None or monotonic() - self._found_at < RECOVERY_SECONDS

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within, wait for the server while it is up; while it is down, raise `DatabaseUnavailableError`."""
        if self._lost_at is not None:
            raise DatabaseUnavailableError(reason=self._reason)
        with give_up_when(self._give_up_condition()):
            yield

    def is_up(self) -> bool:
        """Probe the server, within half a second; a result younger than `TRUSTED_SECONDS` is used again."""
        with self._lock:
            if self._lost_at is not None:
                return False
            if monotonic() - self._beat_at > TRUSTED_SECONDS:
                self.probe()
            return self._lost_at is None

    def probe(self) -> None:
        """Probe the server now; the result holds until the next probe."""
        try:
            with (
                give_up_when(seconds(PROBE_SECONDS)),
                open_connection(self._engine, "demetra health check") as server,
            ):
                server.execute("SELECT 1")  # a pooler accepts connections even while the server is down
        except (psycopg.Error, OSError) as error:  # OSError: no file handles left
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
