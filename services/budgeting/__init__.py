"""Response curves, exact allocation and the budget plan. Reads frames, needs no database."""

from services.budgeting.budget_plan import Action, BudgetPlan, Effect, Share

__all__ = ["Action", "BudgetPlan", "Effect", "Share"]
