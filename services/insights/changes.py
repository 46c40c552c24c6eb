"""The recent changes that are clear enough to be told, with the plain sums a reader can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy import stats

from services.budgeting.budget_plan import Effect
from services.insights.facts import Facts
from services.insights.rates import Rate
from services.insights.recommendation import Evidence
from services.insights.shifts import BASELINE_DAYS

LEAST_CHANGE = 0.1
P80 = 1.2816  # the 90th percentile of the normal distribution bounds 80 % in the middle

Sums = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A rate of a channel has been different for `days` days.

    `now` and `before` are the sums of these days and of the baseline; `value` and `usual` the rates
    of these sums, `error` the standard error of `value`.
    """

    place: int
    channel: str
    days: int
    baseline_days: int
    first: date
    last: date
    now: Sums
    before: Sums
    value: float
    usual: float
    error: float
    probability: float

    @property
    def relative(self) -> float:
        """Return the relative change."""
        return self.value / self.usual - 1

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 80 % interval of `value`."""
        return self.value - P80 * self.error, self.value + P80 * self.error

    def evidence(self, **details: object) -> Evidence:
        """Return what the change rests on."""
        told = {"baseline_days": self.baseline_days, **details}
        return Evidence(self.first, self.last, self.days, self.probability, told)

    def at_stake(self, units: float) -> Effect:
        """Return what the change amounts to over a number of units that are each worth one `value`."""
        size = abs(self.value - self.usual)
        low, high = max(size - P80 * self.error, 0.0), size + P80 * self.error
        return Effect(low * units, size * units, high * units)


def clear_changes(facts: Facts, rate: Rate) -> list[Change]:
    """Return the changes of a rate that pass the risk limit, are 10 % or more, and show in plain sums."""
    shifts = facts.shifts[rate]
    clear = (shifts.p <= facts.shift_limit(rate)) & facts.is_going
    found = [_change(facts, rate, place) for place in np.flatnonzero(clear).tolist()]
    return [change for change in found if change is not None]


def _change(facts: Facts, rate: Rate, c: int) -> Change | None:
    shifts = facts.shifts[rate]
    change = describe(facts, rate, c, int(shifts.days[c]), float(shifts.error[c]))
    if change is None or abs(change.relative) < LEAST_CHANGE or change.relative * shifts.change[c] < 0:
        return None
    certainty = float(stats.norm.cdf(abs(shifts.change[c]) / shifts.error[c]))
    return replace(change, probability=certainty)


def describe(facts: Facts, rate: Rate, c: int, days: int, relative_error: float) -> Change | None:
    """Return a rate of the last `days` days of channel `c` beside the baseline; None where undefined.

    Counts per day are compared with what these days of the week usually have.
    """
    history, series = facts.history, facts.series[rate]
    now, before = facts.sums(c, days), facts.sums(c, BASELINE_DAYS, back=days)
    baseline = slice(max(history.length - days - BASELINE_DAYS, 0), history.length - days)
    baseline_days = int(history.observed[c, baseline].sum())
    if rate.below is None:
        below_now, below_before = float(series.exposure[c, -days:].sum()), series.exposure[c, baseline].sum()
    else:
        below_now, below_before = now[rate.below], before[rate.below]
    if below_now <= 0 or below_before <= 0 or before[rate.above] <= 0:
        return None
    units = below_now / days if rate.below is None else 1.0  # exposure of one of these days
    usual = before[rate.above] / below_before * units
    return Change(
        place=c,
        channel=history.channels[c],
        days=days,
        baseline_days=baseline_days,
        first=history.day(c, days - 1),
        last=history.day(c),
        now=now,
        before=before,
        value=now[rate.above] / below_now * units,
        usual=usual,
        error=relative_error * usual * float(np.sqrt(series.variance_inflation[c])),
        probability=1.0,
    )
