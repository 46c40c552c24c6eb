"""The pace of a month in a snapshot: its targets and the daily sums, read from the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from services.database.tables import snapshot_days
from services.errors import NoCampaignsError, UnknownChannelError
from services.pacing import targets
from services.pacing.outlook import MOST_HISTORY
from services.pacing.pace import Daily, pace
from services.periods import DateRange, whole_month
from services.snapshots import store
from services.snapshots.unfinished import incomplete
from services.views import TARGET_MEASURES, Measure, Pacing, Snapshot

LATE_DAYS = 7
"""A channel whose newest row is at most so many days older than the data is late; an older one has paused."""

OPEN_DAYS = 45
"""Days that are older than this are taken as they are."""

ACCOUNT = ""
_D = snapshot_days.c
_COLUMNS: Mapping[Measure, str] = {"spend": "cost", "revenue": "revenue", "conversions": "conversions"}


@dataclass(frozen=True, slots=True)
class _Newest:
    """What is not final: the settled sum of each channel's newest days, None where it cannot be used.

    `sums` are the recorded ones of the same days (channel -> day -> measure).
    """

    settled: Mapping[str, Mapping[date, Mapping[Measure, float | None]]]
    sums: Mapping[str, Mapping[date, Mapping[Measure, float]]]


def pacing(connection: sa.Connection, month: DateRange | None = None, channel: str | None = None) -> Pacing:
    """Return the pace of a month of the newest snapshot, by default that of the newest day of the data.

    channel: only this one. Raises `NoSnapshotError`, `NoCampaignsError`, and `UnknownChannelError` for a
    channel with neither rows nor a target.
    """
    snapshot = store.find(connection, None)
    if snapshot.data_from is None or snapshot.data_to is None:
        raise NoCampaignsError
    days = whole_month(snapshot.data_to) if month is None else month
    wanted = {
        (one.channel, one.measure): float(one.amount)
        for one in targets.listed(connection, days.first, channel)
    }
    asked = [(channel or ACCOUNT, measure) for measure in TARGET_MEASURES]
    asked += [key for key in wanted if key not in asked]
    daily = _daily(connection, snapshot, {name for name, _ in asked}, days)
    if channel and not wanted and daily[channel, "spend"] is None:
        raise UnknownChannelError(parameter="channel", value=channel[:80], known="")
    paces = tuple(pace(daily[key], days, *key, wanted.get(key)) for key in asked)
    return Pacing(snapshot, days.first, days.last, paces)


def _daily(
    connection: sa.Connection, snapshot: Snapshot, names: Collection[str], month: DateRange
) -> dict[tuple[str, Measure], Daily | None]:
    """Return the daily sums of some channels and of the account, None where there are no rows."""
    assert snapshot.data_to is not None
    start = min(snapshot.data_to - timedelta(days=MOST_HISTORY - 1), month.first)
    grain = store.grain_of(connection, snapshot.run_id)
    newest = _newest(connection, snapshot)
    found: dict[tuple[str, Measure], Daily | None] = {}
    for name in names:
        rows = _rows(connection, snapshot.run_id, start, name)
        is_monthly = "month" in (grain.values() if name == ACCOUNT else [grain.get(name)])
        of = newest if name == ACCOUNT else _only(newest, name)
        for measure in TARGET_MEASURES:
            found[name, measure] = _series(rows, measure, snapshot.data_to, of, is_monthly=is_monthly)
    return found


def _rows(connection: sa.Connection, run_id: int, start: date, name: str) -> Sequence[sa.Row[Any]]:
    """Return date, cost, revenue and conversions of each day, of the account or a channel."""
    sums = (sa.func.sum(_D[column]).label(column) for column in _COLUMNS.values())
    asked = sa.select(_D.date, *sums).where(_D.run_id == run_id, _D.date >= start)
    if name != ACCOUNT:
        asked = asked.where(_D.channel == name)
    return connection.execute(asked.group_by(_D.date).order_by(_D.date)).all()


def _series(
    rows: Sequence[sa.Row[Any]], measure: Measure, last: date, newest: _Newest, *, is_monthly: bool
) -> Daily | None:
    if not rows:
        return None
    column, first = _COLUMNS[measure], rows[0].date
    by_day = {row.date: float(getattr(row, column) or 0) for row in rows}
    recorded = tuple(by_day.get(day, 0.0) for day in DateRange(first, last).each_day())
    is_recorded = any(getattr(row, column) is not None for row in rows)
    settled = _settled(first, recorded, measure, newest)
    return Daily(first, recorded, settled, is_recorded=is_recorded, is_monthly=is_monthly)


def _settled(first: date, recorded: Sequence[float], measure: Measure, newest: _Newest) -> tuple[float, ...]:
    """Return the sums with what is still coming in, up to the first day that cannot be used."""
    made, usable = list(recorded), len(recorded)
    for name, days in newest.settled.items():
        for day, values in days.items():
            at = (day - first).days
            if measure not in values or at < 0:
                continue
            value = values[measure]
            if value is None:
                usable = min(usable, at)
            else:
                made[at] += value - newest.sums[name][day][measure]
    return tuple(made[:usable])


def _only(newest: _Newest, name: str) -> _Newest:
    return _Newest({name: newest.settled.get(name, {})}, {name: newest.sums.get(name, {})})


def _newest(connection: sa.Connection, snapshot: Snapshot) -> _Newest:
    """Return what is not final of the newest days of each channel."""
    assert snapshot.data_to is not None
    start = snapshot.data_to - timedelta(days=OPEN_DAYS)
    sums = _newest_sums(connection, snapshot.run_id, start)
    settled: dict[str, dict[date, dict[Measure, float | None]]] = {}
    for row in incomplete(connection, snapshot.run_id):
        if row.date in sums.get(row.channel, {}):
            settled.setdefault(row.channel, {})[row.date] = _of_day(row, sums[row.channel][row.date])
    for channel, days in sums.items():
        newest = max(days)
        if (snapshot.data_to - newest).days <= LATE_DAYS:
            for day in DateRange(newest + timedelta(days=1), snapshot.data_to).each_day():
                settled.setdefault(channel, {})[day] = dict.fromkeys(TARGET_MEASURES)
    return _Newest(settled, sums)


def _of_day(row: sa.Row[Any], sums: Mapping[Measure, float]) -> dict[Measure, float | None]:
    """Return the settled sums of a day that is not final: of spend only if the day is not over."""
    if row.state == "not_over":
        return dict.fromkeys(TARGET_MEASURES)
    shares: dict[Measure, float | None] = {"revenue": row.revenue, "conversions": row.conversions}
    return {
        measure: None if row.is_left_out or not share else sums[measure] / share
        for measure, share in shares.items()
    }


def _newest_sums(
    connection: sa.Connection, run_id: int, start: date
) -> dict[str, dict[date, dict[Measure, float]]]:
    sums = (sa.func.sum(_D[column]).label(column) for column in _COLUMNS.values())
    rows = connection.execute(
        sa.select(_D.channel, _D.date, *sums)
        .where(_D.run_id == run_id, _D.date >= start)
        .group_by(_D.channel, _D.date)
    )
    found: dict[str, dict[date, dict[Measure, float]]] = {}
    for row in rows:
        values: dict[Measure, float] = {
            measure: float(getattr(row, column) or 0) for measure, column in _COLUMNS.items()
        }
        found.setdefault(row.channel, {})[row.date] = values
    return found
