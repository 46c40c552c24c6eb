"""Recent changes: ROI, the steps of the funnel, spend. Each is named with the number that was injected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.insights.simulated import Kind, account, changed
from tests.insights.values import advised, of_rule

CHANNEL = "Channel 2"
ACCOUNTS = 40


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(3, Kind(demand=0.03, orders_per_day=300))


def roas_factor(record: Mapping[str, Any]) -> float:
    return float((1 + record["value"]) / (1 + record["baseline"]))


@pytest.mark.parametrize("last", [14, 28])
def test_a_fall_of_roi_by_40_percent_is_named(quiet: pd.DataFrame, last: int) -> None:
    records = advised(changed(quiet, CHANNEL, last, conversions=0.6, revenue=0.6))

    [anomaly] = of_rule(records, "anomaly")
    assert anomaly["channel"] == CHANNEL
    assert roas_factor(anomaly) == pytest.approx(0.6, abs=0.08)
    assert abs(anomaly["evidence"]["n_days"] - last) <= 7


def test_what_a_fall_costs_in_28_days_is_at_stake_and_promises_no_gain(quiet: pd.DataFrame) -> None:
    [anomaly] = of_rule(advised(changed(quiet, CHANNEL, 28, revenue=0.6)), "anomaly")

    recent = quiet[(quiet["channel"] == CHANNEL)].tail(28)
    stake = anomaly["evidence"]["at_stake"]
    assert stake["p50"] == pytest.approx(-0.4 * recent["revenue"].sum(), rel=0.25)
    assert stake["p10"] < stake["p50"] < stake["p90"] < 0
    assert anomaly["expected_impact"]["p50"] is None
    assert anomaly["evidence"]["probability"] is None
    assert 0 <= anomaly["evidence"]["chance"] <= 0.03
    assert "sync" in anomaly["evidence_text"]["en"]


def test_the_step_that_caused_a_fall_is_named(quiet: pd.DataFrame) -> None:
    records = advised(changed(quiet, CHANNEL, 28, revenue=0.6))

    [anomaly] = of_rule(records, "anomaly")
    parts = anomaly["evidence"]["decomposition"]
    assert min(parts, key=parts.get) == "order_value"
    assert "each conversion brings less" in anomaly["sentence"]["en"]
    assert not of_rule(records, "funnel")


def test_a_rise_of_roi_promises_no_gain(quiet: pd.DataFrame) -> None:
    [anomaly] = of_rule(advised(changed(quiet, CHANNEL, 28, revenue=1.6)), "anomaly")

    assert anomaly["severity"] == "opportunity"
    assert anomaly["expected_impact"]["p50"] is None


@pytest.mark.parametrize("last", [7, 14])
def test_a_collapse_of_ctr_is_told_once_inside_the_alarm_of_roi(quiet: pd.DataFrame, last: int) -> None:
    records = advised(changed(quiet, CHANNEL, last, clicks=0.4, conversions=0.4, revenue=0.4))

    [alarm] = of_rule(records, "anomaly")
    [cause] = alarm["evidence"]["causes"]
    assert not of_rule(records, "funnel")
    assert (alarm["channel"], cause["metric"]) == (CHANNEL, "ctr")
    assert cause["value"] / cause["baseline"] == pytest.approx(0.4, abs=0.06)
    assert cause["action"] == "renew_creative"
    assert "Renew the ads." in alarm["sentence"]["en"]
    assert "Обновите объявления." in alarm["sentence"]["ru"]


def test_a_collapse_of_ctr_without_a_loss_of_roi_stands_alone(quiet: pd.DataFrame) -> None:
    records = advised(changed(quiet, CHANNEL, 14, clicks=0.4))

    [funnel] = of_rule(records, "funnel")
    assert not of_rule(records, "anomaly")
    assert (funnel["channel"], funnel["metric"]) == (CHANNEL, "ctr")
    assert funnel["action"]["type"] == "renew_creative"
    assert funnel["expected_impact"]["p50"] is None
    assert funnel["evidence"]["at_stake"]["p50"] < 0


def test_a_fall_of_conversion_calls_for_a_look_at_the_landing_page(quiet: pd.DataFrame) -> None:
    [alarm] = of_rule(advised(changed(quiet, CHANNEL, 21, conversions=0.5, revenue=0.5)), "anomaly")

    [cause] = alarm["evidence"]["causes"]
    assert (cause["metric"], cause["action"]) == ("conversion", "check_landing_page")
    assert cause["value"] / cause["baseline"] == pytest.approx(0.5, abs=0.08)


def test_dearer_impressions_are_told_per_thousand(quiet: pd.DataFrame) -> None:
    days = changed(quiet, CHANNEL, 14, impressions=0.6)

    [funnel] = of_rule(advised(days), "funnel")

    rows = days[days["channel"] == CHANNEL].tail(funnel["evidence"]["n_days"])
    assert funnel["metric"] == "cpm"
    assert funnel["evidence"]["measured"] == pytest.approx(
        1000 * rows["cost"].sum() / rows["impressions"].sum(), rel=1e-3
    )
    assert funnel["value"] / funnel["baseline"] == pytest.approx(1 / 0.6, rel=0.06)
    assert funnel["evidence"]["at_stake"]["p50"] > 0


# The spend of a single day says less of how much more it was meant to be, so there it varies little.
@pytest.mark.parametrize(("last", "factor", "noise"), [(7, 1.8, 0.15), (14, 1.6, 0.15), (1, 3.0, 0.05)])
def test_an_overrun_of_spend_is_named_within_20_percent(last: int, factor: float, noise: float) -> None:
    every = dict.fromkeys(("cost", "impressions", "clicks", "conversions", "revenue"), factor)
    found = []
    for seed in range(ACCOUNTS):
        days = account(seed, Kind(channels=1, days=200, spend_noise=noise))
        found += of_rule(advised(changed(days, "Channel 1", last, **every)), "budget_overrun")

    close = [one for one in found if one["value"] / one["baseline"] == pytest.approx(factor, rel=0.2)]
    assert len(close) >= 0.9 * ACCOUNTS
    assert all(one["action"]["to"] == one["baseline"] for one in found)


def test_less_spend_is_no_overrun(quiet: pd.DataFrame) -> None:
    every = dict.fromkeys(("cost", "impressions", "clicks", "conversions", "revenue"), 0.4)

    assert not of_rule(advised(changed(quiet, CHANNEL, 14, **every)), "budget_overrun")


def test_the_usual_of_one_day_is_that_of_its_weekday() -> None:
    days = account(4, Kind(channels=1, days=203, spend_noise=0.05))
    weekend = days["date"].dt.day_of_week == days["date"].max().day_of_week
    days.loc[weekend, ["cost", "impressions", "clicks", "conversions", "revenue"]] *= 3

    assert not of_rule(advised(days), "budget_overrun")


def test_a_steady_decline_is_a_trend_and_no_sudden_change() -> None:
    days = account(6, Kind(channels=3, demand=0.03, orders_per_day=300))
    age = (days["date"].max() - days["date"]).dt.days
    decline = np.where(days["channel"] == CHANNEL, 1 - 0.45 * (1 - age / 182).clip(lower=0), 1.0)
    days = days.assign(conversions=days["conversions"] * decline, revenue=days["revenue"] * decline)

    records = advised(days)

    [trend] = of_rule(records, "trend")
    assert trend["channel"] == CHANNEL
    assert roas_factor(trend) == pytest.approx(0.55, abs=0.08)
    low, high = trend["evidence"]["change_interval"]
    assert low < high < 0
