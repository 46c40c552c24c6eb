"""The newest days of a snapshot that are still coming in, of its channels and of the whole account.

Web processes import this module, so it must not import pandas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from services.database.tables import incomplete_days, snapshot_days
from services.periods import DateRange
from services.views import UnfinishedDay, UnfinishedState

SHOWN_BELOW = 0.97
"""A day is shown as unfinished if less than this share of the whole account has come in."""

_STATES: tuple[UnfinishedState, ...] = ("not_over", "not_learned", "coming_in")
_D, _I = snapshot_days.c, incomplete_days.c


def incomplete(connection: sa.Connection, run_id: int) -> Sequence[sa.Row[Any]]:
    """Return channel, date, state, conversions, revenue and is_left_out of a snapshot's incomplete days."""
    return connection.execute(sa.select(incomplete_days).where(_I.run_id == run_id).order_by(_I.date)).all()


def unfinished_days(
    connection: sa.Connection, run_id: int, days: DateRange, channel: str | None = None
) -> tuple[UnfinishedDay, ...]:
    """Return the unfinished days of a period, in order of time: of the account, or of one channel.

    The share of the account is the mean over its channels, weighted by their cost of the day.
    """
    by_day: dict[date, dict[str, sa.Row[Any]]] = {}
    for row in incomplete(connection, run_id):
        if days.first <= row.date <= days.last and channel in (None, row.channel):
            by_day.setdefault(row.date, {})[row.channel] = row
    if not by_day:
        return ()
    cost = sa.func.coalesce(sa.func.sum(_D.cost), 0)
    is_asked = () if channel is None else (_D.channel == channel,)
    found = connection.execute(
        sa.select(_D.date, _D.channel, cost.label("cost"))
        .where(_D.run_id == run_id, _D.date.between(min(by_day), max(by_day)), *is_asked)
        .group_by(_D.date, _D.channel)
    ).all()
    seen = (_day(day, rows, [one for one in found if one.date == day]) for day, rows in by_day.items())
    return tuple(day for day in seen if day.is_left_out or day.share is None or day.share < SHOWN_BELOW)


def _day(day: date, rows: dict[str, sa.Row[Any]], costs: Iterable[Any]) -> UnfinishedDay:
    weights = {one.channel: max(float(one.cost), 1e-9) for one in costs}
    state = next(state for state in _STATES if any(row.state == state for row in rows.values()))
    shares = {
        channel: row.conversions if row.revenue is None else row.revenue for channel, row in rows.items()
    }
    total, share = sum(weights.values()), None
    if state == "coming_in":
        share = (
            sum(weight * cast("float", shares.get(channel, 1.0)) for channel, weight in weights.items())
            / total
        )
    return UnfinishedDay(day, state, share, any(row.is_left_out for row in rows.values()))
