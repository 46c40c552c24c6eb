"""Probes: is the process alive, and may it be sent readers?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from demetra_dash.api.answers import Health, Readiness
from demetra_dash.api.failures import problem
from demetra_dash.api.routes import Answer, Route, json_answer
from services.errors import DemetraError

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api


def healthz(api: Api) -> Response:
    """Answer as long as the process does; a database that is down is no reason to restart it."""
    return json_answer(Health())


def readyz(api: Api) -> Response:
    """Tell whether the database answers, has the right schema, and holds a snapshot."""
    try:
        api.analytics.check_ready()
    except DemetraError as error:
        return problem(error, api.settings.locale, status=503)
    return json_answer(Readiness())


ROUTES = (
    Route(
        "GET",
        "/healthz",
        healthz,
        summary="Alive: always 200, without looking at the database.",
        answers=(Answer("Alive.", Health),),
        access="public",
    ),
    Route(
        "GET",
        "/readyz",
        readyz,
        summary="Ready: database reachable and migrated, and a snapshot present.",
        answers=(Answer("Ready.", Readiness),),
        problems=(503,),
        access="public",
    ),
)
