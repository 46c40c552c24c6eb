"""The public forecasts: laws that hold for any data, and small cases known by heart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.forecasting import forecast, forecast_series
from services.forecasting.failures import CampaignDaysError, ForecastRequestError
from services.numerics import Floats
from tests.forecasting.accounts import account, constant

LIMITS = ["low95", "low80", "mean", "high80", "high95"]
ROUNDING = 1e-9
NOTHING = 1e-8  # limits of a series of zeros

series = arrays(np.float64, st.integers(1, 80), elements=st.floats(0, 1e6, allow_subnormal=False))
seasons = st.sampled_from([1, 4, 7, 12])


@settings(max_examples=40, deadline=None)
@given(series, st.integers(1, 40), seasons)
def test_bands_are_ordered_finite_and_never_negative(values: Floats, horizon: int, season: int) -> None:
    table = forecast_series(values, horizon, season)

    assert list(table["step"]) == list(range(1, horizon + 1))
    assert np.isfinite(table).all(axis=None)
    assert (table[LIMITS].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (table["low95"] >= 0).all()


@settings(max_examples=25, deadline=None)
@given(series, st.floats(0.01, 100))
def test_a_series_in_another_unit_has_the_same_forecast_in_that_unit(values: Floats, unit: float) -> None:
    values = np.round(values)

    here, there = forecast_series(values, 14, 7), forecast_series(values * unit, 14, 7)

    tolerance = 1e-6 * (1 + values.max())
    assert np.allclose(there[LIMITS], here[LIMITS] * unit, rtol=1e-5, atol=tolerance * unit)


@pytest.mark.parametrize("unit", [0.3, 15.0])
@pytest.mark.parametrize("back", [4, 6, 7])
def test_so_has_one_with_a_day_beyond_compare(unit: float, back: int) -> None:
    values = np.ones(33)
    values[-back] = 94_691

    here, there = forecast_series(values, 14, 7), forecast_series(values * unit, 14, 7)

    assert np.allclose(there[LIMITS], here[LIMITS] * unit, rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from([0.0, 1e-9, 1e-6, 1e-4]),
    before=st.integers(1, 250),
    days=st.integers(1, 250),
    size=st.sampled_from([1e-3, 1.0, 1e6]),
    season=seasons,
    seed=st.integers(0, 1000),
)
def test_a_quiet_beginning_does_not_blow_up_the_bands(
    start: float, before: int, days: int, size: float, season: int, seed: int
) -> None:
    usual = size * np.random.default_rng(seed).lognormal(5, 0.3, days)

    table = forecast_series(np.r_[np.full(before, start * size), usual], 28, season)
    alone = forecast_series(usual, 28, season)

    assert np.isfinite(table).all(axis=None)
    assert np.allclose(table, alone) or (start > 0 and days <= 14)  # a few days may be the odd ones
    assert (table["mean"] <= 3 * usual.max()).all()
    assert (table["high95"] <= 10 * usual.max()).all()


@settings(max_examples=40, deadline=None)
@given(
    values=arrays(
        np.float64, st.integers(1, 200), elements=st.sampled_from([0.0, 1e-9, 1e-3, 1.0, 50.0, 1e9])
    ),
    horizon=st.sampled_from([1, 28, 400]),
    season=seasons,
)
def test_no_band_is_beyond_ten_times_what_was_ever_seen(values: Floats, horizon: int, season: int) -> None:
    table = forecast_series(values, horizon, season)

    assert (table["mean"] <= 3 * values.max() + NOTHING).all()
    assert (table[["high80", "high95"]] <= 10 * values.max() + NOTHING).all(axis=None)


@pytest.mark.parametrize("start", [0.0, 0.001, 0.01])
def test_channels_with_a_quiet_beginning_have_sane_bands(start: float) -> None:
    days = account(channels=2, days=130)
    early = (days["channel"] == "Channel 1") & (days["date"] < days["date"].min() + pd.Timedelta(days=90))
    days.loc[early, ["clicks", "conversions", "revenue"]] = start

    table = forecast(days, 28).query("channel == 'Channel 1'").groupby("metric")["high80"].max()

    for metric in ("clicks", "conversions", "revenue"):
        assert table[metric] < 2 * days.loc[days["channel"] == "Channel 1", metric].max()


def test_leading_zeros_of_rare_events_count() -> None:
    rare = np.zeros(200)
    rare[[150, 170, 190]] = 1

    assert forecast_series(rare, 28, 7)["mean"].mean() < 0.06


def test_a_constant_series_stays_constant() -> None:
    table = forecast_series([50.0] * 100, 28, 7)

    assert np.allclose(table["mean"], 50, rtol=1e-6)


def test_a_perfect_week_repeats() -> None:
    week = np.array([10.0, 20, 30, 40, 50, 60, 5])

    table = forecast_series(np.tile(week, 30), 14, 7)

    assert np.allclose(table["mean"], np.tile(week, 2), rtol=0.02)


def test_a_level_shift_is_followed_within_two_weeks() -> None:
    values = np.r_[np.full(200, 100.0), np.full(14, 300.0)]

    table = forecast_series(values, 7, 7)

    assert table["mean"].between(200, 310).all()


def test_one_absurd_day_hardly_moves_the_forecast() -> None:
    usual = np.random.default_rng(1).normal(100, 5, 200)
    strange = usual.copy()
    strange[-3] = 100_000

    ratio = forecast_series(strange, 14, 7)["mean"] / forecast_series(usual, 14, 7)["mean"]

    assert ratio.between(0.85, 1.3).all()


def test_sums_are_forecast_without_bias_although_the_noise_is_skewed() -> None:
    random = np.random.default_rng(8)
    errors = []
    for _ in range(30):
        values = random.lognormal(4, 0.7, 400)
        errors.append(forecast_series(values, 28, 7)["mean"].mean() / (np.exp(4 + 0.7**2 / 2)) - 1)

    assert abs(np.mean(errors)) < 0.06


def test_a_series_of_mostly_zeros_is_forecast_at_its_rate() -> None:
    values = np.random.default_rng(9).poisson(0.3, 400).astype(float)

    table = forecast_series(values, 28, 7)

    assert table["mean"].mean() == pytest.approx(0.3, rel=0.35)
    assert (table["low80"] == 0).all()
    assert table["high95"].between(1, 4).all()


def test_errors_grow_with_the_horizon() -> None:
    walk = 1000 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.05, 500)))

    table = forecast_series(walk, 28, 7)
    width = table["high80"] - table["low80"]

    assert width[27] > 1.5 * width[0]


@pytest.mark.parametrize(
    ("values", "horizon", "season"),
    [
        ([], 7, 7),
        ([1.0, np.nan], 7, 7),
        ([1.0, np.inf], 7, 7),
        ([1.0, -1.0], 7, 7),
        (["one"], 7, 7),
        ([[1.0, 2.0]], 7, 7),
        ([1.0], 0, 7),
        ([1.0], 2.5, 7),
        ([1.0], True, 7),
        ([1.0], 100_000, 7),
        ([1.0], 7, 0),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_words(values: Any, horizon: Any, season: int) -> None:
    with pytest.raises(ForecastRequestError) as failure:
        forecast_series(values, horizon, season)

    assert "cannot be made" in failure.value.text.en
    assert "построить нельзя" in failure.value.text.ru


def test_every_channel_metric_and_day_has_a_row() -> None:
    table = forecast(account(channels=3), horizon=10)

    assert len(table) == 3 * 8 * 10
    assert not table.duplicated(["channel", "date", "metric"]).any()
    assert table["date"].min() == pd.Timestamp("2026-05-01")
    assert table["date"].max() == pd.Timestamp("2026-05-10")
    assert list(table.columns) == ["channel", "date", "metric", "mean", "low80", "high80", "low95", "high95"]


def test_bands_hold_their_mean_for_every_metric() -> None:
    table = forecast(account(), 28)

    assert (table[LIMITS].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert table.loc[table["metric"] == "roi", "low95"].min() >= -1


def test_ratios_of_a_constant_channel_are_its_ratios() -> None:
    table = forecast(constant(), 7)
    mean = table.groupby("metric")["mean"].mean()

    assert mean["ctr"] == pytest.approx(0.05)
    assert mean["conversion"] == pytest.approx(0.1)
    assert mean["roi"] == pytest.approx(1.5)


def test_a_ratio_is_weighted_by_exposure_not_by_days() -> None:
    days = constant(days=60)
    quiet = np.arange(60) % 2 == 0
    days.loc[quiet, ["impressions", "clicks"]] = [10.0, 5.0]

    ctr = forecast(days, 14).query("metric == 'ctr'")["mean"].mean()

    assert ctr == pytest.approx((1000 * 0.05 + 10 * 0.5) / 1010, rel=0.1)


def test_the_order_of_rows_and_the_names_of_channels_do_not_matter() -> None:
    days = account(channels=3)
    swapped = days.assign(channel=days["channel"].map({"Channel 0": "C", "Channel 1": "A", "Channel 2": "B"}))
    shuffled = swapped.sample(frac=1, random_state=3)

    plain = forecast(days, 7).set_index(["channel", "metric", "date"])
    other = forecast(shuffled, 7).replace({"channel": {"C": "Channel 0", "A": "Channel 1", "B": "Channel 2"}})

    pd.testing.assert_frame_equal(
        plain.sort_index(), other.set_index(["channel", "metric", "date"]).sort_index(), rtol=1e-9
    )


def test_the_frame_handed_over_stays_as_it_was() -> None:
    days = account().sample(frac=1, random_state=1)
    before = days.copy(deep=True)

    forecast(days, 7)

    pd.testing.assert_frame_equal(days, before)


@pytest.mark.parametrize("count", [1, 2, 6, 7, 8, 13, 14, 15, 20, 21, 28, 56, 57])
def test_any_number_of_days_is_enough(count: int) -> None:
    table = forecast(account(days=count), 28)

    assert np.isfinite(table.drop(columns=["channel", "date", "metric"])).all(axis=None)


def test_no_rows_give_no_rows() -> None:
    assert forecast(account().iloc[:0], 7).empty


def test_impossible_numbers_do_not_reach_the_forecast() -> None:
    days = account(days=90)
    days.loc[[5, 40, 80], "revenue"] = [np.nan, np.inf, -1e9]
    days.loc[[3, 60], "clicks"] = [-1, 1e300]

    table, clean = forecast(days, 7), forecast(account(days=90), 7)

    assert np.isfinite(table["mean"]).all()
    assert table["mean"].to_numpy() == pytest.approx(clean["mean"].to_numpy(), rel=0.2, abs=0.1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda days: days.drop(columns=["cost", "date"]), "no column date, cost"),
        (lambda days: days.assign(date="someday"), "rows without a date: 240"),
        (lambda days: days.assign(channel=None), "no channel"),
    ],
)
def test_a_frame_that_is_no_campaign_days_is_refused_in_words(
    change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    with pytest.raises(CampaignDaysError, match=words):
        forecast(change(account()), 7)


def test_a_channel_without_cost_has_no_roi_and_one_without_clicks_no_conversion() -> None:
    table = forecast(constant(cost=0.0, clicks=0.0, conversions=0.0), 3)
    by_metric = table.groupby("metric")["mean"]

    assert by_metric.count()[["roi", "conversion"]].eq(0).all()
    assert by_metric.max()["cost"] == pytest.approx(0, abs=ROUNDING)


def test_two_hundred_channels_of_unequal_age_are_forecast_together() -> None:
    days = account(channels=8, days=100)
    parts = [
        days[days["channel"] == f"Channel {n % 8}"].iloc[n % 97 :].assign(channel=f"c{n}") for n in range(200)
    ]

    table = forecast(pd.concat(parts), 3)

    assert table["channel"].nunique() == 200
    assert np.isfinite(table["mean"]).all()
