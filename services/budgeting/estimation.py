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
from services.numerics import divide

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_DAYS = 14
_UNFITTED_ERROR = 0.1
_SEED = 7


@dataclass(frozen=True, slots=True)
class ResponseEstimates:
    """Estimates for each channel of a history, in its newest period (channels each).

    `spend` is money in that period. `curves` are the response of revenue to spend at the posterior mean of
    `elasticity`; `drawn` are the curves of each posterior draw (draws x channels). `basis` is the source of
    a channel's estimate; only "estimated" and "assumed" channels can take part in a plan.
    """

    channels: tuple[str, ...]
    spend: Floats
    elasticity: Floats
    curves: Curves
    drawn: Curves
    basis: tuple[Basis, ...]
    active_days: tuple[int, ...]

    @property
    def is_open(self) -> Bools:
        """True where the plan may move money."""
        return np.array([b in ("estimated", "assumed") for b in self.basis], dtype=bool)


def estimate_responses(history: History, period_days: int) -> ResponseEstimates:
    """Return the estimates of each channel's response to spend, for the newest `period_days` days."""
    spend = history.cost[-period_days:].sum(axis=0)
    revenue = _revenue(history, period_days)
    error = np.full(spend.size, _UNFITTED_ERROR)
    likelihoods = np.zeros((spend.size, ELASTICITIES.size))
    for c, series in all_series(history, period_days).items():
        response = fit(series)
        likelihoods[c], error[c] = response.log_likelihood, response.revenue_error
        revenue[c] = response.revenue * (1 - series.empty) * spend[c] / series.today
    posterior = combine(likelihoods)
    noise = np.random.default_rng(_SEED).standard_normal((DRAWS, spend.size))
    return ResponseEstimates(
        channels=history.channels,
        spend=spend,
        elasticity=posterior.mean,
        curves=curves_through(spend, revenue, posterior.mean),
        drawn=curves_through(spend, revenue * np.exp(error * noise), posterior.draws),
        basis=tuple(
            _basis(history, c, spend[c], period_days, posterior.is_learnt[c]) for c in range(spend.size)
        ),
        active_days=tuple(int(n) for n in ((history.cost > 0) & history.is_known).sum(axis=0)),
    )


def _revenue(history: History, period_days: int) -> Floats:
    """Return the revenue of the newest days (channels); unknown days are taken to bring as much per cost."""
    cost, revenue = history.cost[-period_days:], history.revenue[-period_days:]
    known = np.where(history.is_known[-period_days:], cost, 0.0).sum(axis=0)
    return np.asarray(revenue.sum(axis=0) * divide(cost.sum(axis=0), known, otherwise=1.0))


def _basis(history: History, channel: int, spend: float, period_days: int, is_learnt: bool) -> Basis:
    if spend <= 0:
        return "no_cost" if history.lacks_cost[-period_days:, channel].any() else "stopped"
    active = (history.cost[:, channel] > 0) & history.is_known[:, channel]
    if not history.revenue[active, channel].any() or not active[-period_days:].any():
        return "no_revenue"
    if active.sum() < MIN_DAYS:
        return "short"
    return "estimated" if is_learnt else "assumed"
