"""The level of each channel's ROI with its standard error, and probabilities of being best and worst.

Channels are taken as equal unless Cochran's Q rejects that. Then each level is shrunk towards the common mean
by the share of noise in the variance (DerSimonian and Laird, 1986, "Meta-analysis in clinical trials"), and
random draws give the probability of being best or worst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from services.insights.facts import COMPARISON_RISK, Facts
from services.insights.history import WEEK
from services.insights.rates import ROAS
from services.insights.shifts import LONGEST
from services.numerics import Bools, Floats, Ints, divide

LEVEL_DAYS = 91
LEAST_DAYS = 28
ENOUGH = 0.8
VARIANCE_OF_ORDERS = 2.0  # of revenue from n orders, times n: their number and their values vary
_ONE_DECIDES = 1e-6  # below it, one channel has nearly all of the weight, and the estimate is undefined
_DRAWS = 4000
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class Levels:
    """Revenue / cost of each channel over the newest `days` days (channels each).

    `value` is the ratio of sums, `error` its standard error including outliers, `freedom` the degrees of
    freedom of the error. `n_days` are the days of weeks with cost. `usable` marks channels with enough days.
    """

    days: int
    value: Floats
    error: Floats
    freedom: Floats
    n_days: Ints
    usable: Bools


@dataclass(frozen=True, slots=True)
class Ranking:
    """Probabilities of the highest and of the lowest ROI (channels each); all 0 if channels may be equal."""

    p_best: Floats
    p_worst: Floats


def read_levels(facts: Facts) -> Levels:
    """Return the ROI levels of the newest 13 weeks."""
    series, noise, history = facts.weekly[ROAS], facts.weekly_noise[ROAS], facts.history
    days = min(LEVEL_DAYS, history.length)
    known = WEEK * series.known[:, -max(days // WEEK, 1) :].sum(axis=1)
    revenue, cost = history.recent_pair("revenue", "cost", days)
    value = divide(revenue, cost)
    long_run = noise.error(LONGEST) * np.sqrt(LONGEST * series.variance_inflation)
    by_weeks = np.maximum(series.level, value) * long_run / np.sqrt(np.maximum(known, 1))
    error = np.maximum(by_weeks, value * _error_of_orders(facts, days))
    usable = facts.is_going & (known >= LEAST_DAYS) & (revenue > 0) & (error > 0)
    return Levels(
        days=days,
        value=value,
        error=error,
        freedom=noise.freedom,
        n_days=known,
        usable=np.asarray(usable),
    )


def _error_of_orders(facts: Facts, days: int) -> Floats:
    """Return the relative standard error of revenue that the number of orders alone makes (channels).

    With n orders whose values vary as much as their mean it is sqrt(2 / n) (compound Poisson sum). 0 where no
    orders are recorded.
    """
    orders = facts.history.counts["conversions"][:, -days:].sum(axis=1)
    recorded = facts.history.is_recorded("conversions")[:, -days:].any(axis=1) & (orders > 0)
    return np.where(recorded, np.sqrt(VARIANCE_OF_ORDERS / np.maximum(orders, 1.0)), 0.0)


@dataclass(frozen=True, slots=True)
class Belief:
    """The posterior of each channel's level: mean and standard error (channels each).

    The prior is normal around the usable channels' common mean, with their true variance. It is flat for the
    others, and for all where the channels may be equal (`differs` is False).
    """

    mean: Floats
    error: Floats
    differs: bool


def believe(levels: Levels) -> Belief:
    """Return the posterior of the levels."""
    mean, error = levels.value.copy(), levels.error.copy()
    places = np.flatnonzero(levels.usable)
    if places.size < 2:
        return Belief(mean, error, differs=False)
    value, own = levels.value[places], levels.error[places]
    spread = _true_variance(value, own, float(np.median(levels.freedom[places])))
    if spread <= 0:
        return Belief(mean, error, differs=False)
    trust = spread / (spread + own**2)
    centre = float(np.average(value, weights=1 / (spread + own**2)))
    mean[places], error[places] = centre + trust * (value - centre), np.sqrt(trust) * own
    return Belief(mean, error, differs=True)


def rank(levels: Levels) -> Ranking:
    """Return the probabilities that each channel is best, and worst."""
    none, places, belief = np.zeros(levels.usable.size), np.flatnonzero(levels.usable), believe(levels)
    if not belief.differs:
        return Ranking(none, none)
    random = np.random.default_rng(_SEED)
    noise = random.standard_normal((_DRAWS, places.size))
    draws = belief.mean[places] + belief.error[places] * noise
    p_best, p_worst = none.copy(), none.copy()
    p_best[places] = np.bincount(draws.argmax(axis=1), minlength=places.size) / _DRAWS
    p_worst[places] = np.bincount(draws.argmin(axis=1), minlength=places.size) / _DRAWS
    return Ranking(p_best, p_worst)


def _true_variance(value: Floats, error: Floats, freedom: float) -> float:
    """Return the variance of the true levels, 0 if Cochran's Q does not reject that they are equal."""
    weights = error**-2.0
    mean = np.average(value, weights=weights)
    q, others = float((weights * (value - mean) ** 2).sum()), value.size - 1
    if stats.f.sf(q / others, others, freedom) > COMPARISON_RISK:
        return 0.0
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    if scale <= _ONE_DECIDES * weights.sum():
        return float(value.var())
    return (q - others) / scale
