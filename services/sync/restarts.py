"""Restarts of worker processes: written by the supervisor of `demetra run`, read with the status."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.tables import TIME, worker_restarts
from services.views import UNATTENDED_SECONDS, WorkerRestarts

KEPT = timedelta(days=1)  # a killed supervisor does not delete its row
_NOW = sa.func.clock_timestamp(type_=TIME)


def record(connection: sa.Connection, supervisor: str, *, ended: int, seconds: float) -> None:
    """Record that the worker process of `supervisor` ended `ended` times and restarts in `seconds`."""
    values = {"ended": ended, "back_at": _NOW + timedelta(seconds=seconds)}
    connection.execute(worker_restarts.delete().where(worker_restarts.c.back_at < _NOW - KEPT))
    connection.execute(
        insert(worker_restarts)
        .values(supervisor=supervisor, **values)
        .on_conflict_do_update(index_elements=["supervisor"], set_=values)
    )


def clear(connection: sa.Connection, supervisor: str) -> None:
    """Record that the worker process of `supervisor` runs steadily again, or that the supervisor ends."""
    connection.execute(worker_restarts.delete().where(worker_restarts.c.supervisor == supervisor))


def current(connection: sa.Connection) -> WorkerRestarts | None:
    """Return the restarts of the worker process that is back first; None if none is being restarted.

    Rows that are overdue by more than `UNATTENDED_SECONDS` are ignored: their supervisor is gone.
    """
    in_force = worker_restarts.c.back_at > _NOW - timedelta(seconds=UNATTENDED_SECONDS)
    row = connection.execute(
        sa.select(worker_restarts.c.ended, worker_restarts.c.back_at)
        .where(in_force)
        .order_by(worker_restarts.c.back_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else WorkerRestarts(ended=row.ended, back_at=row.back_at)
