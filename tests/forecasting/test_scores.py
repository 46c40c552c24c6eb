"""Scores that can be checked by hand, and the coverage of the intervals."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from services.forecasting import evaluate, forecast_series, score_rows
from services.forecasting.backtest import Rolling
from services.forecasting.calibration import Calibration
from services.forecasting.evaluation import COLUMNS
from services.forecasting.forecast_types import Forecasts
from services.forecasting.scores import outcomes, score, seasonal_naive
from tests.forecasting.accounts import account, constant


def by_hand() -> tuple[Rolling, Forecasts]:
    """Two weeks of season 2: 10, 20, then 12, 24 ...; one origin with 14 known days, 2 steps ahead.

    Known: 10, 20 five times, 14, 24 twice: seasonal differences 0 (8 of them), 4, 4, 0, 0.
    """
    values = np.array([[10.0, 20] * 5 + [14.0, 24] * 2 + [16.0, 20]])
    rolling = Rolling(
        values=values,
        observed=np.ones(values.shape, dtype=bool),
        group=np.zeros(1, dtype=int),
        origins=np.array([14, 16]),
        horizon=2,
        season=2,
    )
    mean = np.array([[[15.0, 21.0], [0.0, 0.0]]])
    limits = np.array(
        [[[[15.5, 17, 10, 20], [18, 22, 19.5, 19.9]], [[0, 0, 0, 0], [0, 0, 0, 0]]]], dtype=float
    )
    nothing = Calibration(np.ones((1, 1)), np.ones((1, 4)), np.ones((1, 2)))
    return rolling, Forecasts(mean=mean, limits=limits, one_step_mae=np.ones((1, 2)), learned=nothing)


def test_scores_are_those_of_a_pocket_calculator() -> None:
    found = score(outcomes(*by_hand()))

    scale = (4 + 4) / 12
    assert found["mase"] == pytest.approx((1 + 1) / 2 / scale)
    assert found["mase_naive"] == pytest.approx((2 + 4) / 2 / scale)
    assert found["skill"] == pytest.approx(1 - 2 / 6)
    assert found["rmsse"] == pytest.approx(np.sqrt(1 / (32 / 12)), abs=1e-6)
    assert found["bias"] == pytest.approx(36 / 36 - 1)
    assert (found["coverage80"], found["coverage95"]) == (1.0, 0.5)
    assert found["width80"] == pytest.approx((1.5 + 4) / 2 / scale)
    assert found["forecasts"] == 2


def test_the_naive_forecast_is_the_last_season() -> None:
    rolling, _ = by_hand()

    assert seasonal_naive(rolling)[0].tolist() == [[14.0, 24.0], [16.0, 20.0]]


def test_bands_hold_what_they_promise_on_made_up_series() -> None:
    inside80, inside95 = [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        level = np.cumsum(random.normal(0, 0.02, 328))
        values = np.exp(5 + level + 0.3 * np.sin(np.arange(328) * 2 * np.pi / 7) + random.normal(0, 0.2, 328))
        table = forecast_series(values[:300], 28, 7)
        inside80.append(((values[300:] >= table["low80"]) & (values[300:] <= table["high80"])).mean())
        inside95.append(((values[300:] >= table["low95"]) & (values[300:] <= table["high95"])).mean())

    assert 0.72 < np.mean(inside80) < 0.87
    assert 0.90 < np.mean(inside95) < 0.985


def test_the_evaluation_is_json_with_a_row_for_every_channel_and_metric() -> None:
    scores = evaluate(account(channels=2, days=200), 14)
    rows = score_rows(scores)

    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert [row[:2] for row in rows[:2]] == [("", ""), ("", "impressions")]
    assert len(rows) == 1 + 8 + 2 * (1 + 8)


def test_a_weekly_pattern_with_noise_is_forecast_better_than_by_last_week() -> None:
    assert evaluate(account(channels=3, days=300), 28)["overall"]["skill"] > 0.15


@pytest.mark.parametrize("days", [1, 14, 20])
def test_too_few_days_have_no_scores_instead_of_wrong_ones(days: int) -> None:
    overall = evaluate(constant(days=days), 28)["overall"]

    assert overall["mase"] is None
    assert overall["forecasts"] == 0


def test_stopped_channels_do_not_count_in_the_account_scores() -> None:
    going = account(channels=1, days=200)
    stopped = account(channels=2, days=120, seed=5).query("channel == 'Channel 1'")

    both, alone = evaluate(pd.concat([going, stopped]), 14), evaluate(going, 14)

    assert both["metrics"]["cost"]["forecasts"] == alone["metrics"]["cost"]["forecasts"]
    assert both["channels"]["Channel 1"]["metrics"]["cost"]["forecasts"] > 0
