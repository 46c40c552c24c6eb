"""Routes of targets and pacing: budgets and goals by month and channel, and how the month goes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from demetra_dash.api.parameters import (
    MONTH,
    ONE_CHANNEL,
    TARGET_CHANNEL,
    TARGET_MEASURE,
    TARGET_MONTH,
    TARGETS_MONTH,
    InvalidParameterError,
)
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security.gate import current, may_see_names, note
from services.pacing.targets import refused, targets_of
from services.periods import month_text
from services.text import Text
from services.views import Measure, Pace, Target

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api
    from services.periods import DateRange

_JSON = Text(en="a JSON object", ru="объект JSON")
_GIVEN = Text(en="given", ru="указан")
_LONGEST_BODY = 40


@dataclass(frozen=True, slots=True)
class TargetBody:
    """A target of a month (2026-11); the channel "" is the whole account, the usual measure is spend."""

    month: str
    amount: float
    channel: str = ""
    measure: Measure = "spend"


@dataclass(frozen=True, slots=True)
class TargetsBody:
    """Several targets; a single one may be sent as it is."""

    targets: tuple[TargetBody, ...]


@dataclass(frozen=True, slots=True)
class TargetAnswer:
    """A target, who set it and when; `channel` is "" for the whole account."""

    month: str
    channel: str
    measure: Measure
    amount: float
    set_at: datetime | None
    set_by: str | None


@dataclass(frozen=True, slots=True)
class TargetsAnswer:
    """Targets, those of the newest month first."""

    count: int
    targets: tuple[TargetAnswer, ...]


@dataclass(frozen=True, slots=True)
class PacingAnswer:
    """The pace of a month in the newest run, whose data go to `data_to`; amounts are in `currency`.

    `channel` is "" for the whole account. `state`: running, settling (over, late conversions still come in),
    final, future, or untold, with the reason in `note`. `expected` is of the whole month; the range from
    `low` to `high` holds with 80 %. `above` is the probability that the month ends above the target.
    `per_day` is what each of the `days_left` days may cost or must bring.
    """

    run_id: int
    currency: str
    month: str
    date_from: date
    date_to: date
    data_to: date | None
    paces: tuple[Pace, ...]


def pacing(api: Api, month: DateRange | None, channel: str | None) -> Response:
    """Return how a month paces towards its targets."""
    found = api.analytics.pacing(month, channel)
    snapshot = found.snapshot
    answer = PacingAnswer(
        snapshot.run_id,
        snapshot.currency or api.settings.currency,
        month_text(found.month_from),
        found.month_from,
        found.month_to,
        snapshot.data_to,
        found.paces,
    )
    return json_answer(answer)


def list_targets(api: Api, month: DateRange | None, channel: str | None) -> Response:
    """Return the targets."""
    return _listed(api.analytics.targets(None if month is None else month.first, channel))


def put_targets(api: Api) -> Response:
    """Store the targets of the body."""
    stored = api.analytics.put_targets(targets_of(_body()), current().name)
    note("put targets", outcome="stored", targets=len(stored))
    return _listed(stored)


def delete_target(
    api: Api, month: DateRange | None, channel: str | None, measure: Measure | None
) -> Response:
    """Delete a target."""
    if month is None or measure is None:
        missing = TARGET_MONTH if month is None else TARGET_MEASURE
        raise InvalidParameterError(parameter=missing.name, value="", allowed=_GIVEN)
    gone = api.analytics.delete_target(month.first, channel or "", measure)
    note(
        "delete target",
        outcome="deleted",
        month=month_text(gone.month),
        channel=gone.channel,
        measure=measure,
    )
    return json_answer(_told(gone))


def _body() -> object:
    from flask import request

    body = request.get_data()
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refused("body", body[:_LONGEST_BODY].decode(errors="replace"), _JSON) from error


def _listed(found: tuple[Target, ...]) -> Response:
    return json_answer(TargetsAnswer(len(found), tuple(map(_told, found))))


def _told(target: Target) -> TargetAnswer:
    """Return a target as this client may see it: names of users are removed unless allowed."""
    seen = target if may_see_names() else replace(target, set_by=None)
    return TargetAnswer(
        month_text(seen.month), seen.channel, seen.measure, float(seen.amount), seen.set_at, seen.set_by
    )


ROUTES = (
    Route(
        "GET",
        "/api/pacing",
        pacing,
        summary="How a month paces towards its targets: so far, expected, and what each day may cost.",
        answers=(Answer("The pace.", PacingAnswer),),
        parameters=(MONTH, ONE_CHANNEL),
        problems=(400, 404, 409, 503),
    ),
    Route(
        "GET",
        "/api/targets",
        list_targets,
        summary="Budgets and goals, those of the newest month first.",
        answers=(Answer("The targets.", TargetsAnswer),),
        parameters=(TARGETS_MONTH, ONE_CHANNEL),
        problems=(400, 503),
    ),
    Route(
        "PUT",
        "/api/targets",
        put_targets,
        summary="Set targets, in place of those of the same month, channel and measure.",
        answers=(Answer("The targets as stored.", TargetsAnswer),),
        takes=TargetsBody,
        problems=(400, 503),
        access="operator",
    ),
    Route(
        "DELETE",
        "/api/targets",
        delete_target,
        summary="Delete a target.",
        answers=(Answer("The target that was deleted.", TargetAnswer),),
        parameters=(TARGET_MONTH, TARGET_CHANNEL, TARGET_MEASURE),
        problems=(400, 404, 503),
        access="operator",
    ),
)
