"""The curves of a plan as a snapshot keeps them."""

from __future__ import annotations

from array import array

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.budgeting.budget_plan import BudgetPlan
from services.budgeting.decision import Decision
from services.budgeting.plan_inputs import CandidateSplit, PlanInputs
from services.planner.curves import ChannelCurve, PlanCurves, thinned

Floats = npt.NDArray[np.float64]


def kept_curves(
    plan: BudgetPlan,
    inputs: PlanInputs,
    decision: Decision,
    candidate: CandidateSplit,
    conversions: dict[str, float],
) -> PlanCurves:
    """Return the curves that `plan` was decided from; `conversions` are those of the period by channel."""
    estimates = inputs.estimates
    step = thinned(estimates.elasticities.shape[0], len(estimates.channels))
    can_move = inputs.can_move

    def curve(c: int) -> ChannelCurve:
        channel = estimates.channels[c]
        return ChannelCurve(
            channel=channel,
            basis=estimates.basis[c],
            spend=float(estimates.spend[c]),
            revenue=float(estimates.revenue[c]),
            elasticity=float(estimates.elasticity[c]),
            most_spent=float(estimates.most_spent[c]),
            conversions=conversions.get(channel),
            settling_days=_if_known(estimates.settling_days[c]),
            planned=int(candidate.split[c]),
            baseline=int(candidate.baseline[c]),
            is_open=bool(can_move[c]),
            is_free=bool(decision.is_free[c]),
            elasticities=_draws(estimates.elasticities[::step, c]),
            revenues=_draws(estimates.revenues[::step, c]),
        )

    return PlanCurves(
        period_days=inputs.period_days,
        change_limit=inputs.change_limit,
        verdict=plan.verdict,
        total=candidate.total,
        n_draws=len(range(0, estimates.elasticities.shape[0], step)),
        channels=tuple(map(curve, range(len(estimates.channels)))),
    )


def newest_conversions(days: pd.DataFrame, inputs: PlanInputs) -> dict[str, float]:
    """Return the conversions of the newest period by channel, up to its own last day with data.

    Channels without recorded conversions are left out. days: channel, date, conversions.
    """
    if "conversions" not in days.columns:
        return {}
    known = days[days["conversions"].notna()]
    last = known.groupby("channel")["date"].transform("max")
    newest = known[known["date"] > last - pd.Timedelta(days=inputs.period_days)]
    scale = inputs.period_days / min(max(inputs.n_days, 1), inputs.period_days)
    sums = scale * newest.groupby("channel")["conversions"].sum().clip(lower=0)
    return {str(channel): float(value) for channel, value in sums.items()}


def _draws(values: Floats) -> array[float]:
    return array("f", values.astype(np.float32).tolist())


def _if_known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
