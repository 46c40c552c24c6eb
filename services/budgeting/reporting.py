"""The budget plan of a split in cents: effect, probabilities and texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.bounds import money
from services.budgeting.budget_plan import Action, Basis, BudgetPlan, Effect, Option, Share, Step
from services.budgeting.decision import Decision
from services.budgeting.estimation import MIN_DAYS, ResponseEstimates
from services.budgeting.history import SPIKE
from services.budgeting.notes import notes
from services.budgeting.plan_inputs import CandidateSplit, PlanInputs
from services.budgeting.words import EVIDENCE
from services.numerics import divide
from services.planner.curves import Verdict
from services.text import Text

Floats = npt.NDArray[np.float64]

NO_EFFECT = Effect(0.0, 0.0, 0.0)
_MARGINAL_RANGE = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class _Figures:
    """Marginal returns before (with their 80 % interval) and after (channels each), and draws of the effect.

    `effect` is the change of revenue against today's split of the same total, `change` that against today's
    spend (draws x channels each), `p_pays` P(marginal return before > 1). `roi_now` and `roi_then` are the
    mean ROI before and after (channels), NaN without spend or revenue.
    """

    before: Floats
    low: Floats
    high: Floats
    after: Floats
    p_pays: Floats
    effect: Floats
    change: Floats
    roi_now: Floats
    roi_then: Floats


def report(inputs: PlanInputs, decision: Decision, candidate: CandidateSplit) -> BudgetPlan:
    """Return the plan of a candidate split, with its effect, its probabilities and its texts."""
    estimates = inputs.estimates
    figures = _figures(inputs, candidate)
    total_effect = figures.effect.sum(axis=1)
    gain = figures.change.sum(axis=1)
    extra_cost = (candidate.split.sum() - inputs.bounds.today.sum()) / 100
    wider = estimates.drawn.revenue(candidate.potential / 100) - estimates.drawn.revenue(
        candidate.baseline / 100
    )
    return BudgetPlan(
        total=money(candidate.total),
        period_days=inputs.period_days,
        shares=tuple(_share(inputs, decision, candidate, figures, c) for c in range(len(estimates.channels))),
        unspent=money(candidate.total - int(candidate.split.sum())),
        effect=effect_of(total_effect),
        p_improves=float(np.mean(total_effect > 0)),
        potential=effect_of(wider.sum(axis=1)),
        notes=notes(inputs, decision, candidate),
        profit=effect_of(gain - extra_cost),
        gain=effect_of(gain),
        data_days=inputs.n_days,
        verdict=_verdict(candidate),
        option=_option(estimates, candidate),
    )


def _verdict(candidate: CandidateSplit) -> Verdict:
    if (candidate.split != candidate.baseline).any():
        return "move"
    return "keep" if candidate.option is None or (candidate.option == candidate.baseline).all() else "option"


def _option(estimates: ResponseEstimates, candidate: CandidateSplit) -> Option | None:
    """Return the move that is possible but not advised, if there is one."""
    if candidate.option is None or _verdict(candidate) != "option":
        return None
    change = candidate.option - candidate.baseline
    before, after = (estimates.drawn.revenue(cents / 100) for cents in (candidate.baseline, candidate.option))
    effect = (after - before).sum(axis=1)
    order = sorted(np.flatnonzero(change), key=lambda c: (-abs(change[c]), estimates.channels[c]))
    return Option(
        steps=tuple(Step(estimates.channels[c], money(change[c])) for c in order),
        effect=effect_of(effect),
        p_improves=float(np.mean(effect > 0)),
    )


def empty_plan(inputs: PlanInputs, total: int) -> BudgetPlan:
    """Return the plan of an account without usable days: all of `total` (cents) stays unspent."""
    nothing = np.zeros(0, dtype=np.int64)
    none = np.zeros(0, dtype=bool)
    no_channels = Decision(none, np.zeros(0), none, none)
    return report(inputs, no_channels, CandidateSplit(total, nothing, nothing, nothing))


def effect_of(draws: Floats) -> Effect:
    """Return the 10th, 50th and 90th percentile of an amount's draws (draws)."""
    p10, p50, p90 = (float(p) for p in np.percentile(draws, [10, 50, 90]))
    return Effect(p10, p50, p90)


def _figures(inputs: PlanInputs, candidate: CandidateSplit) -> _Figures:
    estimates, today = inputs.estimates, inputs.bounds.today / 100
    after, before = candidate.split / 100, candidate.baseline / 100
    revenue = estimates.drawn.revenue(after)
    drawn = estimates.drawn.marginal(estimates.spend)
    low, high = np.quantile(drawn, _MARGINAL_RANGE, axis=0)
    return _Figures(
        before=estimates.curves.marginal(estimates.spend),
        low=low,
        high=high,
        after=estimates.curves.marginal(after),
        p_pays=np.mean(drawn > 1, axis=0),
        effect=revenue - estimates.drawn.revenue(before),
        change=revenue - estimates.drawn.revenue(today),
        roi_now=_roi(estimates, today),
        roi_then=_roi(estimates, after),
    )


def _roi(estimates: ResponseEstimates, spend: Floats) -> Floats:
    """Return the mean ROI at a spend (channels), NaN without spend or revenue."""
    revenue = estimates.curves.revenue(spend)
    return divide(np.where(revenue > 0, revenue, np.nan), spend) - 1


def _share(
    inputs: PlanInputs, decision: Decision, candidate: CandidateSplit, figures: _Figures, c: int
) -> Share:
    estimates, is_open = inputs.estimates, bool(inputs.estimates.is_open[c])
    basis: Basis = "locked" if inputs.locked[c] else estimates.basis[c]
    is_cut = candidate.total < inputs.bounds.lower.sum()

    def if_open(value: float) -> float | None:
        return float(value) if is_open else None

    return Share(
        channel=estimates.channels[c],
        current=money(inputs.bounds.today[c]),
        recommended=money(candidate.split[c]),
        lower=money(0 if is_cut else inputs.bounds.lower[c]),
        upper=money(inputs.bounds.upper[c]),
        elasticity=if_open(estimates.elasticity[c]),
        marginal_roi_before=if_open(figures.before[c] - 1),
        marginal_roi_after=if_open(figures.after[c] - 1),
        effect=effect_of(figures.effect[:, c]) if is_open else NO_EFFECT,
        p_increase=float(decision.p_increase[c]),
        action=_action(decision, int(candidate.split[c] - candidate.baseline[c]), c),
        evidence=_evidence(inputs, basis, c),
        basis=basis,
        marginal_roi_low=if_open(figures.low[c] - 1),
        marginal_roi_high=if_open(figures.high[c] - 1),
        p_pays=if_open(figures.p_pays[c]),
        baseline=money(candidate.baseline[c]),
        revenue_change=effect_of(figures.change[:, c]) if is_open else NO_EFFECT,
        roi_now=_if_known(figures.roi_now[c]),
        roi_then=_if_known(figures.roi_then[c]),
    )


def _if_known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _action(decision: Decision, change: int, c: int) -> Action:
    if decision.is_promising[c]:
        return "test"
    if not decision.is_free[c] or change == 0:
        return "hold"
    return "increase" if change > 0 else "decrease"


def _evidence(inputs: PlanInputs, basis: Basis, c: int) -> Text:
    return EVIDENCE[basis].format(
        days=inputs.estimates.active_days[c],
        min_days=MIN_DAYS,
        period=inputs.period_days,
        spike=f"{SPIKE:g}",
    )
