"""Accounts that plans are not made for: empty, short, silent, constant, or full of nonsense."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting import plan
from services.forecasting.failures import CampaignDaysError
from tests.budgeting.plans import assert_adds_up, days, one_channel, says


def test_no_rows_give_an_empty_plan_that_says_why() -> None:
    budget = plan(days().head(0), 100)

    assert (budget.shares, budget.unspent) == ((), Decimal(100))
    assert says(budget, "no usable campaign days")


def test_the_one_row_of_an_account_is_scaled_to_the_period_and_kept() -> None:
    budget = plan(one_channel([10.0], [30.0]), None)

    share = budget.shares[0]
    assert (share.current, share.recommended) == (Decimal(280), Decimal(280))
    assert (share.action, share.basis) == ("hold", "short")
    assert says(budget, "Too few days")
    assert says(budget, "amounts are scaled up")


def test_impossible_numbers_are_replaced_and_counted() -> None:
    spoilt = days().copy()
    spoilt.loc[spoilt.index[:4], "revenue"] = [np.inf, np.inf, -np.inf, -1e9]

    budget = plan(spoilt, None)

    assert_adds_up(budget)
    assert says(budget, "replaced by those of the week before: 4.")


def test_a_channel_that_stopped_gets_nothing_and_is_named() -> None:
    rich = days()
    last = rich["date"].max()
    stopped = rich[(rich["channel"] != "channel 0") | (rich["date"] < last - pd.Timedelta(days=40))]

    budget = plan(stopped, None)

    share = next(s for s in budget.shares if s.channel == "channel 0")
    assert (share.recommended, share.marginal_roi_before, share.basis) == (Decimal(0), None, "stopped")
    assert says(budget, "No spend in the newest 28 days: channel 0.")


def test_a_channel_that_does_not_record_revenue_is_kept_and_changes_nothing_for_the_others() -> None:
    whole = days()
    silent = whole.assign(revenue=whole["revenue"].mask(whole["channel"] == "channel 0"))

    budget, others = plan(silent, None), plan(whole[whole["channel"] != "channel 0"], None)

    assert_adds_up(budget)
    share = next(s for s in budget.shares if s.channel == "channel 0")
    assert (share.recommended, share.marginal_roi_before) == (share.current, None)
    assert (share.action, share.basis) == ("hold", "no_revenue")
    assert says(budget, "Spend without any recorded revenue, kept as it is: channel 0.")
    known = [s for s in budget.shares if s.channel != "channel 0"]
    for one, other in zip(known, others.shares, strict=True):
        assert one.basis == other.basis
        assert one.marginal_roi_before == pytest.approx(other.marginal_roi_before, rel=0.05)


def test_campaigns_without_revenue_beside_others_leave_their_channel_without_a_plan() -> None:
    whole = days()
    brand = whole[whole["channel"] == "channel 0"].assign(revenue=np.nan)

    budget = plan(pd.concat([whole, brand]), None)

    share = next(s for s in budget.shares if s.channel == "channel 0")
    assert (share.recommended, share.basis) == (share.current, "no_revenue")


def test_revenue_that_is_recorded_from_some_day_on_is_enough_for_a_plan() -> None:
    whole = days()
    start = whole["date"].max() - pd.Timedelta(days=20)
    late = (whole["channel"] == "channel 0") & (whole["date"] < start)

    budget, full = plan(whole.assign(revenue=whole["revenue"].mask(late)), None), plan(whole, None)

    share, before = (next(s for s in b.shares if s.channel == "channel 0") for b in (budget, full))
    assert share.basis == "assumed"
    assert share.current == before.current
    assert share.marginal_roi_before is not None
    assert before.marginal_roi_before is not None
    assert share.marginal_roi_low is not None
    assert share.marginal_roi_high is not None
    assert share.marginal_roi_low < before.marginal_roi_before < share.marginal_roi_high


def test_revenue_that_is_no_longer_recorded_gives_no_plan() -> None:
    whole = days()
    since = whole["date"].max() - pd.Timedelta(days=40)
    ended = (whole["channel"] == "channel 0") & (whole["date"] > since)

    budget = plan(whole.assign(revenue=whole["revenue"].mask(ended)), None)

    assert {s.basis for s in budget.shares if s.channel == "channel 0"} == {"no_revenue"}


def test_single_days_without_revenue_change_a_plan_little() -> None:
    whole = days()
    gaps = np.random.default_rng(5).random(len(whole)) < 0.1

    budget, full = plan(whole.assign(revenue=whole["revenue"].mask(gaps)), None), plan(whole, None)

    for one, other in zip(budget.shares, full.shares, strict=True):
        assert one.basis == other.basis
        assert one.marginal_roi_before == pytest.approx(other.marginal_roi_before, abs=0.25)


def test_a_channel_that_does_not_record_cost_is_left_out_and_named() -> None:
    whole = days()
    silent = whole.assign(cost=whole["cost"].mask(whole["channel"] == "channel 0"))

    budget = plan(silent, None)

    assert {s.basis for s in budget.shares if s.channel == "channel 0"} == {"no_cost"}
    assert says(budget, "their spend is not recorded: channel 0.")
    assert not says(budget, "No spend in the newest")


def test_spend_without_revenue_is_kept_and_named() -> None:
    silent = pd.concat([days(), one_channel([50.0] * 60, [0.0] * 60, "silent", "2023-06-01")])
    silent.loc[silent["channel"] == "silent", "date"] = pd.date_range(end=days()["date"].max(), periods=60)

    budget = plan(silent, None)

    share = next(s for s in budget.shares if s.channel == "silent")
    assert (share.recommended, share.elasticity, share.action) == (share.current, None, "hold")
    assert says(budget, "Spend without any recorded revenue, kept as it is: silent.")


def test_all_zero_channels_are_no_trouble() -> None:
    zeros = pd.concat([days(), one_channel([0.0] * 400, [0.0] * 400, "zero", "2023-01-02")])

    budget = plan(zeros, None)

    assert_adds_up(budget)
    assert next(s for s in budget.shares if s.channel == "zero").recommended == 0


def test_exactly_constant_spend_is_assumed_to_respond_like_the_account() -> None:
    rng = np.random.default_rng(3)
    flat = one_channel([100.0] * 200, 300 * np.exp(rng.normal(0, 0.1, 200)), "flat", "2023-01-02")
    flat["date"] = pd.date_range(end=days()["date"].max(), periods=200)

    share = next(s for s in plan(pd.concat([days(), flat]), None).shares if s.channel == "flat")

    assert share.basis == "assumed"
    assert share.elasticity is not None
    assert 0.2 < share.elasticity < 0.8


def test_days_without_revenue_are_counted_by_the_week() -> None:
    rng = np.random.default_rng(4)
    costs = np.exp(np.repeat(rng.normal(4, 0.6, (100, 3)), 7, axis=0)).T
    frames = [
        one_channel(cost, 50.0 * rng.poisson(0.3 * cost**0.5), name)
        for name, cost in zip("abc", costs, strict=True)
    ]

    shares = plan(pd.concat(frames), None).shares

    assert {share.basis for share in shares} == {"estimated"}
    assert [share.elasticity for share in shares] == pytest.approx([0.5] * 3, abs=0.25)


def test_without_a_difference_between_channels_nothing_moves() -> None:
    rng = np.random.default_rng(5)
    frames = []
    for name in "abcd":
        cost = np.exp(rng.normal(4, 0.3, 365))
        frames.append(one_channel(cost, 30 * cost**0.5 * np.exp(rng.normal(0, 0.2, 365)), name))

    budget = plan(pd.concat(frames), None)

    assert {s.action for s in budget.shares} <= {"hold", "test"}
    assert says(budget, "do not support moving money")
    assert (budget.effect.p50, budget.p_improves) == (0.0, 0.0)


frames = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "😀 <script>", "", None]),
        st.integers(0, 60).map(lambda day: pd.Timestamp("2026-01-01") + pd.Timedelta(days=day)),
        st.one_of(st.floats(0, 1e9), st.floats()),
        st.one_of(st.floats(0, 1e9), st.floats()),
    ),
    max_size=60,
).map(lambda rows: pd.DataFrame(rows, columns=["channel", "date", "cost", "revenue"]))


@settings(max_examples=60, deadline=None)
@given(frames, st.one_of(st.none(), st.decimals(0, 10**9, places=2)))
def test_no_frame_however_odd_breaks_the_sums(odd: pd.DataFrame, total: Decimal | None) -> None:
    if odd["channel"].isna().any():
        with pytest.raises(CampaignDaysError, match="no channel"):
            plan(odd, total)
        return
    budget = plan(odd, total)

    assert_adds_up(budget)
    assert all(
        np.isfinite([s.effect.p10, s.effect.p50, s.effect.p90, s.p_increase]).all() for s in budget.shares
    )
