"""Sums over the campaign days of a snapshot: of a period, of its steps, and of each channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.database.tables import snapshot_days
from services.errors import UnknownChannelError
from services.periods import DateRange
from services.views import Snapshot, Totals, TrendPoint
from services.worth import Worth

MIN_DAYS_FOR_INTERVAL = 8
MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
RATIOS: Mapping[str, tuple[str, str]] = {
    "roi": ("revenue", "cost"),
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "acquisition_cost": ("cost", "conversions"),
}
MOST_NAMED = 20  # channels in the sentence on an unknown one

_PAIRS = tuple(dict.fromkeys(pair for ratio in RATIOS.values() for pair in (ratio, ratio[::-1])))
_ALL_RECORDED = 31
BROUGHT, SPENT = "worth", "cost_with_worth"

Columns = sa.ColumnCollection[str, sa.ColumnElement[Any]]
"""The columns of rows of sums: channel, recorded and `MEASURES`, and mostly more."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the rows of a snapshot record, and so, how they are summed up.

    `unrecorded` are the sums that are 0 or NULL over all days, `never` those that are NULL. `is_partial`:
    some rows do not record all figures. `free` are the channels without any cost.
    """

    worth: Worth
    unrecorded: frozenset[str]
    never: frozenset[str]
    is_partial: bool
    free: frozenset[str]

    def sums(self, c: Columns) -> tuple[sa.ColumnElement[Any], ...]:
        """Return the sums of some rows: of each measure, and what all of them record.

        They are NULL where no row records a figure; if needed, there are also those of pairs and of worth.
        """
        of_all = (sa.func.sum(c[name]).label(name) for name in MEASURES)
        recorded = sa.func.bit_and(c.recorded).label("recorded")
        pairs = (_pair_sum(c, *pair, self.free) for pair in _PAIRS) if self.is_partial or self.free else ()
        return (*of_all, recorded, *pairs, *_worth_sums(c, self.worth, self.free))

    def totals(self, row: Mapping[Any, Any]) -> Totals:
        """Return the `sums` in `row` as totals; without rows they are those of no activity."""
        if row["recorded"] is None:
            return self.nothing()
        return Totals(
            impressions=_whole(row["impressions"]),
            clicks=_whole(row["clicks"]),
            conversions=row["conversions"],
            cost=row["cost"],
            revenue=row["revenue"],
            unrecorded=self.unrecorded,
            partly=_missing(row["recorded"]),
            pairs={
                (a, b): (row[pair_label(a, b)], row[pair_label(b, a)])
                for a, b in (RATIOS.values() if row["recorded"] < _ALL_RECORDED or self.free else ())
            },
            worth=(row[BROUGHT], row[SPENT]) if BROUGHT in row else None,
        )

    def nothing(self) -> Totals:
        """Return the totals of days without rows: 0, None for what the data never record."""
        unknown: dict[str, Any] = dict.fromkeys(self.never)
        return replace(Totals(unrecorded=self.unrecorded), **unknown)


@dataclass(frozen=True, slots=True)
class SnapshotDays:
    """The campaign days of a snapshot, all of them or those of one `channel`.

    `channels` are the names of all channels of the snapshot, `asked_channels` those of the days. `rows` has
    the columns channel, date, recorded and `MEASURES`.
    """

    connection: sa.Connection
    snapshot: Snapshot
    channels: tuple[str, ...]
    asked_channels: tuple[str, ...]
    recording: Recording
    rows: sa.Subquery

    @property
    def free(self) -> frozenset[str]:
        """The channels without any cost."""
        return self.recording.free

    def totals(self, days: DateRange) -> Totals:
        """Return the sums of a period."""
        return self.recording.totals(self._select(days).one()._mapping)

    def by_channel(self, days: DateRange) -> dict[str, Totals]:
        """Return the sums of each channel that has rows in a period."""
        rows = self._select(days, self.rows.c.channel)
        return {row.channel: self.recording.totals(row._mapping) for row in rows}

    def steps(self, days: DateRange, step: int) -> tuple[TrendPoint, ...]:
        """Sum over steps of `step` days that end with the period; an incomplete first step is left out."""
        from_end = sa.literal(days.last, sa.Date) - self.rows.c.date
        number = sa.cast(sa.func.floor(from_end / step), sa.Integer).label("number")
        rows = self._select(days, number)
        by_number = {row.number: self.recording.totals(row._mapping) for row in rows}
        return tuple(
            TrendPoint(
                date=days.last - timedelta(days=step * (n + 1) - 1),
                totals=by_number.get(n, self.recording.nothing()),
            )
            for n in reversed(range(days.days // step))
        )

    def roi_errors(self, days: DateRange) -> dict[str, float]:
        """Return the standard error of each channel's ROI over the period's days.

        Linearised ratio estimator, Cochran (1977), Sampling Techniques, section 2.11: var(R) = n / (n - 1) *
        sum (revenue_d - R cost_d)^2 / (sum cost_d)^2, over the days and rows that record both. Channels with
        fewer than `MIN_DAYS_FOR_INTERVAL` such days or without cost have no entry.
        """
        f, d = sa.func, self.rows.c
        brought = _brought(d, self.recording.worth)
        by_row = sa.select(d.channel, d.cost, brought.label("revenue")).where(
            self._within(days), d.cost.is_not(None), brought.is_not(None)
        )
        by_day = by_row.with_only_columns(
            d.channel, f.sum(d.cost).label("cost"), f.sum(brought).label("revenue")
        ).group_by(d.channel, d.date)
        of_days = (by_day if self.recording.is_partial else by_row).subquery("days").c
        rows = self.connection.execute(
            sa.select(
                of_days.channel,
                f.count().label("n"),
                f.sum(of_days.cost).label("cost"),
                f.sum(of_days.revenue).label("revenue"),
                f.sum(of_days.cost * of_days.cost).label("cc"),
                f.sum(of_days.cost * of_days.revenue).label("cr"),
                f.sum(of_days.revenue * of_days.revenue).label("rr"),
            )
            .group_by(of_days.channel)
            .having(f.count() >= MIN_DAYS_FOR_INTERVAL, f.sum(of_days.cost) > 0)
        )
        return {row.channel: _ratio_error(row._mapping) for row in rows}

    def _select(self, days: DateRange, *by: sa.ColumnElement[Any]) -> sa.CursorResult[Any]:
        """Return the sums of a period, a row for each value of `by`."""
        sums = self.recording.sums(self.rows.c)
        return self.connection.execute(sa.select(*by, *sums).where(self._within(days)).group_by(*by))

    def _within(self, days: DateRange) -> sa.ColumnElement[bool]:
        return self.rows.c.date.between(days.first, days.last)


def days_of(connection: sa.Connection, snapshot: Snapshot, channel: str | None = None) -> SnapshotDays:
    """Return the campaign days of a snapshot, or of one channel; raises `UnknownChannelError`."""
    by_channel = _by_channel(connection, stored_days(snapshot.run_id), snapshot.worth)
    if channel is not None:
        _check_known(channel, tuple(by_channel))
    kept = {name: sums for name, sums in by_channel.items() if channel in (None, name)}
    return SnapshotDays(
        connection,
        snapshot,
        channels=tuple(by_channel),
        asked_channels=tuple(kept),
        recording=_recording(kept, snapshot.worth),
        rows=stored_days(snapshot.run_id, channel),
    )


def stored_days(run_id: int, channel: str | None = None) -> sa.Subquery:
    """Return the rows of `snapshot_days` of a run, or of one of its channels."""
    d = snapshot_days.c
    columns = (d.channel, d.date, d.recorded, d.campaign_rows, *(d[name] for name in MEASURES))
    rows = sa.select(*columns).where(d.run_id == run_id)
    return (rows if channel is None else rows.where(d.channel == channel)).subquery("days")


def _by_channel(connection: sa.Connection, rows: sa.Subquery, worth: Worth) -> dict[str, Mapping[Any, Any]]:
    """Return the sums of each channel over all days, by name."""
    plain = Recording(worth, frozenset(), frozenset(), is_partial=False, free=frozenset())
    sums = sa.select(rows.c.channel, *plain.sums(rows.c)).group_by(rows.c.channel)
    found = {row.channel: row._mapping for row in connection.execute(sums)}
    return {name: found[name] for name in sorted(found)}


def _recording(by_channel: Mapping[str, Mapping[Any, Any]], worth: Worth) -> Recording:
    rows = by_channel.values()
    unrecorded = frozenset(name for name in MEASURES if not any(sums[name] for sums in rows))
    free = () if "cost" in unrecorded else (name for name, sums in by_channel.items() if sums["cost"] == 0)
    return Recording(
        worth,
        unrecorded=unrecorded,
        never=frozenset(name for name in MEASURES if all(sums[name] is None for sums in rows)),
        is_partial=any(sums["recorded"] < _ALL_RECORDED for sums in rows),
        free=frozenset(free),
    )


def _check_known(channel: str, names: Sequence[str]) -> None:
    if channel not in names:
        left_out = " …" if len(names) > MOST_NAMED else ""
        known = ", ".join(names[:MOST_NAMED]) + left_out
        raise UnknownChannelError(parameter="channel", value=channel[:80], known=known)


def pair_label(name: str, other: str) -> str:
    """Return the name of the sum of a figure over the rows that record another one, too."""
    return f"{name}_with_{other}"


def recorded_part(sums: Totals, needed: Iterable[str]) -> Literal["all", "partly", "never"]:
    """Return whether all rows, some or none record all of the `needed` figures."""
    if not sums.partly.intersection(needed):
        return "all"
    return "never" if any(getattr(sums, name) is None for name in needed) else "partly"


def _pair_sum(c: Columns, name: str, other: str, free: frozenset[str]) -> sa.ColumnElement[Any]:
    """Return the sum of one figure over the rows that record both; pairs with the cost leave out `free`."""
    both = c[other].is_not(None)
    counted = sa.and_(both, c.channel.not_in(free)) if free and "cost" in (name, other) else both
    return sa.func.sum(c[name]).filter(counted).label(pair_label(name, other))


def _brought(c: Columns, worth: Worth) -> sa.ColumnElement[Any]:
    """Return what a row brought: revenue times the channel's margin, or conversions times their value."""
    if not _has_own_money(worth):
        return c.revenue
    margin, value = (_by_channel_of(c, numbers) for numbers in (worth.margins, worth.conversion_values))
    return sa.func.coalesce(c.conversions * value, c.revenue * sa.func.coalesce(margin, 1))


def _by_channel_of(c: Columns, numbers: Mapping[str, float]) -> sa.ColumnElement[Any]:
    """Return the number of a row's channel, NULL where it has none."""
    return sa.cast(sa.cast(dict(numbers), JSONB)[c.channel].astext, sa.Numeric)


def _has_own_money(worth: Worth) -> bool:
    return not worth.in_conversions and bool(worth.margins or worth.conversion_values)


def _worth_sums(c: Columns, worth: Worth, free: frozenset[str]) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the sums of what rows brought and cost, without channels that are `free`; none for revenue."""
    if not _has_own_money(worth):
        return ()
    brought = _brought(c, worth)
    both = sa.and_(brought.is_not(None), c.cost.is_not(None), c.channel.not_in(free))
    sums = ((BROUGHT, brought), (SPENT, c.cost))
    return tuple(sa.func.sum(column).filter(both).label(label) for label, column in sums)


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _missing(recorded: int) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(MEASURES) if not recorded & 2**bit)


def _ratio_error(sums: Mapping[Any, Any]) -> float:
    ratio = sums["revenue"] / sums["cost"]
    squares = sums["rr"] - 2 * ratio * sums["cr"] + ratio * ratio * sums["cc"]
    return sqrt(max(0.0, float(squares)) * sums["n"] / (sums["n"] - 1)) / float(sums["cost"])
