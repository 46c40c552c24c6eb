from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting.curves import curves_through
from services.budgeting.shapes import (
    BETWEEN,
    CARRY_OVERS,
    ELASTICITIES,
    NODES,
    adstock,
    log_responses,
)


@settings(max_examples=50, deadline=None)
@given(st.floats(1, 1e6), st.floats(0.1, 1e7), st.floats(0.05, 0.95))
def test_a_curve_goes_through_today_with_its_elasticity(
    spend: float, revenue: float, elasticity: float
) -> None:
    curve = curves_through(np.array([spend]), np.array([revenue]), np.array([elasticity]))

    assert curve.revenue(np.array([spend])) == pytest.approx([revenue])
    assert curve.marginal(np.array([spend])) == pytest.approx([elasticity * revenue / spend])


def test_the_marginal_return_is_the_slope() -> None:
    curve = curves_through(np.array([100.0]), np.array([300.0]), np.array([0.6]))
    x, h = np.array([130.0]), 1e-4

    slope = (curve.revenue(x + h) - curve.revenue(x - h)) / (2 * h)

    assert curve.marginal(x) == pytest.approx(slope, rel=1e-6)


def test_spend_at_a_marginal_return_undoes_the_marginal_return() -> None:
    curve = curves_through(np.array([100.0, 40.0]), np.array([300.0, 20.0]), np.array([0.6, 0.3]))
    spend = np.array([80.0, 55.0])

    assert curve.spend_at(curve.marginal(spend)) == pytest.approx(spend)


def test_a_channel_without_spend_brings_nothing_at_any_spend() -> None:
    curve = curves_through(np.array([0.0]), np.array([50.0]), np.array([0.5]))

    assert curve.revenue(np.array([10.0])) == [0.0]
    assert curve.marginal(np.array([10.0])) == [0.0]


@pytest.mark.parametrize("carry_over", CARRY_OVERS)
def test_constant_spend_is_at_work_as_it_is(carry_over: float) -> None:
    assert adstock(np.full(20, 7.0), carry_over) == pytest.approx(np.full(20, 7.0))


def test_spend_at_work_carries_over() -> None:
    assert adstock(np.array([0.0] * 7 + [10.0, 0.0]), 0.3)[-2:] == pytest.approx([7.0, 2.1])


def test_every_shape_has_its_elasticity_at_todays_spend() -> None:
    h = 1e-5

    log_change = log_responses(np.full((1, 1), 1 + h)) - log_responses(np.full((1, 1), 1 - h))

    elasticity = log_change.reshape(3, NODES.size) / (2 * h)
    assert elasticity == pytest.approx(np.tile(NODES, (3, 1)), rel=1e-4)


def test_responses_between_the_nodes_are_well_interpolated() -> None:
    ratio = np.array([0.2, 0.6, 1.0, 1.7, 4.0])

    saturating = log_responses(ratio[:, None])[:, NODES.size : 2 * NODES.size] @ BETWEEN.T

    exact = np.log(ratio[:, None]) - np.log(ratio[:, None] * (1 - ELASTICITIES) + ELASTICITIES)
    assert np.abs(saturating - exact).max() < 2e-3
