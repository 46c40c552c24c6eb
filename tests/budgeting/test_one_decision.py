"""One decision on the budget: table, headline, recommendations and summary never give different advice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from services.budgeting import BudgetPlan, plan
from services.budgeting.decision import ENOUGH, SURE, luck
from services.dashboards import RenderContext, budget
from services.dashboards.results import Results
from services.forecasting import Prediction, predict
from services.insights import advise
from tests.budgeting.accounts import KINDS, Kind, account
from tests.budgeting.worlds import WORLDS, World, world_account

ALL: tuple[Kind | World, ...] = (*KINDS, *WORLDS)


@dataclass(frozen=True, slots=True)
class Told:
    """All that one run tells of the budget."""

    plan: BudgetPlan
    rows: Sequence[Mapping[str, Any]]
    headline: str
    summary: Mapping[str, Any]
    records: Sequence[Mapping[str, Any]]

    def of_rule(self, rule: str) -> list[Mapping[str, Any]]:
        return [record for record in self.records if record["rule_id"] == rule]


def frame(kind: Kind | World, seed: int) -> pd.DataFrame:
    if kind in KINDS:
        return account(kind, seed).days
    return world_account(cast("World", kind), seed).days


def told(days: pd.DataFrame, prediction: Prediction | None = None) -> Told:
    prediction = prediction or predict(days, 28)
    made = plan(days, None)
    rows = budget.rows(Results(days=days, prediction=prediction, plan=made))
    context = RenderContext(lang="en", currency="EUR", positions={}, plan=made)
    summary, *records = advise(days, prediction, made, currency="EUR")
    return Told(made, list(rows), budget.headline(rows, context), summary, records)


def contradictions(run: Told) -> Iterator[str]:
    """Yield every two places that give different advice."""
    moved = {r["channel"]: r["recommended_budget"] - r["current_budget"] for r in run.rows}
    actions = {r["channel"]: r["action"] for r in run.rows}
    for channel, change in moved.items():
        if np.sign(change) != {"increase": 1, "decrease": -1}.get(actions[channel], 0):
            yield f"{channel}: {actions[channel]}, but {change:+}"
    yield from _whether_to_move(run, any(action in {"increase", "decrease"} for action in actions.values()))
    for shift in run.of_rule("budget_shift"):
        yield from _how_much(run, shift, {channel: float(change) for channel, change in moved.items()})
    for rule, wrong in (("saturated", "increase"), ("headroom", "decrease")):
        for record in run.of_rule(rule):
            if actions[record["channel"]] == wrong:
                yield f"{record['channel']}: {rule} and {wrong}"


def _whether_to_move(run: Told, is_move: bool) -> Iterator[str]:
    allocation = run.summary["recommendations"]["budget_allocation"]["en"]
    short = run.summary["summary"]["en"]
    places = {
        "recommendations": bool(run.of_rule("budget_shift")),
        "allocation": allocation.startswith("Move ") and "Keep today's split" not in allocation,
        "headline": not run.headline.startswith("The data support no change of today's split"),
        "summary": short.startswith("Move ") or (is_move and "No change" not in short),
    }
    yield from (
        f"the table moves: {is_move}, {name}: {told}" for name, told in places.items() if told != is_move
    )
    options = {"not advised" in text for text in (run.headline, allocation)}
    if len(options) > 1 or (is_move and True in options):
        yield f"an option in one place, or beside a move: {run.headline} / {allocation}"


def _how_much(run: Told, shift: Mapping[str, Any], moved: Mapping[str, float]) -> Iterator[str]:
    before, after = shift["action"]["from"], shift["action"]["to"]
    for channel in after:
        if after[channel] - before[channel] != pytest.approx(moved[channel], abs=0.01):
            yield f"{channel}: table {moved[channel]}, recommendation {shift['action']}"
        wrong = "less" if moved[channel] > 0 else "more"
        if f"{channel} should get {wrong}" in run.headline:
            yield f"{channel} moves by {moved[channel]}: {run.headline}"
    gain = re.search(r"expected change of revenue: ([^ ]+)", run.headline)
    if gain is None or abs(_number(gain[1]) - round(shift["expected_impact"]["p50"])) > 1:
        yield f"{shift['expected_impact']} is not the gain of: {run.headline}"


def _number(written: str) -> float:
    return float(re.sub(r"[^\d.-]", "", written.replace("\u2212", "-").split("\u00a0")[0]))


@pytest.mark.parametrize("kind", ALL)
def test_no_two_places_give_different_advice(kind: Kind | World) -> None:
    for seed in range(900, 903):
        assert list(contradictions(told(frame(kind, seed)))) == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", ALL)
def test_no_two_places_give_different_advice_in_a_thousand_accounts(kind: Kind | World) -> None:
    found = [(seed, text) for seed in range(125) for text in contradictions(told(frame(kind, 10_000 + seed)))]

    assert found == []


def test_a_contradiction_would_be_found() -> None:
    run = told(frame("rich", 900))
    opposite = {"increase": "decrease", "decrease": "increase"}
    turned = [{**row, "action": opposite.get(row["action"], row["action"])} for row in run.rows]
    silent = replace(run, records=[r for r in run.records if r["rule_id"] != "budget_shift"])

    assert run.plan.verdict == "move"
    assert list(contradictions(replace(run, rows=turned)))
    assert list(contradictions(silent))
    assert list(contradictions(replace(run, headline="The data support no change of today's split.")))


def test_a_plan_that_moves_money_passes_all_limits() -> None:
    plans = [plan(frame(kind, seed), None) for kind in KINDS for seed in range(900, 904)]

    for made in plans:
        is_moved = any(share.recommended != share.current for share in made.shares)
        assert is_moved == (made.verdict == "move")
        if is_moved:
            assert made.p_improves >= SURE
            assert made.option is None
        if made.option is not None:
            assert made.verdict == "option"
            assert made.option.p_improves >= ENOUGH
            assert sum(step.change for step in made.option.steps) == 0
            assert made.option.effect.p10 <= made.option.effect.p50 <= made.option.effect.p90


def test_luck_is_what_equal_channels_seem_to_gain() -> None:
    """Gains of equal channels by chance exceed the limit in one of forty accounts."""
    rng = np.random.default_rng(8)
    error, gains = rng.uniform(0.05, 0.2, 12), rng.uniform(300, 900, 12)
    apparent = np.abs(rng.standard_normal((40_000, 12)) * error * gains).sum(axis=1)

    assert np.mean(apparent > luck(gains, error)) == pytest.approx(0.025, abs=0.01)
