"""Where a series begins: leading zeros, and values that are tiny beside what came later, are cut.

They say nothing about a channel that runs: on the log scale, a start from 0.000001 to 100 looks like growth
by a factor of 100 million, which trends and intervals would continue.
"""

from __future__ import annotations

import numpy as np

from services.numerics import Bools, Floats

TINY = 0.001
"""Leading values below this share of the recent level belong to the time before the series began."""

RECENT_VALUES = 28
"""The recent level is the median of this many newest values above 0."""

SPARSE = 0.4
"""Part of zeros above which a series is one of rare events: then its leading zeros count like all others."""


def since_beginning(values: Floats, observed: Bools) -> Bools:
    """Return the observed times from the first value on that is not tiny (series x time).

    values: (series x time), non-negative; `observed` has the same shape. A series without any value above 0,
    and one of rare events, begins with its first observed time.
    """
    positive = observed & (values > 0)
    begun = np.logical_or.accumulate(positive & (values >= TINY * _recent_level(values, positive)), axis=1)
    kept = observed & begun
    days, zeros = kept.sum(axis=1), (kept & ~positive).sum(axis=1)
    is_cut = (days > 0) & (zeros <= SPARSE * days)
    return np.where(is_cut[:, None], kept, observed)


def _recent_level(values: Floats, positive: Bools) -> Floats:
    """Return the median of the newest positive values (series x 1); 0 without any."""
    newest = positive & (np.cumsum(positive[:, ::-1], axis=1)[:, ::-1] <= RECENT_VALUES)
    count = newest.sum(axis=1, keepdims=True)
    ordered = np.sort(np.where(newest, values, np.inf), axis=1)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=1)
    return np.where(count > 0, middle, 0.0)
