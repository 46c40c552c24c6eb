from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from services.snapshots.noise import RISK, noise_of_ratio, noise_of_sum, student_quantile

PERIODS = 600


@pytest.mark.parametrize("freedom", [4, 6, 10, 48, 1000])
@pytest.mark.parametrize("p", [0.9, 0.975, 0.995])
def test_the_quantile_is_that_of_students_distribution(p: float, freedom: int) -> None:
    assert student_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=0.02)


@pytest.mark.parametrize("days", [7, 28, 90])
@pytest.mark.parametrize("persistence", [0.0, 0.4])
def test_where_nothing_changes_hardly_any_change_is_called_real(days: int, persistence: float) -> None:
    random = np.random.default_rng(days)

    sums, ratios = 0, 0
    for _ in range(PERIODS):
        cost, revenue = _account(random, days, persistence)
        before, now = _pairs(revenue[:days], cost[:days]), _pairs(revenue[days:], cost[days:])
        ratios += abs(_ratio(now) - _ratio(before)) > (noise_of_ratio(before, now) or 0)
        sums += abs(sum(revenue[days:]) - sum(revenue[:days])) > (
            noise_of_sum(list(revenue[:days]), list(revenue[days:])) or 0
        )

    # Seven days tell little of their own correlation.
    assert max(sums, ratios) / PERIODS <= (8 if days == 7 else 4) * RISK


@pytest.mark.parametrize(("days", "change"), [(7, 1.8), (28, 1.25), (90, 1.12)])
def test_a_clear_change_is_called_real(days: int, change: float) -> None:
    random = np.random.default_rng(3)
    found = 0
    for _ in range(100):
        cost, revenue = _account(random, days, 0.0)
        revenue[days:] *= change
        before, now = _pairs(revenue[:days], cost[:days]), _pairs(revenue[days:], cost[days:])
        found += abs(_ratio(now) - _ratio(before)) > (noise_of_ratio(before, now) or 0)

    assert found >= 90


def test_weekdays_are_no_noise() -> None:
    weekdays = [100.0, 110.0, 120.0, 110.0, 100.0, 20.0, 30.0]
    random = np.random.default_rng(1)
    sales = np.array(weekdays * 8) * random.uniform(0.98, 1.02, 56)

    noise = noise_of_sum(list(sales[:28]), list(sales[28:]))

    assert noise is not None
    assert noise < 0.02 * sum(sales[:28])


def test_weekdays_are_no_noise_between_periods_of_different_lengths_with_days_between_them() -> None:
    weekdays = [100.0, 110.0, 120.0, 110.0, 100.0, 20.0, 30.0]
    random = np.random.default_rng(1)
    sales = np.array(weekdays * 15) * random.uniform(0.98, 1.02, 105)

    noise = noise_of_sum(list(sales[:30]), list(sales[62:93]), gap_days=32)

    assert noise is not None
    assert noise < 0.02 * sum(sales[:30])


def test_where_nothing_changes_a_month_and_a_longer_one_hardly_ever_differ_for_real() -> None:
    random = np.random.default_rng(5)
    sums, ratios = 0, 0
    for _ in range(PERIODS):
        cost, revenue = _account(random, 30, 0.0)
        before, now = slice(0, 28), slice(28, 59)
        pairs = _pairs(revenue[before], cost[before]), _pairs(revenue[now], cost[now])
        ratios += abs(_ratio(pairs[1]) - _ratio(pairs[0])) > (noise_of_ratio(*pairs) or 0)
        expected = (31 - 28) * 200  # three more days of what a day brings
        change = sum(revenue[now]) - sum(revenue[before]) - expected
        sums += abs(change) > (noise_of_sum(list(revenue[before]), list(revenue[now])) or 0)

    assert max(sums, ratios) / PERIODS <= 4 * RISK


def test_too_few_days_and_no_denominator_are_unknown() -> None:
    assert noise_of_sum([1.0, 2.0], [2.0, 1.0]) is None
    assert noise_of_sum([], []) is None
    assert noise_of_ratio([(1.0, 0.0)] * 28, [(1.0, 2.0)] * 28) is None


def test_days_that_never_differ_make_every_change_real() -> None:
    assert noise_of_sum([5.0] * 28, [6.0] * 28) == pytest.approx(0.0)


def _account(random: np.random.Generator, days: int, persistence: float) -> tuple[np.ndarray, np.ndarray]:
    shocks = random.normal(size=2 * days)
    for day in range(1, 2 * days):
        shocks[day] = persistence * shocks[day - 1] + np.sqrt(1 - persistence**2) * shocks[day]
    weekdays = 1 + 0.2 * np.sin(np.arange(2 * days) % 7)
    cost = 100 * weekdays * random.uniform(0.8, 1.2, 2 * days)
    return cost, 2 * cost * np.exp(0.15 * shocks)


def _pairs(above: np.ndarray, below: np.ndarray) -> list[tuple[float, float]]:
    return list(zip(above.tolist(), below.tolist(), strict=True))


def _ratio(days: list[tuple[float, float]]) -> float:
    return sum(above for above, _ in days) / sum(below for _, below in days)
