"""What the supervisor of `demetra run` reads from the database about its worker process, and writes to it.

The supervisor must not block on the database: every call gives up after a second.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import sqlalchemy as sa

from demetra_dash.restarts import Restarts
from services.database.engine import brief
from services.database.timeouts import give_up_when, seconds
from services.errors import DemetraError
from services.sync import queue, restarts

log = logging.getLogger("demetra.run")

T = TypeVar("T")

CALL_SECONDS = 1.0


class WorkerReport:
    """Reads the queue, and updates the restarts of one worker process in the status."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._supervisor = f"{socket.gethostname()} {os.getpid()}"
        self._told: tuple[int, float] | None = None
        self._is_refused = False

    def has_finished_run(self, last_seconds: float) -> bool:
        """Tell whether a run has finished in the last seconds; False if the database does not answer."""
        return bool(self._call(lambda connection: queue.has_finished(connection, last_seconds)))

    def queued_run(self) -> int | None:
        """Return the id of the run that is queued for a worker; None if the database does not answer."""
        return self._call(queue.queued_run)

    def tell(self, worker: Restarts) -> None:
        """Update the status; if that fails now, a later call does it."""
        self._tell((worker.ended, worker.due) if worker.ended else None)

    def clear(self) -> None:
        """Remove the worker process from the status, because the supervisor ends."""
        self._tell(None)

    def _tell(self, wanted: tuple[int, float] | None) -> None:
        if wanted != self._told and self._call(lambda connection: self._write(connection, wanted)):
            self._told = wanted

    def _write(self, connection: sa.Connection, wanted: tuple[int, float] | None) -> bool:
        if wanted is None:
            restarts.clear(connection, self._supervisor)
        else:
            ended, due = wanted
            restarts.record(connection, self._supervisor, ended=ended, seconds=due - monotonic())
        return True

    def _call(self, ask: Callable[[sa.Connection], T]) -> T | None:
        try:
            with give_up_when(seconds(CALL_SECONDS)), brief(self._engine) as connection:
                answer = ask(connection)
        except (DemetraError, sa.exc.SQLAlchemyError) as error:
            if not self._is_refused:
                log.warning("the page cannot be told that the worker is restarted: %s", error)
            self._is_refused = True
            return None
        finally:
            self._engine.dispose()  # rarely used, so no connection stays open
        self._is_refused = False
        return answer
