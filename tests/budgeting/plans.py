"""Accounts of known truth and their plans, and what is true of every plan."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from services.budgeting import plan
from tests.budgeting.accounts import account

SEEDS = (1, 2, 3)
made_up = pytest.mark.parametrize("seed", SEEDS)


@cache
def days(kind="rich", seed=1):
    return account(kind, seed).days


@cache
def todays_plan(kind="rich", seed=1):
    return plan(days(kind, seed), None)


def assert_adds_up(budget):
    assert sum(share.recommended for share in budget.shares) + budget.unspent == budget.total
    assert all(share.lower <= share.recommended <= share.upper for share in budget.shares)
    assert budget.unspent >= 0


def one_channel(cost, revenue, name="a", start="2026-01-01"):
    dates = pd.date_range(start, periods=len(cost))
    return pd.DataFrame({"channel": name, "date": dates, "cost": cost, "revenue": revenue})


def moves(budget):
    return {s.channel: (s.recommended, s.action, s.p_increase, s.effect) for s in budget.shares}


def says(budget, words):
    return any(words in note.en for note in budget.notes)
