"""Plans to a marginal ROI, and what more money would bring."""

from __future__ import annotations

import numpy as np
import pytest

from services.budgeting import frontier, plan_to_marginal_roi
from services.budgeting.planning import InvalidTargetError
from tests.budgeting.plans import assert_adds_up, days, made_up


@made_up
def test_a_target_marginal_roi_is_met_inside_the_bounds(seed: int) -> None:
    budget = plan_to_marginal_roi(days("rich", seed), 0.4)

    assert_adds_up(budget)
    for share in budget.shares:
        if share.action != "hold" and share.lower < share.recommended < share.upper:
            assert share.marginal_roi_after == pytest.approx(0.4, abs=1e-3)


@made_up
def test_a_higher_target_spends_less(seed: int) -> None:
    totals = [plan_to_marginal_roi(days("rich", seed), target).total for target in (-0.5, 0.0, 1.0)]

    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("target", [float("nan"), -1.0, float("inf")])
def test_a_target_that_is_no_marginal_roi_is_refused(target: float) -> None:
    with pytest.raises(InvalidTargetError):
        plan_to_marginal_roi(days(), target)


@made_up
def test_the_frontier_rises_ever_more_slowly(seed: int) -> None:
    points = frontier(days("rich", seed), points=9)

    revenue = [point.revenue.p50 for point in points]
    marginal = [point.marginal_roi for point in points if point.marginal_roi is not None]
    assert np.all(np.diff([float(point.total) for point in points]) > 0)
    assert np.all(np.diff(revenue) > 0)
    assert marginal == sorted(marginal, reverse=True)


def test_the_frontier_of_no_rows_is_empty() -> None:
    assert frontier(days().head(0)) == ()
