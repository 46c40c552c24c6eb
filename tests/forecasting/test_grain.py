"""Channels of weeks and months: told by day, forecast in their own step."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting import Account, evaluate, fits, forecast, predict, train
from services.forecasting.campaign_days import COUNTS, clean_days
from services.forecasting.grain import spread_rows
from services.forecasting.panel import read_panel
from tests.forecasting.accounts import account

FIRST = "2024-01-01"  # a Monday
WEEKS = 90
KEYS = ["channel", "date"]


def gathered(days: pd.DataFrame, channels: list[str], freq: str, *, is_ending: bool = False) -> pd.DataFrame:
    """Return the days, with one row a week ("W") or month ("M") on its first or last day for some."""
    chosen = days["channel"].isin(channels)
    periods = days.loc[chosen, "date"].dt.to_period(freq).dt
    period = periods.end_time.dt.normalize() if is_ending else periods.start_time
    rows = days[chosen].assign(date=period.clip(lower=days["date"].min()))
    return pd.concat([days[~chosen], rows.groupby(KEYS, as_index=False)[list(COUNTS)].sum()])


def spread(days: pd.DataFrame, channels: list[str], freq: str) -> pd.DataFrame:
    """Return the days with the mean of their week or month, as the import makes of such rows."""
    chosen = days["channel"].isin(channels)
    out = days.copy()
    keys = [out.loc[chosen, "channel"], out.loc[chosen, "date"].dt.to_period(freq)]
    out.loc[chosen, list(COUNTS)] = out.loc[chosen, list(COUNTS)].groupby(keys).transform("mean")
    return out


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return account(channels=3, days=7 * WEEKS, first=FIRST)


@pytest.fixture(scope="module")
def monthly() -> pd.DataFrame:
    """An account of 20 whole months."""
    return account(channels=3, days=609, first=FIRST)


def test_rows_of_weeks_are_recognised_and_spread_over_their_days(days: pd.DataFrame) -> None:
    panel = read_panel(gathered(days, ["Channel 1"], "W"))
    told = read_panel(spread(days, ["Channel 1"], "W"), Account(grain={"Channel 1": "week"}))

    assert panel.grain == ("day", "week", "day")
    assert panel.data_to == told.data_to == np.datetime64(days["date"].max(), "D")
    for name in COUNTS:
        assert np.allclose(panel.counts[name], told.counts[name])


def test_rows_of_months_are_recognised_and_spread_over_their_days(monthly: pd.DataFrame) -> None:
    panel = read_panel(gathered(monthly, ["Channel 0", "Channel 2"], "M"))
    told = read_panel(spread(monthly, ["Channel 0", "Channel 2"], "M"))

    assert panel.grain == ("month", "day", "month")
    assert np.allclose(panel.counts["cost"], told.counts["cost"])


@pytest.mark.parametrize("freq", ["W", "M"])
def test_rows_on_the_last_day_are_spread_backward(
    days: pd.DataFrame, monthly: pd.DataFrame, freq: str
) -> None:
    base = days if freq == "W" else monthly
    panel = read_panel(gathered(base, ["Channel 1"], freq, is_ending=True))
    told = read_panel(gathered(base, ["Channel 1"], freq))

    assert panel.data_to == told.data_to
    for name in COUNTS:
        assert np.allclose(panel.counts[name], told.counts[name])


@pytest.mark.parametrize("under_way", [1, 2, 4])
def test_a_week_under_way_is_no_week_that_has_ended(under_way: int) -> None:
    days = account(channels=2, days=7 * 20 + under_way, first=FIRST)
    panel = read_panel(gathered(days, ["Channel 1"], "W"))
    last_weeks = panel.counts["cost"][1, -under_way - 7 :]

    assert np.isclose(panel.counts["cost"].sum(), days["cost"].sum())
    assert np.isclose(
        last_weeks[7:].sum(), days[days["channel"] == "Channel 1"]["cost"].tail(under_way).sum()
    )
    assert panel.delay_days.tolist() == [0, 0]


@pytest.mark.parametrize("today", ["2024-07-21", "2024-07-23", "2024-07-26"])
def test_weeks_that_have_ended_are_told_by_the_day_of_the_sync(today: str) -> None:
    """In an account without rows of days, a whole week on its last day reaches beyond no day of the sync."""
    days = account(channels=2, days=7 * 29, first=FIRST)  # ends on Sunday, 21 July
    rows = clean_days(gathered(days, ["Channel 0", "Channel 1"], "W", is_ending=True))

    found, grain = spread_rows(rows, {}, until=date.fromisoformat(today))

    assert grain == {"Channel 0": "week", "Channel 1": "week"}
    assert found["date"].max() == days["date"].max()
    assert np.isclose(found["cost"].sum(), days["cost"].sum())


def test_rows_of_days_pass_as_they_are(days: pd.DataFrame) -> None:
    cleaned = clean_days(days)

    found, grain = spread_rows(cleaned, {})

    assert found is cleaned
    assert grain == {}


def test_numbers_of_rows_are_not_shared_out(days: pd.DataFrame) -> None:
    rows = clean_days(gathered(days, ["Channel 1"], "W").assign(campaign_rows=3))

    found, _ = spread_rows(rows, {}, once=["campaign_rows"])

    assert found["campaign_rows"].sum() == rows["campaign_rows"].sum()
    assert found["repaired"].sum() == rows["repaired"].sum()
    assert np.isclose(found["revenue"].sum(), rows["revenue"].sum())


def test_a_month_under_way_ends_with_the_days_of_the_others() -> None:
    days = account(channels=2, days=200, first=FIRST)  # ends on 18 July
    panel = read_panel(gathered(days, ["Channel 1"], "M"))

    assert panel.data_to == np.datetime64("2024-07-18")
    assert np.isclose(panel.counts["cost"].sum(), days["cost"].sum())
    assert panel.delay_days.tolist() == [0, 0]


@settings(max_examples=30, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([7, 7, 7, 14]), min_size=8, max_size=40),
    seed=st.integers(0, 100),
)
def test_spreading_keeps_every_sum(gaps: list[int], seed: int) -> None:
    dates = pd.Timestamp(FIRST) + pd.to_timedelta(np.cumsum([0, *gaps]), unit="D")
    values = np.random.default_rng(seed).lognormal(5, 1, (len(dates), len(COUNTS)))
    rows = pd.DataFrame(values, columns=list(COUNTS)).assign(channel="Weekly", date=dates)

    panel = read_panel(rows)

    for name in COUNTS:
        assert np.isclose(panel.counts[name].sum(), rows[name].sum())
    assert (panel.grain == ("week",)) == (np.mean(np.array(gaps) == 7) > 0.5)


@pytest.mark.parametrize("freq", ["W", "M"])
def test_a_forecast_of_rows_is_that_of_their_spread_days(
    days: pd.DataFrame, monthly: pd.DataFrame, freq: str
) -> None:
    base, name = (days, "week") if freq == "W" else (monthly, "month")

    rows = forecast(gathered(base, ["Channel 1"], freq), 28)
    told = forecast(spread(base, ["Channel 1"], freq), 28, account=Account(grain={"Channel 1": name}))

    pd.testing.assert_frame_equal(rows, told, rtol=1e-6)


@pytest.mark.parametrize("freq", ["W", "M"])
def test_the_total_of_four_weeks_hardly_depends_on_the_grain(
    days: pd.DataFrame, monthly: pd.DataFrame, freq: str
) -> None:
    base = days if freq == "W" else monthly

    by_day, by_step = (
        forecast(one, 28).groupby(["channel", "metric"])["mean"].sum().drop("roi", level="metric")
        for one in (base, gathered(base, ["Channel 1"], freq))
    )

    assert (by_step / by_day).loc["Channel 1"].between(0.85, 1.15).all()
    assert np.allclose(by_step.loc["Channel 0"], by_day.loc["Channel 0"])


def test_each_day_of_a_week_has_the_same_forecast(days: pd.DataFrame) -> None:
    table = forecast(gathered(days, ["Channel 1"], "W"), 28)
    weekly = table[table["channel"] == "Channel 1"]

    by_week = weekly.groupby(["metric", (weekly["date"] - weekly["date"].min()).dt.days // 7])
    assert np.allclose(by_week["mean"].max(), by_week["mean"].min())
    assert np.allclose(by_week["high80"].max(), by_week["high80"].min())
    assert weekly.groupby("metric").size().eq(28).all()


@pytest.mark.parametrize("freq", ["W", "M"])
def test_bands_are_those_of_the_step(freq: str) -> None:
    """Sums of days vary less than days: the band is narrower than that of days, and holds."""
    held, widths = [], []
    for seed in range(6):
        base = account(channels=4, days=7 * WEEKS if freq == "W" else 609, seed=seed, first=FIRST)
        table = predict(gathered(base, [f"Channel {n}" for n in range(4)], freq), 28).daily
        by_day = predict(base, 28).daily
        known = table.dropna(subset=["reach_actual", "reach_pred"])
        held.append(
            (known["reach_actual"] >= known["reach_low"]) & (known["reach_actual"] <= known["reach_high"])
        )
        ahead, ahead_by_day = (one[one["reach_actual"].isna()].iloc[-28:] for one in (table, by_day))
        widths.append(
            ((ahead["reach_high"] - ahead["reach_low"]) / ahead["reach_pred"]).mean()
            / ((ahead_by_day["reach_high"] - ahead_by_day["reach_low"]) / ahead_by_day["reach_pred"]).mean()
        )

    assert 0.7 < np.concatenate(held).mean() < 0.95
    assert np.mean(widths) < 0.7


def test_a_model_is_of_one_grain(days: pd.DataFrame) -> None:
    rows, grain = gathered(days, ["Channel 1"], "W"), Account(grain={"Channel 1": "week"})
    model = train(rows, 28)

    assert model.grain_ == ("day", "week", "day")
    assert fits(model, rows, 28)
    assert fits(model, spread(days, ["Channel 1"], "W"), 28, account=grain)
    assert not fits(model, days, 28)
    assert predict(rows, 28, model).model_version == model.version
    pd.testing.assert_frame_equal(
        model.predict(rows)[["channel", "date", "metric"]], forecast(rows, 28)[["channel", "date", "metric"]]
    )


def test_weekly_channels_are_scored_like_the_others(days: pd.DataFrame) -> None:
    scores = evaluate(gathered(days, ["Channel 1"], "W"), 28)["channels"]

    assert scores["Channel 1"]["metrics"]["cost"]["forecasts"] > 100
    assert scores["Channel 1"]["metrics"]["cost"]["coverage80"] > 0.6


def test_an_earlier_forecast_of_weeks_does_not_know_later_weeks(days: pd.DataFrame) -> None:
    rows = gathered(days, ["Channel 1"], "W")
    cut = rows[rows["date"] < days["date"].max() - pd.Timedelta(days=69)]

    history = predict(rows, 28).daily.set_index(KEYS)
    earlier = predict(cut, 28).daily.set_index(KEYS)
    told = earlier[earlier["reach_actual"].isna()].loc["Channel 1"].iloc[:7]

    assert np.allclose(history.loc["Channel 1"].loc[told.index, "reach_pred"], told["reach_pred"])


def test_a_weekly_channel_is_late_only_after_another_week() -> None:
    days = account(channels=2, days=210, first=FIRST)
    rows = gathered(days, ["Channel 1"], "W")
    missing = rows[
        (rows["channel"] == "Channel 0") | (rows["date"] < rows["date"].max() - pd.Timedelta(days=6))
    ]
    week = missing[missing["channel"] == "Channel 1"]["date"].max()
    two_weeks = missing[(missing["channel"] == "Channel 0") | (missing["date"] < week)]

    panel = read_panel(two_weeks)

    assert panel.grain == ("day", "week")
    assert not panel.stopped.any()
    assert panel.delay_days.tolist() == [0, 14]
    assert (panel.counts["cost"][1, -7:] > 0).all()
    assert np.isfinite(forecast(two_weeks, 28)["mean"]).all()
