"""The queue and the history of sync runs.

queued -> running -> succeeded | failed | interrupted. At most one run is queued and one is running; a further
request joins it. A worker process writes to a running row only while it holds the advisory lock `SYNC_LOCK`
in an open transaction. So a running row without the lock belongs to a worker process that died.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, get_args

import sqlalchemy as sa

from services.database.tables import TIME, pins, snapshot_days, sync_runs
from services.errors import RunLostError, SyncLockError, UnknownRunError
from services.text import Text
from services.views import EnqueuedRun, Run, RunState, Stage

log = logging.getLogger("demetra.runs")

CHANNEL = "demetra_sync"  # of LISTEN and NOTIFY
SYNC_LOCK = 4_350_002
HISTORY_DAYS = 90
CLOCK_STEP_SECONDS = 60  # a clock that is set back by less delays no run for long

_COLUMNS = [sync_runs.c.id.label("run_id")] + [
    sync_runs.c[field.name] for field in fields(Run) if field.name != "run_id"
]
_HOLDERS = (
    sa.text(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :lock"
        " AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    .bindparams(lock=SYNC_LOCK)
    .columns(sa.column("pid", sa.Integer))
    .subquery()
)
_NO_RUN_WORKS = ~sa.select(_HOLDERS.c.pid).exists()
_SESSIONS = sa.table(
    "pg_stat_activity",
    sa.column("pid", sa.Integer),
    sa.column("application_name", sa.Text),
    sa.column("state_change", TIME),
)
_INTERRUPTED = Text(
    en="The worker stopped in the middle of this run; nothing of it was published.",
    ru="Рабочий процесс остановился посреди этого запуска; ничего из него не опубликовано.",
)


def now(connection: sa.Connection) -> datetime:
    """Return the time of the database's clock, which all processes share."""
    moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment


def enqueue(
    connection: sa.Connection, *, trigger: str, requested_by: str | None = None, redraw: bool = False
) -> EnqueuedRun:
    """Queue a run, or join the one that is queued or running; concurrent requests do not fail.

    A request with `redraw` joins only a run that redraws as well, or a queued one, which then redraws.
    """
    mark_interrupted(connection)
    while True:
        under_way = _redrawing(connection) if redraw else active(connection)
        if under_way is not None:
            return EnqueuedRun(run=under_way, joined=True)
        created = _insert(connection, trigger=trigger, requested_by=requested_by, redraw=redraw)
        if created is not None:
            return EnqueuedRun(run=created, joined=False)


def enqueue_next(connection: sa.Connection, *, trigger: str, requested_by: str | None) -> EnqueuedRun:
    """Queue a run, or join the one that is queued; one that is running has looked for new data already."""
    mark_interrupted(connection)
    while True:
        created = _insert(connection, trigger=trigger, requested_by=requested_by)
        if created is not None:
            return EnqueuedRun(run=created, joined=False)
        waiting = _one(connection, sync_runs.c.state == "queued")
        if waiting is not None:  # else a worker has claimed it meanwhile
            return EnqueuedRun(run=waiting, joined=True)


def enqueue_slot(connection: sa.Connection, slot: datetime) -> bool:
    """Make sure that `slot` has a run; True if this call assigned one.

    A run that was queued by hand takes over the slot. While a run of an earlier slot is still queued, this
    slot is skipped: the runs do not keep up.
    """
    mark_interrupted(connection)
    _give_back_future_slots(connection)
    if _insert(connection, trigger="schedule", slot=slot) is not None:
        return True
    taken = sa.exists().where(sync_runs.c.slot == slot)
    adopted = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.state == "queued", sync_runs.c.slot.is_(None), ~taken)
        .values(slot=slot)
    )
    return adopted.rowcount == 1


def _redrawing(connection: sa.Connection) -> Run | None:
    """Return the active run if it redraws; a queued run is changed to redraw. Else None."""
    under_way = active(connection)
    if under_way is not None and under_way.redraw:
        return under_way
    row = connection.execute(
        sync_runs.update().where(sync_runs.c.state == "queued").values(redraw=True).returning(*_COLUMNS)
    ).one_or_none()
    return None if row is None else _run(row)


def try_lock(connection: sa.Connection) -> bool:
    """Take the sync lock until the transaction ends; False if another transaction holds it."""
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(SYNC_LOCK))))


def holds_lock(connection: sa.Connection) -> bool:
    """Tell whether the transaction of `connection` holds the lock.

    In autocommit it never does: `try_lock` is a transaction of its own then.
    """
    own = _HOLDERS.c.pid == sa.func.pg_backend_pid()
    return bool(connection.scalar(sa.select(sa.exists().where(own))))


def commit_run(connection: sa.Connection) -> None:
    """Commit the transaction of a run; raise `SyncLockError` and commit nothing if the lock is lost."""
    if not holds_lock(connection):
        raise SyncLockError
    connection.commit()


def claim(connection: sa.Connection) -> Run | None:
    """Take the queued run and mark it as running. Requires the sync lock."""
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


def terminate_hung(connection: sa.Connection, seconds: float) -> int:
    """End the session of a worker process that holds the lock and has sent no statement for `seconds`.

    `idle_in_transaction_session_timeout` covers a process that was frozen between two statements. This
    function covers one that was frozen while it received the result of a statement.
    """
    silent_for = sa.func.clock_timestamp() - _SESSIONS.c.state_change
    ended = connection.execute(
        sa.select(_SESSIONS.c.application_name, sa.func.pg_terminate_backend(_SESSIONS.c.pid)).where(
            _SESSIONS.c.pid.in_(sa.select(_HOLDERS.c.pid)), silent_for > _seconds(seconds)
        )
    ).all()
    for row in ended:
        log.warning("the session of %s was ended: it was silent beyond its deadline", row.application_name)
    return len(ended)


def mark_interrupted(connection: sa.Connection) -> list[bool]:
    """Close running rows whose worker process has died; return the `redraw` flag of each."""
    return _interrupt(connection, _NO_RUN_WORKS)


def mark_orphaned(connection: sa.Connection) -> None:
    """Close all running rows. Requires the sync lock: it proves that their worker processes are gone."""
    _interrupt(connection, sa.true())


def interrupt(connection: sa.Connection, run_id: int) -> None:
    """Close a running run whose worker process was asked to stop."""
    _interrupt(connection, sync_runs.c.id == run_id)
    _notify(connection)


def _interrupt(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[bool]:
    closed = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.state == "running", condition)
        .values(
            state="interrupted",
            finished_at=sa.func.clock_timestamp(),
            error_code="interrupted",
            error_text=_both(_INTERRUPTED),
        )
        .returning(sync_runs.c.id, sync_runs.c.stage, sync_runs.c.redraw)
    ).all()
    for row in closed:
        log.warning("run %s was interrupted in %s: %s", row.id, row.stage, _INTERRUPTED.en)
    return [row.redraw for row in closed]


def enter_stage(connection: sa.Connection, run_id: int, stage: Stage) -> None:
    """Record that the run is at `stage` now."""
    running = sync_runs.c.state == "running"
    connection.execute(sync_runs.update().where(sync_runs.c.id == run_id, running).values(stage=stage))


def note_fetched(connection: sa.Connection, run_id: int, fetched: Mapping[str, Any]) -> None:
    """Record what the run has fetched so far."""
    running = sync_runs.c.state == "running"
    connection.execute(sync_runs.update().where(sync_runs.c.id == run_id, running).values(fetched=fetched))


def finish(connection: sa.Connection, run_id: int, values: Mapping[str, Any]) -> None:
    """Mark the run as succeeded and notify all listeners; `values` are further columns.

    Raises `RunLostError` if another process has closed the run meanwhile.
    """
    finished = connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run_id, sync_runs.c.state == "running")
        .values(state="succeeded", finished_at=sa.func.clock_timestamp(), **values)
    )
    if finished.rowcount != 1:
        raise RunLostError
    _notify(connection)


def mark_unchanged(connection: sa.Connection, run_id: int, snapshot_id: int) -> None:
    """Mark the run as succeeded without new data; the snapshot of run `snapshot_id` stays valid."""
    names = ("rows_read", "data_from", "data_to", "is_sample", "model_version")
    held = connection.execute(
        sa.select(*(sync_runs.c[name] for name in names)).where(sync_runs.c.id == snapshot_id)
    ).one()
    finish(connection, run_id, {**held._mapping, "no_new_data": True})


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


def add_warning(connection: sa.Connection, run_id: int, *, code: str, text: Text) -> None:
    """Record on a succeeded run what failed although its figures are published."""
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
    """Return the running run, else the queued one, else None."""
    row = connection.execute(
        sa.select(*_COLUMNS)
        .where(sync_runs.c.state.in_(["queued", "running"]))
        .order_by(sync_runs.c.state.desc(), sync_runs.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Run | None:
    row = connection.execute(sa.select(*_COLUMNS).where(condition)).one_or_none()
    return None if row is None else _run(row)


def newest(connection: sa.Connection, *states: str) -> Run | None:
    """Return the newest run in one of `states`, or None."""
    row = connection.execute(
        sa.select(*_COLUMNS).where(sync_runs.c.state.in_(states)).order_by(sync_runs.c.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _run(row)


def failures_in_a_row(connection: sa.Connection) -> int:
    """Return the number of failed or interrupted runs since the last one that succeeded."""
    success = sa.select(sa.func.max(sync_runs.c.id)).where(sync_runs.c.state == "succeeded")
    failed = sa.select(sa.func.count()).where(
        sync_runs.c.state.in_(["failed", "interrupted"]),
        sync_runs.c.id > sa.func.coalesce(success.scalar_subquery(), 0),
    )
    return connection.execute(failed).scalar_one()


def count_by_state(connection: sa.Connection) -> dict[str, int]:
    """Return the number of runs of the history in each state."""
    rows = connection.execute(
        sa.select(sync_runs.c.state, sa.func.count().label("number")).group_by(sync_runs.c.state)
    )
    return dict.fromkeys(get_args(RunState), 0) | {row.state: row.number for row in rows}


def has_queued(connection: sa.Connection) -> bool:
    """Tell whether a run is queued."""
    return bool(connection.scalar(sa.select(sa.exists().where(sync_runs.c.state == "queued"))))


def queued_run(connection: sa.Connection) -> int | None:
    """Return the id of the queued run, or None."""
    return connection.scalar(sa.select(sync_runs.c.id).where(sync_runs.c.state == "queued"))


def has_finished(connection: sa.Connection, seconds: float) -> bool:
    """Tell whether a worker process finished a run in the last `seconds`; interrupted runs do not count."""
    now = sa.func.clock_timestamp()
    finished = sa.exists().where(
        sync_runs.c.state.in_(["succeeded", "failed"]),
        sync_runs.c.finished_at.between(now - _seconds(seconds), now),
    )
    return bool(connection.scalar(sa.select(finished)))


def has_waited(connection: sa.Connection, seconds: float) -> bool:
    """Tell whether a run has been queued for longer than `seconds`."""
    long_ago = sa.func.now() - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    waiting = sa.exists().where(sync_runs.c.state == "queued", sync_runs.c.requested_at < long_ago)
    return bool(connection.scalar(sa.select(waiting)))


def forget_old(connection: sa.Connection, keep_run_id: int) -> None:
    """Delete runs that ended more than `HISTORY_DAYS` days ago, except `keep_run_id` and pinned ones."""
    is_pinned = sa.exists().where(pins.c.run_id == sync_runs.c.id)
    too_old = sync_runs.c.finished_at < sa.func.now() - sa.func.make_interval(0, 0, 0, HISTORY_DAYS)
    others = sync_runs.c.id != keep_run_id, ~is_pinned
    old = connection.scalars(sa.select(sync_runs.c.id).where(too_old, *others)).all()
    if old:
        # Explicit, although a foreign key cascades: distributed tables have no foreign key (docs/growing.md).
        connection.execute(snapshot_days.delete().where(snapshot_days.c.run_id.in_(old)))
        connection.execute(sync_runs.delete().where(sync_runs.c.id.in_(old)))


def _give_back_future_slots(connection: sa.Connection) -> None:
    """Free the slots that lie in the future: they were taken before the clock was set back."""
    to_come = sa.func.clock_timestamp() + _seconds(CLOCK_STEP_SECONDS)
    connection.execute(sync_runs.update().where(sync_runs.c.slot > to_come).values(slot=None))


def _insert(connection: sa.Connection, **values: Any) -> Run | None:
    # ON CONFLICT covers two unique indexes: one queued run, one run per slot.
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


def _seconds(number: float) -> sa.ColumnElement[timedelta]:
    return sa.func.make_interval(0, 0, 0, 0, 0, 0, number)


def _notify(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


def _run(row: sa.Row[Any]) -> Run:
    return Run(**row._mapping)


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "ru": text.ru}
