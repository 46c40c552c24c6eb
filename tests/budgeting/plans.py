"""Accounts of known truth and their plans, and what is true of every plan."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from services.budgeting import plan
from services.budgeting.budget_plan import BudgetPlan
from services.numerics import Floats
from tests.budgeting.accounts import account

SEEDS = (1, 2, 3)
made_up = pytest.mark.parametrize("seed", SEEDS)


@cache
def days(kind: str = "rich", seed: int = 1):
    return account(kind, seed).days


@cache
def todays_plan(kind: str = "rich", seed: int = 1):
    return plan(days(kind, seed), None)


def assert_adds_up(budget: BudgetPlan) -> None:
    assert sum(share.recommended for share in budget.shares) + budget.unspent == budget.total
    assert all(share.lower <= share.recommended <= share.upper for share in budget.shares)
    assert budget.unspent >= 0


def one_channel(
    cost: list[float] | Floats,
    revenue: list[float] | Floats | float,
    name: str = "a",
    start: str = "2026-01-01",
) -> pd.DataFrame:
    dates = pd.date_range(start, periods=len(cost))
    return pd.DataFrame({"channel": name, "date": dates, "cost": cost, "revenue": revenue})


def moves(budget: BudgetPlan):
    return {s.channel: (s.recommended, s.action, s.p_increase, s.effect) for s in budget.shares}


def says(budget: BudgetPlan, words: str) -> bool:
    return any(words in note.en for note in budget.notes)
