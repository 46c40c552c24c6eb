"""The Overview of a snapshot: key figures of a period and of its comparison, the trend, the channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

import sqlalchemy as sa

from services.errors import NoCampaignsError, OutsideDataError
from services.periods import DateRange, Dates, Period, Selection
from services.snapshots import store
from services.snapshots.day_sums import MEASURES, RATIOS, SnapshotDays, days_of, recorded_part
from services.snapshots.noise import noise_of_ratio, noise_of_sum
from services.snapshots.unfinished import unfinished_days
from services.text import LANGS, Text, both, span
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

MAX_DAILY_STEPS = 92
COMPARED_FROM = 0.9  # the share of a day that must have come in, so that the day is compared
LATE_FIGURES: tuple[KpiName, ...] = ("revenue", "roi", "conversions", "acquisition_cost")
Z_80 = 1.2815515594  # the 90th percentile of the normal distribution: a two-sided 80 % interval

_KPIS: tuple[KpiName, ...] = ("spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr")
_DEPENDS_ON: Mapping[str, tuple[str, ...]] = {**{name: (name,) for name in MEASURES}, **RATIOS}


def overview(connection: sa.Connection, selection: Selection, run_id: int | None = None) -> Overview:
    """Return the overview of a period of a snapshot's data, against its comparison.

    The comparison is made only if the data cover all of its days. Raises `NoSnapshotError` before the first
    snapshot, `UnknownRunError` for a run without one, `NoCampaignsError` for a snapshot without days,
    `UnknownChannelError`, and `OutsideDataError` for chosen days of which the data have none.
    """
    snapshot = store.find(connection, run_id)
    period, before = asked_days(snapshot, selection)
    found = days_of(connection, snapshot, selection.channel)
    channels = _channels(found, period, before)
    step = 1 if period.days <= MAX_DAILY_STEPS else 7
    trend, trend_before = found.steps(period, step), found.steps(before, step) if before else ()
    daily = (trend_before, trend) if step == 1 else _daily(found, period, before)
    pair = _pair(found, period, before, _comparable_figures(channels), _by_day(daily))
    unfinished = unfinished_days(connection, snapshot.run_id, period, selection.channel)
    settled = _settled(unfinished)
    grain = store.grain_of(connection, snapshot.run_id)
    return Overview(
        snapshot=snapshot,
        selection=selection,
        date_from=period.first,
        date_to=period.last,
        previous_from=before.first if before else None,
        previous_to=before.last if before else None,
        totals=pair.totals,
        previous=pair.previous,
        kpis=_with_compared(_kpis(pair, trend), pair, settled),
        trend_step_days=step,
        trend=trend,
        trend_before=trend_before,
        channels=channels,
        all_channels=found.channels,
        incomplete=_incomplete(channels),
        free=tuple(one.channel for one in channels if one.channel in found.free),
        grain={name: kind for name, kind in grain.items() if selection.channel in (None, name)},
        unfinished=unfinished,
        settled_to=settled,
    )


def asked_days(snapshot: Snapshot, selection: Selection) -> tuple[DateRange, DateRange | None]:
    """Return the days of the period, and those that it is compared with, if the data cover them.

    Raises `NoCampaignsError` for a snapshot without days, `OutsideDataError`.
    """
    if snapshot.data_from is None or snapshot.data_to is None:
        raise NoCampaignsError
    data = DateRange(snapshot.data_from, snapshot.data_to)
    period = selection.period.within(data)
    if period is None:
        raise _outside(_field_outside(selection.period, data), selection.period, data)
    if isinstance(selection.comparison, Dates) and selection.comparison.within(data) is None:
        raise _outside("compare", selection.comparison, data)
    return period, selection.compared_days(period, data)


def _field_outside(period: Period, data: DateRange) -> str:
    """Return the parameter of a period that lies outside the data."""
    if not isinstance(period, Dates):
        return "period"
    return "from" if period.first is not None and period.first > data.last else "to"


def _outside(parameter: str, asked: Period, data: DateRange) -> OutsideDataError:
    days = _span(asked.whole(data)) if isinstance(asked, Dates) else both(asked.text)
    return OutsideDataError(parameter=parameter, value=asked.text, days=days, data=_span(data))


def _span(days: DateRange) -> Text:
    return Text(*(span(days.first, days.last, lang) for lang in LANGS))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A period and the days `before` that it is compared with, if there are any, with the sums of both.

    `comparable` are the figures that rest on the same channels in both; `daily` are the sums of each day
    of both, if there are both.
    """

    days: SnapshotDays
    now: DateRange
    before: DateRange | None
    comparable: Collection[str]
    daily: Mapping[date, Totals]
    totals: Totals
    previous: Totals | None

    def allows(self, name: KpiName) -> bool:
        """Return whether a figure can be compared."""
        return self.before is not None and _figure(name) in self.comparable

    def noise(self, name: KpiName) -> float | None:
        """Return how large a change of a figure chance alone explains; None if it is not compared."""
        if self.before is None or not self.allows(name):
            return None
        figure, gap = _figure(name), (self.now.first - self.before.last).days - 1
        before, now = ([self.daily[day] for day in part.each_day()] for part in (self.before, self.now))
        if figure in RATIOS:
            of = RATIOS[figure]
            return noise_of_ratio([day.pair(*of) for day in before], [day.pair(*of) for day in now], gap)
        then, since = ([float(getattr(day, figure) or 0) for day in part] for part in (before, now))
        return noise_of_sum(then, since, gap)

    def up_to(self, settled: date) -> _Pair:
        """Return the days up to `settled`, against as many from the start of those before."""
        now = DateRange(self.now.first, settled)
        before = None if self.before is None else self.before.start(now.days)
        return _pair(self.days, now, before, self.comparable, self.daily)


def _pair(
    found: SnapshotDays,
    now: DateRange,
    before: DateRange | None,
    comparable: Collection[str],
    daily: Mapping[date, Totals],
) -> _Pair:
    previous = None if before is None else found.totals(before)
    return _Pair(found, now, before, comparable, daily, found.totals(now), previous)


def _daily(found: SnapshotDays, now: DateRange, before: DateRange | None) -> Iterable[Sequence[TrendPoint]]:
    """Return the sums of each day of two periods; nothing without the second one."""
    return () if before is None else (found.steps(before, 1), found.steps(now, 1))


def _by_day(parts: Iterable[Sequence[TrendPoint]]) -> dict[date, Totals]:
    return {point.date: point.totals for part in parts for point in part}


def _settled(unfinished: Sequence[UnfinishedDay]) -> date | None:
    """Return the last day before those that are too incomplete to be compared; None if there are none."""
    first = next((day.date for day in unfinished if (day.share or 0.0) < COMPARED_FROM), None)
    return None if first is None else first - timedelta(days=1)


def _with_compared(kpis: Sequence[Kpi], pair: _Pair, settled: date | None) -> tuple[Kpi, ...]:
    """Return the key figures, those of conversions and revenue with their values over complete days."""
    if settled is None:
        return tuple(kpis)
    found: dict[KpiName, Compared] = {}
    if pair.before is not None and settled >= pair.now.first:
        complete = _kpis(pair.up_to(settled), ())
        found = {kpi.name: Compared(kpi.value, kpi.previous, kpi.noise) for kpi in complete}
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
            states = {recorded_part(sums, needed) for sums in (one.totals, one.previous) if sums is not None}
            if "partly" in states or len(states) > 1:
                found.discard(name)
    return frozenset(found)


def _channels(
    found: SnapshotDays, period: DateRange, before: DateRange | None
) -> tuple[ChannelPerformance, ...]:
    """Return every channel of the period, in descending order of cost."""
    now = found.by_channel(period)
    then = found.by_channel(before) if before else {}
    errors = found.roi_errors(period)
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


def _kpis(pair: _Pair, trend: Sequence[TrendPoint]) -> tuple[Kpi, ...]:
    """Return the key figures; one whose channels differ from those before is not compared."""
    return tuple(
        Kpi(
            name=name,
            value=_kpi(pair.totals, name),
            previous=_kpi(pair.previous, name) if pair.previous and pair.allows(name) else None,
            series=tuple(_kpi(point.totals, name) for point in trend),
            noise=pair.noise(name),
            lacks=_lacks(pair.totals, name),
        )
        for name in _KPIS
    )


def _lacks(totals: Totals, name: KpiName) -> tuple[str, ...]:
    """Return the sums that a figure needs and the data do not have; none where it is known without."""
    if name == "roi" and totals.roi is not None:
        return ()
    return tuple(sum_ for sum_ in _DEPENDS_ON[_figure(name)] if sum_ in totals.unrecorded)


def _figure(name: KpiName) -> str:
    return "cost" if name == "spend" else name


def _kpi(totals: Totals, name: KpiName) -> float | None:
    figure = _figure(name)
    value = getattr(totals, figure)
    return None if value is None else float(value)
