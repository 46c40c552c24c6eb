"""The same account by days and by weeks fires the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.forecasting.account import Account
from services.insights import advise
from tests.insights.simulated import Kind, account, changed
from tests.insights.values import plan_of, prediction
from tests.insights.weekly import spread, summed

COMPARED = {"winner", "loser", "unprofitable", "trend", "anomaly", "funnel", "budget_overrun"}


def fired(days: pd.DataFrame, grain: str | None = None) -> set[tuple[str, str, str]]:
    """Return rule, channel and severity of all recommendations that do not need single days."""
    return {
        (r["rule_id"], r["channel"], r["severity"])
        for r in advice(days, grain)[1:]
        if r["rule_id"] in COMPARED
    }


def advice(days: pd.DataFrame, grain: str | None = None) -> list[dict[str, Any]]:
    known = Account(grain=dict.fromkeys(days["channel"].unique(), grain)) if grain else None
    return advise(days, prediction(days), plan_of(), currency="EUR", account=known)


def decline(days: pd.DataFrame) -> pd.DataFrame:
    age = (days["date"].max() - days["date"]).dt.days
    factor = np.where(days["channel"] == "Channel 1", 1 - 0.45 * (1 - age / 182).clip(lower=0), 1.0)
    return days.assign(
        conversions=(days["conversions"] * factor).round(), revenue=(days["revenue"] * factor).round(2)
    )


MORE = dict.fromkeys(("cost", "impressions", "clicks", "conversions", "revenue"), 1.8)
WORLDS: Mapping[str, Any] = {
    "nothing happens": lambda seed: account(seed, Kind(channels=4, orders_per_day=150)),
    "a loss beside winners": lambda seed: account(seed, Kind(channels=3, roas=(0.5, 3.0, 6.0))),
    "ROI falls": lambda seed: changed(
        account(seed, Kind(channels=3, orders_per_day=150)), "Channel 1", 28, conversions=0.6, revenue=0.6
    ),
    "CTR collapses": lambda seed: changed(
        account(seed, Kind(channels=3, orders_per_day=150)),
        "Channel 2",
        14,
        clicks=0.4,
        conversions=0.4,
        revenue=0.4,
    ),
    "spend rises": lambda seed: changed(account(seed, Kind(channels=3)), "Channel 1", 14, **MORE),
    "ROI declines": lambda seed: decline(account(seed, Kind(channels=3, orders_per_day=300, demand=0.03))),
}
EXPECTED = {
    "nothing happens": set(),
    "a loss beside winners": {"winner", "loser", "unprofitable"},
    "ROI falls": {"anomaly"},
    "CTR collapses": {"anomaly"},
    "spend rises": {"budget_overrun"},
    "ROI declines": {"trend"},
}


@pytest.mark.parametrize("seed", [41, 42, 43])
@pytest.mark.parametrize("world", WORLDS)
def test_the_same_account_by_day_and_by_week_fires_the_same_rules(world: str, seed: int) -> None:
    days = WORLDS[world](seed)

    by_day, by_week = fired(days), fired(spread(days), "week")

    assert EXPECTED[world] <= {rule for rule, _, _ in by_week}
    assert by_day == by_week


def test_weeks_on_one_day_are_recognised_and_compared() -> None:
    days = account(5, Kind(channels=3, days=406, roas=(0.4, 3.0, 3.0)))

    records = advice(summed(days))

    rules = {(r["rule_id"], r["channel"]) for r in records[1:]}
    assert {("loser", "Channel 1"), ("unprofitable", "Channel 1")} <= rules
    assert "within chance" not in records[0]["channel_comparison"]["analysis"]["en"]


def test_months_on_one_day_are_recognised() -> None:
    days = account(5, Kind(channels=2, days=760, roas=(0.4, 4.0)))
    months = days.groupby(["channel", days["date"].dt.to_period("M")], as_index=False).agg(
        {"date": "min", **dict.fromkeys(("impressions", "clicks", "conversions", "cost", "revenue"), "sum")}
    )

    rules = {(r["rule_id"], r["channel"]) for r in advice(months)[1:]}

    assert ("unprofitable", "Channel 1") in rules


@pytest.mark.parametrize("days", [3, 20])
def test_channels_with_too_little_data_are_not_called_equal(days: int) -> None:
    young = account(1, Kind(days=days, roas=(0.4, 6.0)))

    analysis = advice(young)[0]["channel_comparison"]["analysis"]["en"]

    assert "too few weeks" in analysis
