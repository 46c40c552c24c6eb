"""Estimates of every channel's response today: spend, revenue, elasticity and their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.budget_plan import Basis
from services.budgeting.channel_series import all_series
from services.budgeting.curves import Curves, curves_through
from services.budgeting.history import History
from services.budgeting.posterior import DRAWS, combine
from services.budgeting.response import fit
from services.budgeting.shapes import ELASTICITIES
from services.forecasting.account import Account
from services.numerics import divide

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_DAYS = 14
_LEAST_ERROR, _MOST_ERROR = 0.05, 1.0
_SEED = 7
_DAYS_OF_ROW = {"day": 1.0, "week": 7.0, "month": 30.4375}


@dataclass(frozen=True, slots=True)
class ResponseEstimates:
    """Estimates for each channel of a history, in its newest period (channels each).

    `spend` is money in that period. `curves` are the response of revenue to spend at the posterior mean of
    `elasticity`; `drawn` are the curves of each posterior draw (draws x channels). `revenue_error` is the
    relative standard error of revenue / cost in the newest period. `basis` is the source of
    a channel's estimate; only "estimated" and "assumed" channels can take part in a plan. `revenue` is what
    `spend` brings, `elasticities` and `revenues` are the draws of both (draws x channels): rounded to single
    precision, so that a snapshot keeps exactly what was computed with. `most_spent` is the largest spend of
    a period in the history, and `settling_days` the days until nine tenths of a change have come (NaN:
    unknown).
    """

    channels: tuple[str, ...]
    spend: Floats
    elasticity: Floats
    curves: Curves
    drawn: Curves
    revenue_error: Floats
    basis: tuple[Basis, ...]
    active_days: tuple[int, ...]
    revenue: Floats
    elasticities: Floats
    revenues: Floats
    most_spent: Floats
    settling_days: Floats

    @property
    def is_open(self) -> Bools:
        """True where the plan may move money."""
        return np.array([b in ("estimated", "assumed") for b in self.basis], dtype=bool)


def estimate_responses(history: History, period_days: int, account: Account) -> ResponseEstimates:
    """Return the estimates of each channel's response to spend, for its newest `period_days` days.

    Spend of brand channels is a consequence of demand: they are not fitted, and say nothing of the others.
    """
    scale = _to_period(history, period_days)
    spend = scale * history.newest(history.cost, period_days).sum(axis=0)
    revenue, newest_error = (
        scale * _revenue(history, period_days),
        _ratio_error(history, period_days, account),
    )
    error = newest_error.copy()
    likelihoods = np.zeros((spend.size, ELASTICITIES.size))
    doubtful = np.zeros(spend.size, dtype=bool)
    settling = np.full(spend.size, np.nan)
    for c, series in all_series(history, period_days, account).items():
        if history.channels[c] in account.brand:
            continue
        response = fit(series)
        likelihoods[c], error[c] = response.log_likelihood, response.revenue_error
        revenue[c] = response.revenue * (1 - series.empty) * spend[c] / series.today
        doubtful[c], settling[c] = series.follows_demand, response.settling_days
    posterior = combine(likelihoods, doubtful)
    noise = np.random.default_rng(_SEED).standard_normal((DRAWS, spend.size))
    elasticities, revenues = _single(posterior.draws), _single(revenue * np.exp(error * noise))
    return ResponseEstimates(
        channels=history.channels,
        spend=spend,
        elasticity=posterior.mean,
        curves=curves_through(spend, revenue, posterior.mean),
        drawn=curves_through(spend, revenues, elasticities),
        revenue_error=np.maximum(error, newest_error),
        basis=tuple(
            "brand"
            if channel in account.brand and spend[c] > 0
            else _basis(history, c, spend[c], period_days, posterior.is_learnt[c])
            for c, channel in enumerate(history.channels)
        ),
        active_days=tuple(int(n) for n in ((history.cost > 0) & history.is_known).sum(axis=0)),
        revenue=revenue,
        elasticities=elasticities,
        revenues=revenues,
        most_spent=np.maximum(spend, scale * _most_spent(history, period_days)),
        settling_days=settling,
    )


def _single(values: Floats) -> Floats:
    return values.astype(np.float32).astype(np.float64)


def _most_spent(history: History, period_days: int) -> Floats:
    """Return the largest spend of `period_days` in a row (channels), without days that are not believed."""
    believed = np.where(history.is_spike, 0.0, history.cost)
    sums = np.concatenate([np.zeros((1, believed.shape[1])), np.cumsum(believed, axis=0)])
    length = min(period_days, history.n_days)
    return np.asarray((sums[length:] - sums[: sums.shape[0] - length]).max(axis=0, initial=0.0))


def _to_period(history: History, period_days: int) -> float:
    """Return the factor from sums of the newest days to a period: 1, unless there are fewer days."""
    return period_days / min(max(history.n_days, 1), period_days)


def _revenue(history: History, period_days: int) -> Floats:
    """Return the revenue of the newest days (channels); unknown days are taken to bring as much per cost."""
    cost, revenue = (history.newest(values, period_days) for values in (history.cost, history.revenue))
    known = (history.newest(history.is_known, period_days) * cost).sum(axis=0)
    return np.asarray(revenue.sum(axis=0) * divide(cost.sum(axis=0), known, otherwise=1.0))


def _ratio_error(history: History, period_days: int, account: Account) -> Floats:
    """Return the relative standard error of revenue / cost over the newest days (channels).

    It is that of a ratio estimator over the days with a known revenue (Cochran 1977, *Sampling Techniques*,
    section 2.11), so it follows the number of orders: 4 orders give about 50 %, and one day with ten times
    the revenue widens it. The days of one row of a week or month count as one.
    """
    known = history.newest(history.is_known & (history.cost > 0), period_days)
    cost, revenue = (
        history.newest(values, period_days) * known for values in (history.cost, history.revenue)
    )
    n = known.sum(axis=0) / [_DAYS_OF_ROW[account.grain.get(c, "day")] for c in history.channels]
    expected = cost * divide(revenue.sum(axis=0), cost.sum(axis=0), otherwise=0.0)
    scatter = np.sqrt(((revenue - expected) ** 2).sum(axis=0) * divide(known.sum(axis=0), n, otherwise=1.0))
    relative = divide(scatter, revenue.sum(axis=0), otherwise=_MOST_ERROR)
    error = np.where(n > 1, np.sqrt(divide(n, n - 1, otherwise=1.0)) * relative, _MOST_ERROR)
    return np.asarray(np.clip(error, _LEAST_ERROR, _MOST_ERROR))


def _basis(history: History, channel: int, spend: float, period_days: int, is_learnt: bool) -> Basis:
    if spend <= 0:
        is_lacking = history.newest(history.lacks_cost, period_days)[:, channel].any()
        return "no_cost" if is_lacking else "stopped"
    active = (history.cost > 0) & history.is_known
    is_recent = history.newest(active, period_days)[:, channel].any()
    active = active[:, channel]
    if not history.revenue[active, channel].any() or not is_recent:
        return "no_revenue"
    if history.newest(history.is_spike, period_days)[:, channel].any():
        return "spike"
    if active.sum() < MIN_DAYS:
        return "short"
    return "estimated" if is_learnt else "assumed"
