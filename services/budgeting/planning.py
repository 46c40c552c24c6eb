"""Budget plans from campaign days: for a given total, for a target marginal ROI, and the frontier."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from services.budgeting.allocation import allocate_cents, spend_at_marginal
from services.budgeting.bounds import Bounds, bounds, marked, whole_cents
from services.budgeting.budget_plan import BudgetPlan, FrontierPoint
from services.budgeting.decision import ENOUGH, Decision, decide
from services.budgeting.history import History, read_history
from services.budgeting.learning import Knowledge, learn
from services.budgeting.reporting import Draft, empty_plan, frontier_point, report

Floats = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

POTENTIAL_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a plan starts from: what is known, who is locked, what is within bounds."""

    history: History
    known: Knowledge
    locked: Bools
    bounds: Bounds
    change_limit: float

    @property
    def can_move(self) -> Bools:
        return np.asarray(self.known.is_open & ~self.locked & (self.bounds.today > 0))


def plan(
    days: pd.DataFrame,
    total: float | Decimal | None,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    locked: Collection[str] = (),
) -> BudgetPlan:
    """Return the best split of `total` (None: what the newest `period_days` days cost).

    `days` has the columns channel, date, cost, revenue (impressions, clicks and conversions are not
    needed), in any order; rows with missing, infinite or negative money are left out, with a note.
    `change_limit` is a fraction of each channel's spend today; `locked` channels keep theirs. A
    channel leaves its part of today's split only with a probability of 0.8 that this pays.

    Raises `MissingColumnsError`, `InvalidTotalError` or `InvalidChangeLimitError`.
    """
    desk = _desk(days, change_limit, period_days, locked)
    wanted = None if total is None else whole_cents(total)
    if not desk.known.channels:
        return empty_plan(wanted or 0, period_days, desk.history.left_out)
    cents = int(desk.bounds.today.sum()) if wanted is None else wanted
    decision = decide(desk.known, desk.can_move, change_limit)
    return report(
        Draft(
            history=desk.history,
            known=desk.known,
            locked=desk.locked,
            decision=decision,
            bounds=desk.bounds,
            change_limit=change_limit,
            total=cents,
            baseline=desk.bounds.baseline(cents),
            split=_split(desk, decision, cents, desk.bounds),
            potential=_potential(desk, decision, cents),
            period_days=period_days,
        )
    )


def plan_to_marginal_roi(
    days: pd.DataFrame,
    target: float = 0.0,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    locked: Collection[str] = (),
) -> BudgetPlan:
    """Return the plan that spends, within bounds, as long as a further unit earns `target` on itself.

    The total follows from it. A target of 0 spends as long as money comes back, which is the most
    profitable total; 0.2 stops where a further unit brings less than 1.2. A channel moves only with a
    probability of 0.8 that its marginal ROI is on that side of the target. Raises as `plan` does.
    """
    desk = _desk(days, change_limit, period_days, locked)
    if not desk.known.channels:
        return empty_plan(0, period_days, desk.history.left_out)
    decision = _decide_against(desk, 1 + target)
    wanted = _at_marginal(desk, max(1 + target, 1e-9))
    split = np.where(decision.is_free, wanted, desk.bounds.today)
    ...


def frontier(
    days: pd.DataFrame,
    change_limit: float = 0.3,
    period_days: int = 28,
    *,
    points: int = 31,
    locked: Collection[str] = (),
) -> tuple[FrontierPoint, ...]:
    """Return what totals from the lower to the upper limits would bring, each split best.

    The best guess decides the splits, whatever its certainty. Raises as `plan` does.
    """
