"""Daily rates (clicks per impression, revenue per cost ...) as winsorised residuals from the usual rate.

The usual rate is a ratio of sums, not a mean of daily ratios. A day is weighted by its exposure, and an
outlier is clipped to a few usual deviations. So means over windows of days have nearly normal errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.settling import LATE_COLUMNS
from services.insights.history import WEEK, History
from services.numerics import Bools, Floats, Ints, divide

CLIP_LOW = 3.0
CLIP_HIGH = 3.0
CLIP_SKEWED = 1.5  # upwards, for rates with a few very high days
_CLIP_GROWTH = 0.25  # of the clip with the days of a step: one odd day must not look like a shift of its week
_WEEKDAY_PRIOR_WEEKS = 4.0
_MEDIAN_TO_SD = 1.4826  # of absolute deviations of a normal distribution
_LEAST_OF_MEAN = 0.6  # lower limit, because the median is near 0 where most days are alike (few orders)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: the names of its numerator and denominator; a `below` of None is a count per day.

    `clip` is the upper clipping limit of a day, in usual deviations from the median.
    """

    above: str
    below: str | None
    clip: float = CLIP_HIGH

    @property
    def is_late(self) -> bool:
        """Return whether the rate needs conversions or revenue, which may still be coming in."""
        return self.above in LATE_COLUMNS or self.below in LATE_COLUMNS


ROAS = Rate("revenue", "cost", CLIP_SKEWED)
CTR = Rate("clicks", "impressions", CLIP_SKEWED)
CONVERSION = Rate("conversions", "clicks", CLIP_SKEWED)
CPM = Rate("cost", "impressions")
SPEND = Rate("cost", None)


@dataclass(frozen=True, slots=True)
class RateSeries:
    """A rate of every channel (channels x days), relative to its usual level.

    `level` (channels) is the usual rate. `exposure` is the denominator of the rate (cost, clicks ...), times
    the weekday factor. `residual` is numerator / level - exposure, `clipped_residual` the same winsorised. A
    window's rate is level x (1 + sum of residual / sum of exposure). `deviation` is the standardised
    residual, not clipped; 0 on days without exposure. `known` marks days with exposure. `busy` (channels) is
    the share of these days with a numerator above 0. `variance_inflation` (channels) is the variance before
    clipping divided by that after it. `step` is the number of days of a column.
    """

    level: Floats
    exposure: Floats
    residual: Floats
    clipped_residual: Floats
    deviation: Floats
    known: Bools
    busy: Floats
    variance_inflation: Floats
    step: int = 1


def rate_series(history: History, rate: Rate) -> RateSeries:
    """Return the series of a rate; a channel without exposure has a level of NaN and no known days."""
    if rate.below is None:
        above = history.counts[rate.above]
        below = history.step * (history.observed & history.is_recorded(rate.above)).astype(np.float64)
    else:
        above, below = history.pair(rate.above, rate.below)
    level = divide(above.sum(axis=1), below.sum(axis=1))
    usable = np.where(level > 0, level, 1.0)[:, None]
    exposure = below.copy()
    if history.step < WEEK:
        exposure *= _weekday_factors(above / usable, below, history.weekday)
    known = (exposure > 0) & (level > 0)[:, None]
    exposure = np.where(known, exposure, 0.0)
    size = divide(exposure.sum(axis=1), known.sum(axis=1).astype(np.float64), otherwise=1.0)[:, None]
    scale = np.sqrt(exposure * size)
    raw = np.where(known, divide(above / usable - exposure, scale, otherwise=0.0), 0.0)
    centre, spread = _centre_and_spread(raw, known)
    wider = history.step**_CLIP_GROWTH * spread
    clipped = np.clip(raw, centre - CLIP_LOW * wider, centre + rate.clip * wider)
    days = np.maximum(known.sum(axis=1), 1)
    return RateSeries(
        level=level,
        exposure=exposure,
        residual=raw * scale,
        clipped_residual=np.where(known, clipped * scale, 0.0),
        deviation=np.where(known, divide(raw - centre, spread, otherwise=0.0), 0.0),
        known=known,
        busy=(known & (above > 0)).sum(axis=1) / days,
        variance_inflation=divide(_variance(raw, known), _variance(clipped, known), otherwise=1.0),
        step=history.step,
    )


def _weekday_factors(actual: Floats, exposure: Floats, weekday: Ints) -> Floats:
    """Return the weekday factor of each day (channels x days), shrunk towards 1 in short histories."""
    factors = np.ones_like(actual)
    for day in range(WEEK):
        mask = weekday == day
        weeks = ((exposure > 0) & mask).sum(axis=1)
        found = divide((actual * mask).sum(axis=1), (exposure * mask).sum(axis=1), otherwise=1.0)
        drawn = (weeks * found + _WEEKDAY_PRIOR_WEEKS) / (weeks + _WEEKDAY_PRIOR_WEEKS)
        factors += mask * (drawn[:, None] - 1.0)
    return factors


def _centre_and_spread(values: Floats, known: Bools) -> tuple[Floats, Floats]:
    """Return the median of the known values and their robust standard deviation (channels x 1 each)."""
    centre = _median(values, known)
    distance = np.abs(values - centre)
    mean = (distance * known).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return centre, np.maximum(_MEDIAN_TO_SD * _median(distance, known), _LEAST_OF_MEAN * mean)


def _variance(values: Floats, known: Bools) -> Floats:
    days = np.maximum(known.sum(axis=1), 1)
    mean = (values * known).sum(axis=1) / days
    return np.asarray(((values - mean[:, None]) ** 2 * known).sum(axis=1) / days)


def _median(values: Floats, known: Bools) -> Floats:
    days = np.maximum(known.sum(axis=1, keepdims=True), 1)
    ordered = np.sort(np.where(known, values, np.inf), axis=1)
    middle = np.take_along_axis(ordered, (days - 1) // 2, axis=1)
    return np.where(np.isfinite(middle), middle, 0.0)
