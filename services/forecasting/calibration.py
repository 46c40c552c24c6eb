"""Split-conformal bands on log errors, learned from forecasts whose days have come.

Vovk, Gammerman and Shafer (2005), "Algorithmic learning in a random world"; Lei et al. (2018),
"Distribution-free predictive inference for regression". An error is measured in units of the
series' own recent one-day error and of the growth of errors with the horizon (70 % own, 30 % of
its kind); the quantiles of these units are shared by all series of a kind.

What series share are sums, in two rounds: first of the sizes of their errors, then of histograms of
the errors in these sizes. So the series may stand in different processes: each sums its own, and
somebody adds up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from services.forecasting.backtest import Rolling, sum_until_origin
from services.numerics import Floats, Ints, divide

LEVELS = (0.1, 0.9, 0.025, 0.975)  # low80, high80, low95, high95
OWN_SHARE = 0.7
MEMORY = 365.0
PRIOR_COUNT = 60.0
PRIOR_ERRORS = 7.0
PRIOR_FREEDOM = 5  # degrees of freedom of Student's t
EDGES = np.linspace(-8.0, 8.0, 321)
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


@dataclass(frozen=True, slots=True)
class Spread:
    """How far reality may lie from a forecast, on the log scale.

    The size of an error is `one_day` (series x origins) times `growth` (series x origins x buckets
    of the horizon); `quantiles` (series x origins x 4) are multiples of it, in the order of `LEVELS`.
    """

    one_day: Floats
    growth: Floats
    quantiles: Floats

    def around(self, logs: Floats) -> Floats:
        """Return the four limits around log forecasts (series x origins x horizon x 4)."""
        unit = self.growth[:, :, horizon_buckets(logs.shape[2])] * self.one_day[:, :, None]
        return logs[..., None] + unit[..., None] * self.quantiles[:, :, None, :]

    def at_last_origin(self) -> Spread:
        """Return the spread at the end of the data alone."""
        return Spread(self.one_day[:, -1:], self.growth[:, -1:], self.quantiles[:, -1:])


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large errors were: their faded sum and number (series or kinds x origins x buckets)."""

    total: Floats
    count: Floats


@dataclass(frozen=True, slots=True)
class Learned:
    """What a longer backtest found, to be used for the forecast from the end of the data.

    `growth` (series x buckets) and `quantiles` (series x 4) as in `Spread`; `shares` (series x
    methods) weigh the methods of the point forecast (no columns where there is but one).
    """

    growth: Floats
    quantiles: Floats
    shares: Floats


def learn_spread(
    errors: Floats,
    one_day: Floats,
    rolling: Rolling,
    learned: Learned | None = None,
    overlap: float = 1.0,
) -> Spread:
    """Return the spread at every origin, learned from the `errors` known there.

    `errors` are log actual - log forecast (series x origins x horizon), NaN where unknown;
    `one_day` is the recent mean absolute one-day error (series x origins). What was `learned`
    before replaces the findings at the last origin. Where errors overlap in time, `overlap` of
    them count as one.
    """
    units = in_units(errors, one_day)
    sizes = sizes_of(units, rolling)
    growth = growth_of(sizes, of_kinds(sizes, rolling.group), rolling.group, overlap)
    quantiles = quantiles_from(histograms(units, growth, rolling), overlap)[rolling.group]
    return with_learned(Spread(one_day=one_day, growth=growth, quantiles=quantiles), learned)


def in_units(errors: Floats, one_day: Floats) -> Floats:
    """Return the errors in units of the series' own one-day error."""
    return divide(errors, np.broadcast_to(one_day[:, :, None], errors.shape))


def sizes_of(units: Floats, rolling: Rolling) -> Sizes:
    """Return the sizes of each series' errors that were known at each origin."""
    bucket = horizon_buckets(rolling.horizon)
    of_buckets = [np.flatnonzero(bucket == number) for number in range(int(bucket.max()) + 1)]
    size, known = np.abs(units), np.isfinite(units).astype(np.float64)
    total, count = (
        np.stack(
            [
                sum_until_origin(values[:, :, steps], rolling, MEMORY, first_step=int(steps[0]))
                for steps in of_buckets
            ],
            axis=-1,
        )
        for values in (size, known)
    )
    return Sizes(total, count)


def of_kinds(sizes: Sizes, group: Ints) -> Sizes:
    """Return the sums over the series of each kind."""
    return Sizes(*(_summed(part, group) for part in (sizes.total, sizes.count)))


def growth_of(own: Sizes, kinds: Sizes, group: Ints, overlap: float = 1.0) -> Floats:
    """Return the mean size of the units by bucket (series x origins x buckets)."""
    prior = PRIOR_ERRORS * overlap
    usual = 1.1 + 0.15 * np.arange(own.total.shape[-1])
    kind = ((kinds.total + prior * usual) / (kinds.count + prior))[group]
    mixed = (own.total + prior * kind) / (own.count + prior)
    return np.maximum(mixed**OWN_SHARE * kind ** (1 - OWN_SHARE), 1e-6)


def histograms(units: Floats, growth: Floats, rolling: Rolling) -> Floats:
    """Return the histograms of the standardised errors known at each origin (kinds x origins x bins)."""
    shape = np.clip(units / growth[:, :, horizon_buckets(rolling.horizon)], EDGES[0], EDGES[-1])
    kinds = range(int(rolling.group.max()) + 1)
    return np.stack([_histogram(shape[rolling.group == kind], rolling) for kind in kinds])


def quantiles_from(counts: Floats, overlap: float = 1.0) -> Floats:
    """Return the quantiles of each kind (kinds x origins x 4) from its `histograms`."""
    prior = PRIOR_COUNT * overlap * _PRIOR
    return np.stack([_from_histogram(of_kind + prior) for of_kind in counts])


def with_learned(spread: Spread, learned: Learned | None) -> Spread:
    """Return the spread with what was learned before at the last origin."""
    if learned is None:
        return spread
    growth, quantiles = spread.growth.copy(), spread.quantiles.copy()
    known = np.minimum(np.arange(growth.shape[2]), learned.growth.shape[1] - 1)
    growth[:, -1] = learned.growth[:, known]
    quantiles[:, -1] = learned.quantiles
    return Spread(one_day=spread.one_day, growth=growth, quantiles=quantiles)


def horizon_buckets(horizon: int) -> Ints:
    """Return a number for each step ahead: 0 in the first week, 1 in the second, 2 to day 28, ..."""
    return np.maximum(np.ceil(np.log2(np.arange(1, horizon + 1) / 7.0)), 0).astype(np.int64)


def _summed(values: Floats, group: Ints) -> Floats:
    sums = np.zeros((int(group.max()) + 1, *values.shape[1:]))
    np.add.at(sums, group, values)
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
    return np.array([[np.interp(level, row, EDGES[1:]) for level in LEVELS] for row in cumulative])


def _prior() -> Floats:
    """Return the shape assumed before there is evidence: Student's t with a mean size of 1."""
    scale = 1.0 / float(student(PRIOR_FREEDOM).expect(np.abs, lb=-60, ub=60))
    density = student(PRIOR_FREEDOM, scale=scale).pdf(CENTRES)
    return np.asarray(density / density.sum(), dtype=np.float64)


_PRIOR = _prior()
