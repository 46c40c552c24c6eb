"""Split-conformal intervals on log errors, calibrated on forecasts whose target days have passed.

Vovk, Gammerman and Shafer (2005), "Algorithmic learning in a random world"; Lei et al. (2018),
"Distribution-free predictive inference for regression". An error is divided by the series' recent one-day
error and by the growth of errors with the horizon (70 % of the series, 30 % of its metric). The quantiles of
these scaled errors are shared by all series of a metric.

Series share only sums, in two rounds: first of absolute errors, then of histograms of the scaled errors. So
worker processes can sum up chunks of series, and the caller adds their sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from services.forecasting.backtest import Rolling, sum_until_origin
from services.numerics import Floats, Ints, divide

LEVELS = (0.1, 0.9, 0.025, 0.975)  # low80, high80, low95, high95
OWN_SHARE = 0.7
HALF_LIFE_DAYS = 365.0
PRIOR_COUNT = 60.0
PRIOR_ERRORS = 7.0
PRIOR_FREEDOM = 5  # degrees of freedom of Student's t
EDGES = np.linspace(-8.0, 8.0, 321)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


@dataclass(frozen=True, slots=True)
class IntervalScale:
    """The widths of intervals around forecasts, on the log scale.

    The scale of an error is `one_step_mae` (series x origins) times `horizon_scale` (series x origins x
    buckets of the horizon). `quantiles` (series x origins x 4) are in units of this scale, in the order of
    `LEVELS`.
    """

    one_step_mae: Floats
    horizon_scale: Floats
    quantiles: Floats

    def around(self, logs: Floats, widening: Floats | float = 1.0) -> Floats:
        """Return the four limits, as logs (series x origins x horizon x 4).

        logs: log forecasts (series x origins x horizon); widening: factor of the scale, in the same shape.
        """
        unit = self.horizon_scale[:, :, horizon_buckets(logs.shape[2])] * self.one_step_mae[:, :, None]
        unit = unit * widening
        return logs[..., None] + unit[..., None] * self.quantiles[:, :, None, :]

    def at_last_origin(self) -> IntervalScale:
        """Return the scale at the last origin only (one origin on the second axis)."""
        return IntervalScale(self.one_step_mae[:, -1:], self.horizon_scale[:, -1:], self.quantiles[:, -1:])


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Exponentially weighted sum and number of absolute errors (series or metrics x origins x buckets)."""

    total: Floats
    count: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a longer backtest, for the forecast from the end of the data.

    `horizon_scale` (series x buckets) and `quantiles` (series x 4) are as in `IntervalScale`. `shares`
    (series x methods) are the weights of the methods in the point forecast and, in the last column, of the
    memory of last year; without columns for one method.
    """

    horizon_scale: Floats
    quantiles: Floats
    shares: Floats


def calibrate(
    errors: Floats,
    one_step_mae: Floats,
    rolling: Rolling,
    learned: Calibration | None = None,
    overlap: float = 1.0,
) -> IntervalScale:
    """Return the interval scale at every origin, calibrated on the `errors` known there.

    errors: log actual - log forecast (series x origins x horizon), NaN where unknown.
    one_step_mae: recent mean absolute one-day log error (series x origins).
    learned: an earlier calibration, which replaces the result at the last origin.
    overlap: number of errors that count as one independent error, where their days overlap.
    """
    scaled_errors = scale_errors(errors, one_step_mae)
    sizes = error_sums(scaled_errors, rolling)
    horizon_scale = horizon_scale_of(sizes, pool_by_metric(sizes, rolling), rolling.group, overlap)
    quantiles = quantiles_from(histograms(scaled_errors, horizon_scale, rolling), overlap)[rolling.group]
    return blend_calibration(
        IntervalScale(one_step_mae=one_step_mae, horizon_scale=horizon_scale, quantiles=quantiles), learned
    )


def scale_errors(errors: Floats, one_step_mae: Floats) -> Floats:
    """Return the errors divided by the series' one-day error, in the same shape.

    errors: (series x origins x horizon); one_step_mae: (series x origins), positive.
    """
    return divide(errors, np.broadcast_to(one_step_mae[:, :, None], errors.shape))


def error_sums(scaled_errors: Floats, rolling: Rolling) -> ErrorSums:
    """Return the sums of each series' absolute errors that were known at each origin.

    scaled_errors: as `scale_errors` returns them, NaN where unknown. Result: series x origins x buckets.
    """
    bucket = horizon_buckets(rolling.horizon)
    of_buckets = [np.flatnonzero(bucket == number) for number in range(int(bucket.max()) + 1)]
    size, known = np.abs(scaled_errors), np.isfinite(scaled_errors).astype(np.float64)
    total, count = (
        np.stack(
            [
                sum_until_origin(values[:, :, steps], rolling, HALF_LIFE_DAYS, first_step=int(steps[0]))
                for steps in of_buckets
            ],
            axis=-1,
        )
        for values in (size, known)
    )
    return ErrorSums(total, count)


def pool_by_metric(sizes: ErrorSums, rolling: Rolling) -> ErrorSums:
    """Return the sums over the series of each metric (metrics x origins x buckets)."""
    return ErrorSums(*(_summed(part, rolling) for part in (sizes.total, sizes.count)))


def horizon_scale_of(own: ErrorSums, kinds: ErrorSums, group: Ints, overlap: float = 1.0) -> Floats:
    """Return the mean absolute scaled error by bucket of the horizon (series x origins x buckets).

    own: the sums of each series; kinds: those of each metric, as `pool_by_metric` returns them. Few errors
    are shrunk towards the metric's mean, and that towards a fixed prior; `overlap` as in `calibrate`.
    """
    prior = PRIOR_ERRORS * overlap
    usual = 1.1 + 0.15 * np.arange(own.total.shape[-1])
    kind = ((kinds.total + prior * usual) / (kinds.count + prior))[group]
    mixed = (own.total + prior * kind) / (own.count + prior)
    return np.maximum(mixed**OWN_SHARE * kind ** (1 - OWN_SHARE), 1e-6)


def histograms(scaled_errors: Floats, horizon_scale: Floats, rolling: Rolling) -> Floats:
    """Return the histograms of the standardised errors known at each origin (metrics x origins x bins).

    scaled_errors: (series x origins x horizon); horizon_scale: (series x origins x buckets). The bins are
    those between `EDGES`; errors outside are counted in the first or last bin.
    """
    shape = np.clip(
        scaled_errors / horizon_scale[:, :, horizon_buckets(rolling.horizon)], EDGES[0], EDGES[-1]
    )
    kinds = range(rolling.group_count)
    return np.stack([_histogram(shape[rolling.group == kind], rolling) for kind in kinds])


def quantiles_from(counts: Floats, overlap: float = 1.0) -> Floats:
    """Return the quantiles of each metric at `LEVELS` (metrics x origins x 4).

    counts: as `histograms` returns them; a Student's t prior is added. `overlap` as in `calibrate`.
    """
    prior = PRIOR_COUNT * overlap * _PRIOR
    return np.stack([_from_histogram(of_kind + prior) for of_kind in counts])


def blend_calibration(spread: IntervalScale, learned: Calibration | None) -> IntervalScale:
    """Return the interval scale with an earlier calibration at the last origin; unchanged without one.

    Buckets beyond those of `learned` take its last one.
    """
    if learned is None:
        return spread
    horizon_scale, quantiles = spread.horizon_scale.copy(), spread.quantiles.copy()
    known = np.minimum(np.arange(horizon_scale.shape[2]), learned.horizon_scale.shape[1] - 1)
    horizon_scale[:, -1] = learned.horizon_scale[:, known]
    quantiles[:, -1] = learned.quantiles
    return IntervalScale(one_step_mae=spread.one_step_mae, horizon_scale=horizon_scale, quantiles=quantiles)


def horizon_buckets(horizon: int) -> Ints:
    """Return the bucket of each step ahead: 0 in the first week, 1 in the second, 2 to day 28, ..."""
    return np.maximum(np.ceil(np.log2(np.arange(1, horizon + 1) / 7.0)), 0).astype(np.int64)


def _summed(values: Floats, rolling: Rolling) -> Floats:
    sums = np.zeros((rolling.group_count, *values.shape[1:]))
    np.add.at(sums, rolling.group, values)
    return sums


def _histogram(shape: Floats, rolling: Rolling) -> Floats:
    """Return the histogram of all errors known at each origin (origins x bins)."""
    bins = len(CENTRES)
    place = np.clip(np.digitize(shape, EDGES) - 1, 0, bins - 1)
    day = np.broadcast_to(rolling.origins[:, None] + np.arange(rolling.horizon), shape.shape)
    length = rolling.values.shape[1]
    known = np.isfinite(shape) & (day < length)
    flat = np.bincount(day[known] * bins + place[known], minlength=length * bins)
    return np.cumsum(flat.reshape(length, bins), axis=0)[rolling.origins - 1].astype(np.float64)


def _from_histogram(counts: Floats) -> Floats:
    """Return the quantiles at `LEVELS` of each row of bin counts, linear within a bin."""
    cumulative = np.cumsum(counts, axis=1)
    cumulative /= cumulative[:, -1:]
    rows, ends = np.arange(len(counts)), EDGES[1:]
    found = np.empty((len(counts), len(LEVELS)))
    for at, level in enumerate(LEVELS):
        left = np.clip((cumulative <= level).sum(axis=1) - 1, 0, len(ends) - 2)
        below, above = cumulative[rows, left], cumulative[rows, left + 1]
        part = np.clip(divide(level - below, above - below, otherwise=0.0), 0.0, 1.0)
        found[:, at] = ends[left] + part * (ends[left + 1] - ends[left])
    return found


def _prior() -> Floats:
    """Return the prior histogram (bins): Student's t with a mean absolute value of 1."""
    scale = 1.0 / float(student(PRIOR_FREEDOM).expect(np.abs, lb=-60, ub=60))
    density = student(PRIOR_FREEDOM, scale=scale).pdf(CENTRES)
    return np.asarray(density / density.sum(), dtype=np.float64)


_PRIOR = _prior()
