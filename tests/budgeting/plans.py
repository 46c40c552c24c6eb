"""Accounts of known truth and their plans, and what is true of every plan."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from services.budgeting import plan
from services.budgeting.budget_plan import BudgetPlan
from tests.budgeting.accounts import Kind, account

SEEDS = (1, 2, 3)
made_up = pytest.mark.parametrize("seed", SEEDS)


@cache
def days(kind: Kind = "rich", seed: int = 1) -> pd.DataFrame:
    return account(kind, seed).days


@cache
def todays_plan(kind: Kind = "rich", seed: int = 1) -> BudgetPlan:
    return plan(days(kind, seed), None)


def assert_adds_up(budget: BudgetPlan) -> None:
    assert sum(share.recommended for share in budget.shares) + budget.unspent == budget.total
    assert all(share.lower <= share.recommended <= share.upper for share in budget.shares)
    assert budget.unspent >= 0


def one_channel(
    cost: list[float] | npt.NDArray[np.floating],
    revenue: list[float] | npt.NDArray[np.floating] | float,
    name: str = "a",
    start: str = "2026-01-01",
) -> pd.DataFrame:
    dates = pd.date_range(start, periods=len(cost))
    return pd.DataFrame({"channel": name, "date": dates, "cost": cost, "revenue": revenue})


def moves(budget: BudgetPlan) -> dict[str, tuple[object, ...]]:
    return {s.channel: (s.recommended, s.action, s.p_increase, s.effect) for s in budget.shares}


def says(budget: BudgetPlan, words: str) -> bool:
    return any(words in note.en for note in budget.notes)
