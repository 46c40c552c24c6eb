"""The Overview of a snapshot: totals of a period and of the one before, the trend, the channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from math import sqrt
from typing import Any

import sqlalchemy as sa

from services.database.tables import snapshot_days
from services.errors import NoCampaignsError
from services.snapshots import store
from services.views import ChannelPerformance, Kpi, KpiName, Overview, Snapshot, Totals, TrendPoint

MAX_DAILY_STEPS = 92
MIN_DAYS_FOR_INTERVAL = 8
Z_80 = 1.2815515594  # the 90th percentile of the normal distribution: a two-sided 80 % interval

_D = snapshot_days.c
_MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
_SUMS = tuple(sa.func.coalesce(sa.func.sum(_D[name]), 0).label(name) for name in _MEASURES)


@dataclass(frozen=True, slots=True)
class _Days:
    """The campaign days of a snapshot, and the names of the sums that are zero on all of its days."""

    connection: sa.Connection
    snapshot: Snapshot
    unrecorded: frozenset[str]

    def totals(self, row: Mapping[Any, Any]) -> Totals:
        """Return the sums in `row` as totals."""
        return Totals(
            impressions=int(row["impressions"]),
            clicks=int(row["clicks"]),
            conversions=row["conversions"],
            cost=row["cost"],
            revenue=row["revenue"],
            unrecorded=self.unrecorded,
        )


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
    found = _Days(connection, snapshot, _unrecorded(connection, snapshot))
    totals = _totals(found, period)
    previous = _totals(found, before) if before else None
    step = 1 if period.days <= MAX_DAILY_STEPS else 7
    trend = _trend(found, period, step)
    return Overview(
        snapshot=snapshot,
        days=days,
        date_from=period.first,
        date_to=period.last,
        previous_from=before.first if before else None,
        previous_to=before.last if before else None,
        totals=totals,
        previous=previous,
        kpis=_kpis(totals, previous, trend),
        trend_step_days=step,
        trend=trend,
        channels=_channels(found, period, before),
    )


def _comparable(snapshot: Snapshot, period: Period, days: int | None) -> Period | None:
    before = period.before()
    covered = snapshot.data_from is not None and before.first >= snapshot.data_from
    return before if days is not None and period.days == days and covered else None


def _unrecorded(connection: sa.Connection, snapshot: Snapshot) -> frozenset[str]:
    sums = connection.execute(sa.select(*_SUMS).where(_D.run_id == snapshot.run_id)).one()
    return frozenset(name for name in _MEASURES if not sums._mapping[name])


def _totals(found: _Days, period: Period) -> Totals:
    row = found.connection.execute(sa.select(*_SUMS).where(*_within(found.snapshot, period))).one()
    return found.totals(row._mapping)


def _trend(found: _Days, period: Period, step: int) -> tuple[TrendPoint, ...]:
    """Sum over steps of `step` days that end with the period; an incomplete first step is left out."""
    from_end = sa.literal(period.last, sa.Date) - _D.date
    number = sa.cast(sa.func.floor(from_end / step), sa.Integer).label("number")
    within = _within(found.snapshot, period)
    rows = found.connection.execute(sa.select(number, *_SUMS).where(*within).group_by(number))
    by_number = {row.number: found.totals(row._mapping) for row in rows}
    return tuple(
        TrendPoint(
            date=period.last - timedelta(days=step * (n + 1) - 1),
            totals=by_number.get(n, Totals(unrecorded=found.unrecorded)),
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
    return tuple(sorted(rows, key=lambda row: (-row.totals.cost, row.channel)))


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
    rows = found.connection.execute(sa.select(_D.channel, *_SUMS).where(*within).group_by(_D.channel))
    return {row.channel: found.totals(row._mapping) for row in rows}


def _roi_errors(found: _Days, period: Period) -> dict[str, float]:
    """Return the standard error of each channel's ROI over the period's days.

    Linearised ratio estimator, Cochran (1977), Sampling Techniques, section 2.11: var(R) = n / (n - 1) * sum
    (revenue_d - R cost_d)^2 / (sum cost_d)^2. Channels with fewer than `MIN_DAYS_FOR_INTERVAL` days or
    without cost have no entry.
    """
    f = sa.func
    rows = found.connection.execute(
        sa.select(
            _D.channel,
            f.count().label("n"),
            f.sum(_D.cost).label("cost"),
            f.sum(_D.revenue).label("revenue"),
            f.sum(_D.cost * _D.cost).label("cc"),
            f.sum(_D.cost * _D.revenue).label("cr"),
            f.sum(_D.revenue * _D.revenue).label("rr"),
        )
        .where(*_within(found.snapshot, period))
        .group_by(_D.channel)
        .having(f.count() >= MIN_DAYS_FOR_INTERVAL, f.sum(_D.cost) > 0)
    )
    return {row.channel: _ratio_error(row._mapping) for row in rows}


def _ratio_error(sums: Mapping[Any, Any]) -> float:
    ratio = sums["revenue"] / sums["cost"]
    squares = sums["rr"] - 2 * ratio * sums["cr"] + ratio * ratio * sums["cc"]
    return sqrt(max(0.0, float(squares)) * sums["n"] / (sums["n"] - 1)) / float(sums["cost"])


def _within(snapshot: Snapshot, period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    return _D.run_id == snapshot.run_id, _D.date.between(period.first, period.last)


def _kpis(totals: Totals, previous: Totals | None, trend: Sequence[TrendPoint]) -> tuple[Kpi, ...]:
    return tuple(
        Kpi(
            name=name,
            value=_kpi(totals, name),
            previous=_kpi(previous, name) if previous else None,
            series=tuple(_kpi(point.totals, name) for point in trend),
        )
        for name in _KPIS
    )


_KPIS: tuple[KpiName, ...] = ("spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr")


def _kpi(totals: Totals, name: KpiName) -> float | None:
    value = totals.cost if name == "spend" else getattr(totals, name)
    return None if value is None else float(value)
