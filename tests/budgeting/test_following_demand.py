"""Spend that is a consequence of demand: brand search, and channels that only look like its cause."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from services.budgeting import plan
from services.forecasting import predict
from services.forecasting.account import Account
from services.insights import advise
from tests.budgeting.plans import days, one_channel
from tests.budgeting.worlds import BRAND_NAMES, world_account


@pytest.mark.parametrize("seed", range(4))
def test_brand_search_keeps_its_budget_with_a_reason(seed: int) -> None:
    made = world_account("brand", seed)

    budget = plan(made.days, None)

    share = next(s for s in budget.shares if s.channel in BRAND_NAMES)
    assert (share.action, share.recommended, share.basis) == ("hold", share.current, "brand")
    assert share.marginal_roi_before is None
    assert "would have come anyway" in share.evidence.en
    assert any(share.channel in note.en and "brand search" in note.en for note in budget.notes)


def test_a_channel_that_is_said_to_be_none_is_planned_like_any_other() -> None:
    made = world_account("brand", 1)

    budget = plan(made.days, None, account=Account())

    assert next(s for s in budget.shares if s.channel in BRAND_NAMES).basis in {"estimated", "assumed"}


def test_brand_search_says_nothing_of_the_other_channels() -> None:
    """A brand channel ten times as good changes no other share."""
    made = world_account("brand", 2)
    better = made.days.copy()
    better.loc[better["channel"].isin(BRAND_NAMES), "revenue"] *= 10

    plain, changed = plan(made.days, None), plan(better, None)

    for one in (s for s in plain.shares if s.channel not in BRAND_NAMES):
        other = next(s for s in changed.shares if s.channel == one.channel)
        assert (other.recommended, other.action) == (one.recommended, one.action)


def test_spend_that_follows_the_others_demand_is_no_evidence() -> None:
    made = world_account("brand", 4)
    renamed = made.days.replace({"channel": dict.fromkeys(BRAND_NAMES, "Search")})
    n_channels = renamed["channel"].nunique()

    share = next(s for s in plan(renamed, None).shares if s.channel == "Search")

    assert n_channels >= 3
    assert share.basis == "assumed"


def test_two_channels_are_too_few_to_tell_demand_from_spend() -> None:
    two = days()[days()["channel"].isin(["channel 0", "channel 1"])]

    assert {s.basis for s in plan(two, None).shares} == {"assumed"}
    assert {s.basis for s in plan(days(), None).shares} == {"estimated"}


def test_brand_search_is_no_winner_and_the_comparison_says_why() -> None:
    made = world_account("brand", 0)

    summary, *found = advise(made.days, predict(made.days, 28), plan(made.days, None), currency="EUR")

    named = {one["channel"] for one in found if one["rule_id"] in {"winner", "loser"}}
    assert named.isdisjoint(BRAND_NAMES)
    analysis = summary["channel_comparison"]["analysis"]
    assert "would have come anyway" in analysis["en"]
    assert any(name in analysis["ru"] for name in BRAND_NAMES)


@pytest.mark.parametrize("late", [1, 6, 13, 27])
def test_an_export_that_ends_earlier_lowers_no_budget(late: int) -> None:
    whole = days()
    last = whole["date"].max()
    missing = (whole["channel"] == "channel 0") & (whole["date"] > last - pd.Timedelta(days=late))
    known = whole[~missing]

    budget = plan(known, None)

    spent = known.groupby("channel")["cost"].agg(lambda cost: cost.tail(28).sum())
    assert {s.channel: float(s.current) for s in budget.shares} == pytest.approx(dict(spent), abs=0.01)


def test_the_same_account_by_week_is_planned_alike() -> None:
    """Weekly sums, spread over their days, give about the same marginal ROI as the days."""
    daily = days("rich", 2)
    week = daily["date"].dt.to_period("W-WED")
    sums = daily.groupby(["channel", week])[["cost", "revenue"]].transform("mean")
    weekly = daily.assign(cost=sums["cost"], revenue=sums["revenue"])
    grain = dict.fromkeys(daily["channel"].unique(), "week")

    by_day, by_week = plan(daily, None), plan(weekly, None, account=Account(grain=grain))

    for one in by_day.shares:
        other = next(s for s in by_week.shares if s.channel == one.channel)
        assert other.marginal_roi_low is not None
        assert other.marginal_roi_high is not None
        assert one.marginal_roi_before is not None
        width = other.marginal_roi_high - other.marginal_roi_low
        assert (
            other.marginal_roi_low - width / 2 < one.marginal_roi_before < other.marginal_roi_high + width / 2
        )


def unsettled(name: str, size: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(11)
    frames = []
    for channel in "abcd":
        cost = np.exp(np.repeat(rng.normal(4, 0.3, 20), 10) + rng.normal(0, 0.1, 200))
        frames.append(one_channel(cost, 25 * cost**0.6 * np.exp(rng.normal(0, 0.2, 200)), channel))
    plain = pd.concat(frames, ignore_index=True)
    spoilt = plain.copy()
    at = spoilt.index[spoilt["channel"] == "b"][-6]
    spoilt.loc[at, name] *= size
    return plain, spoilt


@pytest.mark.parametrize(("name", "size"), [("revenue", 10), ("cost", 100)])
def test_one_wrong_day_turns_no_plan(name: str, size: float) -> None:
    plain, spoilt = (plan(frame, None) for frame in unsettled(name, size))

    for one in plain.shares:
        other = next(s for s in spoilt.shares if s.channel == one.channel)
        assert {one.action, other.action} != {"increase", "decrease"}
        assert one.channel != "b" or other.action in {"hold", one.action}


def test_a_day_of_a_hundred_times_the_spend_is_named() -> None:
    share = next(s for s in plan(unsettled("cost", 100)[1], None).shares if s.channel == "b")

    assert share.basis == "spike"
    assert "Check that day" in share.evidence.en
