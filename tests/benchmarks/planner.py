"""How fast plans by the reader are: a question answered, and a frontier, with 200 channels and 500 draws.

Run it with `python -m tests.benchmarks.planner`; it prints a markdown table. Measured is what the server does
of `POST /api/plan` without HTTP: parsing the question, planning, and writing the JSON.
"""

from __future__ import annotations

import random
from time import perf_counter
from typing import Any

from demetra_dash.api.encoding import json_bytes
from services.planner.curves import pack
from services.planner.frontier import frontier
from services.planner.plans import InfeasiblePlanError, answer
from services.planner.question import Question, question_of
from tests.benchmarks.table import at_most, show
from tests.planner.made_up import curves, model

CHANNELS, QUESTIONS, FRONTIERS = 200, 200, 20
MOST_MS, MOST_FRONTIER_MS, MOST_KB = 30.0, 100.0, 1_800.0


def main() -> None:
    """Measure and print the table."""
    asked = model(1, CHANNELS)
    names = [curve.channel for curve in asked.curves.channels]
    today = sum(curve.spend for curve in asked.curves.channels)
    chance = random.Random(2)
    bodies = [_body(chance, names, today) for _ in range(QUESTIONS)]
    times = sorted(_milliseconds(lambda body=body: _asked(asked, body, names)) for body in bodies)
    lines = sorted(_milliseconds(lambda: json_bytes(frontier(asked, Question()))) for _ in range(FRONTIERS))
    p95, p95_frontier = times[int(0.95 * len(times))], lines[int(0.95 * len(lines))]
    kilobytes = len(pack(curves(1, CHANNELS))) / 1000
    show(
        "Plans by the reader, 200 channels",
        [
            at_most("a plan for a question, p95, ms", p95, MOST_MS),
            at_most("a frontier of 31 points, p95, ms", p95_frontier, MOST_FRONTIER_MS),
            at_most("curves in the database, kB", kilobytes, MOST_KB),
        ],
    )


def _asked(asked: Any, body: dict[str, Any], names: list[str]) -> bytes:
    try:
        return json_bytes(answer(asked, question_of(body, names)))
    except InfeasiblePlanError as error:
        return json_bytes(error.values["nearest"])


def _body(chance: random.Random, names: list[str], today: float) -> dict[str, Any]:
    aim: list[dict[str, Any]] = [
        {"total": today * chance.uniform(0.6, 1.4)},
        {"best_total": True},
        {"target": {"kind": "roi", "value": chance.uniform(0, 1)}},
        {"target": {"kind": "cpa", "value": chance.uniform(10, 60)}},
        {"amounts": {name: chance.uniform(0, 9_000) for name in names}},
    ]
    return {**chance.choice(aim), "locked": chance.sample(names, 5)}


def _milliseconds(work: Any) -> float:
    start = perf_counter()
    work()
    return 1e3 * (perf_counter() - start)


if __name__ == "__main__":
    main()
