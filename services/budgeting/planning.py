"""Budget plans from campaign days: for a given total, for a target marginal ROI, and the frontier."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from services.budgeting.allocation import allocate, allocate_cents, spend_at_marginal
from services.budgeting.bounds import Bounds, InvalidPeriodError, bounds, money, whole_cents
from services.budgeting.budget_plan import BudgetPlan, FrontierPoint
from services.budgeting.decision import Decision, decide, decide_against
from services.budgeting.estimation import ResponseEstimates, estimate_responses
from services.budgeting.history import MONEY, read_history
from services.budgeting.keeping import kept_curves, newest_conversions
from services.budgeting.plan_inputs import CandidateSplit, PlanInputs
from services.budgeting.reporting import effect_of, empty_plan, report
from services.errors import InvalidInputError
from services.forecasting.account import Account
from services.forecasting.campaign_days import clean_days
from services.forecasting.grain import spread_rows
from services.forecasting.valuing import valued
from services.text import Text

Floats = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

POTENTIAL_LIMIT = 0.5


class InvalidTargetError(InvalidInputError):
    """The target of a budget plan is not a marginal ROI."""

    code = "invalid_target"
    words = Text(
        en="The target marginal ROI must be a number above -1 (0.2 is 20\u00a0%), not {target}.",
        ru="Целевой предельный ROI должен быть числом больше -1 (0,2 — это 20\u00a0%), а не {target}.",
    )


def plan(
    days: pd.DataFrame,
    total: float | Decimal | None,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    locked: Collection[str] = (),
    account: Account | None = None,
) -> BudgetPlan:
    """Return the optimal split of `total` (None: the cost of the newest `period_days` days).

    `days` has the columns channel, date, cost and revenue, in any order; impossible money is handled
    as `read_history` describes, with a note. `change_limit` is a fraction of each channel's spend today;
    `locked` channels keep theirs. A channel leaves its part of today's split only with a probability of 0.8
    that this pays. No channel does unless all moves together are advised, see `decide`. `account`
    is what else is known of the channels; without it, brand channels are recognised by their names.

    Raises `CampaignDaysError`, `InvalidTotalError`, `InvalidChangeLimitError`
    or `InvalidPeriodError`.
    """
    wanted = None if total is None else whole_cents(total)
    inputs = _plan_inputs(days, change_limit, period_days, locked, account)
    if not inputs.estimates.channels:
        return empty_plan(inputs, wanted or 0)
    cents = int(inputs.bounds.today.sum()) if wanted is None else wanted
    decision = decide(inputs.estimates, inputs.can_move, change_limit)
    wider = bounds(inputs.estimates, inputs.locked, max(change_limit, POTENTIAL_LIMIT))
    is_option = decision.is_option
    candidate = CandidateSplit(
        total=cents,
        baseline=inputs.bounds.baseline(cents),
        split=_split(inputs.estimates, decision.is_free, inputs.bounds, cents),
        potential=_split(inputs.estimates, decision.is_free | is_option, wider, cents),
        option=_split(inputs.estimates, is_option, inputs.bounds, cents) if is_option.any() else None,
    )
    made = report(inputs, decision, candidate)
    curves = kept_curves(made, inputs, decision, candidate, newest_conversions(days, inputs))
    return replace(made, curves=curves)


def plan_to_marginal_roi(
    days: pd.DataFrame,
    target: float = 0.0,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    locked: Collection[str] = (),
    account: Account | None = None,
) -> BudgetPlan:
    """Return the plan that spends, within bounds, until the marginal ROI falls to `target`.

    The total follows from the target: 0 gives the most profitable total, 0.2 stops where a further unit
    brings less than 1.2. A channel moves only with a probability of 0.8 that its marginal ROI is above the
    target (below, for a decrease). The effect is against today's spend. `days`, `change_limit`,
    `period_days`, `locked` and `account` are as for `plan`.

    Raises `InvalidTargetError`, and as `plan` does.
    """
    if not (math.isfinite(target) and target > -1):
        raise InvalidTargetError(target=target)
    inputs = _plan_inputs(days, change_limit, period_days, locked, account)
    if not inputs.estimates.channels:
        return empty_plan(inputs, 0)
    decision = decide_against(inputs.estimates, inputs.can_move, 1 + target)
    wider = bounds(inputs.estimates, inputs.locked, max(change_limit, POTENTIAL_LIMIT))
    split = _split_at(inputs.estimates, decision, inputs.bounds, 1 + target)
    total = int(split.sum())
    potential = _split_at(inputs.estimates, decision, wider, 1 + target)
    return report(inputs, decision, CandidateSplit(total, inputs.bounds.today, split, potential))


def frontier(
    days: pd.DataFrame,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    points: int = 31,
    locked: Collection[str] = (),
    account: Account | None = None,
) -> tuple[FrontierPoint, ...]:
    """Return `points` optimal splits of totals from the sum of the lower to that of the upper bounds.

    Each split is optimal for the estimated curves, whatever its probability; its revenue has percentiles.
    Without usable days the result is empty. Arguments and raises are those of `plan`.
    """
    inputs = _plan_inputs(days, change_limit, period_days, locked, account)
    estimates, least, most = inputs.estimates, inputs.bounds.lower, inputs.bounds.upper
    if not estimates.channels:
        return ()
    lower = np.where(inputs.can_move, least, inputs.bounds.today) / 100
    upper = np.where(inputs.can_move, most, inputs.bounds.today) / 100
    totals = np.linspace(lower.sum(), upper.sum(), points)
    splits = (allocate(estimates.curves, float(total), lower, upper) for total in totals)
    return tuple(_point(estimates, split, split < upper) for split in splits)


def _plan_inputs(
    days: pd.DataFrame,
    change_limit: float,
    period_days: int,
    locked: Collection[str],
    account: Account | None,
) -> PlanInputs:
    if period_days < 1:
        raise InvalidPeriodError(days=period_days)
    days, known = valued(days, account)
    if not days.empty:
        days, grain = spread_rows(clean_days(days, MONEY), known.grain)
        known = replace(known, grain=grain)
    history = read_history(days)
    with threadpool_limits(limits=1, user_api="blas"):  # many small matrices: BLAS threads slow them down
        estimates = estimate_responses(history, period_days, known)
    is_locked = np.array([channel in locked for channel in estimates.channels], dtype=bool)
    return PlanInputs(
        estimates=estimates,
        locked=is_locked,
        bounds=bounds(estimates, is_locked, change_limit),
        change_limit=change_limit,
        period_days=period_days,
        n_days=history.n_days,
        repaired=history.repaired,
    )


def _split(estimates: ResponseEstimates, free: Bools, limits: Bounds, total: int) -> Cents:
    """Return the split of the total in cents: held channels keep their part of today's split.

    The rest is split optimally between the free channels.
    """
    baseline = limits.baseline(total)
    if total < limits.lower.sum():
        return baseline
    lower, upper = np.where(free, limits.lower, 0), np.where(free, limits.upper, 0)
    best = allocate_cents(estimates.curves, int(baseline[free].sum()), lower, upper)
    return np.where(free, best, baseline)


def _split_at(estimates: ResponseEstimates, decision: Decision, limits: Bounds, marginal: float) -> Cents:
    best = spend_at_marginal(estimates.curves, marginal, limits.lower / 100, limits.upper / 100)
    cents = np.clip(np.rint(100 * best).astype(np.int64), limits.lower, limits.upper)
    return np.where(decision.is_free, cents, limits.today)


def _point(estimates: ResponseEstimates, split: Floats, can_rise: npt.NDArray[np.bool_]) -> FrontierPoint:
    """Return the point of a split; its marginal ROI is that of the best channel below its upper bound."""
    marginal = estimates.curves.marginal(split)[can_rise]
    return FrontierPoint(
        total=money(round(100 * float(split.sum()))),
        revenue=effect_of(estimates.drawn.revenue(split).sum(axis=1)),
        marginal_roi=float(marginal.max()) - 1 if marginal.size else None,
    )
