"""Exponentially weighted sums over time, for many series at once.

All functions are causal: the value at a day depends on that day and earlier ones only. So one pass
gives what was known at every origin of a backtest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def ew_sum(values: Floats, half_life: float, *, axis: int = -1) -> Floats:
    """Return the exponentially weighted running sum along `axis`, in the shape and unit of `values`.

    A value counts half after `half_life` steps; a NaN makes all later sums NaN.
    """
    decay = 0.5 ** (1.0 / half_life)
    return np.asarray(lfilter([1.0], [1.0, -decay], values, axis=axis), dtype=np.float64)


def ew_mean(values: Floats, weights: Floats, half_life: float) -> Floats:
    """Return the exponentially weighted running mean along the last axis; 0 where there is no weight yet.

    values, weights: (..., time), without NaN, weights non-negative. Result: the same shape, in the unit of
    `values`.
    """
    total = ew_sum(weights, half_life)
    return divide(ew_sum(values * weights, half_life), total, otherwise=0.0)


def divide(top: Floats, bottom: Floats, *, otherwise: float = np.nan) -> Floats:
    """Return top / bottom, and `otherwise` where the bottom is 0, negative or NaN.

    The arrays are broadcast against each other; no warning is raised for a division by zero.
    """
    top, bottom = np.broadcast_arrays(top, bottom)
    out = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def delayed(values: Floats, steps: int, first: float = 0.0) -> Floats:
    """Return the values shifted by `steps` to later times, in the same shape (..., time).

    The first `steps` positions of the last axis hold `first`.
    """
    steps = min(steps, values.shape[-1])
    out = np.full_like(values, first)
    out[..., steps:] = values[..., : values.shape[-1] - steps]
    return out


def trailing_sum(values: Floats, width: int) -> Floats:
    """Return the sum of the last `width` values at each position of the last axis.

    values: (..., time), without NaN. Result: the same shape and unit; the first `width` - 1 positions sum
    the values that exist.
    """
    total = np.cumsum(values, axis=-1)
    return np.asarray(total - delayed(total, width), dtype=np.float64)


def by_phase(values: Floats, half_life: float, season: int) -> Floats:
    """Return, for every time, the exponentially weighted sum over the times of the same phase of the season.

    values: (series, time), without NaN; `season` is in steps (7: weekdays of daily data), `half_life` in
    seasons. Result: the same shape and unit.
    """
    rows, length = values.shape
    padding = -length % season
    padded = np.pad(values, ((0, 0), (padding, 0)))
    summed = ew_sum(padded.reshape(rows, -1, season), half_life, axis=1)
    return summed.reshape(rows, -1)[:, padding:]


def windows(origins: Ints, width: int) -> Ints:
    """Return the time indices of the `width` steps that follow each origin (origins x width)."""
    return origins[:, None] + np.arange(width)[None, :]
