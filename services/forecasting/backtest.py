"""Rolling origins: what was known when, and how each forecast turned out.

An origin is a number of days: forecasts from origin o know the days before o. The last origin is
the end of the data, so a forecast is simply the last step of its own backtest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.numerics import Bools, Floats, Ints, ew_sum, windows

FEWEST_DAYS = 14  # a series with fewer known days is not scored


@dataclass(frozen=True, slots=True)
class Rolling:
    """A set of series (series x time), when each was seen, and the origins to forecast from.

    `group` numbers the kind of each series (its metric): kinds share what they learn of errors.
    """

    values: Floats
    observed: Bools
    group: Ints
    origins: Ints
    horizon: int
    season: int

    @property
    def known_days(self) -> Ints:
        """Return how many days of each series were known at each origin (series x origins)."""
        return np.cumsum(self.observed, axis=1, dtype=np.int64)[:, self.origins - 1]

    def actual(self, values: Floats | None = None) -> Floats:
        """Return what followed each origin (series x origins x horizon), NaN where nobody knows yet."""
        values = self.values if values is None else values
        padded = np.pad(values, ((0, 0), (0, self.horizon)), constant_values=np.nan)
        followed = padded[:, windows(self.origins, self.horizon)]
        scored = self.known_days >= FEWEST_DAYS
        return np.where(scored[:, :, None], followed, np.nan)


def weekly_origins(length: int, season: int, most: int) -> Ints:
    """Return at most `most` origins, one a season apart, the last at `length`."""
    step = max(season, 1)
    earliest = max(2 * step, FEWEST_DAYS)
    count = min(most, max((length - earliest) // step, 0) + 1)
    return length - step * np.arange(count - 1, -1, -1)


def sum_until_origin(values: Floats, rolling: Rolling, half_life: float, first_step: int = 0) -> Floats:
    """Return, for each origin, the sum of the `values` whose day had come (NaN counts as 0).

    `values` is (series x origins x steps x ...): something known of each forecast once its day
    has passed, for all steps of the horizon or for those from `first_step` on. The past counts half
    after `half_life` days. This is what keeps a backtest honest: nothing learned from a forecast is
    used before the day that it was made for.
    """
    by_day = _by_target_day(np.nan_to_num(values), rolling, first_step)
    return ew_sum(by_day, half_life, axis=1)[:, rolling.origins - 1]


def _by_target_day(values: Floats, rolling: Rolling, first_step: int) -> Floats:
    """Return the sums of `values` by the day that they speak of (series x time x ...)."""
    series, length = rolling.values.shape
    out = np.zeros((series, length + rolling.horizon, *values.shape[3:]))
    for i, origin in enumerate(rolling.origins + first_step):
        out[:, origin : origin + values.shape[2]] += values[:, i]
    return out[:, :length]
