"""The methods against slow and obvious recalculations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.backtest import Rolling, weekly_origins
from services.forecasting.calibration import horizon_buckets
from services.forecasting.ridge import ridge
from services.forecasting.season import seasonal_effects
from services.forecasting.theta import SMOOTHING, theta
from services.numerics import by_phase, delayed, ew_mean, ew_sum, trailing_sum
from tests.forecasting.ratio_forecasts import forecast_ratios


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 40), st.floats(0.5, 200))
def test_running_sums_are_what_their_names_say(seed: int, length: int, half_life: float) -> None:
    values = np.random.default_rng(seed).normal(size=(2, length))
    fade = 0.5 ** (np.subtract.outer(np.arange(length), np.arange(length)) / half_life)
    weights = np.tril(fade)

    assert np.allclose(ew_sum(values, half_life), values @ weights.T)
    assert np.allclose(
        ew_mean(values, np.ones((2, length)), half_life), values @ weights.T / weights.sum(axis=1)
    )
    assert np.allclose(trailing_sum(values, 5)[:, -1], values[:, -5:].sum(axis=1))
    assert np.allclose(delayed(values, 3)[:, 3:], values[:, :-3])
    assert np.allclose(
        by_phase(values, half_life, 4)[:, -1],
        sum(values[:, t] * 0.5 ** (n / half_life) for n, t in enumerate(range(length - 1, -1, -4))),
    )


def test_the_ridge_is_weighted_least_squares_at_every_origin() -> None:
    random = np.random.default_rng(3)
    logs = random.normal(size=(3, 120)).cumsum(axis=1) * 0.1
    observed = np.arange(120)[None, :] >= np.array([[0], [0], [30]])
    origins = np.array([60, 90, 120])

    forecasts = ridge(logs * observed, observed, origins, 5, 7)

    for series, start in enumerate((0, 0, 30)):
        for at, origin in enumerate(origins):
            expected = _slow_ridge(logs[series], start, origin, 120, 5)
            assert np.allclose(forecasts[series, at], expected)


def _slow_ridge(logs: np.ndarray, start: int, origin: int, end: int, horizon: int) -> np.ndarray:
    def regressors(day: int) -> list[float]:
        return [1.0, (day - end) / 365.25, *(float((day - end) % 7 == phase) for phase in range(7))]

    days = np.arange(start, origin)
    design = np.array([regressors(int(day)) for day in days])
    weights = 0.5 ** ((origin - 1 - days) / 500)
    gram = design.T @ (weights[:, None] * design) + np.diag([1e-6, 5.0] + [1.0] * 7)
    coefficients = np.linalg.solve(gram, design.T @ (weights * logs[start:origin]))
    recent = 0.5 ** ((origin - 1 - days) / 7)
    anchor = (recent * (logs[start:origin] - design @ coefficients)).sum() / recent.sum()
    return np.asarray(
        np.array([regressors(origin + step) for step in range(horizon)]) @ coefficients + anchor
    )


def test_theta_smooths_with_what_had_predicted_best_and_adds_half_the_drift() -> None:
    random = np.random.default_rng(5)
    values = 5 + 0.01 * np.arange(200) + random.normal(0, 0.2, 200)

    forecast = theta(values[None, :], np.ones((1, 200), dtype=bool), np.array([200]), 3)[0, 0]

    assert np.allclose(forecast, _slow_theta(values, 3))


def _slow_theta(values: np.ndarray, horizon: int) -> np.ndarray:
    best = (np.inf, 0.0)
    for alpha in SMOOTHING:
        level, loss = values[:7].mean(), 0.0
        for day, value in enumerate(values):
            if day >= 7:
                loss += (value - level) ** 2 * 0.5 ** ((len(values) - 1 - day) / 180)
            level += alpha * (value - level)
        best = min(best, (loss, level))
    slope = np.polyfit(np.arange(len(values)), values, 1)[0]
    steps = np.array([0.98, 0.98 + 0.98**2, 0.98 + 0.98**2 + 0.98**3])[:horizon]
    return np.asarray(best[1] + 0.5 * slope * steps)


def test_weekday_effects_are_found_and_continued() -> None:
    effects = np.array([0.5, -0.5, 0.2, -0.2, 0.1, -0.1, 0.0])
    logs = np.tile(effects, 30)[None, :] + np.random.default_rng(2).normal(0, 0.05, (1, 210))

    ahead = seasonal_effects(logs, np.ones((1, 210), dtype=bool), 7).ahead(np.array([208]), 9)[0, 0]

    assert np.allclose(ahead, np.tile(effects, 2)[[5, 6, 7, 8, 9, 10, 11, 12, 13]], atol=0.05)


def test_noise_is_not_taken_for_a_weekday_effect() -> None:
    logs = np.random.default_rng(6).normal(0, 0.3, (40, 210))

    ahead = seasonal_effects(logs, np.ones((40, 210), dtype=bool), 7).ahead(np.array([210]), 7)

    assert np.abs(ahead).mean() < 0.03


def test_a_ratio_follows_its_level_and_its_weekdays() -> None:
    weekly = np.tile([1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5], 60)
    level = np.where(np.arange(420) < 300, 0.02, 0.04)
    bottom = np.random.default_rng(1).integers(5_000, 20_000, 420).astype(float)
    top = np.random.default_rng(2).binomial(bottom.astype(int), level * weekly).astype(float)
    rolling = Rolling(
        values=(top / bottom)[None, :],
        observed=np.ones((1, 420), dtype=bool),
        group=np.zeros(1, dtype=int),
        origins=weekly_origins(420, 7, 20),
        horizon=7,
        season=7,
    )

    mean = forecast_ratios(top[None, :], bottom[None, :], rolling).mean[0, -1]

    assert np.allclose(mean, 0.04 * weekly[:7], rtol=0.07)


def test_the_horizon_falls_into_weeks_and_doublings() -> None:
    assert horizon_buckets(30).tolist() == [0] * 7 + [1] * 7 + [2] * 14 + [3] * 2


@pytest.mark.parametrize(
    ("length", "season", "most", "origins"),
    [
        (35, 7, 3, [21, 28, 35]),
        (15, 7, 5, [15]),
        (1, 7, 5, [1]),
        (40, 12, 5, [28, 40]),
        (16, 1, 9, [14, 15, 16]),
    ],
)
def test_origins_are_a_season_apart_and_end_with_the_data(
    length: int, season: int, most: int, origins: list[int]
) -> None:
    assert weekly_origins(length, season, most).tolist() == origins
