"""Best, worst and losing channels."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule


def test_the_best_and_the_worst_channel_are_named_with_their_roi() -> None:
    days = account(1, Kind(channels=3, roas=(2.0, 3.0, 5.0)))

    records = advised(days)

    recent = days[days["date"] > days["date"].max() - days["date"].diff().max() * 91]
    sums = recent.groupby("channel")[["revenue", "cost"]].sum()
    [winner], [loser] = of_rule(records, "winner"), of_rule(records, "loser")
    assert (winner["channel"], loser["channel"]) == ("Channel 3", "Channel 1")
    assert winner["value"] == pytest.approx(
        sums.loc["Channel 3", "revenue"] / sums.loc["Channel 3", "cost"] - 1
    )
    assert winner["evidence"]["probability"] >= 0.8
    assert records[0]["channel_comparison"]["top_performer"] == "Channel 3"
    assert records[0]["channel_comparison"]["worst_performer"] == "Channel 1"


def test_all_channels_together_are_those_of_the_same_days() -> None:
    days = account(1, Kind(channels=3, roas=(2.0, 3.0, 8.0)))
    last = days["date"].max()
    stopped = (days["channel"] == "Channel 3") & (days["date"] > last - pd.Timedelta(days=150))
    days = days[~stopped]

    named = [*of_rule(advised(days), "winner"), *of_rule(advised(days), "loser")]

    recent = days[days["date"] > last - pd.Timedelta(days=91)]
    assert named
    for one in named:
        assert one["baseline"] == pytest.approx(recent["revenue"].sum() / recent["cost"].sum() - 1)


def test_two_equally_good_channels_share_no_first_place() -> None:
    records = advised(account(1, Kind(channels=3, roas=(2.0, 4.0, 4.0))))

    assert not of_rule(records, "winner")
    assert of_rule(records, "loser")[0]["channel"] == "Channel 1"


def test_a_single_channel_is_not_compared() -> None:
    [summary, *_] = advised(account(1, Kind(channels=1)))

    assert "nothing to compare" in summary["channel_comparison"]["analysis"]["en"]


def test_a_channel_below_break_even_is_named_with_what_it_loses() -> None:
    days = account(3, Kind(channels=3, roas=(0.5, 3.0, 3.0)))

    [loss] = of_rule(advised(days), "unprofitable")

    recent = days[days["channel"] == "Channel 1"].tail(28)
    assert loss["channel"] == "Channel 1"
    assert loss["value"] == pytest.approx(-0.5, abs=0.08)
    assert loss["interval"][1] < 0
    assert loss["expected_impact"]["p50"] == pytest.approx(0.5 * recent["cost"].sum(), rel=0.15)


def test_a_channel_around_break_even_is_not_called_unprofitable() -> None:
    records = advised(account(3, Kind(channels=3, roas=(1.0, 3.0, 3.0))))

    assert not of_rule(records, "unprofitable")
