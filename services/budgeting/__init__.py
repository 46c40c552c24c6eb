"""Response curves, exact allocation and the budget plan. Reads frames, needs no database.

history -> channel_series -> response, shapes    what each channel's past says
estimation, posterior                            all channels together, with draws
decision, allocation, bounds                     who may move, and the exact best split
planning -> reporting, notes, words              the plan that people read
"""

from services.budgeting.budget_plan import Action, Basis, BudgetPlan, Effect, FrontierPoint, Share
from services.budgeting.planning import frontier, plan, plan_to_marginal_roi

__all__ = [
    "Action",
    "Basis",
    "BudgetPlan",
    "Effect",
    "FrontierPoint",
    "Share",
    "frontier",
    "plan",
    "plan_to_marginal_roi",
]
