"""The Overview of a snapshot: totals of a period and of the one before, the trend, the channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from math import sqrt
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from services.database.tables import snapshot_days
from services.errors import NoCampaignsError
from services.snapshots import store
from services.snapshots.noise import noise_of_ratio, noise_of_sum
from services.snapshots.unfinished import unfinished_days
from services.views import (
    ChannelPerformance,
    Compared,
    Kpi,
    KpiName,
    Overview,
    Snapshot,
    Totals,
    TrendPoint,
    UnfinishedDay,
)
from services.worth import Worth

MAX_DAILY_STEPS = 92
MIN_DAYS_FOR_INTERVAL = 8
COMPARED_FROM = 0.9  # the share of a day that must have come in, so that the day is compared
LATE_FIGURES: tuple[KpiName, ...] = ("revenue", "roi", "conversions", "acquisition_cost")
Z_80 = 1.2815515594  # the 90th percentile of the normal distribution: a two-sided 80 % interval

_D = snapshot_days.c
_MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
_RATIOS: Mapping[str, tuple[str, str]] = {
    "roi": ("revenue", "cost"),
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "acquisition_cost": ("cost", "conversions"),
}
_PAIRS = tuple(dict.fromkeys(pair for ratio in _RATIOS.values() for pair in (ratio, ratio[::-1])))
_ALL_RECORDED = 31


def _pair_label(name: str, other: str) -> str:
    return f"{name}_with_{other}"


_SUMS = (
    *(sa.func.sum(_D[name]).label(name) for name in _MEASURES),
    sa.func.bit_and(_D.recorded).label("recorded"),
)


def _pair_sum(name: str, other: str, free: frozenset[str]) -> sa.ColumnElement[Any]:
    """Return the sum of one figure over the rows that record both; pairs with the cost leave out `free`."""
    both = _D[other].is_not(None)
    counted = sa.and_(both, _D.channel.not_in(free)) if free and "cost" in (name, other) else both
    return sa.func.sum(_D[name]).filter(counted).label(_pair_label(name, other))


_BROUGHT, _SPENT = "worth", "cost_with_worth"


def _brought(worth: Worth) -> sa.ColumnElement[Any]:
    """Return what a row brought: revenue times the channel's margin, or conversions times their value."""
    if not _has_own_money(worth):
        return _D.revenue
    margin, value = (_by_channel_of(numbers) for numbers in (worth.margins, worth.conversion_values))
    return sa.func.coalesce(_D.conversions * value, _D.revenue * sa.func.coalesce(margin, 1))


def _by_channel_of(numbers: Mapping[str, float]) -> sa.ColumnElement[Any]:
    """Return the number of a row's channel, NULL where it has none."""
    return sa.cast(sa.cast(dict(numbers), JSONB)[_D.channel].astext, sa.Numeric)


def _has_own_money(worth: Worth) -> bool:
    return not worth.in_conversions and bool(worth.margins or worth.conversion_values)


def _worth_sums(worth: Worth, free: frozenset[str]) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the sums of what rows brought and cost, without channels that are `free`; none for revenue."""
    if not _has_own_money(worth):
        return ()
    brought = _brought(worth)
    both = sa.and_(brought.is_not(None), _D.cost.is_not(None), _D.channel.not_in(free))
    sums = ((_BROUGHT, brought), (_SPENT, _D.cost))
    return tuple(sa.func.sum(column).filter(both).label(label) for label, column in sums)


@dataclass(frozen=True, slots=True)
class _Days:
    """The campaign days of a snapshot, and the names of the sums that its days do not record.

    `unrecorded` are the sums that are 0 or NULL over all days, `never` those that are NULL. `is_partial`:
    some rows of the snapshot do not record all figures. `free` are the channels without any cost.
    """

    connection: sa.Connection
    snapshot: Snapshot
    unrecorded: frozenset[str]
    never: frozenset[str]
    is_partial: bool
    free: frozenset[str]

    @property
    def has_pairs(self) -> bool:
        """True when ratios do not follow from the sums of all rows."""
        return self.is_partial or bool(self.free)

    @property
    def sums(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The sums of all figures, NULL where no row records one; if needed, also of pairs and worth."""
        pairs = (_pair_sum(*pair, self.free) for pair in _PAIRS) if self.has_pairs else ()
        return (*_SUMS, *pairs, *_worth_sums(self.snapshot.worth, self.free))

    def totals(self, row: Mapping[Any, Any]) -> Totals:
        """Return the sums in `row` as totals; without rows they are those of no activity."""
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
                (a, b): (row[_pair_label(a, b)], row[_pair_label(b, a)])
                for a, b in (_RATIOS.values() if row["recorded"] < _ALL_RECORDED or self.free else ())
            },
            worth=(row[_BROUGHT], row[_SPENT]) if _BROUGHT in row else None,
        )

    def nothing(self) -> Totals:
        """Return the totals of days without rows: 0, None for what the data never record."""
        unknown: dict[str, Any] = dict.fromkeys(self.never)
        return replace(Totals(unrecorded=self.unrecorded), **unknown)


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def _missing(recorded: int) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(_MEASURES) if not recorded & 2**bit)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """Return the preceding period of the same length."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def overview(connection: sa.Connection, days: int | None, run_id: int | None = None) -> Overview:
    """Return the overview of the last `days` days of a snapshot's data (all of them for None).

    The period before is compared only if the data cover all of it. Raises `NoSnapshotError` before the first
    snapshot, `UnknownRunError` for a run without one, and `NoCampaignsError` for a snapshot without days.
    """
    snapshot = store.find(connection, run_id)
    if snapshot.data_from is None or snapshot.data_to is None:
        raise NoCampaignsError
    first = snapshot.data_from if days is None else snapshot.data_to - timedelta(days=days - 1)
    period = Period(max(first, snapshot.data_from), snapshot.data_to)
    before = _comparable(snapshot, period, days)
    found = _days_of(connection, snapshot)
    totals = _totals(found, period)
    previous = _totals(found, before) if before else None
    step = 1 if period.days <= MAX_DAILY_STEPS else 7
    trend = _trend(found, period, step)
    channels = _channels(found, period, before)
    comparable = _comparable_figures(channels)
    unfinished = unfinished_days(connection, snapshot.run_id, period.first, period.last)
    settled = _settled(unfinished)
    kpis = _kpis(totals, previous, trend, _Comparison(found, period, before, comparable))
    return Overview(
        snapshot=snapshot,
        days=days,
        date_from=period.first,
        date_to=period.last,
        previous_from=before.first if before else None,
        previous_to=before.last if before else None,
        totals=totals,
        previous=previous,
        kpis=_with_compared(kpis, _Comparison(found, period, before, comparable), settled),
        trend_step_days=step,
        trend=trend,
        channels=channels,
        incomplete=_incomplete(channels),
        free=tuple(one.channel for one in channels if one.channel in found.free),
        grain=store.grain_of(connection, snapshot.run_id),
        unfinished=unfinished,
        settled_to=settled,
    )


def _settled(unfinished: Sequence[UnfinishedDay]) -> date | None:
    """Return the last day before those that are too incomplete to be compared; None if there are none."""
    first = next((day.date for day in unfinished if (day.share or 0.0) < COMPARED_FROM), None)
    return None if first is None else first - timedelta(days=1)


def _with_compared(kpis: Sequence[Kpi], comparison: _Comparison, settled: date | None) -> tuple[Kpi, ...]:
    """Return the key figures, those of conversions and revenue with their values over complete days."""
    now, before = comparison.now, comparison.before
    if settled is None:
        return tuple(kpis)
    found: dict[KpiName, Compared] = {}
    if before is not None and settled >= now.first:
        now = Period(now.first, settled)
        before = Period(before.first, before.first + (settled - now.first))
        totals, previous = _totals(comparison.days, now), _totals(comparison.days, before)
        both = _kpis(totals, previous, (), replace(comparison, now=now, before=before))
        found = {kpi.name: Compared(kpi.value, kpi.previous, kpi.noise) for kpi in both}
    return tuple(
        replace(kpi, compared=found.get(kpi.name, Compared())) if kpi.name in LATE_FIGURES else kpi
        for kpi in kpis
    )


def _incomplete(channels: Iterable[ChannelPerformance]) -> dict[str, tuple[str, ...]]:
    """Return, for each sum and ratio, the channels of which some rows do not record it."""
    found = {
        name: tuple(sorted(one.channel for one in channels if one.totals.partly.intersection(needed)))
        for name, needed in _DEPENDS_ON.items()
    }
    return {name: names for name, names in found.items() if names}


def _comparable_figures(channels: Iterable[ChannelPerformance]) -> frozenset[str]:
    """Return the sums and ratios that rest on the same channels in the period and in the one before.

    A channel that does not record a figure in one period, and does in the other, would look like a change; so
    would one that records it in some of its rows.
    """
    found = set(_DEPENDS_ON)
    for one in channels:
        for name, needed in _DEPENDS_ON.items():
            states = {_recording(sums, needed) for sums in (one.totals, one.previous) if sums is not None}
            if "partly" in states or len(states) > 1:
                found.discard(name)
    return frozenset(found)


def _recording(sums: Totals, needed: Iterable[str]) -> Literal["all", "partly", "never"]:
    """Return whether all rows, some or none record all of the `needed` figures."""
    if not sums.partly.intersection(needed):
        return "all"
    return "never" if any(getattr(sums, name) is None for name in needed) else "partly"


def _comparable(snapshot: Snapshot, period: Period, days: int | None) -> Period | None:
    before = period.before()
    covered = snapshot.data_from is not None and before.first >= snapshot.data_from
    return before if days is not None and period.days == days and covered else None


def _days_of(connection: sa.Connection, snapshot: Snapshot) -> _Days:
    of_run = sa.select(_D.channel, *_SUMS).where(_D.run_id == snapshot.run_id).group_by(_D.channel)
    by_channel = [row._mapping for row in connection.execute(of_run)]
    unrecorded = frozenset(name for name in _MEASURES if not any(sums[name] for sums in by_channel))
    free = () if "cost" in unrecorded else (sums["channel"] for sums in by_channel if sums["cost"] == 0)
    return _Days(
        connection,
        snapshot,
        unrecorded=unrecorded,
        never=frozenset(name for name in _MEASURES if all(sums[name] is None for sums in by_channel)),
        is_partial=any(sums["recorded"] < _ALL_RECORDED for sums in by_channel),
        free=frozenset(free),
    )


def _totals(found: _Days, period: Period) -> Totals:
    row = found.connection.execute(sa.select(*found.sums).where(*_within(found.snapshot, period))).one()
    return found.totals(row._mapping)


def _trend(found: _Days, period: Period, step: int) -> tuple[TrendPoint, ...]:
    """Sum over steps of `step` days that end with the period; an incomplete first step is left out."""
    from_end = sa.literal(period.last, sa.Date) - _D.date
    number = sa.cast(sa.func.floor(from_end / step), sa.Integer).label("number")
    within = _within(found.snapshot, period)
    rows = found.connection.execute(sa.select(number, *found.sums).where(*within).group_by(number))
    by_number = {row.number: found.totals(row._mapping) for row in rows}
    return tuple(
        TrendPoint(
            date=period.last - timedelta(days=step * (n + 1) - 1),
            totals=by_number.get(n, found.nothing()),
        )
        for n in reversed(range(period.days // step))
    )


def _channels(found: _Days, period: Period, before: Period | None) -> tuple[ChannelPerformance, ...]:
    """Return every channel of the period, in descending order of cost."""
    now = _by_channel(found, period)
    then = _by_channel(found, before) if before else {}
    errors = _roi_errors(found, period)
    positions = _places(store.positions_of(found.connection, found.snapshot.run_id), now)
    rows = [
        _performance(name, totals, then.get(name), errors.get(name), positions[name])
        for name, totals in now.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-(row.totals.cost or 0), row.channel)))


def _places(known: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """Return the colour position of each of `names`; a name without one gets the next free position."""
    free = count(max(known.values(), default=-1) + 1)
    return {**known, **{name: next(free) for name in sorted(names) if name not in known}}


def _performance(
    name: str, totals: Totals, previous: Totals | None, error: float | None, position: int
) -> ChannelPerformance:
    roi = totals.roi
    known = roi is not None and error is not None
    return ChannelPerformance(
        channel=name,
        position=position,
        totals=totals,
        previous=previous,
        roi_low=max(-1.0, roi - Z_80 * error) if known else None,  # type: ignore[operator]
        roi_high=roi + Z_80 * error if known else None,  # type: ignore[operator]
    )


def _by_channel(found: _Days, period: Period) -> dict[str, Totals]:
    within = _within(found.snapshot, period)
    rows = found.connection.execute(sa.select(_D.channel, *found.sums).where(*within).group_by(_D.channel))
    return {row.channel: found.totals(row._mapping) for row in rows}


def _roi_errors(found: _Days, period: Period) -> dict[str, float]:
    """Return the standard error of each channel's ROI over the period's days.

    Linearised ratio estimator, Cochran (1977), Sampling Techniques, section 2.11: var(R) = n / (n - 1) * sum
    (revenue_d - R cost_d)^2 / (sum cost_d)^2, over the days and rows that record both. Channels with fewer
    than `MIN_DAYS_FOR_INTERVAL` such days or without cost have no entry.
    """
    f = sa.func
    brought = _brought(found.snapshot.worth)
    by_row = sa.select(_D.channel, _D.cost, brought.label("revenue")).where(
        *_within(found.snapshot, period), _D.cost.is_not(None), brought.is_not(None)
    )
    by_day = by_row.with_only_columns(
        _D.channel, f.sum(_D.cost).label("cost"), f.sum(brought).label("revenue")
    ).group_by(_D.channel, _D.date)
    days = (by_day if found.is_partial else by_row).subquery("days").c
    rows = found.connection.execute(
        sa.select(
            days.channel,
            f.count().label("n"),
            f.sum(days.cost).label("cost"),
            f.sum(days.revenue).label("revenue"),
            f.sum(days.cost * days.cost).label("cc"),
            f.sum(days.cost * days.revenue).label("cr"),
            f.sum(days.revenue * days.revenue).label("rr"),
        )
        .group_by(days.channel)
        .having(f.count() >= MIN_DAYS_FOR_INTERVAL, f.sum(days.cost) > 0)
    )
    return {row.channel: _ratio_error(row._mapping) for row in rows}


def _ratio_error(sums: Mapping[Any, Any]) -> float:
    ratio = sums["revenue"] / sums["cost"]
    squares = sums["rr"] - 2 * ratio * sums["cr"] + ratio * ratio * sums["cc"]
    return sqrt(max(0.0, float(squares)) * sums["n"] / (sums["n"] - 1)) / float(sums["cost"])


def _within(snapshot: Snapshot, period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    return _D.run_id == snapshot.run_id, _D.date.between(period.first, period.last)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two adjacent periods, the one `before` if there is one, and the figures that may be compared."""

    days: _Days
    now: Period
    before: Period | None
    comparable: Collection[str]

    def allows(self, name: KpiName) -> bool:
        """Return whether a figure rests on the same channels in both periods."""
        return self.before is not None and _figure(name) in self.comparable


def _kpis(
    totals: Totals, previous: Totals | None, trend: Sequence[TrendPoint], comparison: _Comparison
) -> tuple[Kpi, ...]:
    """Return the key figures; one whose channels differ from those before is not compared."""
    noises = _noises(comparison)
    return tuple(
        Kpi(
            name=name,
            value=_kpi(totals, name),
            previous=_kpi(previous, name) if previous and comparison.allows(name) else None,
            series=tuple(_kpi(point.totals, name) for point in trend),
            noise=noises.get(name),
            lacks=_lacks(totals, name),
        )
        for name in _KPIS
    )


def _lacks(totals: Totals, name: KpiName) -> tuple[str, ...]:
    """Return the sums that a figure needs and the data do not have; none where it is known without."""
    if name == "roi" and totals.roi is not None:
        return ()
    return tuple(sum_ for sum_ in _DEPENDS_ON[_figure(name)] if sum_ in totals.unrecorded)


def _noises(comparison: _Comparison) -> dict[KpiName, float | None]:
    """Return, for each figure that is compared, how large a change chance alone explains."""
    if comparison.before is None:
        return {}
    both = [_trend(comparison.days, period, 1) for period in (comparison.before, comparison.now)]
    return {name: _noise(name, both) for name in _KPIS if comparison.allows(name)}


def _noise(name: KpiName, both: Sequence[Sequence[TrendPoint]]) -> float | None:
    figure = _figure(name)
    if figure in _RATIOS:
        before, now = ([point.totals.pair(*_RATIOS[figure]) for point in part] for part in both)
        return noise_of_ratio(before, now)
    sums = ([float(getattr(point.totals, figure) or 0) for point in part] for part in both)
    return noise_of_sum(*sums)


_KPIS: tuple[KpiName, ...] = ("spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr")


_DEPENDS_ON: Mapping[str, tuple[str, ...]] = {**{name: (name,) for name in _MEASURES}, **_RATIOS}


def _figure(name: KpiName) -> str:
    return "cost" if name == "spend" else name


def _kpi(totals: Totals, name: KpiName) -> float | None:
    figure = _figure(name)
    value = getattr(totals, figure)
    return None if value is None else float(value)
