from __future__ import annotations

import numpy as np
import pytest

from services.budgeting.posterior import DRAWS, combine
from services.budgeting.response import Series, fit
from services.budgeting.shapes import CARRY_OVERS, ELASTICITIES


def series(
    elasticity: float,
    *,
    days: int = 300,
    noise: float = 0.1,
    seed: int = 0,
    drift: float = 0.0,
    outliers: int = 0,
) -> Series:
    """A channel with a power law, a weekday pattern, a drift and noise; 200 a day at today's spend."""
    rng = np.random.default_rng(seed)
    log_ratio = np.repeat(rng.normal(0, 0.4, days // 20 + 1), 20)[:days] + rng.normal(0, 0.15, days)
    log_ratio -= log_ratio[-28:].mean()
    week = np.resize([0.0, 0.1, 0.0, -0.1, 0.0, 0.2, -0.2], days)
    walk = np.cumsum(rng.normal(0, drift, days))
    errors = rng.normal(0, noise, days)
    errors[rng.choice(days, outliers, replace=False)] += 3.0
    log_revenue = np.log(200) + elasticity * log_ratio + week + walk - walk[-1] + errors
    return Series(
        position=np.arange(days),
        step=1,
        today=50.0,
        empty=0.0,
        log_revenue=log_revenue,
        ratio=np.exp(np.repeat(log_ratio[:, None], len(CARRY_OVERS), axis=1)),
        recent=np.arange(days) >= days - 28,
    )


def likeliest(one: Series) -> float:
    return float(ELASTICITIES[np.argmax(fit(one).log_likelihood)])


@pytest.mark.parametrize("elasticity", [0.2, 0.5, 0.8])
def test_the_likeliest_elasticity_is_near_the_true_one(elasticity: float) -> None:
    assert likeliest(series(elasticity)) == pytest.approx(elasticity, abs=0.1)


def test_drifting_demand_is_not_taken_for_a_response() -> None:
    assert likeliest(series(0.4, drift=0.03, days=600)) == pytest.approx(0.4, abs=0.1)


def test_a_few_outliers_change_little() -> None:
    assert likeliest(series(0.4, outliers=8)) == pytest.approx(0.4, abs=0.1)


def test_the_level_is_the_revenue_at_todays_spend() -> None:
    response = fit(series(0.5))

    assert response.revenue == pytest.approx(200, rel=0.05)
    assert 0 < response.revenue_error < 0.05


def test_the_level_follows_a_drift_to_its_end() -> None:
    assert fit(series(0.5, drift=0.03, days=600)).revenue == pytest.approx(200, rel=0.15)


def test_more_days_say_more() -> None:
    def width(days: int) -> float:
        likelihood = fit(series(0.5, days=days)).log_likelihood
        return float(np.mean(likelihood > likelihood.max() - 2))

    assert width(600) < width(60)


def test_a_fit_without_noise_is_still_finite() -> None:
    assert np.isfinite(fit(series(0.5, noise=0.0)).log_likelihood).all()


def test_without_history_all_channels_have_the_usual_elasticity() -> None:
    posterior = combine(np.zeros((3, ELASTICITIES.size)))

    assert posterior.mean == pytest.approx([0.5, 0.5, 0.5], abs=0.02)
    assert not posterior.is_learnt.any()


def test_a_channel_without_history_leans_on_the_others() -> None:
    steep = -0.5 * ((ELASTICITIES - 0.8) / 0.03) ** 2
    posterior = combine(np.array([steep, steep, steep, np.zeros(ELASTICITIES.size)]))

    assert 0.55 < posterior.mean[3] < 0.8
    assert posterior.is_learnt.tolist() == [True, True, True, False]


def test_one_saturated_channel_among_many_alike_ones_is_believed() -> None:
    alike, saturated = np.full((19, 1), 0.7), np.full((1, 1), 0.2)
    likelihoods = -0.5 * ((ELASTICITIES - np.vstack([alike, saturated])) / 0.05) ** 2

    posterior = combine(likelihoods)

    assert posterior.mean[-1] < 0.3
    assert posterior.mean[:-1] == pytest.approx(0.7, abs=0.05)
    assert posterior.is_learnt[-1]


def test_draws_agree_with_the_mean_and_stay_possible() -> None:
    likelihoods = -0.5 * ((ELASTICITIES - np.array([[0.3], [0.6]])) / 0.1) ** 2

    posterior = combine(likelihoods)

    assert posterior.draws.shape == (DRAWS, 2)
    assert posterior.draws.mean(axis=0) == pytest.approx(posterior.mean, abs=0.01)
    assert np.all((posterior.draws > 0) & (posterior.draws < 1))
