"""Routes of plans by the reader: the curves of a run, the plan for a question, and the frontier."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from demetra_dash.api.encoding import json_bytes
from demetra_dash.api.parameters import CHANGE_LIMIT, HORIZON, MOVES, RUN, AskedRun
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.api.snapshots import pick, snapshot_answer
from services.errors import InvalidFieldError
from services.planner.curves import document
from services.planner.frontier import Frontier, frontier
from services.planner.plans import Plan, answer
from services.planner.question import Question, question_of
from services.text import Text
from services.worth import Worth

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from services.planner.model import Model

_JSON = Text(en="a JSON object", ru="объект JSON")
_LONGEST_BODY = 40


@dataclass(frozen=True, slots=True)
class TargetBody:
    """What a plan must reach: at least this ROI, revenue or conversions, at most this cost of one (cpa)."""

    kind: Literal["roi", "cpa", "revenue", "conversions"]
    value: float


@dataclass(frozen=True, slots=True)
class PlanBody:
    """A question; amounts are money of the horizon. Without any field, the answer is the run's own plan."""

    total: float | None = None
    best_total: bool | None = None
    target: TargetBody | None = None
    amounts: Mapping[str, float] | None = None
    locked: list[str] | Mapping[str, float | None] | None = None
    minimum: Mapping[str, float] | None = None
    maximum: Mapping[str, float] | None = None
    change_limit: float | None = None
    horizon_days: int | None = None
    moves: Literal["advised", "all"] | None = None


@dataclass(frozen=True, slots=True)
class CurveAnswer:
    """The response of one channel; `elasticities` and `revenues` are base64 of little-endian float32.

    Money is of `period_days`; `planned` and `baseline` are cents.
    """

    channel: str
    basis: str
    spend: float
    revenue: float
    elasticity: float
    most_spent: float
    conversions: float | None
    conversions_each: float
    settling_days: float | None
    planned: int
    baseline: int
    is_open: bool
    is_free: bool
    elasticities: str
    revenues: str


@dataclass(frozen=True, slots=True)
class CurvesAnswer:
    """The response curves that the plan of a run was decided from."""

    run_id: int
    currency: str
    worth: Worth
    version: int
    period_days: int
    change_limit: float
    verdict: str
    total: int
    n_draws: int
    channels: tuple[CurveAnswer, ...]


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """A plan, the run that its curves come from, and the currency of its amounts."""

    run_id: int
    currency: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class FrontierAnswer:
    """A frontier, the run that its curves come from, and the currency of its amounts."""

    run_id: int
    currency: str
    frontier: Frontier


def plan_curves(api: Api, run: AskedRun) -> Response:
    """Return the response curves of a run."""

    def make(run_id: int) -> bytes:
        snapshot, model = api.analytics.snapshot_of(run_id), api.analytics.planner(run_id)
        head = {"run_id": run_id, "currency": snapshot.currency or api.settings.currency}
        return json_bytes({**head, "worth": snapshot.worth.record(), **told_curves(model)})

    return snapshot_answer(api, run, "plan curves", "application/json", make)


def told_curves(model: Model) -> dict[str, Any]:
    """Return the curves as JSON values, with the conversions for each unit of what a channel brings."""
    told = document(model.curves)
    each = model.conversions_each
    channels = [{**one, "conversions_each": each[place]} for place, one in enumerate(told["channels"])]
    return {**told, "channels": channels}


def make_plan(api: Api, run: AskedRun) -> Response:
    """Return the plan for the question in the body."""
    snapshot = pick(api, run)
    model = api.analytics.planner(snapshot.run_id)
    plan = answer(model, _question(model), has_break_even=snapshot.worth.has_break_even)
    return json_answer(PlanAnswer(snapshot.run_id, snapshot.currency or api.settings.currency, plan))


def plan_frontier(
    api: Api, run: AskedRun, horizon_days: int | None, change_limit_percent: int | None, moves: Any
) -> Response:
    """Return what the best split of each total brings."""
    snapshot = pick(api, run)
    limit = None if change_limit_percent is None else change_limit_percent / 100
    question = Question(horizon_days=horizon_days, change_limit=limit, moves=moves)

    def make(run_id: int) -> bytes:
        made = frontier(api.analytics.planner(run_id), question)
        return json_bytes(FrontierAnswer(run_id, snapshot.currency or api.settings.currency, made))

    address = f"plan frontier {horizon_days} {change_limit_percent} {moves}"
    return snapshot_answer(api, run, address, "application/json", make)


def _question(model: Model) -> Question:
    from flask import request

    channels = [curve.channel for curve in model.curves.channels]
    body = request.get_data()
    try:
        found = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        start = body[:_LONGEST_BODY].decode(errors="replace")
        raise InvalidFieldError(parameter="body", value=start, allowed=_JSON) from error
    return question_of(found, channels)


ROUTES = (
    Route(
        "GET",
        "/api/plan/curves",
        plan_curves,
        summary="The response curves that the plan of a run was decided from, with their draws.",
        answers=(Answer("The curves.", CurvesAnswer),),
        parameters=(RUN,),
        problems=(400, 404, 503),
    ),
    Route(
        "GET",
        "/api/plan/frontier",
        plan_frontier,
        summary="What the best split of each total brings: 31 points, and what the next money would.",
        answers=(Answer("The frontier.", FrontierAnswer),),
        parameters=(RUN, HORIZON, CHANGE_LIMIT, MOVES),
        problems=(400, 404, 503),
    ),
    Route(
        "POST",
        "/api/plan",
        make_plan,
        summary="The plan for a total, a target or given amounts; without a body, the plan of the run.",
        answers=(Answer("The plan.", PlanAnswer),),
        parameters=(RUN,),
        takes=PlanBody,
        problems=(400, 404, 422, 503),
    ),
)
