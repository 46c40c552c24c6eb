"""Memory of last year: what comes back is forecast, what does not come back is not."""

from __future__ import annotations

import numpy as np
import pytest

from services.forecasting import forecast, forecast_series
from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.counts import WEIGHTS, draft_counts, forecast_counts
from services.forecasting.last_year import BROKEN_AT, WIDER
from services.numerics import Floats
from tests.forecasting.accounts import account

DAYS = 760  # the last origin is 28 days before the second sale
SALE = 28  # days after the last origin at which a sale begins
HORIZON = 42


def year_with_sales(factor: float, seed: int, days: int = DAYS, noise: float = 0.1) -> tuple[Floats, Floats]:
    """Return daily values, and what comes after: a yearly sale of ten days multiplies them by `factor`."""
    random = np.random.default_rng(seed)
    time = np.arange(days + HORIZON)
    weekly = 1 + 0.3 * np.sin(2 * np.pi * time / 7)
    is_sale = (time - days - SALE + 365 * 3) % 365 < 10
    values = 200 * weekly * np.where(is_sale, factor, 1.0) * random.lognormal(0, noise, len(time))
    return values[:days], values[days:]


@pytest.mark.parametrize("factor", [0.3, 2.5, 5.0])
@pytest.mark.parametrize("days", [430, DAYS])
def test_a_sale_of_last_year_is_expected_again(factor: float, days: int) -> None:
    known, came = year_with_sales(factor, seed=1, days=days)

    told = forecast_series(known, HORIZON, 7)["mean"].to_numpy()

    moved = told[SALE + 1 : SALE + 9].mean() / told[: SALE - 7].mean()
    assert 0.4 < np.log(moved) / np.log(factor) < 1.2
    assert abs(told[: SALE - 2].sum() / came[: SALE - 2].sum() - 1) < 0.2


def test_bands_are_wider_where_last_year_was_unusual() -> None:
    held, widths = [], []
    for seed in range(12):
        known, came = year_with_sales(2.0, seed)
        told = forecast_series(known, HORIZON, 7)
        low, high = (told[name].to_numpy() for name in ("low80", "high80"))
        held.append(((came >= low) & (came <= high))[SALE : SALE + 10])
        widths.append(np.log(high[SALE + 3] / low[SALE + 3]) / np.log(high[3] / low[3]))

    assert np.mean(held) > 0.7
    assert np.mean(widths) > 1 + WIDER


def test_a_burst_that_did_not_come_back_is_trusted_less() -> None:
    weights = {}
    for comes_back in (True, False):
        known = year_with_sales(4.0, seed=3, days=1000)[0]
        usual = year_with_sales(1.0, seed=3, days=1000)[0]
        values = known if comes_back else np.r_[known[:500], usual[500:]]
        weights[comes_back] = draft_counts(_rolling(values)).shares[0, -1]

    assert weights[True] > 0.8
    assert weights[False] < 0.3


@pytest.mark.parametrize("change", [1.2 * BROKEN_AT, -1.2 * BROKEN_AT])
def test_the_memory_is_off_where_the_level_has_broken(change: float) -> None:
    known = year_with_sales(3.0, seed=2)[0]
    broken = np.r_[known[: DAYS - 120], known[DAYS - 120 :] * np.exp(change)]

    told = forecast_series(broken, HORIZON, 7)["mean"].to_numpy()

    assert told[SALE : SALE + 10].mean() / told[:SALE].mean() < 1.1


def test_calm_years_hardly_move_the_forecast() -> None:
    moved = []
    for seed in range(10):
        rolling = _rolling(year_with_sales(1.0, seed)[0])
        point = forecast_counts(rolling).mean[0, -1]
        young = forecast_counts(_rolling(rolling.values[0, -360:])).mean[0, -1]
        moved.append(np.abs(np.log(point / young)).mean())

    assert np.mean(moved) < 0.05


def test_a_day_that_was_closed_last_year_may_be_closed_again() -> None:
    known, _ = year_with_sales(1.0, seed=4)
    known[DAYS + 10 - 365] = 0.0

    told = forecast_series(known, 28, 7)

    assert told["low80"][10] == 0
    assert told["low80"][20] > 0


@pytest.mark.parametrize("season", [1, 12])
def test_series_of_other_steps_have_no_such_memory(season: int) -> None:
    values = year_with_sales(3.0, seed=5)[0]

    found = draft_counts(_rolling(values, season))

    assert found.shares.shape == (1, WEIGHTS)
    assert np.all(found.widening == 1)


@pytest.mark.parametrize("weeks", [3, 6])
def test_hours_know_the_weekend(weeks: int) -> None:
    time = np.arange(24 * 7 * weeks + 72)
    is_weekend = time // 24 % 7 >= 5
    busy = 100 * (1.2 + np.sin(2 * np.pi * time / 24)) * np.where(is_weekend, 0.4, 1.0)
    values = busy * np.random.default_rng(7).lognormal(0, 0.05, len(time))

    for end in (len(time) - 72, len(time) - 72 - 48):
        told = forecast_series(values[:end], 72, 24)["mean"].to_numpy()
        assert np.abs(told / busy[end : end + 72] - 1).mean() < 0.25


@pytest.mark.parametrize("weeks", [70, 160])
def test_weeks_know_christmas(weeks: int) -> None:
    time = np.arange(weeks + 8)
    is_christmas = (time - weeks - 4) % 52 < 2
    usual = 500 * np.where(is_christmas, 2.5, 1.0)
    values = usual * np.random.default_rng(8).lognormal(0, 0.08, len(time))

    told = forecast_series(values[:weeks], 8, 52)["mean"].to_numpy()

    assert told[4:6].min() > 1.3 * told[:3].mean()
    assert np.allclose(told[:3], 500, rtol=0.15)


@pytest.mark.parametrize("horizon", [400, 800])
def test_more_than_a_year_ahead_is_forecast_without_looking_into_the_future(horizon: int) -> None:
    table = forecast_series(year_with_sales(3.0, seed=6)[0], horizon, 7)

    assert np.isfinite(table).all(axis=None)


def test_an_account_expects_its_sale_in_every_count_and_metric() -> None:
    days = account(channels=2, days=DAYS)
    is_sale = (days["date"] - days["date"].min()).dt.days.between(DAYS + 20 - 365, DAYS + 29 - 365)
    days.loc[is_sale, ["impressions", "clicks", "conversions", "cost", "revenue"]] *= 3

    table = forecast(days, 42)
    step = (table["date"] - days["date"].max()).dt.days - 1
    sale, calm = (table[part].groupby("metric")["mean"].mean() for part in (step.between(21, 28), step < 14))

    assert (sale / calm)[["impressions", "clicks", "cost", "revenue"]].between(1.3, 3.5).all()
    assert (sale / calm)[["ctr", "conversion"]].between(0.9, 1.1).all()


def _rolling(values: Floats, season: int = 7) -> Rolling:
    return Rolling(
        values=values[None, :],
        observed=np.ones((1, len(values)), dtype=bool),
        group=np.zeros(1, dtype=int),
        origins=weekly_origins(len(values), season, 53),
        horizon=HORIZON,
        season=season,
    )
