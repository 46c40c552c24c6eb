"""The types of forecasts from every origin, and helpers that counts and ratios share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.backtest import FEWEST_DAYS, Rolling
from services.forecasting.calibration import Calibration, IntervalScale
from services.numerics import Bools, Floats, divide, ew_mean

LARGEST_LOG = 80.0  # above the log of the offset, which has the scale of the series: beyond any campaign
UNSURE = 0.4  # prior one-day error, in logs, of a series without history
MOST_MEAN = 3.0  # times the largest value ever seen: no forecast is larger
MOST_LIMIT = 10.0  # times the largest value ever seen: no limit of an interval is higher


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts with intervals from every origin, in the unit of the series.

    `mean` is (series x origins x horizon), `limits` (... x 4: low80, high80, low95, high95). `one_step_mae`
    is the recent one-day error on the log scale (series x origins). `learned` is the calibration at the last
    origin.
    """

    mean: Floats
    limits: Floats
    one_step_mae: Floats
    learned: Calibration


@dataclass(frozen=True, slots=True)
class PointForecasts:
    """Forecasts from the past of each series alone, before intervals are calibrated on all series.

    `point` holds median forecasts of log(value + offset) (series x origins x horizon). The log of the mean is
    `point` + `above` (series x origins). `offset` is (series), `one_step_mae` (series x origins). `shares`
    are the weights of the methods at the last origin (series x methods, and one for the memory of last year).
    `widening` is by how much errors are expected to be larger than usual (series x origins x horizon, or 1);
    `closed` is where the same date was 0 last year.
    """

    point: Floats
    above: Floats
    offset: Floats
    one_step_mae: Floats
    shares: Floats
    widening: Floats | float = 1.0
    closed: Bools | None = None

    @property
    def mean(self) -> Floats:
        """Return the mean forecasts in the unit of the series (series x origins x horizon)."""
        return from_logs(self.point + self.above[:, :, None], self.offset)

    def errors(self, rolling: Rolling) -> Floats:
        """Return the log errors / `widening` (series x origins x horizon), NaN where no actual is known."""
        return log_errors(self.point, self.offset, rolling) / self.widening

    def limits(self, spread: IntervalScale) -> Floats:
        """Return the four limits in the unit of the series (series x origins x horizon x 4)."""
        return from_logs(spread.around(self.point, self.widening), self.offset)

    def learned(self, spread: IntervalScale) -> Calibration:
        """Return the calibration at the last origin."""
        return Calibration(spread.horizon_scale[:, -1], spread.quantiles[:, -1], self.shares)


def log_errors(point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return log actual - log forecast (series x origins x horizon), NaN where no actual is known.

    point: log forecasts in the same shape; offset: (series).
    """
    return np.asarray(np.log(rolling.actual() + offset[:, None, None]) - point, dtype=np.float64)


def one_day_error(error: Floats, rolling: Rolling) -> Floats:
    """Return the recent mean absolute one-day error at each origin (series x origins), above 0.

    error: one-day log errors (series x time), of days before and after the observed ones ignored. Few errors
    are shrunk towards `UNSURE`.
    """
    judged = (rolling.observed & (np.cumsum(rolling.observed, axis=1) > 1)).astype(np.float64)
    recent = ew_mean(np.abs(error), judged, 28)[:, rolling.origins - 1]
    n = np.maximum(rolling.known_days - 1, 0)
    return np.asarray(np.maximum((n * recent + 3 * UNSURE) / (n + 3), 1e-6), dtype=np.float64)


def ordered(limits: Floats, mean: Floats) -> Floats:
    """Return the limits widened so that each interval contains the mean and the narrower one.

    limits: (... x 4: low80, high80, low95, high95); mean: (...). Result: the shape of `limits`.
    """
    low80, high80 = np.minimum(limits[..., 0], mean), np.maximum(limits[..., 1], mean)
    low95, high95 = np.minimum(limits[..., 2], low80), np.maximum(limits[..., 3], high80)
    return np.stack([low80, high80, low95, high95], axis=-1)


def capped(mean: Floats, limits: Floats, rolling: Rolling) -> tuple[Floats, Floats]:
    """Return mean and limits, at most `MOST_MEAN` and `MOST_LIMIT` times the largest value seen so far.

    mean: (series x origins x horizon); limits: (... x 4). Where no value above 0 has been seen at an origin,
    they stay as they are.
    """
    values = np.where(rolling.observed, np.nan_to_num(rolling.values), 0.0)
    largest = np.maximum.accumulate(values, axis=1)[:, rolling.origins - 1][:, :, None]
    largest = np.where(largest > 0, largest, np.inf)
    return np.minimum(mean, MOST_MEAN * largest), np.minimum(limits, MOST_LIMIT * largest[..., None])


def from_logs(logs: Floats, offset: Floats) -> Floats:
    """Return exp(logs) - offset, at least 0, in the unit of the series.

    logs: logs of value + offset (series x ...); offset: (series).
    """
    each = offset.reshape((-1,) + (1,) * (logs.ndim - 1))
    return np.maximum(np.exp(np.minimum(logs, np.log(each) + LARGEST_LOG)) - each, 0.0)


def early_ratio(top: Floats, bottom: Floats, rolling: Rolling) -> Floats:
    """Return the ratio of sums top / bottom before the first origin, as the scale of each series (series).

    top, bottom: (series x time). A series that is younger than the first origin uses its first two weeks,
    to see little of its future. Where the ratio is 0, the first daily ratio above 0 is used; 0 without one.
    """
    age = np.cumsum(bottom > 0, axis=1)
    time = np.arange(bottom.shape[1])[None, :]
    early = (time < rolling.origins[0]) | (age <= FEWEST_DAYS)
    ratio = divide((top * early).sum(axis=1), (bottom * early).sum(axis=1), otherwise=0.0)
    daily = divide(top, bottom, otherwise=0.0)
    first = np.take_along_axis(daily, np.argmax(daily > 0, axis=1)[:, None], axis=1)[:, 0]
    return np.where(ratio > 0, ratio, first)
