"""Probes: liveness and readiness."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from demetra_dash.api.failures import problem
from demetra_dash.api.responses import Health, Readiness
from demetra_dash.api.routes import Answer, Route, json_answer
from services.errors import DemetraError
from services.text import Text

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api


# A reason may contain the address of the database, and the probe is public.
_WITHOUT_REASON = Text(
    en="Demetra is not ready ({code}). The log of the web process says why.",
    ru="Demetra не готова ({code}). Причина — в журнале веб-процесса.",
)
_logged: set[str] = set()  # reasons since the last ready answer, so that each is logged once

log = logging.getLogger(__name__)


def healthz(api: Api) -> Response:
    """Answer 200 as long as the process runs; a database that is down is no reason to restart it."""
    return json_answer(Health())


def readyz(api: Api) -> Response:
    """Tell whether the database answers, has the right schema, and contains a snapshot."""
    try:
        api.analytics.check_ready()
    except DemetraError as error:
        return problem(error, api.settings.locale, status=503, text=_for_strangers(error))
    _logged.clear()
    return json_answer(Readiness())


def _for_strangers(error: DemetraError) -> Text:
    """Return the text of an error without its reason, which is logged instead."""
    if "reason" not in error.values:
        return error.text
    if str(error) not in _logged:
        _logged.add(str(error))
        log.warning("Not ready: %s", error)
    return _WITHOUT_REASON.format(code=error.code)


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
