"""Whatever is asked, the answer is a plan within its bounds, or a sentence: never a wrong plan."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import DemetraError, InvalidFieldError
from services.planner.frontier import frontier
from services.planner.model import Model
from services.planner.plans import InfeasiblePlanError, Plan, answer
from services.planner.question import Question, question_of
from tests.planner.made_up import model

MODELS = [model(seed, n, 20) for seed, n in enumerate((0, 1, 2, 5, 12, 5, 5, 5))]
ODD: tuple[Any, ...] = (
    math.nan,
    math.inf,
    -math.inf,
    -1,
    -0.01,
    0,
    0.001,
    1e15,
    1e400,
    10**400,
    1e12,
    True,
    "12",
    None,
    [],
    {},
)
NUMBERS = st.sampled_from(ODD) | st.floats(0, 1e6)


def channels_of(of: Model) -> list[str]:
    """Return the names of the channels."""
    return [curve.channel for curve in of.curves.channels]


def _by_channel(names: list[str]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from([*names, "Nowhere"]), NUMBERS, max_size=3)


def _bodies(names: list[str]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "total": NUMBERS,
            "best_total": st.booleans(),
            "target": st.fixed_dictionaries(
                {"kind": st.sampled_from(["roi", "cpa", "revenue", "conversions", "luck"]), "value": NUMBERS}
            ),
            "amounts": _by_channel(names),
            "locked": st.lists(st.sampled_from([*names, "Nowhere"]), max_size=3) | _by_channel(names),
            "minimum": _by_channel(names),
            "maximum": _by_channel(names),
            "change_limit": NUMBERS | st.floats(0, 1),
            "horizon_days": st.sampled_from([6, 7, 28, 60, 90, 91, 28.5, math.nan]),
            "moves": st.sampled_from(["advised", "all", "none"]),
            "colour": NUMBERS,
        },
    )


def _cents(amount: float) -> int:
    return round(100 * amount)


def check_plan(plan: Plan, question: Question) -> None:
    """Assert that a plan adds up, is finite, and stays within its bounds unless its amounts were given."""
    amounts = [_cents(one.amount) for one in plan.channels]
    assert sum(amounts) == _cents(plan.total)
    assert all(amount >= 0 for amount in amounts)
    figures = [plan.brings, *(getattr(plan.gain, name) for name in ("p10", "p50", "p90"))]
    assert all(math.isfinite(figure) for figure in figures)
    assert plan.brings >= 0
    if question.amounts is None and not plan.is_decided:
        for one, amount in zip(plan.channels, amounts, strict=True):
            assert _cents(one.minimum) <= amount <= _cents(one.maximum)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_whatever_is_asked_a_plan_or_a_sentence_comes(data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(MODELS))
    body = data.draw(_bodies(channels_of(asked)))
    outcome = _outcome(asked, body)

    if isinstance(outcome, InvalidFieldError):
        assert str(outcome.values["parameter"]).split(".")[0] in {*body, "body"}
        return
    question = question_of(body, channels_of(asked))
    if isinstance(outcome, Plan):
        check_plan(outcome, question)
        assert question.total in (None, _cents(outcome.total))
        return
    nearest = outcome.values["nearest"]
    assert outcome.text.en != outcome.text.ru
    assert nearest is None or isinstance(nearest, Plan)
    if nearest is not None:
        check_plan(nearest, question)


def _outcome(asked: Model, body: Any) -> Plan | InvalidFieldError | InfeasiblePlanError:
    try:
        return answer(asked, question_of(body, channels_of(asked)))
    except (InvalidFieldError, InfeasiblePlanError) as error:
        return error


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"total": math.nan}, "total"),
        ({"total": -1}, "total"),
        ({"total": 1e15}, "total"),
        ({"locked": {"Channel 0": 1e9}, "maximum": {"Channel 0": 5}}, "locked.Channel 0"),
        ({"minimum": {"Channel 0": 9}, "maximum": {"Channel 0": 5}}, "minimum.Channel 0"),
        ({"target": {"kind": "cpa", "value": 0}}, "target.value"),
        ({"target": {"kind": "luck", "value": 1}}, "target.kind"),
        ({"total": 5, "target": {"kind": "roi", "value": 1}}, "target"),
        ({"horizon_days": 91}, "horizon_days"),
        ({"colour": 5}, "colour"),
        ([], "body"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(body: object, field: str) -> None:
    asked = MODELS[4]

    with pytest.raises(InvalidFieldError) as caught:
        answer(asked, question_of(body, channels_of(asked)))

    assert caught.value.values["parameter"] == field


def test_a_total_below_the_minimums_has_the_nearest_plan() -> None:
    asked = MODELS[4]

    with pytest.raises(InfeasiblePlanError) as caught:
        answer(asked, Question(total=1))

    nearest = caught.value.values["nearest"]
    assert isinstance(nearest, Plan)
    assert nearest.total == nearest.least


@pytest.mark.parametrize("seed", range(12))
def test_no_other_total_is_more_profitable_than_the_best(seed: int) -> None:
    asked = model(seed, 6, 50)
    best = answer(asked, Question(best_total=True, moves="all"))

    def profit(plan: Plan) -> float:
        return plan.brings - plan.total

    for step in range(21):
        total = round(100 * (best.least + (best.most - best.least) * step / 20))
        other = answer(asked, Question(total=total, moves="all"))
        assert profit(other) <= profit(best) + 0.02


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", ["roi", "cpa"])
def test_a_target_is_reached_with_the_largest_total_that_does(seed: int, kind: str) -> None:
    asked = model(seed, 6, 50)
    middle = answer(
        asked, Question(total=sum(round(100 * c.spend) for c in asked.curves.channels), moves="all")
    )
    assert middle.conversions
    value = middle.brings / middle.total - 1 if kind == "roi" else middle.total / middle.conversions
    found = answer(asked, question_of({"target": {"kind": kind, "value": value}, "moves": "all"}, []))

    assert found.conversions
    reached = found.brings / found.total - 1 if kind == "roi" else -found.total / found.conversions
    assert reached >= (value if kind == "roi" else -value) - 1e-6 * abs(value)
    assert found.total >= middle.total * (1 - 1e-5)


def test_a_frontier_rises_and_its_next_money_brings_less() -> None:
    for seed in range(8):
        made = frontier(model(seed, 6, 50), Question(moves="all"))
        brings = [point.brings for point in made.points]

        assert brings == sorted(brings)
        assert len(made.points) == 31


def test_errors_have_both_languages() -> None:
    error: DemetraError = InvalidFieldError(parameter="total", value="x", allowed="y")

    assert error.text.en != error.text.ru
