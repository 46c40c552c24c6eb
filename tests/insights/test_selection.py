"""Sizes that were picked because they are the clearest are told smaller, and then right on average."""

from __future__ import annotations

import numpy as np
import pytest

from services.insights.selection import kept_part


@pytest.mark.parametrize("truth", [3.0, 4.0, 6.0])
def test_the_told_size_has_less_bias_than_the_measured_one(truth: float) -> None:
    limit, random = 3.5, np.random.default_rng([9, int(truth)])
    measured = random.normal(truth, 1, 3000)
    measured = measured[measured > limit][:400]

    told = np.array([z * kept_part(z, limit) for z in measured.tolist()])

    assert abs(told.mean() - truth) <= min(0.5, abs(measured.mean() - truth) + 0.15)


def test_far_beyond_the_limit_the_measured_size_is_told() -> None:
    assert kept_part(12.0, 3.5) == pytest.approx(1.0, abs=1e-6)


def test_the_part_grows_with_the_size_and_shrinks_with_the_limit() -> None:
    by_size = [kept_part(z, 3.0, 20.0) for z in (3.0, 4.0, 5.0, 7.0, 20.0)]
    by_limit = [kept_part(4.0, limit, 20.0) for limit in (1.0, 2.0, 3.0, 4.0)]

    assert by_size == sorted(by_size)
    assert by_limit == sorted(by_limit, reverse=True)
    assert all(0 < part <= 1 for part in (*by_size, *by_limit))
