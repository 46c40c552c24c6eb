"""Runs that are queued in place of failed ones."""

from __future__ import annotations

import sqlalchemy as sa

from services.errors import DatabaseBusyError, DatabaseUnavailableError, RunLostError, SyncLockError
from services.sync import queue
from services.views import ALARMING_FAILURES, Run

# Causes that end with the run. Not here: a database that is full or read-only stays so for a while.
PASSING = {error.code for error in (DatabaseBusyError, DatabaseUnavailableError, RunLostError, SyncLockError)}


def enqueue_after(connection: sa.Connection, run: Run, code: str) -> None:
    """Queue a run in place of `run`, which failed with the error `code`, if the cause passes.

    To be called in the transaction that marks the run as failed: so a worker process that is killed here
    cannot leave a failed run without its retry.
    """
    if code in PASSING:
        enqueue(connection, redraw=run.redraw)


def enqueue(connection: sa.Connection, *, redraw: bool) -> None:
    """Queue a run in place of a failed one, unless the last ones all failed."""
    if queue.failures_in_a_row(connection) < ALARMING_FAILURES:
        queue.enqueue(connection, trigger="retry", redraw=redraw)
