"""The one decision on the budget: which limits a move of money passes, and what luck is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from services.budgeting import plan
from services.budgeting.decision import ENOUGH, SURE, luck
from services.budgeting.plan_inputs import LEAST_DAYS
from tests.budgeting.accounts import KINDS, account


def test_a_plan_that_moves_money_passes_all_limits() -> None:
    plans = [plan(account(kind, seed).days, None) for kind in KINDS for seed in range(900, 904)]

    for made in plans:
        is_moved = any(share.recommended != share.current for share in made.shares)
        assert is_moved == (made.verdict == "move")
        if is_moved:
            assert made.p_improves >= SURE
            assert made.option is None
        if made.option is not None:
            assert made.verdict == "option"
            assert made.option.p_improves >= ENOUGH
            assert sum(step.change for step in made.option.steps) == 0
            assert made.option.effect.p10 <= made.option.effect.p50 <= made.option.effect.p90


@pytest.mark.parametrize("days", [LEAST_DAYS - 1, LEAST_DAYS])
def test_no_money_moves_before_there_are_days_for_a_forecast(days: int) -> None:
    made = [account("rich", seed).days for seed in range(900, 906)]
    verdicts = {
        plan(one[one["date"] > one["date"].max() - pd.Timedelta(days=days)], None).verdict for one in made
    }

    assert (verdicts == {"keep"}) == (days < LEAST_DAYS)


def test_luck_is_what_equal_channels_seem_to_gain() -> None:
    """Gains of equal channels by chance exceed the limit in one of forty accounts."""
    rng = np.random.default_rng(8)
    error, gains = rng.uniform(0.05, 0.2, 12), rng.uniform(300, 900, 12)
    apparent = np.abs(rng.standard_normal((40_000, 12)) * error * gains).sum(axis=1)

    assert np.mean(apparent > luck(gains, error)) == pytest.approx(0.025, abs=0.01)
