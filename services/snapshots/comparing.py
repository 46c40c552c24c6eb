"""What moved between two runs: figures, forecasts, plan and recommendations, and the sentence about it.

Plain values in, plain values out; `causes` finds out why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sqrt
from typing import Any, Literal

from services.snapshots.causes import Cause, Causes
from services.snapshots.noise import noise_of_ratio, noise_of_sum
from services.text import Text, change, number_text
from services.views import (
    KPI_KINDS,
    KPI_TITLES,
    Advice,
    DashboardView,
    Kind,
    Kpi,
    KpiName,
    Overview,
    Recommendation,
    Snapshot,
    Totals,
)

WINDOW_DAYS = 28
PLAN_TOLERANCE = 0.005  # of the total: an amount that changes by less is as it was
CORRECTED_FROM = 0.0005  # of a sum over the same days: less is rounding
FORECASTS, PLAN = "roi-forecast", "budget-recommendations"

SumName = Literal["cost", "revenue", "conversions"]
Sums = Mapping[str, Decimal | None]
_SUM_OF: Mapping[KpiName, SumName] = {"spend": "cost", "revenue": "revenue", "conversions": "conversions"}
_RATIO_OF: Mapping[KpiName, tuple[str, str]] = {
    "roi": ("revenue", "cost"),
    "acquisition_cost": ("cost", "conversions"),
    "ctr": ("clicks", "impressions"),
}
_MAIN: tuple[KpiName, ...] = ("revenue", "conversions", "spend")


@dataclass(frozen=True, slots=True)
class Moved:
    """A value in the earlier and in the later run; None where a run has none.

    `noise` is the change that chance explains, None where it is unknown. `is_real`: the change is beyond it.
    `from_corrections` is the part of the change that comes from days that both runs have.
    """

    name: str
    title: Text
    kind: Kind
    before: float | None
    after: float | None
    noise: float | None
    is_real: bool
    from_corrections: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared of one run: figures of its last days, and the sums of the earlier run's days in it."""

    overview: Overview
    same_days: Sums
    dashboards: Mapping[str, DashboardView]
    advice: Advice

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot of the run."""
        return self.overview.snapshot


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, the earlier one first; in each list, what moved beyond noise comes first.

    `days` is the length of the window of the figures, which ends in each run with its newest day. `unknown`
    says which reasons cannot be told. `forecasts` are ROI or, in accounts judged by their conversions, what
    one costs; `forecasts_title` says which.
    """

    earlier: Snapshot
    later: Snapshot
    summary: Text
    days: int
    earlier_from: date
    earlier_to: date
    later_from: date
    later_to: date
    figures: tuple[Moved, ...]
    forecasts_title: Text
    forecasts: tuple[Moved, ...]
    plan: tuple[Moved, ...]
    new: tuple[Recommendation, ...]
    gone: tuple[Recommendation, ...]
    causes: tuple[Cause, ...]
    unknown: Text | None


def compare(earlier: Side, later: Side, causes: Causes) -> Comparison:
    """Return what moved from the earlier run to the later one, and why."""
    one, other = earlier.overview, later.overview
    figures = _figures(earlier, later)
    forecasts = _forecasts(earlier, later)
    plan = _plan(earlier, later)
    new, gone = _exchanged(earlier.advice.items, later.advice.items)
    return Comparison(
        earlier=earlier.snapshot,
        later=later.snapshot,
        summary=_summary(figures, forecasts, plan, causes),
        days=(other.date_to - other.date_from).days + 1,
        earlier_from=one.date_from,
        earlier_to=one.date_to,
        later_from=other.date_from,
        later_to=other.date_to,
        figures=_real_first(figures),
        forecasts_title=later.dashboards[FORECASTS].title,
        forecasts=_real_first(forecasts),
        plan=_real_first(plan),
        new=new,
        gone=gone,
        causes=causes.found,
        unknown=causes.unknown,
    )


def has_corrections(earlier: Side, later: Side) -> bool:
    """Tell whether the sums of the earlier run's days are others in the later run."""
    return any(
        abs(_float(later.same_days[name]) - _float(earlier.same_days[name]))
        > CORRECTED_FROM * max(1.0, abs(_float(earlier.same_days[name])))
        for name in _SUM_OF.values()
    )


def _figures(earlier: Side, later: Side) -> list[Moved]:
    before = {kpi.name: kpi for kpi in earlier.overview.kpis}
    return [
        _figure(
            before[kpi.name],
            kpi,
            _noise(kpi, earlier.overview, later.overview),
            _corrected(kpi.name, earlier, later),
        )
        for kpi in later.overview.kpis
    ]


def _figure(before: Kpi, after: Kpi, noise: float | None, corrected: float | None) -> Moved:
    known = before.value is not None and after.value is not None
    difference = _float(after.value) - _float(before.value)
    rounding = 1e-9 * abs(_float(before.value))
    return Moved(
        name=after.name,
        title=KPI_TITLES[after.name],
        kind=KPI_KINDS[after.name],
        before=before.value,
        after=after.value,
        noise=noise,
        is_real=known and noise is not None and abs(difference) > max(noise, rounding),
        from_corrections=corrected,
    )


def _noise(kpi: Kpi, earlier: Overview, later: Overview) -> float | None:
    """Return the change of a figure between the windows of two runs that chance explains.

    Days that both windows have do not count: the change is that from the days which left to those which came.
    With too few of these, it is the noise between two adjacent windows times sqrt(new days / days). Spend is
    decided, and without new days there is no chance.
    """
    left = [point.totals for point in earlier.trend if point.date < later.date_from]
    came = [point.totals for point in later.trend if point.date > earlier.date_to]
    days = (later.date_to - later.date_from).days + 1
    new_days = min(days, max(0, (later.date_to - earlier.date_to).days))
    if kpi.name == "spend" or not new_days:
        return 0.0
    if len(left) == len(came) == new_days:
        found = _noise_of_days(kpi.name, left, came, days)
        if found is not None:
            return found
    return None if kpi.noise is None else kpi.noise * sqrt(new_days / days)


def _noise_of_days(name: KpiName, left: Sequence[Totals], came: Sequence[Totals], days: int) -> float | None:
    gap, column = days - len(came), _SUM_OF.get(name)
    if column is not None:
        sums = [[_float(getattr(day, column)) for day in part] for part in (left, came)]
        return noise_of_sum(sums[0], sums[1], gap)
    pairs = [[day.pair(*_RATIO_OF[name]) for day in part] for part in (left, came)]
    found = noise_of_ratio(pairs[0], pairs[1], gap)
    return None if found is None else found * len(came) / days


def _corrected(name: KpiName, earlier: Side, later: Side) -> float | None:
    """Return the change of a sum over the earlier run's days; None for a ratio and without the sum."""
    column = _SUM_OF.get(name)
    if column is None or earlier.same_days[column] is None or later.same_days[column] is None:
        return None
    return _float(later.same_days[column]) - _float(earlier.same_days[column])


def _forecasts(earlier: Side, later: Side) -> list[Moved]:
    """Return the forecast of each channel: it has moved if it is outside the range of the earlier one.

    A run that judged the channels by something else has no forecast to compare with.
    """
    in_conversions = later.snapshot.worth.in_conversions
    is_alike = earlier.snapshot.worth.in_conversions == in_conversions
    bounds = ("roi_high", "roi_low") if in_conversions else ("roi_low", "roi_high")  # of a cost: swapped

    def moved(channel: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Moved:
        value = _forecast(later, after, "roi_forecast")
        low, high = (_forecast(earlier, before, name) if is_alike else None for name in bounds)
        noise, is_real = _outside(value, low, high)
        return Moved(
            name=channel,
            title=Text(en=channel, ru=channel),
            kind="money" if in_conversions else "percent",
            before=_forecast(earlier, before, "roi_forecast") if is_alike else None,
            after=value,
            noise=noise,
            is_real=is_real,
        )

    return _by_channel(FORECASTS, earlier, later, moved)


def _outside(value: float | None, low: float | None, high: float | None) -> tuple[float | None, bool]:
    """Return half the width of a range, and whether a value is outside; None and False if one is missing."""
    if value is None or low is None or high is None:
        return None, False
    return (high - low) / 2, not low <= value <= high


def _forecast(side: Side, row: Mapping[str, Any], name: str) -> float | None:
    """Return a forecast of a run: a ROI, or the cost per conversion that it stands for."""
    value, worth = row.get(name), side.snapshot.worth
    return worth.cost_per_conversion(value) if worth.in_conversions else value


def _plan(earlier: Side, later: Side) -> list[Moved]:
    """Return the recommended budget of each channel."""
    rows = (*earlier.dashboards[PLAN].rows, *later.dashboards[PLAN].rows)
    tolerance = PLAN_TOLERANCE * max((_float(row["total_budget"]) for row in rows), default=0.0)

    def moved(channel: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Moved:
        amounts = [row.get("recommended_budget") for row in (before, after)]
        difference = abs(_float(amounts[1]) - _float(amounts[0]))
        return Moved(
            name=channel,
            title=Text(en=channel, ru=channel),
            kind="money",
            before=None if amounts[0] is None else float(amounts[0]),
            after=None if amounts[1] is None else float(amounts[1]),
            noise=tolerance,
            is_real=difference > tolerance,
        )

    return _by_channel(PLAN, earlier, later, moved)


def _by_channel(slug: str, earlier: Side, later: Side, moved: Any) -> list[Moved]:
    before, after = ({row["channel"]: row for row in side.dashboards[slug].rows} for side in (earlier, later))
    channels = dict.fromkeys((*after, *before))
    return [moved(channel, before.get(channel, {}), after.get(channel, {})) for channel in channels]


def _exchanged(
    before: Sequence[Recommendation], after: Sequence[Recommendation]
) -> tuple[tuple[Recommendation, ...], tuple[Recommendation, ...]]:
    """Return the recommendations that are new and those that are gone: by rule and channel."""
    known = {(item.rule_id, item.channel) for item in before}
    now = {(item.rule_id, item.channel) for item in after}
    new = tuple(item for item in after if (item.rule_id, item.channel) not in known)
    gone = tuple(item for item in before if (item.rule_id, item.channel) not in now)
    return new, gone


def _real_first(moved: Iterable[Moved]) -> tuple[Moved, ...]:
    return tuple(sorted(moved, key=lambda one: not one.is_real))


def _float(value: Decimal | float | None) -> float:
    return 0.0 if value is None else float(value)


# --- The sentence.

_BECAUSE = Text(en="{what} because of {why}", ru="{what} ({why})")
_BOTH = Text(en="{days} and {corrections}", ru="{days} и {corrections}")
_WITH_PART = Text(en="{words} ({part})", ru="{words}: {part}")
_CORRECTIONS = Text(en="corrected figures of earlier days", ru="исправленные цифры прошлых дней")
_LEVEL = Text(en="{title}: no real change", ru="{title}: без заметных изменений")
_MOVED = Text(en="{title} {change}", ru="{title} {change}")
_PLAN_SAME = Text(en="plan unchanged", ru="план прежний")
_PLAN_MOVED = Text(
    en="plan changed for {count} of {all} channels", ru="план изменён у каналов: {count} из {all}"
)
_FORECASTS_MOVED = Text(
    en="{count} of {all} forecasts moved out of their range",
    ru="прогнозов вышло из диапазона: {count} из {all}",
)
_SAME = Text(
    en="Nothing has changed: the figures and the plan are the same.",
    ru="Ничего не изменилось: цифры и план те же.",
)


def _summary(
    figures: Sequence[Moved], forecasts: Sequence[Moved], plan: Sequence[Moved], causes: Causes
) -> Text:
    """Return one sentence: the main figure and why it moved, the plan, the forecasts."""
    moved = [one for one in forecasts if one.is_real]
    replanned = [one for one in plan if one.is_real]
    main = _main(figures)
    if main is None or (main.before == main.after and not moved and not replanned):
        return _SAME
    parts = [_of_main(main, causes)]
    if plan:
        counts = {"count": number_text(len(replanned)), "all": number_text(len(plan))}
        parts.append(_PLAN_MOVED.format(**counts) if replanned else _PLAN_SAME)
    if moved:
        counts = {"count": number_text(len(moved)), "all": number_text(len(forecasts))}
        parts.append(_FORECASTS_MOVED.format(**counts))
    return Text(en="; ".join(part.en for part in parts) + ".", ru="; ".join(part.ru for part in parts) + ".")


def _main(figures: Sequence[Moved]) -> Moved | None:
    """Return the figure that the sentence is about: revenue, or what the account has in its place."""
    by_name = {one.name: one for one in figures}
    known = (by_name[name] for name in _MAIN if by_name[name].before is not None)
    return next((one for one in known if one.after is not None), None)


def _of_main(main: Moved, causes: Causes) -> Text:
    if not main.is_real:
        return _LEVEL.format(title=main.title)
    written = Text(en=change(main.after, main.before, "en"), ru=change(main.after, main.before, "ru"))
    what = _MOVED.format(title=main.title, change=written)
    days, corrected = causes.new_days, _share(main)
    if days and corrected:
        return _BECAUSE.format(what=what, why=_BOTH.format(days=days, corrections=corrected))
    why = days or corrected
    return what if why is None else _BECAUSE.format(what=what, why=why)


def _share(main: Moved) -> Text | None:
    """Return the words on corrections with their part of the change; None where they hardly matter."""
    part = main.from_corrections
    if not part or abs(part) <= CORRECTED_FROM * abs(_float(main.before)):
        return None
    now = _float(main.before) + part
    written = Text(en=change(now, main.before, "en"), ru=change(now, main.before, "ru"))
    return _WITH_PART.format(words=_CORRECTIONS, part=written)


def window_of(earlier: Snapshot, later: Snapshot) -> int:
    """Return the days of the window: `WINDOW_DAYS`, or fewer where a run has fewer days of data."""
    return max(1, min(WINDOW_DAYS, earlier.days, later.days))
