"""Theta: simple exponential smoothing with half of the linear drift.

Assimakopoulos and Nikolopoulos (2000), "The theta model", International Journal of Forecasting 16;
in the form of Hyndman and Billah (2003), "Unmasking the Theta method", ibid. 19. The drift is
damped, so that long horizons level off (Gardner and McKenzie 1985).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from services.numerics import Bools, Floats, Ints, delayed, divide, ew_sum

SMOOTHING = (0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.55, 0.75, 0.95)
ERROR_MEMORY = 180.0
DAMPING = 0.98
DRIFT_SHARE = 0.5
TIE = 1e-9  # relative: rounding must not choose between equal losses


def theta(adjusted: Floats, observed: Bools, origins: Ints, horizon: int) -> Floats:
    """Return forecasts of seasonally adjusted logs, as logs (series x origins x horizon).

    adjusted: (series x time), 0 where not `observed`; origins: time indices; horizon: steps.
    """
    level = _level(adjusted, observed, origins)
    steps = DAMPING * (1 - DAMPING ** np.arange(1, horizon + 1)) / (1 - DAMPING)
    return level[:, :, None] + DRIFT_SHARE * _slope(adjusted, observed, origins)[:, :, None] * steps


def first_level(adjusted: Floats, observed: Bools, width: int) -> Floats:
    """Return the mean of the first `width` observed values of each series (series x 1), 0 without any."""
    early = observed & (np.cumsum(observed, axis=1) <= width)
    count = early.sum(axis=1, keepdims=True).astype(np.float64)
    return divide((adjusted * early).sum(axis=1, keepdims=True), count, otherwise=0.0)


def smoothed(adjusted: Floats, observed: Bools, alpha: float, start: Floats) -> Floats:
    """Return the exponentially smoothed level after each time (series x time).

    adjusted: (series x time); alpha: weight of a new value; start: initial level (series x 1).
    """
    filled = np.where(observed, adjusted, start)
    state = (1 - alpha) * start
    levels, _ = lfilter([alpha], [1.0, alpha - 1.0], filled, axis=1, zi=state)
    return np.asarray(levels, dtype=np.float64)


def _level(adjusted: Floats, observed: Bools, origins: Ints) -> Floats:
    """Return the last level at each origin, with the smoothing factor of the smallest loss until then."""
    start = first_level(adjusted, observed, 7)
    best = np.full((len(adjusted), len(origins)), np.inf)
    level = np.repeat(start, len(origins), axis=1)
    for alpha in SMOOTHING:
        candidate = smoothed(adjusted, observed, alpha, start)
        error = (adjusted - delayed(candidate, 1)) * (np.cumsum(observed, axis=1) > 7)
        loss = ew_sum(error**2, ERROR_MEMORY)[:, origins - 1]
        better = loss < best * (1 - TIE)
        best = np.where(better, loss, best)
        level = np.where(better, candidate[:, origins - 1], level)
    return level


def _slope(adjusted: Floats, observed: Bools, origins: Ints) -> Floats:
    """Return the least-squares slope per day at each origin (series x origins); 0 in the first 8 weeks."""
    time = np.arange(adjusted.shape[1], dtype=np.float64)[None, :] * observed
    n, t, tt, y, ty = (
        np.cumsum(part, axis=1)[:, origins - 1]
        for part in (observed.astype(np.float64), time, time**2, adjusted * observed, time * adjusted)
    )
    slope = divide(n * ty - t * y, n * tt - t * t, otherwise=0.0)
    return np.where(n >= 56, slope, 0.0)
