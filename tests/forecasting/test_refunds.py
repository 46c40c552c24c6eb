"""Refunds are amounts: they lower ROI, forecast, plan and recommendations by what was given back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting import plan
from services.budgeting.history import read_history as budget_history
from services.forecasting import predict
from services.forecasting.campaign_days import REPAIRED, clean_days, without_credits, without_refunds
from services.forecasting.panel import read_panel
from services.insights import advise
from services.insights.history import read_history as insight_history
from tests.forecasting.accounts import constant
from tests.insights.simulated import Kind, account

DAYS = 300


def with_refunds(days: pd.DataFrame, part: float, *, every: int, seed: int = 3) -> pd.DataFrame:
    """Return the days with `part` of each channel's revenue given back, about every so many days, in lumps.

    A refund stands on a row of its own with no other figures, as a platform or a shop exports it.
    """
    random = np.random.default_rng(seed)
    rows = []
    for channel, own in days.groupby("channel"):
        to_return = 0.0
        for day, revenue in zip(own["date"], own["revenue"], strict=True):
            to_return += part * revenue
            if random.uniform() < 1 / every:
                rows.append({"channel": channel, "date": day, "revenue": -round(to_return, 2)})
                to_return = 0.0
    refunds = pd.DataFrame(rows).assign(impressions=0.0, clicks=0.0, conversions=0.0, cost=0.0)
    return pd.concat([days, refunds], ignore_index=True)


def world(part: float, every: int, seed: int = 1) -> pd.DataFrame:
    """Return three steady channels; rare refunds are large, and make the day's sum negative."""
    days = account(seed, Kind(channels=3, days=DAYS, orders_per_day=60, demand=0.02))
    return with_refunds(days, part, every=every, seed=seed)


def newest(days: pd.DataFrame, length: int = 28) -> pd.DataFrame:
    recent: pd.DataFrame = days[days["date"] > days["date"].max() - pd.Timedelta(days=length)]
    return recent.groupby("channel")[["cost", "revenue"]].sum()


@pytest.mark.parametrize("amount", [-30.0, -450.0, -2900.0])
def test_a_day_of_refunds_keeps_its_amount(amount: float) -> None:
    days = constant(days=40)
    days.loc[20, "revenue"] = amount * days["revenue"][0] / 100

    clean = clean_days(days)

    assert clean["revenue"][20] == days["revenue"][20]
    assert clean[REPAIRED].sum() == 0


def test_rows_of_refunds_are_taken_from_the_sales_of_their_day() -> None:
    sold, back = (
        constant(days=10),
        constant(days=10).assign(impressions=0, clicks=0, conversions=0, cost=-1.0),
    )
    back["revenue"] = -0.25 * sold["revenue"]

    clean = clean_days(pd.concat([sold, back]))

    assert clean["revenue"].tolist() == pytest.approx((0.75 * sold["revenue"]).tolist())
    assert clean["cost"].tolist() == pytest.approx((sold["cost"] - 1).tolist())
    assert clean[REPAIRED].sum() == 0


@pytest.mark.parametrize("usual_days", [-31.0, -400.0, -1e9])
def test_what_the_channel_cannot_have_sold_is_no_refund(usual_days: float) -> None:
    days = constant(days=40)
    days.loc[20, "revenue"] = usual_days * days["revenue"][0]

    clean = clean_days(days)

    assert clean["revenue"][20] == days["revenue"][13]
    assert clean[REPAIRED].sum() == 1


def test_an_export_with_the_wrong_sign_is_no_export_of_refunds() -> None:
    clean = clean_days(constant(days=40).assign(revenue=-100.0))

    assert (clean["revenue"] == 0).all()
    assert clean[REPAIRED].eq(1).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-50, 100), min_size=1, max_size=60))
def test_refunds_are_taken_from_later_days_and_sums_stay(amounts: list[int]) -> None:
    values = np.array([amounts], dtype=float)

    found = without_refunds(values)

    assert (found >= 0).all()
    left, owed = _by_hand(amounts)
    assert found[0].tolist() == left
    assert found.sum() == pytest.approx(values.sum() + owed)
    for end in range(1, len(amounts)):
        assert without_refunds(values[:, :end])[0].tolist() == left[:end]


def _by_hand(amounts: list[int]) -> tuple[list[float], float]:
    """Return each day's amount less what is owed from the days before, and what is owed at the end."""
    left, owed = [], 0.0
    for amount in amounts:
        rest = amount - owed
        left.append(max(rest, 0.0))
        owed = max(-rest, 0.0)
    return left, owed


@pytest.mark.parametrize(("part", "every"), [(0.1, 3), (0.2, 7), (0.3, 12)])
def test_all_parts_see_the_same_revenue(part: float, every: int) -> None:
    days = world(part, every)
    expected = days.groupby("channel")["revenue"].sum()

    panel, history, rules = read_panel(days), budget_history(days), insight_history(days)

    assert rules is not None
    assert clean_days(days)[REPAIRED].sum() == 0
    for channel, revenue in expected.items():
        owed = part * newest(days, 90)["revenue"].to_dict()[channel]  # at most, at the end
        for names, values in (
            (panel.channels, panel.counts["revenue"]),
            (history.channels, history.revenue.T),
            (rules.channels, rules.counts["revenue"]),
        ):
            own: npt.NDArray[np.float64] = values[names.index(str(channel))]
            assert own.min() >= 0
            assert 0 <= own.sum() - revenue + 1e-6 * revenue <= owed


@pytest.mark.parametrize(("part", "every"), [(0.1, 3), (0.2, 7), (0.3, 12)])
def test_forecast_and_plan_are_of_what_remains(part: float, every: int) -> None:
    """Each is near to the mean of 90 days, and on average they are neither too high nor too low."""
    forecasts, plans = [], []
    for seed in range(1, 5):
        days = world(part, every, seed)
        sums = newest(days, 90)
        usual = sums["revenue"] / sums["cost"]
        forecasts.append((1 + predict(days, 28).channels.set_index("channel")["roi"]) / usual)
        now = {share.channel: share.roi_now for share in plan(days, None).shares}
        plans.append((1 + pd.Series(now, dtype=float)) / usual)

    for found in (pd.concat(forecasts), pd.concat(plans)):
        assert found.between(0.75, 1.25).all()
        assert found.mean() == pytest.approx(1, abs=0.05)


def test_the_actual_roi_of_a_day_is_that_of_its_recorded_revenue() -> None:
    days = world(0.3, 12)
    sums = days.groupby(["channel", "date"])[["cost", "revenue"]].sum()

    daily = predict(days, 28).daily.dropna(subset=["roi_actual"]).set_index(["channel", "date"])

    expected = (sums["revenue"] / sums["cost"] - 1).reindex(daily.index)
    assert daily["roi_actual"].to_numpy() == pytest.approx(expected.to_numpy())
    assert daily["roi_actual"].min() < -1


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("part", "every"), [(0.1, 3), (0.2, 7)])
def test_steady_refunds_are_neither_an_alarm_nor_a_defect(part: float, every: int, seed: int) -> None:
    days = world(part, every, seed)

    records = advise(days, predict(days, 28), plan(days, None), currency="EUR")

    assert not {r["rule_id"] for r in records[1:]} & {"anomaly", "funnel"}
    assert "Impossible numbers" not in str(records)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-50, 100), min_size=1, max_size=60))
def test_credits_are_taken_from_earlier_costs_first_and_sums_stay(amounts: list[int]) -> None:
    values = np.array(amounts, dtype=float)

    found = without_credits(values)

    assert (found >= 0).all()
    assert found.sum() == pytest.approx(max(values.sum(), 0.0))
    first = int(np.argmax(values < 0)) if (values < 0).any() else len(amounts)
    if values[:first].sum() >= -values[values < 0].sum():
        after = np.flatnonzero(values[first:] >= 0) + first
        assert found[after].sum() <= values[after].sum()
        assert found[:first].sum() <= values[:first].sum()


@pytest.mark.parametrize("back", [1, 5, 40])
def test_a_credit_lowers_the_spend_of_all_parts_by_its_amount(back: int) -> None:
    days = world(0.0, every=10)
    channel = days["channel"].iloc[0]
    usual = float(days.loc[days["channel"] == channel, "cost"].median())
    own = days.index[(days["channel"] == channel) & (days["cost"] > 0)]
    credited = days.copy()
    credited.loc[own[-back], "cost"] = -3 * usual

    clean = clean_days(credited)
    panel, history = read_panel(credited), budget_history(credited)

    assert clean[REPAIRED].sum() == 0
    total = float(credited.loc[credited["channel"] == channel, "cost"].sum())
    for names, values in ((panel.channels, panel.counts["cost"]), (history.channels, history.cost.T)):
        of_channel = values[names.index(str(channel))]
        assert of_channel.min() >= 0
        assert of_channel.sum() == pytest.approx(total)
    before, after = (plan(one, None).shares for one in (days, credited))
    today = {share.channel: float(share.current) for share in before}
    spent = {share.channel: float(share.current) for share in after}
    lower = float(days.loc[own[-back], "cost"]) + 3 * usual
    assert today[channel] - spent[channel] == pytest.approx(lower if back <= 20 else 0.0, abs=0.03)


def test_what_the_channel_cannot_have_spent_is_no_credit() -> None:
    days = constant(days=40)
    days.loc[20, "cost"] = -31 * days["cost"][0]

    clean = clean_days(days)

    assert clean["cost"][20] == days["cost"][13]
    assert clean[REPAIRED].sum() == 1
