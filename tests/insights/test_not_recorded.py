"""Recommendations on accounts that do not record every figure: none is about a figure that is missing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from services.insights import advise
from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule, plan_of, prediction

ON_ROI = {"anomaly", "winner", "loser", "unprofitable", "trend", "saturated", "headroom", "segment"}


def lacking(days: pd.DataFrame, channel: str, *figures: str) -> pd.DataFrame:
    return days.assign(**{name: days[name].mask(days["channel"] == channel) for name in figures})


@pytest.mark.parametrize("figures", [("revenue",), ("revenue", "conversions"), ("clicks", "revenue")])
def test_nothing_is_said_of_a_rate_that_a_channel_does_not_record(figures: tuple[str, ...]) -> None:
    days = account(1, Kind(channels=3, roas=(2.0, 3.0, 0.4)))

    records = advised(lacking(days, "Channel 3", *figures))

    own = [record for record in records[1:] if record["channel"] == "Channel 3"]
    assert {record["rule_id"] for record in own} <= {"data_quality", "funnel", "budget_overrun"}
    assert [one["metric"] for one in own if one["rule_id"] == "data_quality"] == ["no_revenue"]
    assert "NaN" not in json.dumps(records, default=str)


def test_what_one_channel_lacks_changes_no_finding_on_the_others() -> None:
    days = account(1, Kind(channels=3, roas=(2.0, 3.0, 5.0)))

    records = advised(lacking(days, "Channel 3", "revenue"))

    others = advised(days[days["channel"] != "Channel 3"])
    for rule in ("winner", "loser", "unprofitable"):
        assert [r["channel"] for r in of_rule(records, rule)] == [r["channel"] for r in of_rule(others, rule)]
        for one, other in zip(of_rule(records, rule), of_rule(others, rule), strict=True):
            assert one["value"] == pytest.approx(other["value"])
            assert one["baseline"] == pytest.approx(other["baseline"])
            assert "all that is recorded with spend and revenue" in one["sentence"]["en"]


def test_a_shift_of_roi_whose_clicks_are_not_recorded_names_no_cause() -> None:
    days = account(1, Kind(channels=2, roas=(3.0, 3.0)))
    last = days["date"].max()
    newest = (days["channel"] == "Channel 1") & (days["date"] > last - pd.Timedelta(days=14))
    fallen = days.assign(revenue=days["revenue"].where(~newest, days["revenue"] * 0.3))

    [whole] = of_rule(advised(fallen), "anomaly")
    [found] = of_rule(advised(lacking(fallen, "Channel 1", "clicks")), "anomaly")

    assert whole["evidence"]["decomposition"]
    assert found["evidence"]["decomposition"] is None
    assert found["value"] == pytest.approx(whole["value"])
    assert "mostly because" not in found["sentence"]["en"]


def test_a_fall_of_the_click_rate_costs_no_amount_where_revenue_is_not_recorded() -> None:
    days = account(1, Kind(channels=2, roas=(3.0, 3.0)))
    last = days["date"].max()
    newest = (days["channel"] == "Channel 1") & (days["date"] > last - pd.Timedelta(days=14))
    fallen = days.assign(
        **{name: days[name].where(~newest, (days[name] * 0.4).round()) for name in ("clicks", "conversions")}
    )

    found = [
        one
        for one in of_rule(advised(lacking(fallen, "Channel 1", "revenue")), "funnel")
        if one["metric"] == "ctr"
    ]

    assert [one["channel"] for one in found] == ["Channel 1"]
    assert found[0]["expected_impact"]["p50"] is None


def test_days_that_do_not_record_cost_are_no_gap_in_the_data() -> None:
    days = account(1, Kind(channels=2, roas=(3.0, 3.0)))
    last = days["date"].max()
    silent = (days["channel"] == "Channel 1") & (days["date"] > last - pd.Timedelta(days=20))
    partly = days.assign(cost=days["cost"].mask(silent), impressions=days["impressions"].mask(silent, np.nan))

    assert not [r for r in of_rule(advised(partly), "data_quality") if r["metric"] == "gap_days"]


def test_the_outlook_names_the_channels_without_a_forecast() -> None:
    days = account(1, Kind(channels=3, roas=(2.0, 3.0, 5.0)))

    made = prediction(days)
    rois = made.channels.set_index("channel")
    rois.loc["Channel 2"] = np.nan
    known = replace(made, channels=rois.reset_index())

    [summary, *_] = advise(lacking(days, "Channel 2", "revenue"), known, plan_of(), currency="EUR")

    assert "(without Channel 2: ROI not recorded)" in summary["ml_predictions"]["trend"]["en"]
