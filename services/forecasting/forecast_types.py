"""Forecasts from every origin, and what forecasts of counts and of ratios have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.backtest import FEWEST_DAYS, Rolling
from services.forecasting.calibration import Calibration, IntervalScale
from services.numerics import Floats, divide, ew_mean

LARGEST_LOG = 80.0  # above the log of the offset, which is of the series' own scale: beyond any campaign
UNSURE = 0.4  # one-day error, in logs, of a series of which nothing is known


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts from every origin: `mean` (series x origins x horizon) and `limits` (... x 4).

    `one_step_mae` is the recent one-day error on the log scale (series x origins); `learned` is what the
    backtest had found at the last origin.
    """

    mean: Floats
    limits: Floats
    one_step_mae: Floats
    learned: Calibration


@dataclass(frozen=True, slots=True)
class PointForecasts:
    """What a series' own past says of it, before errors are compared with those of other series.

    `point` holds forecasts of log(value + offset) (series x origins x horizon); the mean lies
    `above` it (series x origins). `shares` weigh the methods at the last origin (series x methods).
    """

    point: Floats
    above: Floats
    offset: Floats
    one_step_mae: Floats
    shares: Floats

    @property
    def mean(self) -> Floats:
        """Return the forecasts (series x origins x horizon)."""
        return from_logs(self.point + self.above[:, :, None], self.offset)

    def errors(self, rolling: Rolling) -> Floats:
        """Return log actual - log forecast, NaN where nobody knows yet."""
        return np.log(rolling.actual() + self.offset[:, None, None]) - self.point

    def limits(self, spread: IntervalScale) -> Floats:
        """Return the four limits (series x origins x horizon x 4)."""
        return from_logs(spread.around(self.point), self.offset)

    def learned(self, spread: IntervalScale) -> Calibration:
        """Return what was found at the last origin."""
        return Calibration(spread.horizon_scale[:, -1], spread.quantiles[:, -1], self.shares)


def one_day_error(error: Floats, rolling: Rolling) -> Floats:
    """Return the recent mean absolute one-day error at each origin (series x origins)."""
    judged = (np.cumsum(rolling.observed, axis=1) > 1).astype(np.float64)
    recent = ew_mean(np.abs(error), judged, 28)[:, rolling.origins - 1]
    n = np.maximum(rolling.known_days - 1, 0)
    return np.asarray(np.maximum((n * recent + 3 * UNSURE) / (n + 3), 1e-6), dtype=np.float64)


def ordered(limits: Floats, mean: Floats) -> Floats:
    """Return the limits (low80, high80, low95, high95) stretched to hold the mean and each other."""
    low80, high80 = np.minimum(limits[..., 0], mean), np.maximum(limits[..., 1], mean)
    low95, high95 = np.minimum(limits[..., 2], low80), np.maximum(limits[..., 3], high80)
    return np.stack([low80, high80, low95, high95], axis=-1)


def from_logs(logs: Floats, offset: Floats) -> Floats:
    """Return what logs of value + offset (series x ..., one offset per series) stand for, at least 0."""
    each = offset.reshape((-1,) + (1,) * (logs.ndim - 1))
    return np.maximum(np.exp(np.minimum(logs, np.log(each) + LARGEST_LOG)) - each, 0.0)


def early_ratio(top: Floats, bottom: Floats, rolling: Rolling) -> Floats:
    """Return top / bottom before the first origin, or in the first two weeks of a younger series.

    Where that is 0: on the first day on which it is not; 0 where there is no such day. It gives a
    scale to each series without knowing much of its future.
    """
    age = np.cumsum(bottom > 0, axis=1)
    time = np.arange(bottom.shape[1])[None, :]
    early = (time < rolling.origins[0]) | (age <= FEWEST_DAYS)
    ratio = divide((top * early).sum(axis=1), (bottom * early).sum(axis=1), otherwise=0.0)
    daily = divide(top, bottom, otherwise=0.0)
    first = np.take_along_axis(daily, np.argmax(daily > 0, axis=1)[:, None], axis=1)[:, 0]
    return np.where(ratio > 0, ratio, first)
