"""The plan from kept curves is the plan that the run has decided: the same cents and the same effect."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from services.budgeting import plan
from services.budgeting.budget_plan import BudgetPlan
from services.planner.curves import pack, unpack
from services.planner.model import Model, model_of
from services.planner.plans import Plan, answer
from services.planner.question import Question
from services.worth import REVENUE
from tests.page.varied_accounts import MAKERS


def _of(world: str, seed: int, factor: float | None) -> tuple[BudgetPlan, Model]:
    days, _ = MAKERS[world](seed)
    made = plan(days, None)
    if factor is not None:
        made = plan(days, Decimal(round(float(made.total) * factor, 2)))
    assert made.curves is not None
    kept = unpack(pack(made.curves))
    assert kept == made.curves
    return made, model_of(kept, REVENUE)


def _cents(amounts: list[Decimal] | list[float]) -> list[int]:
    return [round(100 * amount) for amount in amounts]


def _check(made: BudgetPlan, found: Plan) -> None:
    assert _cents([c.amount for c in found.channels]) == _cents([s.recommended for s in made.shares])
    assert _cents([c.today for c in found.channels]) == _cents([s.current for s in made.shares])
    assert round(100 * (found.total + found.unspent)) == round(100 * made.total)
    gain = made.gain
    assert gain is not None
    assert made.profit is not None
    tolerance = 1e-9 * max(1.0, found.brings)
    for ours, theirs in ((found.effect, made.effect), (found.gain, gain), (found.profit, made.profit)):
        assert ours.p10 == pytest.approx(theirs.p10, rel=1e-9, abs=tolerance)
        assert ours.p50 == pytest.approx(theirs.p50, rel=1e-9, abs=tolerance)
        assert ours.p90 == pytest.approx(theirs.p90, rel=1e-9, abs=tolerance)


@pytest.mark.parametrize("factor", [None, 0.8, 1.2, 1.6])
@pytest.mark.parametrize("world", MAKERS)
def test_the_first_view_is_the_decided_plan(world: str, factor: float | None) -> None:
    made, model = _of(world, 700, factor)

    found = answer(model, Question())

    _check(made, found)
    if made.verdict == "move" and factor is None:
        assert found.p_better == made.p_improves


@pytest.mark.parametrize("world", ["rich", "brand", "mixture", "one channel"])
@pytest.mark.parametrize("factor", [0.85, 1.0, 1.13])
def test_the_best_split_of_a_total_is_that_of_a_run_with_this_total(world: str, factor: float) -> None:
    made, model = _of(world, 701, factor)

    found = answer(model, Question(total=round(100 * made.total)))

    shares = [share.recommended for share in made.shares]
    assert np.abs(np.subtract(_cents([c.amount for c in found.channels]), _cents(shares))).max(initial=0) <= 1
    assert sum(_cents([c.amount for c in found.channels])) == round(100 * made.total)


def test_the_bytes_of_the_curves_are_bounded() -> None:
    made, _ = _of("rich", 700, None)

    assert made.curves is not None
    n = len(made.curves.channels)
    assert len(pack(made.curves)) <= 500 * n * 8 + 600 * n
