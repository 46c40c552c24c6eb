"""What holds for all advice: plain JSON, both languages, a fixed order, and no failure on odd data."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.budgeting import plan
from services.budgeting.budget_plan import BudgetPlan, Effect
from services.insights.recommendation import SEVERITIES
from tests.insights.simulated import Kind, account, changed, segments
from tests.insights.values import advised, plan_of, share, texts

COUNTS = ["impressions", "clicks", "conversions", "cost", "revenue"]
KEYS = {
    *("rule_id", "channel", "severity", "metric", "value", "baseline", "interval", "evidence"),
    *("expected_impact", "confidence", "action", "caveat", "sentence", "evidence_text"),
}


def eventful_days() -> pd.DataFrame:
    """An account in which nearly every rule has something to say."""
    days = account(
        2, Kind(channels=9, roas=(3.0, 3.0, 3.0, 3.0, 0.5, 6.0, 3.0, 3.0, 3.0), orders_per_day=300)
    )
    days = changed(days, "Channel 1", 21, conversions=0.6, revenue=0.6)
    days = changed(days, "Channel 2", 10, clicks=0.4, conversions=0.4, revenue=0.4)
    days = changed(days, "Channel 3", 10, cost=2, impressions=2, clicks=2, conversions=2, revenue=2)
    days = changed(days, "Channel 4", 21, impressions=0.5, clicks=0.5, conversions=0.5, revenue=0.5)
    days = changed(days, "Channel 9", 28, revenue=1.7)
    days = changed(days, "Channel 6", 12, impressions=0.5)
    decline = 0.5 + 0.5 * np.minimum((days["date"].max() - days["date"]).dt.days / 182, 1)
    days.loc[days["channel"] == "Channel 7", "revenue"] *= decline
    days.loc[days["channel"] == "Channel 8", "cost"] = 500.0
    days.loc[20, "revenue"] = float("nan")
    gap = (days["channel"] == "Channel 6") & (days["date"] > days["date"].max() - pd.Timedelta(days=6))
    kept: pd.DataFrame = days[~gap]
    return kept


def eventful_plan() -> BudgetPlan:
    large = {"current": Decimal(150_000), "recommended": Decimal(150_000)}
    return plan_of(
        share("Channel 1", recommended=Decimal(1300), action="increase", p_increase=0.97),
        share("Channel 2", recommended=Decimal(700), action="decrease", p_increase=0.02),
        share("Channel 3", marginal_roi_before=-0.5, marginal_roi_high=-0.2, p_pays=0.03),
        share("Channel 4", action="test", p_increase=0.7, basis="assumed", **large),
        effect=Effect(4e5, 8e5, 1.2e6),
        p_improves=0.97,
    )


@pytest.fixture(scope="module")
def eventful() -> list[dict[str, Any]]:
    days = eventful_days()
    quality = pd.DataFrame(
        {
            "channel": ["Channel 1"],
            "rows": [100],
            "clicks_over_impressions": [9],
            "conversions_over_clicks": [7],
        }
    )
    plan = eventful_plan()
    return advised(days, plan, segments=segments(days, 1, lift=1.6), quality=quality, skill=-0.1)


def test_only_actions_with_a_known_effect_have_an_impact(eventful: list[dict[str, Any]]) -> None:
    with_impact = {r["rule_id"] for r in eventful[1:] if r["expected_impact"]["p50"] is not None}

    assert with_impact == {"budget_shift", "saturated", "headroom", "unprofitable"}


def test_a_tested_finding_has_its_chance_and_no_probability(eventful: list[dict[str, Any]]) -> None:
    tested = {"anomaly", "funnel", "budget_overrun", "trend", "segment"}
    for record in eventful[1:]:
        evidence = record["evidence"]
        assert (evidence["chance"] is not None) == (record["rule_id"] in tested)
        if record["rule_id"] in tested:
            assert evidence["probability"] is None
            assert 0 <= evidence["chance"] <= 0.05


def test_a_cause_is_told_once_in_a_channel(eventful: list[dict[str, Any]]) -> None:
    fallen = {
        r["channel"] for r in eventful[1:] if r["rule_id"] == "anomaly" and r["severity"] != "opportunity"
    }
    steps = {r["channel"] for r in eventful[1:] if r["rule_id"] == "funnel"}

    assert fallen
    assert steps
    assert not fallen & steps


def test_every_rule_speaks_in_an_eventful_account(eventful: list[dict[str, Any]]) -> None:
    assert {record["rule_id"] for record in eventful} == {
        *("summary", "anomaly", "funnel", "budget_overrun", "trend", "winner", "loser", "unprofitable"),
        *("budget_shift", "saturated", "headroom", "segment", "forecast_accuracy", "data_quality"),
    }


def test_records_are_strict_json_with_all_their_parts(eventful: list[dict[str, Any]]) -> None:
    assert json.loads(json.dumps(eventful, allow_nan=False)) == eventful
    for record in eventful[1:]:
        assert set(record) == KEYS
        assert set(record["action"]) == {"type", "from", "to"}
        assert {"p10", "p50", "p90"} <= set(record["expected_impact"])
        assert {"window", "n_days", "probability"} <= set(record["evidence"])
        assert record["severity"] in SEVERITIES
        assert record["confidence"] in {"high", "medium", "low"}


def test_every_sentence_exists_in_both_languages_without_open_fields(eventful: list[dict[str, Any]]) -> None:
    for text in texts(eventful):
        assert bool(text["en"]) == bool(text["ru"])
        assert not re.search(r"[{}]|nan|None", text["en"] + text["ru"])
        assert not re.search(r"[а-я]", text["en"], re.IGNORECASE)
        assert not text["ru"] or re.search(r"[а-я]", text["ru"], re.IGNORECASE)
    for record in eventful[1:]:
        assert record["sentence"]["en"].endswith((".", "?"))
        assert record["evidence_text"]["en"].endswith(".")


def test_what_is_worth_most_comes_first(eventful: list[dict[str, Any]]) -> None:
    worth = [
        (record["expected_impact"]["p50"] or 0.0) * (record["evidence"]["probability"] or 1.0)
        for record in eventful[1:]
    ]

    assert worth == sorted(worth, reverse=True)
    assert eventful[0]["recommendations"]["priority_actions"] == [r["sentence"] for r in eventful[1:4]]


def test_the_order_of_the_rows_changes_nothing(eventful: list[dict[str, Any]]) -> None:
    days = eventful_days()
    mixed = days.sample(frac=1.0, random_state=1)
    plan = eventful_plan()

    assert advised(mixed, plan) == advised(days, plan)


def test_the_names_of_the_channels_change_nothing_but_names() -> None:
    days = changed(account(4, Kind(channels=3, orders_per_day=300)), "Channel 1", 21, revenue=0.6)
    names = {"Channel 1": "Zoo", "Channel 2": "Middle", "Channel 3": "Alpha"}

    plain, renamed = advised(days), advised(days.assign(channel=days["channel"].map(names)))

    def key(records: list[dict[str, Any]], new: dict[str, str]) -> list[tuple[Any, ...]]:
        return [(r["rule_id"], new.get(r["channel"], r["channel"]), r["value"]) for r in records[1:]]

    assert key(plain, names) == key(renamed, {})


def test_the_frames_handed_in_stay_as_they_were() -> None:
    days = account(1, Kind(days=90))
    before = days.copy()

    advised(days, segments=segments(days, 1))

    pd.testing.assert_frame_equal(days, before)


@pytest.mark.parametrize("days", [1, 2, 6, 7, 20, 29, 60])
@pytest.mark.parametrize("channels", [1, 3])
def test_short_histories_are_no_trouble(days: int, channels: int) -> None:
    frame = account(1, Kind(days=days, channels=channels))

    records = advised(frame, plan_of(share("Channel 1")), segments=segments(frame, 1))

    assert json.dumps(records, allow_nan=False)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf"), -5.0, 1e14])
@pytest.mark.parametrize("column", COUNTS)
def test_columns_of_one_odd_value_are_no_trouble(column: str, value: float) -> None:
    days = account(1, Kind(days=150, channels=2))
    split = segments(days, 1)
    days.loc[days["channel"] == "Channel 1", column] = value
    split.loc[split["value"] == "mobile", column] = value

    records = advised(days, segments=split)

    assert json.dumps(records, allow_nan=False)


def test_nothing_but_zeros_is_no_trouble() -> None:
    days = account(1, Kind(days=150))
    days[COUNTS] = 0.0

    [summary] = advised(days)

    assert "No channel has spent" in summary["channel_comparison"]["analysis"]["en"]


def test_an_account_without_days_has_a_summary() -> None:
    [summary] = advised(account(1).head(0))

    assert "no campaign days" in summary["summary"]["en"]


@pytest.mark.parametrize("revenue", [0.0, float("nan")], ids=["zero", "not recorded"])
def test_without_revenue_it_is_said_what_a_plan_needs(revenue: float) -> None:
    days = account(3, Kind(channels=3)).assign(revenue=revenue)

    summary = advised(days, plan(days, None))[0]

    for lang in ("en", "ru"):
        assert "DEMETRA_CONVERSION_VALUE" in summary["recommendations"]["budget_allocation"][lang]
    assert (
        summary["ml_predictions"]["trend"]["en"]
        == "ROI of the account is not known, because no revenue is recorded."
    )
