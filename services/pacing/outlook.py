"""The sum that is still to come in a month, with its distribution, from the daily sums before.

The level is an exponentially weighted mean of the days, relative to the profile of the weekdays. Its
half-life is the one that foretold past windows of the same length best. The distribution is that of the
errors of all past windows (conformal prediction, Vovk et al. 2005), made wider where few windows are
independent.
Plain Python: web processes import this module.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

HALF_LIVES = (4.0, 8.0, 16.0, 32.0)
"""Days after which a day counts half in the level."""

PROFILE_WEEKS = 12.0
"""Weeks after which a week counts half in the profile of the weekdays."""

PROFILE_PRIOR_WEEKS = 2.0
"""Weeks without any profile that are added to those seen."""

WEEK, LEARNING_DAYS = 7, 14
LEAST_DAYS = 28
"""Days of data below which nothing is foretold."""

LEAST_WINDOWS = 2.0
"""Independent past windows below which there is no distribution."""

MOST_HISTORY = 730
_T_90 = (3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372)
_Z_90 = 1.2816


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to come: `mean`, and the sorted `ratios` of past sums to what was foretold of them.

    `ratios` is empty where too few past windows can be told apart.
    """

    mean: float
    ratios: tuple[float, ...] = ()

    def quantile(self, part: float) -> float:
        """Return the sum that is not exceeded with the probability `part`; needs `ratios`."""
        at = min(max(part * (len(self.ratios) + 1) - 1, 0.0), len(self.ratios) - 1.0)
        low = int(at)
        high = min(low + 1, len(self.ratios) - 1)
        return self.mean * (self.ratios[low] + (at - low) * (self.ratios[high] - self.ratios[low]))

    def above(self, amount: float) -> float:
        """Return the probability that more than `amount` comes; needs `ratios`."""
        if amount < 0:
            return 1.0
        if self.mean <= 0:
            return 0.0
        ratio = amount / self.mean
        rank = (bisect_left(self.ratios, ratio) + bisect_right(self.ratios, ratio)) / 2
        return 1 - min(max((rank + 0.5) / (len(self.ratios) + 1), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Past forecasts by day: the level after each day, and the profile (7) known then."""

    levels: tuple[tuple[float, ...], ...]
    profiles: tuple[tuple[float, ...], ...]


def outlook(values: Sequence[float], gap: int, days: int) -> Outlook | None:
    """Return the outlook of the sum of `days` days that begin `gap` days after the last of `values`.

    values: daily sums in order of time, from 0. None with fewer than `LEAST_DAYS` of them.
    """
    values = values[-MOST_HISTORY:]
    if len(values) < LEAST_DAYS:
        return None
    fitted = _fit(values)
    origins = range(LEARNING_DAYS, len(values) - gap - days + 1)
    sums = [0.0, *accumulate(values)]
    actual = [sums[at + gap + days] - sums[at + gap] for at in origins]
    shapes = [_profile_sum(fitted.profiles[at - 1], at + gap, days) for at in origins]
    told = [
        [levels[at - 1] * shape for at, shape in zip(origins, shapes, strict=True)]
        for levels in fitted.levels
    ]
    best = min(range(len(told)), key=lambda way: _error(told[way], actual)) if origins else 1
    mean = fitted.levels[best][-1] * _profile_sum(fitted.profiles[-1], len(values) + gap, days)
    return Outlook(mean, _ratios(told[best], actual, days + gap))


def each_day(values: Sequence[float], gap: int, days: int) -> tuple[float, ...]:
    """Return the part of the sum that each of the days has by its weekday; the parts add up to 1."""
    profile = _fit(values[-MOST_HISTORY:]).profiles[-1]
    start = min(len(values), MOST_HISTORY) + gap
    parts = [profile[(start + day) % WEEK] for day in range(days)]
    return tuple(part / sum(parts) for part in parts)


def _fit(values: Sequence[float]) -> _Fitted:
    """Return the levels and profiles after each day; weekdays are positions in `values` modulo 7."""
    keep = 0.5 ** (1 / PROFILE_WEEKS)
    weekdays, weight, mean = [0.0] * WEEK, [0.0] * WEEK, 0.0
    keeps = [0.5 ** (1 / half) for half in HALF_LIVES]
    tops, bottoms = [0.0] * len(keeps), [0.0] * len(keeps)
    levels: list[list[float]] = [[] for _ in keeps]
    profiles, profile = [], (1.0,) * WEEK
    for at, value in enumerate(values):
        for way, fade in enumerate(keeps):
            tops[way] = tops[way] * fade + value
            bottoms[way] = bottoms[way] * fade + profile[at % WEEK]
            levels[way].append(tops[way] / bottoms[way])
        weekdays[at % WEEK] = weekdays[at % WEEK] * keep + value
        weight[at % WEEK] = weight[at % WEEK] * keep + 1
        if at >= WEEK - 1:
            mean = sum(weekdays) / sum(weight)
            profile = _profile(weekdays, weight, mean)
        profiles.append(profile)
    return _Fitted(tuple(map(tuple, levels)), tuple(profiles))


def _profile(sums: Sequence[float], weight: Sequence[float], mean: float) -> tuple[float, ...]:
    if mean <= 0:
        return (1.0,) * WEEK
    raw = [
        (one / mean + PROFILE_PRIOR_WEEKS) / (count + PROFILE_PRIOR_WEEKS)
        for one, count in zip(sums, weight, strict=True)
    ]
    return tuple(one * WEEK / sum(raw) for one in raw)


def _profile_sum(profile: Sequence[float], start: int, days: int) -> float:
    weeks, rest = divmod(days, WEEK)
    return weeks * WEEK + sum(profile[(start + day) % WEEK] for day in range(rest))


def _error(told: Sequence[float], actual: Sequence[float]) -> float:
    return sum(abs(one - other) for one, other in zip(told, actual, strict=True))


def _ratios(told: Sequence[float], actual: Sequence[float], length: int) -> tuple[float, ...]:
    """Return the sorted ratios of actual to foretold sums, farther from 1 where few are independent."""
    found = [came / one for one, came in zip(told, actual, strict=True) if one > 0]
    independent = len(found) / length
    if independent < LEAST_WINDOWS:
        return ()
    wider = _widening(independent)
    return tuple(sorted(max(0.0, 1 + wider * (ratio - 1)) for ratio in found))


def _widening(independent: float) -> float:
    """Return the factor of an 80 % range from a few errors: Student's t, and the error of the mean itself."""
    freedom = max(1, round(independent) - 1)
    student = _T_90[freedom - 1] if freedom <= len(_T_90) else 1.2816 + 1.0 / freedom
    return student / _Z_90 * sqrt(1 + 1 / independent)
