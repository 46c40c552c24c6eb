"""What Prometheus collects, in its text format (version 0.0.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from demetra_dash.api.routes import Answer, Route
from services.errors import DemetraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from demetra_dash.api.routes import Api

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics(api: Api) -> Response:
    """Return the numbers; while the database is down, those that need none of it."""
    response = Response("\n".join([*_database(api), *_counted(api), ""]), content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _database(api: Api) -> Iterator[str]:
    try:
        status, runs = api.analytics.status(), api.analytics.count_runs()
    except DemetraError:
        yield from _family("database_up", "gauge", "1 while the database answers.", {"": 0})
        return
    yield from _family("database_up", "gauge", "1 while the database answers.", {"": 1})
    by_state = {_label("state", state): count for state, count in runs.items()}
    yield from _family("runs", "gauge", "Sync runs in the history, by state.", by_state)
    yield from _family("workers", "gauge", "Workers that are connected.", {"": status.workers})
    if status.age_seconds is not None:
        age = {"": status.age_seconds}
        yield from _family("snapshot_age_seconds", "gauge", "Since the figures were published.", age)


def _counted(api: Api) -> Iterator[str]:
    dropped = {"": api.counters.dropped}
    yield from _family(
        "forwarded_headers_dropped_total",
        "counter",
        "Requests with forwarded headers that no trusted proxy sent.",
        dropped,
    )
    refused = {_label("code", code): count for code, count in api.counters.refused.items()}
    yield from _family("requests_refused_total", "counter", "Refused requests, by status.", refused)


def _family(name: str, kind: str, help_: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP demetra_{name} {help_}"
    yield f"# TYPE demetra_{name} {kind}"
    for labels, value in values.items():
        yield f"demetra_{name}{labels} {value}"


def _label(name: str, value: object) -> str:
    return f'{{{name}="{value}"}}'


ROUTES = (
    Route(
        "GET",
        "/metrics",
        metrics,
        summary="Numbers for Prometheus: this machine, trusted proxies, or signed in.",
        answers=(Answer("The numbers.", "text", "text/plain"),),
        access="local",
    ),
)
