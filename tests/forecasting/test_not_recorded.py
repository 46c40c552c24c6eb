"""A figure that is not recorded has no forecast, and changes none of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from services.forecasting import predict
from services.forecasting.forecasts import forecast
from tests.forecasting.accounts import account

RATIOS_OF = {
    "impressions": ("reach", "ctr"),
    "clicks": ("conversion", "ctr"),
    "conversions": ("conversion",),
    "cost": ("roi",),
    "revenue": ("roi",),
}


@pytest.mark.parametrize("missing", RATIOS_OF)
def test_ratios_of_a_figure_that_a_channel_does_not_record_are_unknown(missing: str) -> None:
    days = account(channels=3, days=150)
    silent = days["channel"].unique()[1]
    partly = days.assign(**{missing: days[missing].mask(days["channel"] == silent)})

    whole, found = predict(days, 14), predict(partly, 14)

    own = found.daily[found.daily["channel"] == silent]
    for metric in ("roi", "conversion", "reach", "ctr"):
        columns = [f"{metric}_{part}" for part in ("actual", "pred", "low", "high")]
        assert own[columns].isna().all(axis=None) == (metric in RATIOS_OF[missing])
    others = found.daily[found.daily["channel"] != silent].reset_index(drop=True)
    before = whole.daily[whole.daily["channel"] != silent].reset_index(drop=True)
    predicted = ["roi_pred", "conversion_pred", "ctr_pred", "reach_pred", "roi_actual"]
    pd.testing.assert_frame_equal(others[predicted], before[predicted])


def test_no_channel_records_revenue() -> None:
    prediction = predict(account(channels=2, days=100).assign(revenue=np.nan), 14)

    assert prediction.channels[["roi", "roi_low", "roi_high"]].isna().all(axis=None)
    assert prediction.channels["conversion"].notna().all()
    assert prediction.scores["metrics"]["roi"]["mase"] is None


def test_days_before_revenue_was_recorded_are_gaps() -> None:
    days = account(channels=2, days=200)
    late = days["channel"].unique()[0]
    start = days["date"].min() + pd.Timedelta(days=100)
    days.loc[(days["channel"] == late) & (days["date"] < start), "revenue"] = np.nan

    prediction = predict(days, 14)

    own = prediction.daily[prediction.daily["channel"] == late].set_index("date")
    assert own.loc[: start - pd.Timedelta(days=1), ["roi_actual", "roi_pred"]].isna().all(axis=None)
    assert own.loc[start : days["date"].max(), "roi_actual"].notna().all()
    expected = predict(days[(days["channel"] != late) | (days["date"] >= start)], 14).channels
    found = prediction.channels
    assert found["roi"].to_numpy() == pytest.approx(expected["roi"].to_numpy(), rel=0.02)


def test_single_days_without_revenue_change_the_forecast_little() -> None:
    days = account(channels=2, days=200)
    gaps = np.random.default_rng(1).random(len(days)) < 0.2
    partly = days.assign(revenue=days["revenue"].mask(gaps))

    whole, found = predict(days, 14), predict(partly, 14)

    assert found.channels["roi"].to_numpy() == pytest.approx(whole.channels["roi"].to_numpy(), abs=0.08)
    known = found.daily["roi_actual"].notna()
    assert known.sum() < whole.daily["roi_actual"].notna().sum()
    pd.testing.assert_series_equal(found.daily["roi_actual"][known], whole.daily["roi_actual"][known])


def test_campaigns_without_revenue_leave_the_roi_of_the_others_as_it_is() -> None:
    days = account(channels=1, days=120)
    brand = days.assign(revenue=np.nan)

    alone, together = predict(days, 14), predict(pd.concat([days, brand]), 14)

    assert together.channels["roi"][0] == pytest.approx(alone.channels["roi"][0])
    assert together.daily["roi_actual"].dropna().to_numpy() == pytest.approx(
        alone.daily["roi_actual"].dropna().to_numpy()
    )


def test_a_forecast_of_a_figure_that_is_never_recorded_is_not_zero() -> None:
    table = forecast(account(channels=1, days=60).assign(revenue=np.nan), 7)

    means = table.groupby("metric")["mean"]
    assert means.count()[["revenue", "roi"]].eq(0).all()
    assert means.count()[["cost", "clicks", "ctr"]].eq(7).all()
