"""Routes of sync runs: request a run, follow it, list the history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request

from demetra_dash.api.parameters import LIMIT, RUN_ID, WAIT
from demetra_dash.api.responses import Asked, Outcome, Runs
from demetra_dash.api.routes import Answer, Route, json_answer
from demetra_dash.security.gate import current, may_see_names
from demetra_dash.security.proxies import IS_PROXIED
from services.views import Run, SyncStatus

if TYPE_CHECKING:
    from flask import Response

    from demetra_dash.api.routes import Api

# Proxies time out, usually after 30 s without data, and then report an error of Demetra.
LONGEST_BEHIND_PROXY = 25


def run_now(api: Api, wait: int) -> Response:
    """Request a sync, or join the active one; with `wait`, hold the answer until the run is over."""
    return _ask(api, wait)


def generate_all(api: Api, wait: int) -> Response:
    """Request a sync that draws every chart again, whether anything has changed or not."""
    return _ask(api, wait, redraw=True)


def sync_status(api: Api) -> Response:
    """Return the active run, the last runs, and the time of the next one."""
    status = api.analytics.status()
    success, failure = status.last_success, status.last_failure
    told = replace(
        status,
        last_success=_told(success) if success else None,
        last_failure=_told(failure) if failure else None,
    )
    return json_answer(told)


def sync_runs(api: Api, limit: int) -> Response:
    """Return the newest runs."""
    runs = tuple(replace(one, run=_told(one.run)) for one in api.analytics.history(limit))
    return json_answer(Runs(count=len(runs), runs=runs))


def sync_run(api: Api, run_id: str) -> Response:
    """Return one run."""
    return json_answer(_told(api.analytics.run(RUN_ID.number(run_id))))


def _ask(api: Api, wait: int, *, redraw: bool = False) -> Response:
    asked = api.analytics.request_sync("api", requested_by=current().name, redraw=redraw)
    held = min(wait, LONGEST_BEHIND_PROXY) if request.environ.get(IS_PROXIED) else wait
    run = api.analytics.wait_for(asked.run.run_id, held) if wait else asked.run
    url = api.url(f"/api/sync/runs/{run.run_id}")
    if wait and run.is_over:
        return json_answer(_outcome(run, asked.joined, url))
    answer = json_answer(Asked(run.run_id, run.state, asked.joined, url), status=202)
    answer.headers["Location"] = url
    return answer


def _outcome(run: Run, joined: bool, url: str) -> Outcome:
    return Outcome(
        run_id=run.run_id,
        state=run.state,
        joined=joined,
        status_url=url,
        error_code=run.error_code,
        error_text=run.error_text,
        run=_told(run),
    )


def _told(run: Run) -> Run:
    """Return a run as this client may see it: the requesting user's name is removed unless allowed."""
    return run if may_see_names() else replace(run, requested_by=None)


_ASK_ANSWERS = (
    Answer("The run waits or is at work; look at `status_url`.", Asked, status=202),
    Answer("With `wait`: the run is over. It may have failed; `state` says so.", Outcome),
)

ROUTES = (
    Route(
        "POST",
        "/api/sync/run-now",
        run_now,
        summary="Start a sync, or join the one under way.",
        answers=_ASK_ANSWERS,
        parameters=(WAIT,),
        problems=(400, 503),
        access="operator",
    ),
    Route(
        "POST",
        "/api/ml-dashboard/generate-all",
        generate_all,
        summary="Start a sync that draws every chart, even when nothing has changed.",
        answers=_ASK_ANSWERS,
        parameters=(WAIT,),
        problems=(400, 503),
        access="operator",
    ),
    Route(
        "GET",
        "/api/sync/status",
        sync_status,
        summary="What is running, what the last runs gave, when the next one comes.",
        answers=(Answer("The sync status.", SyncStatus),),
        problems=(503,),
        is_remembered=True,
    ),
    Route(
        "GET",
        "/api/sync/runs",
        sync_runs,
        summary="The history of runs, newest first.",
        answers=(Answer("The runs.", Runs),),
        parameters=(LIMIT,),
        problems=(400, 503),
    ),
    Route(
        "GET",
        "/api/sync/runs/<run_id>",
        sync_run,
        summary="One run of the history.",
        answers=(Answer("The run.", Run),),
        problems=(400, 404, 503),
    ),
)
