"""Significant recent shifts of rates, as sums that a user can check against the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from services.budgeting.budget_plan import Effect
from services.insights.facts import Facts
from services.insights.rates import Rate
from services.insights.recommendation import Evidence
from services.insights.selection import kept_part
from services.insights.shifts import BASELINE_DAYS, z_limit

LEAST_CHANGE = 0.1
P80 = 1.2816  # the 90th percentile of the normal distribution bounds 80 % in the middle

Sums = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A shift of one channel's rate in the last `days` days.

    `now` and `before` are the sums of these days and of the baseline, by count; NaN for a count that some
    rows of them do not record. `measured` and `usual` are the rates of these sums; for a count per day,
    `usual` is for the same weekdays. `value` is `measured`, drawn towards `usual` where the window was picked
    for its size. `error` is the standard error of `value`; `chance` that a sync without any shift shows one.
    """

    place: int
    channel: str
    days: int
    baseline_days: int
    first: date
    last: date
    now: Sums
    before: Sums
    measured: float
    value: float
    usual: float
    error: float
    chance: float

    @property
    def relative(self) -> float:
        """Return the relative change."""
        return self.value / self.usual - 1

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 80 % interval of `value`."""
        return self.value - P80 * self.error, self.value + P80 * self.error

    def evidence(self, at_stake: Effect | None, **details: object) -> Evidence:
        """Return the evidence of the shift, with the money at stake and further `details`."""
        told = {"baseline_days": self.baseline_days, "measured": self.measured, **details}
        return Evidence(self.first, self.last, self.days, None, told, self.chance, at_stake)

    def times(self, units: float) -> Effect | None:
        """Return the shift, with its sign, times `units`, with its 80 % interval; None for NaN."""
        if math.isnan(units):
            return None
        change, margin = self.value - self.usual, P80 * self.error
        low, middle, high = sorted((change + side * margin) * units for side in (-1, 0, 1))
        return Effect(low, middle, high)


def clear_changes(facts: Facts, rate: Rate) -> list[Change]:
    """Return the shifts of a rate that are significant, at least 10 %, and have the same sign in the sums."""
    shifts = facts.shifts[rate]
    clear = (shifts.p <= facts.shift_limit(rate)) & facts.is_going
    found = [_change(facts, rate, place) for place in np.flatnonzero(clear).tolist()]
    return [change for change in found if change is not None]


def _change(facts: Facts, rate: Rate, c: int) -> Change | None:
    shifts = facts.shifts[rate]
    change = describe(facts, rate, c, int(shifts.days[c]), float(shifts.error[c]))
    if change is None or abs(change.relative) < LEAST_CHANGE or change.relative * shifts.change[c] < 0:
        return None
    if rate.below is not None:  # a rate is estimated, money spent is counted
        z, freedom = (
            abs(change.measured - change.usual) / change.error,
            float(facts.weekly_noise[rate].freedom[c]),
        )
        part = kept_part(
            float(z), z_limit(facts.shift_limit(rate), freedom, float(shifts.limit_tests[c])), freedom
        )
        change = replace(change, value=change.usual + part * (change.measured - change.usual))
    return replace(change, chance=facts.shift_chance(rate, float(shifts.p[c])))


def describe(facts: Facts, rate: Rate, c: int, days: int, relative_error: float) -> Change | None:
    """Return the rate of the last `days` days of channel `c` and that of the baseline; None if undefined.

    A count per day is compared with the usual count of the same weekdays. `relative_error` is the standard
    error of `value` as a fraction of `usual`, before outliers are added back.
    """
    history, series = facts.history_of(rate), facts.series[rate]
    now, before = facts.sums(c, days, of=rate), facts.sums(c, BASELINE_DAYS, back=days, of=rate)
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
        measured=now[rate.above] / below_now * units,
        value=now[rate.above] / below_now * units,
        usual=usual,
        error=relative_error * usual * float(np.sqrt(facts.weekly[rate].variance_inflation[c])),
        chance=0.0,
    )
