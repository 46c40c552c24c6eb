"""The trained model: what it keeps, and when it no longer fits the data."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from sklearn.base import clone

from services.forecasting import fits, train
from services.forecasting.forecasts import forecast
from services.forecasting.model import Model
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
