"""The trained model: what it keeps, and when it no longer fits the data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from services.forecasting import Account, fits, train
from services.forecasting.account import Conversions
from services.forecasting.forecasts import forecast
from services.forecasting.model import Model
from services.forecasting.valuing import valued
from tests.forecasting.accounts import account


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return account(days=200)


@pytest.fixture(scope="module")
def model(days: pd.DataFrame) -> Model:
    return train(days, 28)


def test_a_model_fits_the_days_that_it_was_trained_on(model: Model, days: pd.DataFrame) -> None:
    assert fits(model, days, 28)
    assert fits(model, days.sample(frac=1, random_state=1))


@pytest.mark.parametrize(("more", "still"), [(1, True), (14, True), (15, False)])
def test_a_model_fits_for_two_more_weeks(days: pd.DataFrame, model: Model, more: int, still: bool) -> None:
    later = account(days=200 + more)
    grown = pd.concat([days, later[later["date"] > days["date"].max()]])

    assert fits(model, grown) is still


@pytest.mark.parametrize(
    "change",
    [
        lambda days: days[days["channel"] == "Channel 0"],
        lambda days: days.assign(channel=days["channel"].str.upper()),
        lambda days: pd.concat([days, days.query("channel == 'Channel 0'").assign(channel="New")]),
        lambda days: days.assign(revenue=days["revenue"] * 1.01),
        lambda days: days[days["date"] < days["date"].max()],
        lambda days: days.assign(date=days["date"] + pd.Timedelta(days=3)),
    ],
)
def test_a_model_does_not_fit_other_data(
    model: Model, days: pd.DataFrame, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    assert not fits(model, change(days))


@pytest.mark.parametrize(("oldest", "still"), [(45, True), (70, False)])
def test_a_model_fits_while_newest_days_are_completed(
    days: pd.DataFrame, model: Model, oldest: int, still: bool
) -> None:
    is_late = days["date"] > days["date"].max() - pd.Timedelta(days=oldest)
    late = {name: days[name] * np.where(is_late, 1.3, 1.0) for name in ("conversions", "revenue")}

    assert fits(model, days.assign(**late)) is still


def test_a_model_fits_whatever_money_a_conversion_counts_for(days: pd.DataFrame) -> None:
    channels = sorted(set(days["channel"]))
    accounts = [
        Account(conversions=Conversions(dict.fromkeys(channels, value), "mean", is_all=True))
        for value in (40.0, 43.0)
    ]
    before, after = (valued(days.assign(revenue=0.0), one) for one in accounts)
    made = train(before[0], 28, account=before[1])

    assert fits(made, after[0], account=after[1])
    more = after[0].assign(conversions=after[0]["conversions"] * 1.1, revenue=after[0]["revenue"] * 1.1)
    assert not fits(made, more, account=after[1])


def test_a_model_does_not_fit_another_horizon(model: Model, days: pd.DataFrame) -> None:
    assert not fits(model, days, 14)


def test_a_model_is_a_scikit_learn_estimator(model: Model, days: pd.DataFrame) -> None:
    again = clone(model).fit(days)

    assert again.get_params() == {"horizon": 28}
    assert again.version == model.version
    pd.testing.assert_frame_equal(again.predict(days), model.predict(days))


def test_a_model_forecasts_the_same_means_as_without(model: Model, days: pd.DataFrame) -> None:
    plain = forecast(days, 28)

    told = model.predict(days)

    assert told["mean"].to_numpy() == pytest.approx(plain["mean"].to_numpy(), rel=0.05)


def test_other_training_days_make_another_version(model: Model, days: pd.DataFrame) -> None:
    assert train(days.assign(cost=days["cost"] ** 1.1), 28).version != model.version


def test_a_model_for_a_shorter_horizon_serves_a_longer_one(days: pd.DataFrame) -> None:
    short = train(days, 7)

    table = forecast(days, 60, short.learned_of_days)

    assert table["mean"].notna().all()
