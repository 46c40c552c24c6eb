"""Response curves, exact allocation and the budget plan. Reads frames, needs no database.

history -> channel_series -> response, shapes    likelihood of each channel's elasticity
estimation, posterior                            elasticities of all channels, with posterior draws
decision, allocation, bounds                     channels that may move, and the optimal split
planning -> reporting, notes, words              the plan with its effect and its texts
"""

from services.budgeting.budget_plan import (
    Action,
    Basis,
    BudgetPlan,
    Effect,
    FrontierPoint,
    Option,
    Share,
    Step,
)
from services.budgeting.planning import frontier, plan, plan_to_marginal_roi
from services.planner.curves import Verdict

__all__ = [
    "Action",
    "Basis",
    "BudgetPlan",
    "Effect",
    "FrontierPoint",
    "Option",
    "Share",
    "Step",
    "Verdict",
    "frontier",
    "plan",
    "plan_to_marginal_roi",
]
