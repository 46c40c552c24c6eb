"""The browser computes what the server does: 10,000 random questions, to 1e-9 and to the cent."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from demetra_dash.api.encoding import json_text, plain
from demetra_dash.api.plans import told_curves
from services.planner.model import Model
from services.planner.plans import InfeasiblePlanError, Plan, answer
from services.planner.question import question_of
from tests.planner.made_up import model

HERE = Path(__file__).parent
SCRIPT = HERE / "in_node.js"
MODELS, QUESTIONS = 50, 200
_RELATIVE = 1e-9

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js on this machine")


def _body(chance: random.Random, asked: Model) -> dict[str, Any]:
    names = [curve.channel for curve in asked.curves.channels]
    today = sum(curve.spend for curve in asked.curves.channels)

    def amounts(most: float) -> dict[str, float]:
        chosen = chance.sample(names, chance.randint(0, min(2, len(names))))
        return {name: round(chance.uniform(0, most * today / len(names)), 2) for name in chosen}

    aims: list[dict[str, Any]] = [
        {},
        {"total": round(today * chance.uniform(0.5, 1.5), 2)},
        {"amounts": {name: round(chance.lognormvariate(8, 2), 2) for name in names}},
        {"amounts": amounts(3)},
        {"best_total": True},
        {"target": {"kind": "roi", "value": chance.uniform(-0.2, 2)}},
        {"target": {"kind": "revenue", "value": 1 + today * chance.uniform(0.5, 3)}},
    ]
    if any(asked.conversions_each):
        aims.append({"target": {"kind": "cpa", "value": chance.uniform(5, 90)}})
        aims.append({"target": {"kind": "conversions", "value": 1 + today * chance.uniform(0.01, 0.1)}})
    aim = chance.choice(aims)
    limits: dict[str, Any] = {
        "locked": chance.choice([{}, amounts(2), dict.fromkeys(names[:1])]),
        "minimum": {},
        "maximum": {},
        "change_limit": chance.choice([0.0, 0.1, 0.3, 0.5, 1.0]),
        "horizon_days": chance.choice([7, 14, 28, 28, 28, 31, 90]),
        "moves": chance.choice(["advised", "all"]),
    }
    free = [name for name in names if name not in limits["locked"]]
    for name in chance.sample(free, min(1, len(free))):
        least = round(chance.uniform(0, today / len(names)), 2)
        limits["minimum"] = chance.choice([{}, {name: least}])
        limits["maximum"] = chance.choice([{}, {name: round(least + chance.uniform(0, today), 2)}])
    return aim | limits


def _answered(asked: Model, body: dict[str, Any]) -> tuple[Plan, bool]:
    names = [curve.channel for curve in asked.curves.channels]
    try:
        return answer(asked, question_of(body, names)), True
    except InfeasiblePlanError as error:
        nearest = error.values["nearest"]
        assert isinstance(nearest, Plan)
        return nearest, False


def _in_node(cases: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    asked, found = folder / "cases.json", folder / "found.json"
    asked.write_text(json_text(cases))
    subprocess.run(["node", str(SCRIPT), str(asked), str(found)], check=True, timeout=240)
    answers: list[dict[str, Any]] = json.loads(found.read_text())
    return answers


def _is_near(one: object, other: object, size: float) -> bool:
    if one is None or other is None or isinstance(one, bool):
        return one == other
    return math.isclose(float(str(one)), float(str(other)), rel_tol=_RELATIVE, abs_tol=_RELATIVE * size)


def _differences(ours: Plan, theirs: dict[str, Any]) -> list[str]:
    """Return the fields that differ: amounts by a cent, figures by more than 1e-9 of what the plan brings."""
    told = plain(ours)
    cents = [round(100 * one["amount"]) for one in told["channels"]]
    found = [] if cents == [round(100 * one["amount"]) for one in theirs["channels"]] else ["cents"]
    size = max(ours.brings, ours.brings_now, 1.0)
    for name in ("total", "today", "brings", "brings_now", "p_better"):
        found += [] if _is_near(told[name], theirs[name], size) else [name]
    for name in ("conversions", "conversions_now"):
        found += [] if _is_near(told[name] or 0.0, theirs[name], 1.0) else [name]
    for name in ("brings_range", "effect", "gain", "profit", "best_total"):
        for part in ("p10", "p50", "p90") if told[name] is not None else ():
            found += [] if _is_near(told[name][part], theirs[name][part], size) else [f"{name}.{part}"]
    for mine, other in zip(told["channels"], theirs["channels"], strict=True):
        names = ("brings", "brings_now", "next", "next_now", "is_beyond_history")
        found += [name for name in names if not _is_near(mine[name], other[name], 1.0)]
    return found


def test_browser_and_server_agree_in_10_000_random_plans(tmp_path: Path) -> None:
    chance = random.Random(7)
    cases, answers = [], []
    for seed in range(MODELS):
        asked = model(seed, 1 + seed % 9, 30)
        bodies = [_body(chance, asked) for _ in range(QUESTIONS)]
        cases.append({"curves": told_curves(asked), "bodies": bodies})
        answers += [_answered(asked, body) for body in bodies]

    found = _in_node(cases, tmp_path)

    assert len(found) == MODELS * QUESTIONS
    wrong = [
        (place, _differences(ours, theirs), is_reached)
        for place, ((ours, is_reached), theirs) in enumerate(zip(answers, found, strict=True))
        if _differences(ours, theirs) or is_reached != theirs["is_reached"]
    ]
    assert wrong == []
