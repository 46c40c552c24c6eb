"""Routes of pinned runs: pin a run under a name, list the pins, unpin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from demetra_dash.api.parameters import PIN_ID, PIN_NAME, PINNED_RUN, InvalidParameterError
from demetra_dash.api.responses import PinsAnswer
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security.gate import current, may_see_names, note
from services.text import Text
from services.views import Pin

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api

_GIVEN = Text(en="given", ru="указан")


def list_pins(api: Api) -> Response:
    """Return all pinned runs."""
    found = tuple(map(_told, api.analytics.pins()))
    return json_answer(PinsAnswer(count=len(found), pins=found))


def pin_run(api: Api, run: int | None, name: str | None) -> Response:
    """Keep a run under a name."""
    if run is None:
        raise InvalidParameterError(parameter=PINNED_RUN.name, value="", allowed=_GIVEN)
    made = api.analytics.pin(run, name or "", current().name)
    note("pin", outcome="pinned", run_id=made.run_id, pin=made.name)
    answer = json_answer(_told(made), status=201)
    answer.headers["Location"] = api.url(f"/?run={made.run_id}")
    return answer


def unpin(api: Api, pin_id: str) -> Response:
    """Delete a pin; its run stays as long as other runs of its age do."""
    gone = api.analytics.unpin(PIN_ID.number(pin_id))
    note("unpin", outcome="unpinned", run_id=gone.run_id, pin=gone.name)
    return json_answer(_told(gone))


def _told(pin: Pin) -> Pin:
    """Return a pin as this client may see it: names of users are removed unless allowed."""
    return pin if may_see_names() else replace(pin, pinned_by=None)


ROUTES = (
    Route(
        "GET",
        "/api/pins",
        list_pins,
        summary="The pinned runs, that of the newest run first.",
        answers=(Answer("The pins.", PinsAnswer),),
        problems=(503,),
    ),
    Route(
        "POST",
        "/api/pins",
        pin_run,
        summary="Pin a run: it is kept under a name, with all that is shown of it, until it is unpinned.",
        answers=(Answer("The pin.", Pin, status=201),),
        parameters=(PINNED_RUN, PIN_NAME),
        problems=(400, 404, 409, 503),
        access="operator",
    ),
    Route(
        "DELETE",
        "/api/pins/<pin_id>",
        unpin,
        summary="Unpin a run.",
        answers=(Answer("The pin that was deleted.", Pin),),
        problems=(400, 404, 503),
        access="operator",
    ),
)
