"""What the budget plan turns into: a move of money, saturated channels, spend tests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from services.budgeting.budget_plan import BudgetPlan, Effect, Option, Step
from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule, plan_of, share

TAKER = share(
    "Channel 1",
    recommended=Decimal(1300),
    action="increase",
    marginal_roi_before=0.9,
    marginal_roi_after=0.6,
    p_increase=0.95,
)
GIVER = share(
    "Channel 2",
    recommended=Decimal(700),
    action="decrease",
    marginal_roi_before=0.1,
    marginal_roi_after=0.4,
    p_increase=0.04,
)


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(1)


def moving(days: pd.DataFrame, gain: float, p_improves: float) -> BudgetPlan:
    recent = days[days["date"] > days["date"].max() - pd.Timedelta(days=28)]
    revenue = float(recent["revenue"].sum())
    effect = Effect(0.5 * gain * revenue, gain * revenue, 1.5 * gain * revenue)
    return plan_of(TAKER, GIVER, share("Channel 3"), effect=effect, p_improves=p_improves)


def test_a_move_of_money_is_told_with_marginal_roi_before_and_after(quiet: pd.DataFrame) -> None:
    plan = moving(quiet, 0.05, 0.97)

    records = advised(quiet, plan)

    [shift] = of_rule(records, "budget_shift")
    assert shift["channel"] == "Channel 1"
    assert shift["action"] == {
        "type": "shift_budget",
        "from": {"Channel 1": 1000.0, "Channel 2": 1000.0},
        "to": {"Channel 1": 1300.0, "Channel 2": 700.0},
    }
    assert (shift["value"], shift["baseline"]) == (0.9, 0.1)
    assert shift["expected_impact"]["p50"] == pytest.approx(plan.effect.p50)
    assert "Channel 1 90 % → 60 %" in shift["evidence_text"]["en"].replace("\u00a0", " ")
    assert records[0]["recommendations"]["budget_allocation"] == shift["sentence"]


def test_an_option_is_told_with_its_range_and_not_as_advice(quiet: pd.DataFrame) -> None:
    steps = (Step("Channel 1", Decimal(300)), Step("Channel 2", Decimal(-300)))
    option = Option(steps, Effect(400.0, 2935.0, 5100.0), 0.85)
    plan = replace(plan_of(share("Channel 1"), share("Channel 2")), verdict="option", option=option)

    [summary] = advised(quiet, plan)

    told = summary["recommendations"]["budget_allocation"]
    assert "An option, not advised" in told["en"]
    assert "+2,935\u00a0EUR (80\u00a0% range: +400\u00a0EUR to +5,100\u00a0EUR" in told["en"]
    assert "не рекомендуемый" in told["ru"]
    assert "Channel 1 +300" in told["en"]


def test_the_plan_decides_and_no_rule_decides_again(quiet: pd.DataFrame) -> None:
    plan = replace(moving(quiet, 0.0001, 0.5), verdict="move")

    assert len(of_rule(advised(quiet, plan), "budget_shift")) == 1


def test_a_plan_that_keeps_the_split_says_so(quiet: pd.DataFrame) -> None:
    [summary] = advised(quiet, plan_of(share("Channel 1"), share("Channel 2")))

    assert "Keep today's split" in summary["recommendations"]["budget_allocation"]["en"]


def test_a_larger_total_alone_moves_nothing(quiet: pd.DataFrame) -> None:
    raised = [share(f"Channel {n}", recommended=Decimal(1200), action="hold") for n in (1, 2)]

    assert not of_rule(advised(quiet, plan_of(*raised)), "budget_shift")


def test_a_saturated_channel_is_named_with_what_its_last_money_brings_back(quiet: pd.DataFrame) -> None:
    flat = share(
        "Channel 2", marginal_roi_before=-0.6, marginal_roi_low=-0.8, marginal_roi_high=-0.4, p_pays=0.01
    )

    [saturated] = of_rule(advised(quiet, plan_of(share("Channel 1"), flat)), "saturated")

    assert saturated["channel"] == "Channel 2"
    assert saturated["value"] == -0.6
    sentence = saturated["sentence"]["en"].replace("\u00a0", " ")
    assert "the last 100 EUR bring back only 40 EUR, while each 100 EUR brings back" in sentence


def test_a_channel_that_loses_on_average_is_not_called_saturated() -> None:
    days = account(1, Kind(roas=(3.0, 0.8)))
    flat = share(
        "Channel 2", marginal_roi_before=-0.6, marginal_roi_low=-0.8, marginal_roi_high=-0.4, p_pays=0.01
    )

    assert not of_rule(advised(days, plan_of(share("Channel 1"), flat)), "saturated")


def test_saturation_that_is_only_assumed_is_not_told(quiet: pd.DataFrame) -> None:
    assumed = share("Channel 2", marginal_roi_before=-0.6, p_pays=0.01, basis="assumed")

    assert not of_rule(advised(quiet, plan_of(assumed)), "saturated")


def test_a_spend_test_says_which_effect_it_would_show(quiet: pd.DataFrame) -> None:
    promising = share("Channel 3", action="test", p_increase=0.7, marginal_roi_before=1.0, basis="assumed")

    steady = account(1, Kind(orders_per_day=3000, demand=0.01, persistence=0.2))
    spend = daily_spend(steady, "Channel 3") * 28
    promising = replace(promising, current=spend, recommended=spend)

    [test] = of_rule(advised(steady, plan_of(promising)), "headroom")

    gain = 0.3 * test["action"]["from"] * 7 * test["evidence"]["weeks"] * 2
    assert test["action"]["to"] == pytest.approx(1.3 * test["action"]["from"])
    assert 0 < test["evidence"]["visible_effect"] <= gain
    assert test["expected_impact"]["period_days"] == 7 * test["evidence"]["weeks"]
    assert "would show in these weeks" in test["evidence_text"]["en"]


def test_a_noisier_channel_is_tested_for_longer_or_not_at_all() -> None:
    weeks = []
    for demand in (0.01, 0.1, 0.8):
        days = account(1, Kind(orders_per_day=3000, demand=demand, persistence=0.5))
        spend = daily_spend(days, "Channel 3") * 28
        promising = share(
            "Channel 3",
            action="test",
            current=spend,
            recommended=spend,
            marginal_roi_before=0.2,
            basis="assumed",
        )
        found = of_rule(advised(days, plan_of(promising)), "headroom")
        weeks.append(found[0]["evidence"]["weeks"] if found else 99)

    assert weeks == sorted(weeks)
    assert weeks[0] < weeks[-1] == 99


def daily_spend(days: pd.DataFrame, channel: str) -> Decimal:
    return Decimal(str(round(float(days[days["channel"] == channel].tail(28)["cost"].mean()), 2)))
