"""Exponentially weighted sums over time, for many series at once.

Everything here looks backwards only: the value at a day depends on that day and earlier ones, so
one pass gives what was known at every origin of a backtest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def ew_sum(values: Floats, half_life: float, *, axis: int = -1) -> Floats:
    """Return the running sum in which a value counts half after `half_life` steps."""
    decay = 0.5 ** (1.0 / half_life)
    return np.asarray(lfilter([1.0], [1.0, -decay], values, axis=axis), dtype=np.float64)


def ew_mean(values: Floats, weights: Floats, half_life: float) -> Floats:
    """Return the running weighted mean along the last axis; 0 where there is no weight yet."""
    total = ew_sum(weights, half_life)
    return divide(ew_sum(values * weights, half_life), total, otherwise=0.0)


def divide(top: Floats, bottom: Floats, *, otherwise: float = np.nan) -> Floats:
    """Return top / bottom, and `otherwise` where the bottom is not positive."""
    top, bottom = np.broadcast_arrays(top, bottom)
    out = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=out, where=bottom > 0)
    return out


def delayed(values: Floats, steps: int, first: float = 0.0) -> Floats:
    """Return the values as they were `steps` earlier along the last axis, `first` before that."""
    steps = min(steps, values.shape[-1])
    out = np.full_like(values, first)
    out[..., steps:] = values[..., : values.shape[-1] - steps]
    return out


def trailing_sum(values: Floats, width: int) -> Floats:
    """Return the sum of the last `width` values along the last axis (fewer at the beginning)."""
    total = np.cumsum(values, axis=-1)
    return np.asarray(total - delayed(total, width), dtype=np.float64)


def by_phase(values: Floats, half_life: float, season: int) -> Floats:
    """Return, for every time, the running sum over the times of the same phase of the season."""
    rows, length = values.shape
    padding = -length % season
    padded = np.pad(values, ((0, 0), (padding, 0)))
    summed = ew_sum(padded.reshape(rows, -1, season), half_life, axis=1)
    return summed.reshape(rows, -1)[:, padding:]


def windows(origins: Ints, width: int) -> Ints:
    """Return the time indices of the `width` steps that follow each origin, one row per origin."""
    return origins[:, None] + np.arange(width)[None, :]
