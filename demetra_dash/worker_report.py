"""What the supervisor of `demetra run` asks the database about its worker process, and tells it.

The supervisor must go on whatever the database does: every call gives up after a second.
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
    """Reads the queue, and keeps the restarts of one worker process in the status up to date."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._supervisor = f"{socket.gethostname()} {os.getpid()}"
        self._told: tuple[int, float] | None = None
        self._is_refused = False

    def has_finished_run(self, last_seconds: float) -> bool:
        """Tell whether a run was finished in the last seconds; False while the database does not answer."""
        return bool(self._call(lambda connection: queue.has_finished(connection, last_seconds)))

    def queued_run(self) -> int | None:
        """Return the run that waits for a worker; None while the database does not answer."""
        return self._call(queue.queued_run)

    def tell(self, worker: Restarts) -> None:
        """Bring the status up to date; what cannot be told now is told by a later call."""
        self._tell((worker.ended, worker.due) if worker.ended else None)

    def clear(self) -> None:
        """Take the worker process out of the status: the supervisor ends."""
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
            self._engine.dispose()  # seldom used, so no connection is held
        self._is_refused = False
        return answer
