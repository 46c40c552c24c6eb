"""How large a change between two periods chance alone can make, from the days of both.

The web process computes this without numpy, from at most a few hundred days.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from statistics import NormalDist

RISK = 0.01  # of calling a change real that is none, for one figure
WEEK = 7
LEAST_FREEDOM = 4  # fewer degrees of freedom than these give no usable limit
MOST_CORRELATION = 0.8  # of a day with the day before; above it, days of a period hardly average out

Day = tuple[float, float]
"""Numerator and denominator of a ratio on one day; a plain sum has the denominator 1."""


def noise_of_ratio(before: Sequence[Day], now: Sequence[Day], gap_days: int = 0) -> float | None:
    """Return the largest difference of two ratios of sums that chance explains; None where it is unknown.

    before, now: the days of two periods, in order; gap_days: the days between them.

    The ratio of a period is linearised (Cochran 1977, "Sampling techniques", section 2.11). From the residual
    of each day the mean of its weekday is subtracted. The variance of a mean of n days with first-order
    autocorrelation r is (1 + r) / (1 - r) / n times that of a day (Bayley and Hammersley 1946, "The effective
    number of independent observations in an autocorrelated time series"). The limit is the two-sided
    `RISK` quantile of Student's distribution.
    """
    parts = [_residuals(part) for part in (before, now)]
    if any(part is None for part in parts):
        return None
    weekdays = [*range(len(before)), *range(len(before) + gap_days, len(before) + gap_days + len(now))]
    residuals = _without_weekdays([value for part in parts if part is not None for value in part], weekdays)
    freedom = len(residuals) - (WEEK + 1 if len(residuals) >= 2 * WEEK else 2)
    if freedom < LEAST_FREEDOM:
        return None
    squares = sum(value * value for value in residuals)
    r = _correlation(residuals, squares)
    variance = squares / freedom * (1 + r) / (1 - r) * (1 / len(before) + 1 / len(now))
    return student_quantile(1 - RISK / 2, freedom) * sqrt(variance)


def noise_of_sum(before: Sequence[float], now: Sequence[float], gap_days: int = 0) -> float | None:
    """Return the largest difference of two sums of days that chance explains; as `noise_of_ratio`.

    The difference of two sums of n and m days varies with n + m, that of their means with 1 / n + 1 / m.
    """
    noise = noise_of_ratio([(value, 1.0) for value in before], [(value, 1.0) for value in now], gap_days)
    return None if noise is None else noise * sqrt(len(before) * len(now))


def student_quantile(p: float, freedom: int) -> float:
    """Return a quantile of Student's distribution by its expansion in 1 / `freedom`.

    Abramowitz and Stegun (1964), "Handbook of mathematical functions", formula 26.7.5: within 2 % of the
    exact value from 4 degrees of freedom on, for p up to 0.995.
    """
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    corrections = (term / float(freedom) ** power for power, term in enumerate(terms, start=1))
    return z + sum(corrections)


def _residuals(days: Sequence[Day]) -> list[float] | None:
    """Return the residuals of the days from their ratio of sums, per mean denominator."""
    bottom = sum(below for _, below in days)
    if bottom <= 0:
        return None
    ratio = sum(above for above, _ in days) / bottom
    mean = bottom / len(days)
    return [(above - ratio * below) / mean for above, below in days]


def _without_weekdays(values: Sequence[float], weekdays: Sequence[int]) -> list[float]:
    if len(values) < 2 * WEEK:
        return list(values)
    of_weekday: dict[int, list[float]] = {}
    for value, day in zip(values, weekdays, strict=True):
        of_weekday.setdefault(day % WEEK, []).append(value)
    means = {day: sum(found) / len(found) for day, found in of_weekday.items()}
    return [value - means[day % WEEK] for value, day in zip(values, weekdays, strict=True)]


def _correlation(values: Sequence[float], squares: float) -> float:
    """Return the correlation of a day with the day before, corrected for the bias of short series.

    Kendall (1954), "Note on bias in the estimation of autocorrelation". A negative one counts as none.
    """
    if squares <= 0:
        return 0.0
    found = sum(one * other for one, other in pairwise(values)) / squares
    return min(max(found + (1 + 3 * found) / len(values), 0.0), MOST_CORRELATION)
