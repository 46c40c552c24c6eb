from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting.allocation import allocate, allocate_cents, spend_at_marginal
from services.budgeting.curves import Curves, curves_through
from services.numerics import Floats, Ints
from tests.budgeting.optimality import kkt_error

few_examples = settings(max_examples=60, deadline=None)


@st.composite
def channels(draw: st.DrawFn, most: int = 8) -> tuple[Floats, Floats, Floats]:
    """Today's spend, revenue and elasticity of some channels."""
    n = draw(st.integers(1, most))
    spend = draw(st.lists(st.floats(1, 1e5), min_size=n, max_size=n))
    returns = draw(st.lists(st.floats(0.01, 20), min_size=n, max_size=n))
    elasticity = draw(st.lists(st.floats(0.05, 0.95), min_size=n, max_size=n))
    return np.array(spend), np.array(spend) * np.array(returns), np.array(elasticity)


def around(spend: Floats, limit: float = 0.3) -> tuple[Floats, Floats]:
    return (1 - limit) * spend, (1 + limit) * spend


def in_cents(bound: Floats) -> Ints:
    return np.rint(100 * bound).astype(np.int64)


@few_examples
@given(channels(), st.floats(0.71, 1.29))
def test_a_split_adds_up_within_bounds_and_meets_the_conditions_of_the_optimum(
    accounts: tuple[Floats, Floats, Floats], part: float
) -> None:
    spend, revenue, elasticity = accounts
    curves, (lower, upper) = curves_through(spend, revenue, elasticity), around(spend)

    split = allocate(curves, part * spend.sum(), lower, upper)

    assert split.sum() == pytest.approx(part * spend.sum(), rel=1e-12)
    assert np.all((split >= lower) & (split <= upper))
    assert kkt_error(curves, split, lower, upper) <= 1e-8


@few_examples
@given(channels(), st.floats(0.5, 1.5))
def test_whole_cents_add_up_within_bounds(accounts: tuple[Floats, Floats, Floats], part: float) -> None:
    spend, revenue, elasticity = accounts
    lower, upper = (in_cents(bound) for bound in around(spend))
    total = round(100 * part * spend.sum())

    split = allocate_cents(curves_through(spend, revenue, elasticity), total, lower, upper)

    assert split.sum() == min(max(total, lower.sum()), upper.sum())
    assert np.all((split >= lower) & (split <= upper))


@few_examples
@given(channels(), st.floats(0.7, 1.3), st.integers(1, 500))
def test_a_larger_total_never_lowers_a_share_not_even_by_a_cent(
    accounts: tuple[Floats, Floats, Floats], part: float, more: int
) -> None:
    spend, revenue, elasticity = accounts
    curves = curves_through(spend, revenue, elasticity)
    lower, upper = (in_cents(bound) for bound in around(spend))
    total = round(100 * part * spend.sum())

    split, larger = (allocate_cents(curves, t, lower, upper) for t in (total, total + more))

    assert np.all(larger >= split)


@few_examples
@given(channels(), st.floats(0.75, 1.25))
def test_cents_are_within_a_cent_of_the_exact_split(
    accounts: tuple[Floats, Floats, Floats], part: float
) -> None:
    spend, revenue, elasticity = accounts
    curves, (lower, upper) = curves_through(spend, revenue, elasticity), around(spend)
    total = round(100 * part * spend.sum())

    exact = allocate(curves, total / 100, lower, upper)
    cents = allocate_cents(curves, total, in_cents(lower), in_cents(upper))

    assert np.abs(cents / 100 - exact).max() <= 0.01 * (spend.size + 1)


def test_no_split_on_a_fine_grid_is_better() -> None:
    curves = curves_through(
        np.array([100.0, 200, 50]), np.array([300.0, 450, 200]), np.array([0.4, 0.7, 0.5])
    )
    lower, upper = around(np.array([100.0, 200, 50]))
    first, second = (np.linspace(lower[c], upper[c], 61) for c in (0, 1))
    grid = np.array([(a, b, 350 - a - b) for a, b in product(first, second)])
    grid = grid[(grid[:, 2] >= lower[2]) & (grid[:, 2] <= upper[2])]

    best = curves.revenue(allocate(curves, 350.0, lower, upper)).sum()

    assert best >= curves.revenue(grid).sum(axis=1).max()


def test_each_draw_is_split_as_if_it_were_alone() -> None:
    rng = np.random.default_rng(1)
    spend = rng.uniform(10, 100, 4)
    draws = curves_through(spend, spend * rng.uniform(1, 5, (7, 4)), rng.uniform(0.2, 0.9, (7, 4)))
    lower, upper = around(spend)

    together = allocate(draws, spend.sum(), lower, upper)

    alone = [allocate(Curves(draws.ceiling[d], draws.half[d]), spend.sum(), lower, upper) for d in range(7)]
    assert np.allclose(together, alone, rtol=1e-12)


def test_a_target_marginal_return_is_met_where_the_bounds_allow() -> None:
    spend = np.array([100.0, 200.0])
    curves = curves_through(spend, np.array([300.0, 500.0]), np.array([0.5, 0.5]))

    split = spend_at_marginal(curves, 1.4, *around(spend))

    assert curves.marginal(split) == pytest.approx([1.4, 1.4])


def test_a_channel_that_brings_nothing_gets_money_last() -> None:
    spend = np.array([100.0, 100.0])
    curves = curves_through(spend, np.array([0.0, 300.0]), np.array([0.5, 0.5]))
    lower, upper = (in_cents(bound) for bound in around(spend))

    assert allocate_cents(curves, 20_000, lower, upper).tolist() == [7_000, 13_000]
    assert allocate_cents(curves, 22_000, lower, upper).tolist() == [9_000, 13_000]


def test_nothing_that_brings_anything_is_still_split_to_the_cent() -> None:
    nothing = curves_through(np.array([100.0, 50.0]), np.zeros(2), np.array([0.5, 0.5]))

    split = allocate_cents(nothing, 15_000, np.array([7_000, 3_500]), np.array([13_000, 6_500]))

    assert split.sum() == 15_000


def test_the_error_of_a_split_that_is_not_optimal_shows() -> None:
    spend = np.array([100.0, 100.0])
    curves = curves_through(spend, np.array([100.0, 400.0]), np.array([0.5, 0.5]))

    assert kkt_error(curves, spend, *around(spend)) == pytest.approx(3.0)
