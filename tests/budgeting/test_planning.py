from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting import plan
from services.budgeting.bounds import InvalidChangeLimitError, InvalidPeriodError, InvalidTotalError
from services.budgeting.budget_plan import BudgetPlan, Share
from tests.budgeting.accounts import KINDS, Account, Kind, account
from tests.budgeting.plans import SEEDS, assert_adds_up, days, made_up, moves, one_channel, says, todays_plan


@pytest.mark.parametrize("kind", KINDS)
@made_up
def test_todays_total_is_split_to_the_cent_within_bounds(kind: Kind, seed: int) -> None:
    budget = todays_plan(kind, seed)
    cost = days(kind, seed).groupby("channel")["cost"].agg(lambda spent: spent.tail(28).sum())

    assert_adds_up(budget)
    assert budget.unspent == 0
    assert {s.channel: float(s.current) for s in budget.shares} == pytest.approx(cost.to_dict(), abs=0.005)
    assert all(s.upper <= Decimal("1.3") * s.current for s in budget.shares)


@settings(max_examples=12, deadline=None)
@given(part=st.floats(0, 3), cents=st.integers(0, 99), seed=st.sampled_from(SEEDS))
def test_any_total_is_split_to_the_cent(part: float, cents: int, seed: int) -> None:
    total = (Decimal(part) * todays_plan("short", seed).total).quantize(Decimal(1)) + Decimal(cents) / 100

    budget = plan(days("short", seed), total)

    assert budget.total == total
    assert_adds_up(budget)


@pytest.mark.parametrize("kind", KINDS)
@made_up
def test_modelled_revenue_is_never_below_todays(kind: Kind, seed: int) -> None:
    budget = todays_plan(kind, seed)

    assert budget.effect.p50 >= 0
    assert budget.effect.p10 <= budget.effect.p50 <= budget.effect.p90
    assert sum(_change(share) for share in budget.shares) >= -0.01 * len(budget.shares)


def _change(share: Share) -> float:
    """Revenue of the best guess at the plan's spend minus today's, from the marginal ROI alone."""
    if share.elasticity is None:
        return 0.0
    assert share.marginal_roi_before is not None
    x0, x = float(share.current), float(share.recommended)
    k = x0 * share.elasticity / (1 - share.elasticity)
    revenue = (share.marginal_roi_before + 1) * x0 / share.elasticity
    ceiling = revenue * (x0 + k) / x0
    return ceiling * x / (x + k) - revenue


def test_channels_inside_their_bounds_share_one_marginal_roi() -> None:
    inside = [_marginal_inside(todays_plan(kind, seed)) for kind in KINDS for seed in SEEDS]

    assert max(len(marginal) for marginal in inside) >= 2
    for marginal in inside:
        assert marginal == pytest.approx(marginal[:1] * len(marginal), abs=1e-4)


def _marginal_inside(budget: BudgetPlan) -> list[float | None]:
    return [
        s.marginal_roi_after
        for s in budget.shares
        if s.action in ("increase", "decrease") and s.lower < s.recommended < s.upper
    ]


@made_up
def test_a_larger_total_never_lowers_a_share(seed: int) -> None:
    today = todays_plan("rich", seed).total
    totals = [
        (today * Decimal(part)).quantize(Decimal("0.01")) for part in (0, 0.3, 0.69, 0.71, 0.9, 1, 1.1, 1.4)
    ]

    plans = [plan(days("rich", seed), total) for total in (*totals, today + Decimal("0.01"))]

    plans.sort(key=lambda budget: budget.total)
    shares = np.array([[s.recommended for s in budget.shares] for budget in plans])
    assert np.all(np.diff(shares, axis=0) >= 0)


@made_up
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    shuffled = days("rich", seed).sample(frac=1, random_state=seed)

    assert plan(shuffled, None) == todays_plan("rich", seed)


@made_up
def test_renaming_the_channels_renames_the_plan_and_nothing_else(seed: int) -> None:
    names = {f"channel {i}": f"channel {9 - i}" for i in range(10)}
    renamed = days("rich", seed).assign(channel=days("rich", seed)["channel"].map(names))

    budget = plan(renamed, None)

    assert moves(budget) == {
        names[channel]: move for channel, move in moves(todays_plan("rich", seed)).items()
    }


@made_up
def test_an_action_needs_a_probability_of_eight_tenths(seed: int) -> None:
    for kind in KINDS:
        for share in todays_plan(kind, seed).shares:
            if share.action == "increase":
                assert share.p_increase >= 0.8
            elif share.action == "decrease":
                assert share.p_increase <= 0.2
            else:
                assert share.recommended == share.current


def test_marginal_roi_is_the_marginal_return_minus_one() -> None:
    days_ = one_channel(np.exp(np.random.default_rng(1).normal(4, 0.3, 200)), 1.0)
    days_["revenue"] = 40 * days_["cost"] ** 0.5

    share = plan(days_, None).shares[0]

    cost, revenue = days_.tail(28)[["cost", "revenue"]].sum()
    assert share.elasticity == pytest.approx(0.5, abs=0.05)
    assert share.marginal_roi_before == pytest.approx(share.elasticity * revenue / cost - 1, rel=0.1)


@made_up
def test_locked_channels_keep_their_budget(seed: int) -> None:
    locked = {"channel 0", "channel 1"}

    budget = plan(days("rich", seed), None, locked=locked)

    assert_adds_up(budget)
    for share in budget.shares:
        if share.channel in locked:
            assert (share.recommended, share.basis, share.action) == (share.current, "locked", "hold")


def test_what_fits_no_limit_stays_unspent_and_is_said() -> None:
    today = todays_plan().total

    budget = plan(days(), 2 * today)

    assert budget.unspent == budget.total - sum(s.upper for s in budget.shares) > 0
    assert says(budget, "stay unspent")


def test_a_total_below_all_limits_cuts_everybody_in_proportion_and_says_so() -> None:
    today = todays_plan().total

    budget = plan(days(), today / 2)

    assert_adds_up(budget)
    assert says(budget, "in proportion")
    assert all(float(s.recommended / s.current) == pytest.approx(0.5, rel=1e-3) for s in budget.shares)


def test_a_total_of_zero_gives_nobody_anything() -> None:
    budget = plan(days(), 0)

    assert budget.total == 0
    assert {s.recommended for s in budget.shares} == {Decimal(0)}
    assert says(budget, "in proportion")


def test_no_freedom_to_change_keeps_todays_split() -> None:
    budget = plan(days(), None, change_limit=0)

    assert all(s.recommended == s.current == s.lower == s.upper for s in budget.shares)


def test_more_freedom_promises_no_less() -> None:
    budget = todays_plan()

    assert budget.potential.p50 >= budget.effect.p50 > 0


@pytest.mark.parametrize("total", [float("nan"), float("inf"), -1, Decimal("NaN"), 1e15])
def test_a_total_that_is_no_amount_is_refused(total: float | Decimal) -> None:
    with pytest.raises(InvalidTotalError):
        plan(days(), total)


@pytest.mark.parametrize("limit", [float("nan"), -0.1, 1.5])
def test_a_change_limit_that_is_no_fraction_is_refused(limit: float) -> None:
    with pytest.raises(InvalidChangeLimitError):
        plan(days(), None, limit)


def test_a_period_without_days_is_refused() -> None:
    with pytest.raises(InvalidPeriodError):
        plan(days(), None, period_days=0)


@pytest.mark.parametrize(
    ("kind", "most"), [("rich", 0.1), ("confounded", 0.15), ("short", 0.2), ("heavy", 0.15)]
)
def test_plans_come_near_the_best_that_was_possible(kind: Kind, most: float) -> None:
    regrets = [regret(account(kind, seed)) for seed in range(20, 32)]

    assert np.median(regrets) <= most


def regret(made: Account) -> float:
    """Return which part of the achievable uplift the plan misses, by the true curves."""
    shares = {s.channel: float(s.recommended) / 28 for s in plan(made.days, None).shares}
    split = np.array([shares[channel] for channel in made.channels])
    return 1 - made.uplift(split) / made.uplift(made.best_split())


@pytest.mark.parametrize("part", [0.7, 0.9, 1.0, 1.2, 1.5])
@pytest.mark.parametrize("seed", [1, 4])
def test_changes_of_revenue_are_against_todays_own_amounts(part: float, seed: int) -> None:
    account = days("rich", seed)
    today = plan(account, None)
    spent = sum(share.current for share in today.shares)

    made = plan(account, float(spent) * part)

    for share in made.shares:
        change = share.recommended - share.current
        if share.revenue_change is not None and share.basis in {"estimated", "assumed"}:
            assert (share.revenue_change.p50 > 0) == (change > 0)
    assert made.gain is not None
    assert made.profit is not None
    extra = float(made.total - made.unspent - spent)
    assert made.profit.p50 == pytest.approx(made.gain.p50 - extra, abs=0.01)


def test_roi_at_the_recommended_amount_is_the_mean_of_its_curve() -> None:
    account = days("rich", 2)
    spent = sum(share.current for share in plan(account, None).shares)

    made = plan(account, 1.2 * float(spent))

    moved = [share for share in made.shares if share.recommended > share.current]
    assert moved
    for share in moved:
        assert share.roi_now is not None
        assert share.roi_then is not None
        assert share.marginal_roi_after is not None
        assert share.marginal_roi_after < share.roi_then < share.roi_now


def test_without_another_total_the_gain_is_the_effect() -> None:
    made = plan(days("rich", 3), None)

    assert made.gain == made.effect


@pytest.mark.parametrize("n_days", [1, 5, 20, 28, 40])
def test_the_spend_of_a_short_history_is_scaled_to_the_period(n_days: int) -> None:
    account = days("rich", 5)
    newest = account[account["date"] > account["date"].max() - pd.Timedelta(days=n_days)]

    made = plan(newest, None)

    spent = newest[newest["date"] > newest["date"].max() - pd.Timedelta(days=28)]["cost"].sum()
    assert float(made.total) == pytest.approx(spent * 28 / min(n_days, 28), rel=1e-6)
    assert made.data_days == n_days
