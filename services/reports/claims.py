"""Which process sends a scheduled report: one row for each report and slot, claimed in the database's clock.

sending -> sent | waiting (for its next attempt) | failed. A claim is a lease: that of a process that was
killed ends, and another process tries again. The number of the attempt proves who holds the lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from services.database.tables import report_deliveries
from services.text import LANGS, Text

LEASE_SECONDS = 600.0  # more than a report and a mail can take, each step of which has its own deadline
PAUSES_SECONDS = (60, 300, 900, 3600)
"""The pauses before the second and each later attempt."""

_KEEP_DAYS = 400
_NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send the report `name` of `slot`, as the attempt number `attempt` (from 1)."""

    name: str
    slot: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the newest slot of a report. `next_at`: when it is tried again, None for never."""

    name: str
    slot: datetime
    state: str
    attempts: int
    run_id: int | None
    finished_at: datetime | None
    next_at: datetime | None
    error: Text | None


def claim(connection: sa.Connection, name: str, schedule: str, slot: datetime) -> Claim | None:
    """Return the right to send this slot now; None if it is sent, given up, under way or waiting.

    A new entry, and one whose schedule has changed, begins after `slot`: neither sends a past report.
    """
    known = sa.select(
        sa.exists().where(report_deliveries.c.name == name, report_deliveries.c.schedule == schedule)
    )
    if not connection.scalar(known):
        _begin(connection, name, schedule, slot)
        return None
    _give_up(connection, name)
    is_due = sa.or_(
        sa.and_(report_deliveries.c.state == "sending", report_deliveries.c.leased_until <= _NOW),
        sa.and_(report_deliveries.c.state == "waiting", report_deliveries.c.next_at <= _NOW),
    )
    leased = {"state": "sending", "leased_until": _after(LEASE_SECONDS)}
    attempt = connection.scalar(
        insert(report_deliveries)
        .values(name=name, slot=slot, schedule=schedule, attempts=1, **leased)
        .on_conflict_do_update(
            index_elements=[report_deliveries.c.name, report_deliveries.c.slot],
            set_={**leased, "attempts": report_deliveries.c.attempts + 1},
            where=is_due,
        )
        .returning(report_deliveries.c.attempts)
    )
    return None if attempt is None else Claim(name, slot, attempt)


def renew(connection: sa.Connection, claim: Claim) -> bool:
    """Extend the lease; False if it has ended and another process has claimed the slot."""
    return _update(connection, claim, leased_until=_after(LEASE_SECONDS))


def succeed(connection: sa.Connection, claim: Claim, run_id: int, remark: Text | None = None) -> bool:
    """Record that the report was sent; `remark` says which recipients were refused."""
    return _update(
        connection,
        claim,
        state="sent",
        run_id=run_id,
        finished_at=_NOW,
        next_at=None,
        error_text=_both(remark),
    )


def fail(connection: sa.Connection, claim: Claim, reason: Text) -> bool:
    """Record a failed attempt: the next one comes after a longer pause, or never after the last one."""
    is_last = claim.attempt > len(PAUSES_SECONDS)
    return _update(
        connection,
        claim,
        state="failed" if is_last else "waiting",
        finished_at=_NOW,
        next_at=None if is_last else _after(PAUSES_SECONDS[claim.attempt - 1]),
        error_text=_both(reason),
    )


def newest(connection: sa.Connection) -> dict[str, Delivery]:
    """Return what became of the newest slot of each report, by its name."""
    found = connection.execute(
        sa.select(report_deliveries)
        .ext(distinct_on(report_deliveries.c.name))
        .where(report_deliveries.c.state != "begun")
        .order_by(report_deliveries.c.name, report_deliveries.c.slot.desc())
    )
    return {row.name: _delivery(row) for row in found}


def forget_old(connection: sa.Connection) -> None:
    """Delete the rows of slots that are more than a year past."""
    connection.execute(
        report_deliveries.delete().where(
            report_deliveries.c.slot < _NOW - sa.func.make_interval(0, 0, 0, _KEEP_DAYS)
        )
    )


def _begin(connection: sa.Connection, name: str, schedule: str, slot: datetime) -> None:
    """Note the schedule of a report in all its rows, so that a return to an earlier one is a change, too."""
    own = report_deliveries.c.name == name
    connection.execute(report_deliveries.update().where(own).values(schedule=schedule))
    connection.execute(
        insert(report_deliveries)
        .values(name=name, slot=slot, schedule=schedule, state="begun", attempts=0)
        .on_conflict_do_update(
            index_elements=[report_deliveries.c.name, report_deliveries.c.slot], set_={"schedule": schedule}
        )
    )


def _give_up(connection: sa.Connection, name: str) -> None:
    """Close slots whose last attempt was interrupted."""
    connection.execute(
        report_deliveries.update()
        .where(
            report_deliveries.c.name == name,
            report_deliveries.c.state == "sending",
            report_deliveries.c.leased_until <= _NOW,
            report_deliveries.c.attempts > len(PAUSES_SECONDS),
        )
        .values(state="failed", finished_at=_NOW)
    )


def _update(connection: sa.Connection, claim: Claim, **values: Any) -> bool:
    changed = connection.execute(
        report_deliveries.update()
        .where(
            report_deliveries.c.name == claim.name,
            report_deliveries.c.slot == claim.slot,
            report_deliveries.c.state == "sending",
            report_deliveries.c.attempts == claim.attempt,
        )
        .values(**values)
    )
    return changed.rowcount == 1


def _after(seconds: float) -> sa.ColumnElement[datetime]:
    return _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {lang: text[lang] for lang in LANGS}


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        name=row.name,
        slot=row.slot,
        state=row.state,
        attempts=row.attempts,
        run_id=row.run_id,
        finished_at=row.finished_at,
        next_at=row.next_at if row.state == "waiting" else None,
        error=None if row.error_text is None else Text(**row.error_text),
    )
