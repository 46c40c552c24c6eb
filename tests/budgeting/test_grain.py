"""A plan on rows of weeks or months is the plan of the same account by day."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import pytest

from services.budgeting import BudgetPlan, plan
from services.forecasting.account import Account
from tests.budgeting.accounts import account

WEEKS = 56
NEAR = 0.15
"""Recommended amounts by week and by day differ by at most this part of the channel's spend today."""

SEEDS = (1, 2, 3)


def days_of(seed: int) -> pd.DataFrame:
    """Return 56 whole weeks from Monday to Sunday."""
    made = account("rich", seed).days
    days: pd.DataFrame = made[made["date"] > made["date"].max() - pd.Timedelta(days=7 * WEEKS)]
    to_monday = pd.Timedelta(days=-days["date"].min().weekday() % 7)
    return days.assign(date=days["date"] + to_monday)


def gathered(
    days: pd.DataFrame, channels: Collection[str] | None = None, freq: str = "W", *, is_ending: bool = False
) -> pd.DataFrame:
    """Return one row for each week or month of some channels (all), on its first or its last day."""
    chosen = days["channel"].isin(days["channel"].unique() if channels is None else channels)
    periods = days.loc[chosen, "date"].dt.to_period(freq).dt
    dates = periods.end_time.dt.normalize() if is_ending else periods.start_time
    rows = days[chosen].assign(date=dates).groupby(["channel", "date"], as_index=False)
    return pd.concat([days[~chosen], rows[["cost", "revenue"]].sum()])


def assert_like(found: BudgetPlan, by_day: BudgetPlan) -> None:
    """Assert that today's money is the same to the cent, and the advice is, within `NEAR`."""
    expected = {share.channel: share for share in by_day.shares}
    assert (found.total, found.verdict) == (by_day.total, by_day.verdict)
    assert {share.channel for share in found.shares} == set(expected)
    for share in found.shares:
        other = expected[share.channel]
        assert share.current == other.current
        assert float(abs(share.recommended - other.recommended)) <= NEAR * float(share.current)
        assert share.elasticity is not None
        assert other.elasticity is not None
        assert abs(share.elasticity - other.elasticity) < 0.2


@pytest.mark.parametrize("is_ending", [False, True], ids=["first day", "last day"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_on_rows_of_weeks_is_that_of_the_days(seed: int, is_ending: bool) -> None:
    days = days_of(seed)
    rows = gathered(days, is_ending=is_ending)

    assert_like(plan(rows, None), plan(days, None))


@pytest.mark.parametrize("is_ending", [False, True], ids=["first day", "last day"])
@pytest.mark.parametrize("seed", SEEDS)
def test_channels_of_weeks_and_of_days_are_planned_together(seed: int, is_ending: bool) -> None:
    days = days_of(seed)
    rows = gathered(days, ["channel 0", "channel 2"], is_ending=is_ending)

    assert_like(plan(rows, None), plan(days, None))


@pytest.mark.parametrize("is_ending", [False, True], ids=["first day", "last day"])
def test_a_plan_on_rows_of_months_is_that_of_their_days(is_ending: bool) -> None:
    days = days_of(1).assign(date=lambda d: d["date"] + (pd.Timestamp("2024-12-31") - d["date"].max()))
    days = days[days["date"] >= "2024-01-01"]
    month = [days["channel"], days["date"].dt.to_period("M")]
    spread = days.assign(**{n: days.groupby(month)[n].transform("mean") for n in ("cost", "revenue")})
    told = Account(grain=dict.fromkeys(days["channel"].unique(), "month"))

    found = plan(gathered(days, freq="M", is_ending=is_ending), None)

    assert_like(found, plan(spread, None, account=told))
    assert {share.basis for share in found.shares} <= {"estimated", "assumed"}


def test_weekly_rows_are_no_days_of_much_spend_with_none_between() -> None:
    """The newest week is spent on seven days: today's spend is that of four weeks, whatever day it is."""
    days = days_of(2)
    cut = days[days["date"] <= days["date"].max() - pd.Timedelta(days=3)]
    rows = gathered(cut, ["channel 1"])

    found = {share.channel: float(share.current) for share in plan(rows, None).shares}

    by_day = {share.channel: float(share.current) for share in plan(cut, None).shares}
    assert found["channel 1"] == pytest.approx(by_day["channel 1"], rel=0.1)
