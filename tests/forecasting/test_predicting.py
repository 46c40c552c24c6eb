"""The prediction of a sync: its rows, its ratios of sums and its honesty."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from services.errors import NoCampaignsError
from services.forecasting import CustomForecast, forecast, predict, train
from services.forecasting.prediction import Prediction
from tests.forecasting.accounts import account, constant

MEASURES = ("roi", "conversion", "reach", "ctr")


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return account(channels=2, days=250)


@pytest.fixture(scope="module")
def prediction(days: pd.DataFrame) -> Prediction:
    return predict(days, 28)


def test_each_channel_has_26_weeks_of_history_and_the_horizon(prediction: Prediction) -> None:
    rows = prediction.daily.groupby("channel").size()

    assert rows.tolist() == [182 + 28] * 2
    assert prediction.data_to == date(2026, 9, 7)
    assert list(prediction.daily.columns) == [
        "channel",
        "date",
        *(f"{name}_{part}" for name in MEASURES for part in ("actual", "pred", "low", "high")),
    ]


def test_actuals_are_the_campaign_days(prediction: Prediction, days: pd.DataFrame) -> None:
    joined = prediction.daily.merge(days, on=["channel", "date"])

    assert len(joined) == 2 * 182
    assert joined["reach_actual"].tolist() == joined["impressions"].tolist()
    assert np.allclose(joined["roi_actual"], joined["revenue"] / joined["cost"] - 1)
    assert np.allclose(joined["ctr_actual"], joined["clicks"] / joined["impressions"])


def test_days_to_come_have_no_actuals_and_are_the_forecast(
    prediction: Prediction, days: pd.DataFrame
) -> None:
    future = prediction.daily[prediction.daily["date"] > pd.Timestamp(prediction.data_to)]
    roi = forecast(days, 28).query("metric == 'roi'")

    assert future[[f"{name}_actual" for name in MEASURES]].isna().all(axis=None)
    assert np.allclose(future["roi_pred"], roi["mean"])
    assert np.allclose(future["roi_low"], roi["low80"])


def test_history_is_what_was_predicted_in_the_week_before(prediction: Prediction, days: pd.DataFrame) -> None:
    origin = days["date"].max() - pd.Timedelta(days=14)
    then = predict(days[days["date"] <= origin], 28).daily
    told = then[(then["date"] > origin) & (then["date"] <= origin + pd.Timedelta(days=7))]
    shown = prediction.daily.merge(told[["channel", "date"]])

    for name in MEASURES:
        assert np.allclose(shown[f"{name}_pred"], told[f"{name}_pred"], rtol=0.02)


def test_roi_of_the_horizon_is_a_ratio_of_expected_sums(prediction: Prediction, days: pd.DataFrame) -> None:
    table = forecast(days, 28).pivot_table(index=["channel", "date"], columns="metric", values="mean")
    expected = (table["roi"] * table["cost"]).groupby("channel").sum() / table["cost"].groupby(
        "channel"
    ).sum()
    conversion = (table["conversion"] * table["clicks"]).groupby("channel").sum()

    assert np.allclose(prediction.channels["roi"], expected)
    assert np.allclose(
        prediction.channels["conversion"], conversion / table["clicks"].groupby("channel").sum()
    )


def test_the_interval_of_the_horizon_is_tighter_than_that_of_a_day(prediction: Prediction) -> None:
    future = (
        prediction.daily[prediction.daily["roi_actual"].isna()].groupby("channel").mean(numeric_only=True)
    )
    whole = prediction.channels.set_index("channel")

    assert (whole["roi_low"] < whole["roi"]).all()
    assert (whole["roi"] < whole["roi_high"]).all()
    assert (whole["roi_high"] - whole["roi_low"] < 0.7 * (future["roi_high"] - future["roi_low"])).all()


def test_a_constant_channel_is_known_exactly() -> None:
    channel = predict(constant(days=100), 28).channels.iloc[0]

    assert channel["roi"] == pytest.approx(1.5)
    assert channel["conversion"] == pytest.approx(0.1)
    assert channel["acquisition_cost"] == pytest.approx(8)


def test_the_roi_interval_of_the_horizon_covers_what_came() -> None:
    inside = []
    for seed in range(12):
        days = account(channels=4, days=300, seed=seed)
        until = days["date"].min() + pd.Timedelta(days=271)
        known, after = days[days["date"] <= until], days[days["date"] > until]
        sums = after.groupby("channel")[["revenue", "cost"]].sum()
        actual_sum = (sums["revenue"] / sums["cost"] - 1).to_numpy()
        told = predict(known, 28).channels
        inside += ((actual_sum >= told["roi_low"]) & (actual_sum <= told["roi_high"])).tolist()

    assert 0.65 < np.mean(inside) < 0.95


def test_days_without_cost_have_no_roi() -> None:
    days = constant(days=60)
    days.loc[50:55, "cost"] = 0.0

    rows = predict(days, 7).daily.set_index("date").loc["2026-02-20":"2026-02-25"]

    assert rows["roi_actual"].isna().all()
    assert rows["reach_actual"].eq(1000).all()


def test_a_week_without_spend_leaves_the_ratios_alone() -> None:
    days = account(channels=1, days=200)
    days.loc[150:156, ["impressions", "clicks", "conversions", "cost", "revenue"]] = 0.0

    with_pause, without = (
        predict(frame, 28).channels.iloc[0] for frame in (days, account(channels=1, days=200))
    )

    assert with_pause["roi"] == pytest.approx(without["roi"], abs=0.1)


def test_a_loss_of_everything_is_the_worst_that_is_foreseen() -> None:
    days = account(channels=1, days=120)
    days["revenue"] *= np.random.default_rng(0).lognormal(-2, 2, 120)

    prediction = predict(days, 28)

    assert prediction.channels["roi_low"].min() >= -1
    assert float(prediction.daily[["roi_pred", "roi_low"]].min().min()) >= -1


def test_scores_are_plain_json(prediction: Prediction) -> None:
    assert json.loads(json.dumps(dict(prediction.scores), allow_nan=False)) == prediction.scores
    assert prediction.scores["metrics"]["roi"]["coverage80"] == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("count", [1, 2, 7, 14, 15, 30])
def test_young_accounts_are_predicted_with_low_confidence(count: int) -> None:
    prediction = predict(account(days=count), 28)

    assert prediction.channels["low_confidence"].all()
    assert prediction.channels["roi"].notna().all()
    assert len(prediction.daily) == 2 * (count + 28)


def test_a_channel_of_few_active_days_has_low_confidence() -> None:
    days = pd.concat([constant(days=300), constant(days=300, channel="Rare").iloc[::10]])

    confidence = predict(days, 7).channels.set_index("channel")["low_confidence"]

    assert confidence.to_dict() == {"Rare": True, "Steady": False}


def test_a_stopped_channel_keeps_its_history_and_has_no_roi() -> None:
    days = pd.concat([constant(days=150), constant(days=60, channel="Ended")])

    prediction = predict(days, 7)
    ended = prediction.channels.set_index("channel").loc["Ended"]
    rows = prediction.daily[prediction.daily["channel"] == "Ended"]

    assert ended[["roi", "roi_low", "conversion", "acquisition_cost"]].isna().all()
    assert ended["low_confidence"]
    assert rows["reach_pred"].tail(7).eq(0).all()
    assert rows["reach_actual"].notna().sum() == 60


def test_late_days_are_shown_as_predicted_without_actuals() -> None:
    days = pd.concat([constant(days=100), constant(days=97, channel="Late")])

    rows = predict(days, 7).daily.query("channel == 'Late'")

    assert rows["date"].is_monotonic_increasing
    assert rows["reach_actual"].isna().sum() == 3 + 7
    assert rows["reach_pred"].tail(10).between(900, 1100).all()


def test_a_trained_model_changes_bands_but_not_history(days: pd.DataFrame, prediction: Prediction) -> None:
    with_model = predict(days, 28, train(days, 28))
    past = days["date"].max()

    pd.testing.assert_frame_equal(
        with_model.daily[with_model.daily["date"] <= past], prediction.daily[prediction.daily["date"] <= past]
    )
    assert with_model.model_version != prediction.model_version
    assert np.allclose(with_model.channels["roi"], prediction.channels["roi"])


def test_a_model_of_other_channels_is_not_applied(days: pd.DataFrame, prediction: Prediction) -> None:
    other = train(days.assign(channel=days["channel"] + " renamed"), 28)

    pd.testing.assert_frame_equal(predict(days, 28, other).channels, prediction.channels)


def test_a_custom_model_replaces_the_roi_and_keeps_the_relative_interval(
    days: pd.DataFrame, prediction: Prediction
) -> None:
    told = predict(days, 28, CustomForecast(roi={"Channel 0": 2.0}, version="ours.skops")).channels
    plain = prediction.channels

    assert told["roi"].tolist() == [2.0, plain.loc[1, "roi"]]
    assert (1 + told["roi_low"][0]) / 3 == pytest.approx((1 + plain["roi_low"][0]) / (1 + plain["roi"][0]))
    assert told["conversion"].tolist() == plain["conversion"].tolist()


def test_without_days_there_is_no_prediction(days: pd.DataFrame) -> None:
    with pytest.raises(NoCampaignsError):
        predict(days.iloc[:0], 28)
