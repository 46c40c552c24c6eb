"""The definition of a route: address, view function, and the description for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import Response, request

from demetra_dash.api.encoding import json_text
from demetra_dash.api.parameters import RUN, Parameter, read
from demetra_dash.security.gate import Access, require

if TYPE_CHECKING:
    from werkzeug.datastructures import Headers

    from demetra_dash.caching import AnswerCache
    from demetra_dash.metrics import Metrics
    from demetra_dash.settings import Settings
    from services.analytics import Analytics

STALE_HEADER = "Demetra-Stale"
UNREACHABLE = "database-unreachable"

View = Callable[..., Response]
"""Takes the `Api`, the parts of the path and the parameters by name; returns the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """An answer of a route that succeeds.

    `body` is the type that the JSON is generated from, "rows" for the rows of a dashboard, or "text" or
    "bytes" for other media types.
    """

    description: str
    body: Any
    media_type: str = "application/json"
    status: int = 200

    @property
    def is_typed(self) -> bool:
        """True if `body` is a type."""
        return not isinstance(self.body, str)


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """One route of the API. `problems` are the statuses that it may answer with besides 500."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    view: View
    summary: str
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    form: tuple[Parameter, ...] | None = None
    """The fields of the multipart body beside its files; None for a route without a body."""
    takes: Any = None
    """The type of its JSON body, None for a route without one."""
    problems: tuple[int, ...] = ()
    is_remembered: bool = False
    """True if the answer comes from memory while the database is down; so do all cached answers."""
    access: Access = "viewer"
    is_tagged: bool = False
    """True if the answer has an ETag although it is about this moment."""

    @property
    def name(self) -> str:
        """The name of the route: that of its view function."""
        return self.view.__name__

    @property
    def refusals(self) -> tuple[int, ...]:
        """The statuses that the gate may answer with on this route."""
        if self.access == "public":
            return ()
        return (400, 401, 403, 429) if self.method == "GET" else (400, 401, 403, 413, 429)

    @property
    def is_kept(self) -> bool:
        """True if the answer is made from a snapshot, so that client and server may cache it."""
        return RUN in self.parameters


@dataclass(frozen=True, slots=True)
class Api:
    """What the views use: analytics facade, answers shared in Redis, settings, routes, metrics."""

    analytics: Analytics
    cache: AnswerCache | None
    settings: Settings
    routes: tuple[Route, ...]
    metrics: Metrics

    def url(self, path: str) -> str:
        """Return the address of `path` (with its leading slash) as a browser sees it."""
        return self.settings.path_prefix.rstrip("/") + path


def bind(route: Route, api: Api) -> Callable[..., Response]:
    """Return the function that Flask calls: check the rights, parse the parameters, call the view."""

    def answer(**path_parts: Any) -> Response:
        require(route.access)
        response = route.view(api, **path_parts, **read(route.parameters, request.args))
        if route.is_kept or route.is_remembered:
            mark_stale(response.headers, api.analytics)
        return response

    return answer


def mark_stale(headers: Headers, analytics: Analytics) -> None:
    """Add the stale header if the database does not answer, so that the answer comes from memory."""
    if analytics.unreachable_since is not None:
        headers[STALE_HEADER] = UNREACHABLE


def json_answer(body: object, status: int = 200) -> Response:
    """Return a JSON answer about this moment, which must not be cached."""
    response = Response(json_text(body), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
