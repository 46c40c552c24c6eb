"""Detection of recent shifts of a rate: a scan over windows that end on the last day.

The change of a window against the twelve weeks before it is divided by the standard deviation of the same
statistic in the channel's past. So autocorrelation, weekday pattern and slow drift are part of the noise. A
short history hardly shows how the variance grows with the window. So this growth is shrunk towards that of
the other channels and of a mild autocorrelation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from services.insights.rates import RateSeries
from services.numerics import Bools, Floats, Ints, delayed, divide

WINDOWS = (3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 28)
EFFECTIVE_TESTS = 6.0  # effective number of independent tests among the overlapping windows
BASELINE_DAYS = 84
LEAST_BASELINE_DAYS = 28
LONGEST = WINDOWS[-1]

_ANCHORS = (1, 3, 7, 14, 28)  # windows whose variance is measured in the past
_PRIOR_GROWTH = (1.0, 1.15, 1.35, 1.6, 2.0)  # of the variance x days, AR(1) with about 0.3
_PRIOR_WEIGHT = 4.0
_POOL_WEIGHT = 12.0
_LEAST_GROWTH = 0.8
_FULL = 0.5
_LEAST_BUSY_DAYS = 5.0  # expected in a window: with fewer, the distribution is far from normal


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of window means of a rate: the variance of one day (channels), and its growth.

    `growth` (channels x anchors) is the variance of a window's mean x days, relative to one day's.
    `freedom` (channels) are the degrees of freedom of the estimate.
    """

    variance: Floats
    growth: Floats
    freedom: Floats

    def error(self, days: int) -> Floats:
        """Return the standard error of the relative change of a window of `days` days (channels)."""
        upper = min(int(np.searchsorted(_ANCHORS, days)), len(_ANCHORS) - 1)
        lower = max(upper - 1, 0)
        size = np.log(_ANCHORS)
        part = 1.0 if upper == lower else (np.log(days) - size[lower]) / (size[upper] - size[lower])
        growth = self.growth[:, lower] ** (1 - part) * self.growth[:, upper] ** part
        return np.asarray(np.sqrt(self.variance * growth / days))


@dataclass(frozen=True, slots=True)
class Shifts:
    """The most significant shift of each channel's rate (channels each).

    `days` is the window, `change` the relative change, `error` its standard error. `p` is two-sided and
    corrected for the choice of the window. `days` is 0 and `p` is 1 where the data are too few.
    """

    days: Ints
    change: Floats
    error: Floats
    p: Floats


def find_shifts(series: RateSeries, noise: Noise, doubt: Floats | None = None) -> Shifts:
    """Return the most significant shift of each channel; the maximum over `WINDOWS` is corrected (Šidák).

    doubt: the relative error of newest days that are grossed up (channels x days). It is common to the days
    of a window, and adds to the noise.
    """
    changes = np.stack([_changes_now(series, days) for days in WINDOWS])
    errors = np.stack([noise.error(days) for days in WINDOWS])
    if doubt is not None:
        errors = np.hypot(errors, np.stack([doubt[:, -days:].mean(axis=1) for days in WINDOWS]))
    z = divide(np.abs(changes), errors, otherwise=0.0)
    z = np.where(np.isfinite(z), z, 0.0)
    best = z.argmax(axis=0)
    top = z.max(axis=0)
    single = 2 * stats.t.sf(top, noise.freedom)
    rows = np.arange(top.size)
    return Shifts(
        days=np.where(top > 0, np.array(WINDOWS)[best], 0),
        change=np.where(top > 0, changes[best, rows], 0.0),
        error=errors[best, rows],
        p=np.where(top > 0, -np.expm1(EFFECTIVE_TESTS * np.log1p(-np.minimum(single, 1 - 1e-12))), 1.0),
    )


def z_limit(p: float, freedom: float) -> float:
    """Return the z that the clearest window must exceed for a corrected p-value of `p`."""
    single = -np.expm1(np.log1p(-p) / EFFECTIVE_TESTS)
    return float(stats.t.isf(single / 2, freedom))


def measure_noise(series: RateSeries) -> Noise:
    """Return the noise of each channel's window means, from its own past and that of the other channels."""
    measured = [_past_moves(series, days) for days in _ANCHORS]
    variance = measured[0][0]
    growth = np.stack(
        [
            divide(days * square, variance, otherwise=np.nan)
            for days, (square, _) in zip(_ANCHORS, measured, strict=True)
        ]
    )
    counts = np.stack([count for _, count in measured])
    days_known = series.known.sum(axis=1)
    return Noise(
        variance=variance,
        growth=_drawn_together(growth, counts).T,
        freedom=np.clip((days_known - LEAST_BASELINE_DAYS) / 3.0, 4.0, 60.0),
    )


def _drawn_together(growth: Floats, counts: Floats) -> Floats:
    """Return the growth (anchors x channels) shrunk towards the account's mean and the prior, as logs."""
    own = np.where((counts > 0) & (growth > 0), np.log(np.maximum(growth, 1e-6)), 0.0)
    weight = np.where((counts > 0) & (growth > 0), counts, 0.0)
    prior = np.log(_PRIOR_GROWTH)[:, None]
    total = weight.sum(axis=1, keepdims=True)
    pooled = (_PRIOR_WEIGHT * prior + (weight * own).sum(axis=1, keepdims=True)) / (_PRIOR_WEIGHT + total)
    pool_weight = np.minimum(_PRIOR_WEIGHT + total, _POOL_WEIGHT)
    drawn = (weight * own + pool_weight * pooled) / (weight + pool_weight)
    drawn[0] = 0.0
    return np.asarray(np.maximum(np.exp(drawn), _LEAST_GROWTH))


def _past_moves(series: RateSeries, days: int) -> tuple[Floats, Floats]:
    """Return the mean square of past changes of a window and their independent number (channels each)."""
    change, usable = _changes(series, days)
    length = change.shape[1]
    before = length - min(LONGEST, length // 3)  # a recent shift must not count as usual noise
    change, usable = change[:, :before], usable[:, :before]
    number = usable.sum(axis=1).astype(np.float64)
    square = divide((np.where(usable, change, 0.0) ** 2).sum(axis=1), number, otherwise=np.nan)
    return square, number / days


def _changes_now(series: RateSeries, days: int) -> Floats:
    change, usable = _changes(series, days, last_only=True)
    is_busy = series.busy * days >= min(_LEAST_BUSY_DAYS, 0.8 * days)
    return np.where(usable[:, -1] & is_busy, change[:, -1], np.nan)


def _changes(series: RateSeries, days: int, *, last_only: bool = False) -> tuple[Floats, Bools]:
    """Return the relative change of the window that ends at each day, and where it is usable.

    Both are (channels x days). The change is against the mean of the `BASELINE_DAYS` before the window.
    """
    back = slice(-(days + BASELINE_DAYS), None) if last_only else slice(None)
    excess, exposure, known = (
        np.cumsum(part[:, back], axis=1, dtype=np.float64)
        for part in (series.clipped_residual, series.exposure, series.known)
    )
    at = slice(-1, None) if last_only else slice(None)
    window = [(total - delayed(total, days))[:, at] for total in (excess, exposure, known)]
    before = [
        (delayed(total, days) - delayed(total, days + BASELINE_DAYS))[:, at]
        for total in (excess, exposure, known)
    ]
    usual = divide(before[0], before[1], otherwise=0.0)
    change = (divide(window[0], window[1], otherwise=0.0) - usual) / np.maximum(1 + usual, 0.05)
    enough = (window[2] >= _FULL * days) & (before[2] >= LEAST_BASELINE_DAYS)
    thick = window[1] * before[2] >= 0.2 * before[1] * window[2]
    return change, enough & thick
