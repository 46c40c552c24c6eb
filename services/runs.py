"""The queue and the history of sync runs.

queued -> running -> succeeded | failed | interrupted. One run may wait and one may run; whoever
asks meanwhile joins. A running row is only ever written while its worker holds the advisory lock
`SYNC_LOCK` in an open transaction, so a running row without the lock belongs to a worker that died.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.database.tables import snapshot_days, sync_runs
from services.errors import UnknownRunError
from services.text import Text
from services.views import AskedRun, Run, Stage

CHANNEL = "demetra_sync"  # what LISTEN and NOTIFY speak on
SYNC_LOCK = 4_350_002
HISTORY_DAYS = 90

_COLUMNS = [sync_runs.c.id.label("run_id")] + [
    sync_runs.c[field.name] for field in fields(Run) if field.name != "run_id"
]
_NOBODY_WORKS = sa.text(
    "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0"
    " AND objid = :lock"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
).bindparams(lock=SYNC_LOCK)
_INTERRUPTED = Text(
    en="The worker stopped in the middle of this run; nothing of it was published.",
    ru="Рабочий процесс остановился посреди этого запуска; ничего из него не опубликовано.",
)


def ask(connection: sa.Connection, *, trigger: str, requested_by: str | None = None) -> AskedRun:
    """Queue a run, or join the one that is queued or running. Never fails for being second."""
    mark_interrupted(connection)
    while True:
        under_way = active(connection)
        if under_way is not None:
            return AskedRun(run=under_way, joined=True)
        created = _insert(connection, trigger=trigger, requested_by=requested_by)
        if created is not None:
            return AskedRun(run=created, joined=False)


def ask_for_slot(connection: sa.Connection, slot: datetime) -> bool:
    """Make sure that `slot` has a run; True if this call gave it one.

    A run that somebody queued by hand takes the slot over. When a run of an earlier slot still
    waits, this slot is left out: the runs do not keep up.
    """
    mark_interrupted(connection)
    if _insert(connection, trigger="schedule", slot=slot) is not None:
        return True
    taken = sa.exists().where(sync_runs.c.slot == slot)
    adopted = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.state == "queued", sync_runs.c.slot.is_(None), ~taken)
        .values(slot=slot)
    )
    return adopted.rowcount == 1


def try_lock(connection: sa.Connection) -> bool:
    """Take the lock that makes its holder the only worker, until the transaction ends."""
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(SYNC_LOCK))))


def claim(connection: sa.Connection) -> Run | None:
    """Take the queued run and mark it as running. Call it only while holding the lock."""
    waiting = (
        sa.select(sync_runs.c.id)
        .where(sync_runs.c.state == "queued")
        .order_by(sync_runs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == waiting)
        .values(state="running", stage="collect", started_at=sa.func.clock_timestamp())
        .returning(*_COLUMNS)
    ).one_or_none()
    return None if row is None else _run(row)


def mark_interrupted(connection: sa.Connection) -> int:
    """Close running rows whose worker has died; return how many there were."""
    return _interrupt(connection, _NOBODY_WORKS)


def mark_left_over(connection: sa.Connection) -> int:
    """Close all running rows; only the holder of the lock knows that they are left over."""
    return _interrupt(connection, sa.true())


def interrupt(connection: sa.Connection, run_id: int) -> None:
    """Close a running run whose worker has been told to stop."""
    _interrupt(connection, sync_runs.c.id == run_id)
    _notify(connection)


def _interrupt(connection: sa.Connection, condition: sa.ColumnElement[bool] | sa.TextClause) -> int:
    closed = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.state == "running", condition)
        .values(
            state="interrupted",
            finished_at=sa.func.clock_timestamp(),
            error_code="interrupted",
            error_text=_both(_INTERRUPTED),
        )
    )
    return closed.rowcount


def enter_stage(connection: sa.Connection, run_id: int, stage: Stage) -> None:
    """Show that the run is at `stage` now."""
    connection.execute(sync_runs.update().where(sync_runs.c.id == run_id).values(stage=stage))


def finish(connection: sa.Connection, run_id: int, values: Mapping[str, Any]) -> None:
    """Mark the run as succeeded and tell everybody who listens; `values` are further columns."""
    connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run_id)
        .values(state="succeeded", finished_at=sa.func.clock_timestamp(), **values)
    )
    _notify(connection)


def fail(connection: sa.Connection, run_id: int, *, code: str, text: Text) -> None:
    """Mark the run as failed, with the reason in every language."""
    connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run_id, sync_runs.c.state == "running")
        .values(
            state="failed", finished_at=sa.func.clock_timestamp(), error_code=code, error_text=_both(text)
        )
    )
    _notify(connection)


def warn(connection: sa.Connection, run_id: int, *, code: str, text: Text) -> None:
    """Note on a succeeded run what did not work although its figures are published."""
    connection.execute(
        sync_runs.update().where(sync_runs.c.id == run_id).values(error_code=code, error_text=_both(text))
    )


def find(connection: sa.Connection, run_id: int) -> Run:
    """Return a run; raise `UnknownRunError`."""
    row = connection.execute(sa.select(*_COLUMNS).where(sync_runs.c.id == run_id)).one_or_none()
    if row is None:
        raise UnknownRunError(run_id=run_id)
    return _run(row)


def history(connection: sa.Connection, limit: int) -> tuple[Run, ...]:
    """Return the newest `limit` runs, newest first."""
    rows = connection.execute(sa.select(*_COLUMNS).order_by(sync_runs.c.id.desc()).limit(limit))
    return tuple(_run(row) for row in rows)


def active(connection: sa.Connection) -> Run | None:
    """Return the run that is running, else the one that is queued, else None."""
    row = connection.execute(
        sa.select(*_COLUMNS)
        .where(sync_runs.c.state.in_(["queued", "running"]))
        .order_by(sync_runs.c.state.desc(), sync_runs.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def newest(connection: sa.Connection, *states: str) -> Run | None:
    """Return the newest run in one of `states`, or None."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(sync_runs.c.state.in_(states)).order_by(sync_runs.c.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def has_queued(connection: sa.Connection) -> bool:
    """Tell whether a run waits for a worker."""
    return bool(connection.scalar(sa.select(sa.exists().where(sync_runs.c.state == "queued"))))


def has_waited(connection: sa.Connection, seconds: float) -> bool:
    """Tell whether a run has been waiting for a worker for longer than `seconds`."""
    long_ago = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    waiting = sa.exists().where(sync_runs.c.state == "queued", sync_runs.c.requested_at < long_ago)
    return bool(connection.scalar(sa.select(waiting)))


def forget_old(connection: sa.Connection, keep_run_id: int) -> None:
    """Delete runs that ended more than `HISTORY_DAYS` days ago, except `keep_run_id`."""
    too_old = sync_runs.c.finished_at < sa.func.now() - sa.func.make_interval(0, 0, 0, HISTORY_DAYS)
    old = connection.scalars(sa.select(sync_runs.c.id).where(too_old, sync_runs.c.id != keep_run_id)).all()
    if old:
        # Said here as well as by the foreign key, which a distributed table cannot have (docs/growing.md).
        connection.execute(snapshot_days.delete().where(snapshot_days.c.run_id.in_(old)))
        connection.execute(sync_runs.delete().where(sync_runs.c.id.in_(old)))


def _insert(connection: sa.Connection, **values: Any) -> Run | None:
    # ON CONFLICT covers both unique indexes: one queued run, one run per slot.
    row = connection.execute(
        sa.dialects.postgresql.insert(sync_runs)
        .values(state="queued", **values)
        .on_conflict_do_nothing()
        .returning(*_COLUMNS)
    ).one_or_none()
    if row is None:
        return None
    _notify(connection)
    return _run(row)


def _notify(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def _run(row: sa.Row[Any]) -> Run:
    return Run(**row._mapping)


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ru": text.ru}
