"""From a split in cents to the budget plan that people read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.bounds import money
from services.budgeting.budget_plan import Action, Basis, BudgetPlan, Effect, Share
from services.budgeting.decision import Decision
from services.budgeting.estimation import MIN_DAYS, Knowledge
from services.budgeting.notes import notes
from services.budgeting.plan_inputs import Desk, Draft
from services.budgeting.words import EVIDENCE
from services.text import Text

Floats = npt.NDArray[np.float64]

NO_EFFECT = Effect(0.0, 0.0, 0.0)
_MARGINAL_RANGE = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class _Figures:
    """Per channel: marginal returns before (with their 80 % range) and after, and draws of the effect."""

    before: Floats
    low: Floats
    high: Floats
    after: Floats
    p_pays: Floats
    effect: Floats


def report(desk: Desk, decision: Decision, draft: Draft) -> BudgetPlan:
    """Return the plan of a draft, with its effect, its probabilities and its words."""
    known = desk.known
    figures = _figures(known, draft)
    total_effect = figures.effect.sum(axis=1)
    today = known.drawn.revenue(desk.bounds.today / 100).sum(axis=1)
    extra_cost = (draft.split.sum() - desk.bounds.today.sum()) / 100
    profit = known.drawn.revenue(draft.split / 100).sum(axis=1) - today - extra_cost
    wider = known.drawn.revenue(draft.potential / 100) - known.drawn.revenue(draft.baseline / 100)
    return BudgetPlan(
        total=money(draft.total),
        period_days=desk.period_days,
        shares=tuple(_share(desk, decision, draft, figures, c) for c in range(len(known.channels))),
        unspent=money(draft.total - int(draft.split.sum())),
        effect=effect_of(total_effect),
        p_improves=float(np.mean(total_effect > 0)),
        potential=effect_of(wider.sum(axis=1)),
        notes=notes(desk, decision, draft),
        profit=effect_of(profit),
    )


def empty_plan(desk: Desk, total: int) -> BudgetPlan:
    """Return the plan for an account without usable days: all of the total stays unspent."""
    nothing = np.zeros(0, dtype=np.int64)
    nobody = Decision(np.zeros(0, dtype=bool), np.zeros(0), np.zeros(0, dtype=bool))
    return report(desk, nobody, Draft(total, nothing, nothing, nothing))


def effect_of(draws: Floats) -> Effect:
    """Return the percentiles of draws."""
    p10, p50, p90 = (float(p) for p in np.percentile(draws, [10, 50, 90]))
    return Effect(p10, p50, p90)


def _figures(known: Knowledge, draft: Draft) -> _Figures:
    after, before = draft.split / 100, draft.baseline / 100
    drawn = known.drawn.marginal(known.spend)
    low, high = np.quantile(drawn, _MARGINAL_RANGE, axis=0)
    return _Figures(
        before=known.curves.marginal(known.spend),
        low=low,
        high=high,
        after=known.curves.marginal(after),
        p_pays=np.mean(drawn > 1, axis=0),
        effect=known.drawn.revenue(after) - known.drawn.revenue(before),
    )


def _share(desk: Desk, decision: Decision, draft: Draft, figures: _Figures, c: int) -> Share:
    known, is_open = desk.known, bool(desk.known.is_open[c])
    basis: Basis = "locked" if desk.locked[c] else known.basis[c]
    is_cut = draft.total < desk.bounds.lower.sum()

    def if_open(value: float) -> float | None:
        return float(value) if is_open else None

    return Share(
        channel=known.channels[c],
        current=money(desk.bounds.today[c]),
        recommended=money(draft.split[c]),
        lower=money(0 if is_cut else desk.bounds.lower[c]),
        upper=money(desk.bounds.upper[c]),
        elasticity=if_open(known.elasticity[c]),
        marginal_roi_before=if_open(figures.before[c] - 1),
        marginal_roi_after=if_open(figures.after[c] - 1),
        effect=effect_of(figures.effect[:, c]) if is_open else NO_EFFECT,
        p_increase=float(decision.p_increase[c]),
        action=_action(decision, int(draft.split[c] - draft.baseline[c]), c),
        evidence=_evidence(desk, basis, c),
        basis=basis,
        marginal_roi_low=if_open(figures.low[c] - 1),
        marginal_roi_high=if_open(figures.high[c] - 1),
        p_pays=if_open(figures.p_pays[c]),
    )


def _action(decision: Decision, change: int, c: int) -> Action:
    if decision.is_promising[c]:
        return "test"
    if not decision.is_free[c] or change == 0:
        return "hold"
    return "increase" if change > 0 else "decrease"


def _evidence(desk: Desk, basis: Basis, c: int) -> Text:
    return EVIDENCE[basis].format(days=desk.known.active_days[c], min_days=MIN_DAYS, period=desk.period_days)
