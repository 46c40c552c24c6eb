"""Best, worst and losing channels."""

from __future__ import annotations

import pandas as pd
import pytest

from services.insights.facts import Facts
from services.insights.history import read_history
from services.insights.levels import read_levels
from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule, plan_of, prediction


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


def test_few_orders_widen_the_range_and_name_no_winner() -> None:
    days = account(2, Kind(channels=3, roas=(3.0, 3.0, 3.0)))
    thin = days["channel"] == "Channel 3"
    orders = thin & (days["date"] > days["date"].max() - pd.Timedelta(days=91)) & (days.index % 15 == 0)
    days.loc[thin, ["conversions", "revenue"]] = 0.0
    days.loc[orders, "conversions"] = 1.0
    days.loc[orders, "revenue"] = days.loc[thin, "cost"].sum() * 0.5

    levels = read_levels(facts_of(days))

    count = int(orders.sum())
    assert levels.error[2] >= levels.value[2] * (2 / count) ** 0.5
    assert not of_rule(advised(days), "winner")


@pytest.mark.parametrize("column", ["revenue", "cost"])
def test_a_single_odd_day_changes_neither_winner_nor_loser(column: str) -> None:
    days = account(1, Kind(channels=3, orders_per_day=150, roas=(2.0, 3.0, 5.0)))
    odd = (days["channel"] == "Channel 2") & (days["date"] == days["date"].max() - pd.Timedelta(days=20))

    plain = named(days)
    days.loc[odd, column] *= 10

    assert plain == {("winner", "Channel 3"), ("loser", "Channel 1")}
    assert named(days) == plain


def test_a_winner_with_hardly_any_spend_carries_a_warning() -> None:
    days = account(1, Kind(channels=3, orders_per_day=3000, roas=(2.0, 3.0, 6.0)))
    small = days["channel"] == "Channel 3"
    counts = ["impressions", "clicks", "conversions", "cost", "revenue"]
    days.loc[small, counts] = (days.loc[small, counts] / 400).round(2)

    [winner] = of_rule(advised(days), "winner")

    assert winner["channel"] == "Channel 3"
    assert "rests on only" in winner["caveat"]["en"]


def named(days: pd.DataFrame) -> set[tuple[str, str]]:
    return {(r["rule_id"], r["channel"]) for r in advised(days) if r["rule_id"] in {"winner", "loser"}}


def facts_of(days: pd.DataFrame) -> Facts:
    history = read_history(days)
    assert history is not None
    return Facts(history, prediction(days), plan_of(), "EUR", None, None)
