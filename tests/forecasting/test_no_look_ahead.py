"""Nothing forecast from an origin may depend on what came after it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.backtest import Rolling, sum_until_origin, weekly_origins
from services.forecasting.campaign_days import COUNTS
from services.forecasting.counts import forecast_counts
from services.forecasting.metrics import forecast_panel
from services.forecasting.panel import Panel, read_panel
from tests.forecasting.accounts import account

DAYS = 150
CHANGED_FROM = 100


@pytest.fixture(scope="module")
def panels() -> tuple[Panel, Panel]:
    """The same account, and one that does something else entirely after day 100."""
    days = account(days=DAYS)
    delay_days = days["date"] >= days["date"].min() + np.timedelta64(CHANGED_FROM, "D")
    factors = np.random.default_rng(1).lognormal(1, 1, (int(delay_days.sum()), len(COUNTS)))
    other = days.copy()
    other.loc[delay_days, list(COUNTS)] = other.loc[delay_days, list(COUNTS)].to_numpy() * factors
    return read_panel(days), read_panel(other)


@pytest.mark.parametrize("metric", [*COUNTS, "ctr", "conversion", "roas"])
def test_earlier_forecasts_and_bands_do_not_know_later_days(panels: tuple[Panel, Panel], metric: str) -> None:
    known, changed = (forecast_panel(panel, 28) for panel in panels)
    before = known.origins <= CHANGED_FROM
    plain, other = known.outlook[metric], changed.outlook[metric]

    assert before.sum() >= 10
    assert np.allclose(plain.mean[:, before], other.mean[:, before], rtol=1e-12)
    assert np.allclose(plain.limits[:, before], other.limits[:, before], rtol=1e-12)
    assert not np.allclose(plain.mean[:, ~before], other.mean[:, ~before], rtol=1e-3)


@pytest.mark.parametrize("length", [140, 900])
def test_a_backtest_forecasts_what_a_user_would_have_been_told_that_day(length: int) -> None:
    values = np.random.default_rng(4).lognormal(4, 0.3, (1, length))
    origins = weekly_origins(length, 7, 10)
    full = forecast_counts(_rolling(values, origins))

    cut = forecast_counts(_rolling(values[:, : origins[-3]], origins[:-2]))

    assert np.allclose(cut.mean[:, -1], full.mean[:, -3])
    assert np.allclose(cut.limits[:, -1], full.limits[:, -3])


@pytest.mark.parametrize("rate", [0.3, 1.5])
def test_series_with_many_zeros_do_not_know_later_days_either(rate: float) -> None:
    values = np.random.default_rng(7).poisson(rate, (3, 140)).astype(float)
    changed = values.copy()
    changed[:, CHANGED_FROM:] = 50.0
    origins = weekly_origins(140, 7, 15)
    before = origins <= CHANGED_FROM

    plain, other = (forecast_counts(_rolling(one, origins)) for one in (values, changed))

    assert np.allclose(plain.mean[:, before], other.mean[:, before], rtol=1e-12)
    assert np.allclose(plain.limits[:, before], other.limits[:, before], rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20), st.floats(1, 500))
def test_what_is_learned_at_an_origin_is_the_plain_sum_over_days_that_had_come(
    seed: int, horizon: int, half_life: float
) -> None:
    origins = np.array([14, 21, 28, 35])
    rolling = _rolling(np.ones((2, 35)), origins, horizon)
    told = np.random.default_rng(seed).normal(size=(2, 4, horizon))

    learned = sum_until_origin(told, rolling, half_life)

    for at, origin in enumerate(origins):
        expected = sum(
            told[:, j, h] * 0.5 ** ((origin - 1 - (earlier + h)) / half_life)
            for j, earlier in enumerate(origins)
            for h in range(horizon)
            if earlier + h < origin
        )
        assert np.allclose(learned[:, at], expected)


def _rolling(values: np.ndarray, origins: np.ndarray, horizon: int = 14) -> Rolling:
    return Rolling(
        values=values,
        observed=np.ones(values.shape, dtype=bool),
        group=np.zeros(len(values), dtype=int),
        origins=origins,
        horizon=horizon,
        season=7,
    )
