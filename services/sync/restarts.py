"""The restarts of worker processes: written by the supervisor of `demetra run`, read with the status."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.database.tables import TIME, worker_restarts
from services.views import UNATTENDED_SECONDS, WorkerRestarts

KEPT = timedelta(days=1)  # a supervisor that was killed leaves its row behind
_NOW = sa.func.clock_timestamp(type_=TIME)


def record(connection: sa.Connection, supervisor: str, *, ended: int, seconds: float) -> None:
    """Note that the worker of `supervisor` has ended `ended` times and is started again in `seconds`."""
    values = {"ended": ended, "back_at": _NOW + timedelta(seconds=seconds)}
    connection.execute(worker_restarts.delete().where(worker_restarts.c.back_at < _NOW - KEPT))
    connection.execute(
        insert(worker_restarts)
        .values(supervisor=supervisor, **values)
        .on_conflict_do_update(index_elements=["supervisor"], set_=values)
    )


def clear(connection: sa.Connection, supervisor: str) -> None:
    """Note that the worker of `supervisor` runs steadily again, or that the supervisor ends."""
    connection.execute(worker_restarts.delete().where(worker_restarts.c.supervisor == supervisor))


def current(connection: sa.Connection) -> WorkerRestarts | None:
    """Return the restarts of the worker process that is back first; None when none is being restarted.

    A worker process that has not come back `UNATTENDED_SECONDS` after its time has lost its supervisor.
    """
    in_force = worker_restarts.c.back_at > _NOW - timedelta(seconds=UNATTENDED_SECONDS)
    row = connection.execute(
        sa.select(worker_restarts.c.ended, worker_restarts.c.back_at)
        .where(in_force)
        .order_by(worker_restarts.c.back_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else WorkerRestarts(ended=row.ended, back_at=row.back_at)
