"""Rolling origins of a backtest: the days known at each origin, and the actual values after it.

An origin is a number of days: forecasts from origin o use the days before o only. The last origin is
the end of the data, so the forecast of the future is the last step of the backtest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.numerics import Bools, Floats, Ints, ew_sum, windows

FEWEST_DAYS = 14  # a series with fewer known days is not scored


@dataclass(frozen=True, slots=True)
class Rolling:
    """A set of series, and the origins to forecast from.

    values: (series x time), in the unit of the metric; `observed` has the same shape. `group` (series)
    numbers the metric of each series: series of one metric share the calibration of their intervals.
    `origins` are time indices; `horizon` and `season` are in steps. `recorded` (series x time) is False where
    a value is filled in and not an actual one; None where all are actual. `days` is the length of a step, and
    `groups` the number of metrics (0: those of `group`). `events` (series x time + horizon) numbers the
    kind of event of a day, 0 where there is none.
    """

    values: Floats
    observed: Bools
    group: Ints
    origins: Ints
    horizon: int
    season: int
    recorded: Bools | None = None
    days: int = 1
    groups: int = 0
    events: Ints | None = None

    def part(self, rows: Bools | Ints | slice) -> Rolling:
        """Return some of the series."""
        return replace(
            self,
            values=self.values[rows],
            observed=self.observed[rows],
            group=self.group[rows],
            recorded=None if self.recorded is None else self.recorded[rows],
            events=None if self.events is None else self.events[rows],
        )

    @property
    def group_count(self) -> int:
        """Return the number of metrics, also of those without any of these series."""
        return self.groups or int(self.group.max()) + 1

    @property
    def actual_values(self) -> Floats:
        """Return the values, NaN where they are not recorded (series x time)."""
        return self.values if self.recorded is None else np.where(self.recorded, self.values, np.nan)

    @property
    def known_days(self) -> Ints:
        """Return the number of observed days of each series at each origin (series x origins)."""
        return np.cumsum(self.observed, axis=1, dtype=np.int64)[:, self.origins - 1]

    def actual(self, values: Floats | None = None) -> Floats:
        """Return the values after each origin (series x origins x horizon).

        They are NaN after the end of the data, and for series with fewer than `FEWEST_DAYS` observed days.
        """
        values = self.actual_values if values is None else values
        padded = np.pad(values, ((0, 0), (0, self.horizon)), constant_values=np.nan)
        followed = padded[:, windows(self.origins, self.horizon)]
        scored = self.known_days >= FEWEST_DAYS
        return np.where(scored[:, :, None], followed, np.nan)


def weekly_origins(length: int, season: int, most: int) -> Ints:
    """Return at most `most` origins in ascending order, one season apart, the last at `length`."""
    step = max(season, 1)
    earliest = max(2 * step, FEWEST_DAYS)
    count = min(most, max((length - earliest) // step, 0) + 1)
    return length - step * np.arange(count - 1, -1, -1)


def sum_until_origin(values: Floats, rolling: Rolling, half_life: float, first_step: int = 0) -> Floats:
    """Return, for each origin, the exponentially weighted sum of the `values` whose target day had passed.

    values: (series x origins x steps x ...), a statistic of each forecast, for the steps of the horizon from
    `first_step` on; NaN counts as 0. `half_life` is in days. Result: (series x origins x ...).
    This keeps the backtest out of sample: the error of a forecast is used only after its target day.
    """
    by_day = _by_target_day(np.nan_to_num(values), rolling, first_step)
    return _at_origins(by_day, rolling.origins, half_life)


def _at_origins(values: Floats, origins: Ints, half_life: float) -> Floats:
    """Return `ew_sum` of the values (series x time x ...) at each origin (series x origins x ...).

    Between origins that are evenly apart, values are summed first.
    """
    step = int(origins[1] - origins[0]) if len(origins) > 1 else 1
    if step == 1 or (np.diff(origins) != step).any():
        return ew_sum(values, half_life, axis=1)[:, origins - 1]
    first, decay = int(origins[0]), 0.5 ** (1.0 / half_life)
    before = np.einsum("st...,t->s...", values[:, :first], decay ** np.arange(first - 1, -1, -1.0))
    between = values[:, first : origins[-1]].reshape(len(values), -1, step, *values.shape[2:])
    summed = np.einsum("sot...,t->so...", between, decay ** np.arange(step - 1, -1, -1.0))
    return ew_sum(np.concatenate([before[:, None], summed], axis=1), half_life / step, axis=1)


def _by_target_day(values: Floats, rolling: Rolling, first_step: int) -> Floats:
    """Return the sums of `values` by target day (series x time x ...)."""
    series, length = rolling.values.shape
    out = np.zeros((series, length + rolling.horizon, *values.shape[3:]))
    for i, origin in enumerate(rolling.origins + first_step):
        out[:, origin : origin + values.shape[2]] += values[:, i]
    return out[:, :length]
