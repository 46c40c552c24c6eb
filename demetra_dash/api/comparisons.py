"""The route that compares two runs: what moved, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demetra_dash.api.parameters import COMPARED_RUN, COMPARED_WITH, AskedRun, InvalidParameterError
from demetra_dash.api.responses import ComparisonAnswer, SideAnswer
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.api.snapshots import pick
from services.text import Text

if TYPE_CHECKING:
    from datetime import date

    from flask import Response

    from demetra_dash.api.routes import Api
    from services.snapshots.comparing import Comparison
    from services.views import Snapshot

_GIVEN = Text(en="given", ru="указан")


def compare(api: Api, run: AskedRun, **other: AskedRun) -> Response:
    """Return what moved between two runs; `other` has that of `COMPARED_WITH`, a keyword."""
    if run is None:
        raise InvalidParameterError(parameter=COMPARED_RUN.name, value="", allowed=_GIVEN)
    found = api.analytics.compare(pick(api, run).run_id, pick(api, other[COMPARED_WITH.name]).run_id)
    return json_answer(_told(found, api.settings.currency))


def _told(found: Comparison, currency: str) -> ComparisonAnswer:
    return ComparisonAnswer(
        earlier=_side(found.earlier, found.earlier_from, found.earlier_to),
        later=_side(found.later, found.later_from, found.later_to),
        currency=found.later.currency or currency,
        days=found.days,
        summary=found.summary,
        figures=found.figures,
        forecasts_title=found.forecasts_title,
        forecasts=found.forecasts,
        plan=found.plan,
        recommendations_new=tuple(item.item for item in found.new),
        recommendations_gone=tuple(item.item for item in found.gone),
        causes=found.causes,
        unknown=found.unknown,
    )


def _side(snapshot: Snapshot, first: date, last: date) -> SideAnswer:
    return SideAnswer(snapshot.run_id, snapshot.created_at, snapshot.data_to, first, last)


ROUTES = (
    Route(
        "GET",
        "/api/compare",
        compare,
        summary="What moved from the earlier of two runs to the later one, and why.",
        answers=(Answer("The comparison.", ComparisonAnswer),),
        parameters=(COMPARED_RUN, COMPARED_WITH),
        problems=(400, 404, 409, 503),
    ),
)
