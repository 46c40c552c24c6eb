"""Holidays and planned events: they move the forecast where they have proved themselves, and only there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demetra_dash import setting_values
from services.forecasting import Account, Event, forecast, predict, train
from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.counts import forecast_counts
from services.forecasting.events import calendar, public_holidays
from tests.forecasting.accounts import account

LAST = "2025-05-20"  # Ascension, Whit Monday and Corpus Christi follow, on other dates than in 2024
ANNOUNCED = date(2025, 6, 5)


def account_with(effect: float, holidays: list[date], last: str = LAST, days: int = 800) -> pd.DataFrame:
    """Return an account whose figures are multiplied by `effect` on some days."""
    out = account(channels=2, days=days, first=str((pd.Timestamp(last) - pd.Timedelta(days=days - 1)).date()))
    counts = ["impressions", "clicks", "conversions", "cost", "revenue"]
    out.loc[out["date"].dt.date.isin(holidays), counts] *= effect
    return out


def holidays_of(country: str) -> list[date]:
    return [one.first for one in public_holidays(country, range(2022, 2027))]


def ratio_on(days: list[date], with_events: pd.DataFrame, without: pd.DataFrame, metric: str) -> Any:
    """Return the forecasts with events by those without, on some days."""
    joined = with_events.merge(without, on=["channel", "date", "metric"], suffixes=("", "_plain"))
    chosen = joined[(joined["metric"] == metric) & joined["date"].dt.date.isin(days)]
    return chosen["mean"] / chosen["mean_plain"]


@pytest.mark.parametrize("effect", [0.4, 1.9])
@pytest.mark.parametrize("country", ["DE", "DE-BY", "RU", "US"])
def test_moving_holidays_are_forecast_by_their_effect(effect: float, country: str) -> None:
    days = holidays_of(country)
    known = account_with(effect, days)
    ahead = [day for day in days if pd.Timestamp(LAST).date() < day <= date(2025, 7, 1)]

    told = forecast(known, 42, account=Account(country=country))
    moved = ratio_on(ahead, told, forecast(account_with(1.0, days), 42), "cost")

    assert len(ahead) >= 1
    assert 0.6 < (np.log(moved) / np.log(effect)).mean() < 1.3


def test_last_years_easter_is_no_easter_now() -> None:
    days = holidays_of("DE")
    known = account_with(0.3, days, last="2025-03-15")
    easter_of_2024 = [date(2025, 3, 29), date(2025, 4, 1)]
    easter = [date(2025, 4, 18), date(2025, 4, 21)]

    told = forecast(known, 42, account=Account(country="DE"))
    plain = forecast(account_with(1.0, days, last="2025-03-15"), 42)

    assert ratio_on(easter_of_2024, told, plain, "revenue").mean() > 0.75
    assert ratio_on(easter, told, plain, "revenue").mean() < 0.6


def test_holidays_without_an_effect_change_nearly_nothing() -> None:
    known = account_with(1.0, [])

    moved = ratio_on(
        holidays_of("DE"), forecast(known, 42, account=Account(country="DE")), forecast(known, 42), "cost"
    )

    assert moved.between(0.95, 1.05).all()


def test_holidays_that_have_not_proved_themselves_change_nothing() -> None:
    young = account_with(0.4, holidays_of("DE"), days=30)

    told, plain = forecast(young, 28, account=Account(country="DE")), forecast(young, 28)

    assert np.allclose(ratio_on(holidays_of("DE"), told, plain, "cost"), 1.0)


@pytest.mark.parametrize("text", ["DE", "DE-BY", "RU", "US-CA"])
def test_the_setting_takes_countries_and_their_regions(text: str) -> None:
    assert setting_values.country(text) == text


@pytest.mark.parametrize("text", ["XX", "DE-XX", "DEU", "de", "Germany", "DE-"])
def test_the_setting_refuses_what_is_no_country(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        setting_values.country(text)


def test_no_country_is_assumed() -> None:
    assert Account().country is None
    assert calendar(None, (), date(2024, 1, 1), date(2025, 1, 1)) is None


def test_a_planned_event_has_the_effect_that_it_had_before() -> None:
    starts = [date(2023, 9, 4), date(2024, 1, 15), date(2024, 6, 10), date(2024, 11, 4), date(2025, 3, 3)]
    past = tuple(Event("Sale", start, start + timedelta(days=2)) for start in starts)
    planned = Event("Sale", ANNOUNCED, ANNOUNCED + timedelta(days=2))
    during = [one.first + timedelta(days=n) for one in past for n in range(3)]
    known = account_with(2.5, during)

    told = forecast(known, 28, account=Account(events=(*past, planned)))
    plain = forecast(known, 28)

    days = [ANNOUNCED + timedelta(days=n) for n in range(3)]
    assert ratio_on(days, told, plain, "revenue").mean() > 1.6
    assert ratio_on([ANNOUNCED - timedelta(days=6)], told, plain, "revenue").between(0.9, 1.1).all()


def test_an_event_stands_before_a_holiday_of_the_same_day() -> None:
    found = calendar(
        "DE", (Event("Own", date(2024, 12, 25), date(2024, 12, 26)),), date(2024, 1, 1), date(2024, 2, 1)
    )
    assert found is not None
    kinds = found.kinds(np.array(["2024-12-24"], dtype="datetime64[D]"), 1, 3)

    assert kinds.shape == (1, 4)
    assert kinds[0, 0] == kinds[0, 3] == 0
    assert kinds[0, 1] == kinds[0, 2] > 0


@pytest.mark.parametrize("country", ["DE", "GB", "FR", "RU", "KZ", "US-CA", "ID"])
def test_holidays_have_the_same_name_each_year(country: str) -> None:
    by_year = [{one.name for one in public_holidays(country, [year])} for year in (2023, 2024, 2025)]

    assert all(names for names in by_year)
    assert len(set.intersection(*by_year)) >= 5
    assert not any("(" in name for names in by_year for name in names)


def test_earlier_forecasts_do_not_know_later_days() -> None:
    values = np.random.default_rng(3).lognormal(4, 0.2, (2, 500))
    events = (np.random.default_rng(4).random((2, 528)) < 0.04) * 1
    changed = values.copy()
    changed[:, 420:] *= 3
    origins = weekly_origins(500, 7, 30)
    before = origins <= 420

    plain, other = (
        forecast_counts(
            Rolling(
                values=one,
                observed=np.ones(one.shape, dtype=bool),
                group=np.zeros(2, dtype=int),
                origins=origins,
                horizon=28,
                season=7,
                events=events,
            )
        )
        for one in (values, changed)
    )

    assert np.allclose(plain.mean[:, before], other.mean[:, before], rtol=1e-12)
    assert np.allclose(plain.limits[:, before], other.limits[:, before], rtol=1e-12)


def test_weekly_and_late_channels_work_with_a_country() -> None:
    days = account_with(0.4, holidays_of("DE"))
    weekly = days["channel"] == "Channel 1"
    rows = days[weekly].assign(date=days.loc[weekly, "date"].dt.to_period("W").dt.start_time)
    mixed = pd.concat([days[~weekly].iloc[:-3], rows.groupby(["channel", "date"], as_index=False).sum()])
    model = train(mixed, 28, account=Account(country="DE"))

    told = predict(mixed, 28, model, account=Account(country="DE"))

    assert told.model_version == model.version
    assert np.isfinite(told.channels["roi"]).all()
