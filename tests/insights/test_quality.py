"""What the data themselves get wrong."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(1, Kind(channels=2, days=200))


def quality_metrics(records: list[dict[str, Any]]) -> list[str]:
    return [record["metric"] for record in of_rule(records, "data_quality")]


def test_rows_with_more_clicks_than_impressions_are_counted(quiet: pd.DataFrame) -> None:
    rows = pd.DataFrame(
        {
            "channel": ["Channel 1", "Channel 2"],
            "rows": [600, 400],
            "clicks_over_impressions": [5, 15],
            "conversions_over_clicks": [0, 0],
        }
    )

    [odd] = of_rule(advised(quiet, quality=rows), "data_quality")

    assert (odd["metric"], odd["channel"], odd["value"]) == ("clicks_over_impressions", "Channel 2", 0.02)
    assert odd["evidence"]["by_channel"] == {"Channel 1": 5, "Channel 2": 15}


def test_doubtful_data_alone_support_no_change(quiet: pd.DataFrame) -> None:
    days = quiet.copy()
    days.loc[50, "revenue"] = float("inf")

    [summary, _] = advised(days)

    assert summary["summary"]["en"].startswith("No change is supported by the data. Impossible numbers")


def test_without_rows_days_are_counted(quiet: pd.DataFrame) -> None:
    days = quiet.copy()
    days.loc[:9, "conversions"] = days.loc[:9, "clicks"] + 1

    [odd] = of_rule(advised(days), "data_quality")

    assert odd["metric"] == "conversions_over_clicks"
    assert odd["value"] == pytest.approx(10 / 400)


@pytest.mark.parametrize(("grain", "word"), [("week", "weeks"), ("month", "months")])
def test_rows_of_weeks_and_months_are_told(quiet: pd.DataFrame, grain: str, word: str) -> None:
    rows = pd.DataFrame({"channel": ["Channel 1", "Channel 2"], "rows": [70, 400], "grain": [grain, "day"]})
    rows[["clicks_over_impressions", "conversions_over_clicks"]] = 0

    [told] = of_rule(advised(quiet, quality=rows), "data_quality")

    assert (told["metric"], told["channel"], told["severity"]) == ("grain", "Channel 1", "info")
    assert f"Rows of whole {word} were spread evenly over their days: Channel 1" in str(told)


def test_a_single_slip_is_not_told(quiet: pd.DataFrame) -> None:
    rows = pd.DataFrame(
        {"channel": ["a"], "rows": [10_000], "clicks_over_impressions": [1], "conversions_over_clicks": [0]}
    )

    assert not quality_metrics(advised(quiet, quality=rows))


def test_an_unusual_gap_is_told_with_its_length_and_start(quiet: pd.DataFrame) -> None:
    dates = quiet["date"].drop_duplicates()
    lost = (quiet["channel"] == "Channel 2") & quiet["date"].isin(dates.iloc[-20:-12])

    [gap] = of_rule(advised(quiet[~lost]), "data_quality")

    assert (gap["metric"], gap["channel"], gap["value"]) == ("gap_days", "Channel 2", 8.0)
    assert gap["evidence"]["window"]["from"] == dates.iloc[-20].date().isoformat()


def test_a_channel_that_fell_silent_is_told(quiet: pd.DataFrame) -> None:
    lost = (quiet["channel"] == "Channel 1") & (quiet["date"] > quiet["date"].max() - pd.Timedelta(days=40))

    [gap] = of_rule(advised(quiet[~lost]), "data_quality")

    assert (gap["channel"], gap["value"]) == ("Channel 1", 40.0)


def test_channels_that_rest_at_weekends_have_no_gaps(quiet: pd.DataFrame) -> None:
    at_work = quiet[quiet["date"].dt.day_of_week < 5]

    assert not quality_metrics(advised(at_work))


def test_spend_that_never_changes_is_told(quiet: pd.DataFrame) -> None:
    days = quiet.copy()
    days.loc[days["channel"] == "Channel 2", "cost"] = 100.0

    [steady] = of_rule(advised(days), "data_quality")

    assert (steady["metric"], steady["evidence"]["channels"]) == ("constant_spend", ["Channel 2"])


def test_missing_revenue_is_a_matter_of_tracking_and_not_of_loss(quiet: pd.DataFrame) -> None:
    days = quiet.copy()
    days.loc[days["channel"] == "Channel 2", "revenue"] = 0.0

    records = advised(days)

    assert quality_metrics(records) == ["no_revenue"]
    assert not of_rule(records, "unprofitable")


def test_numbers_that_cannot_be_are_counted(quiet: pd.DataFrame) -> None:
    days = quiet.copy()
    days.loc[50, "revenue"] = float("inf")
    days.loc[51, "cost"] = -1e9

    [odd] = of_rule(advised(days), "data_quality")

    assert (odd["metric"], odd["value"]) == ("impossible_numbers", 2.0)
