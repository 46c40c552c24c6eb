"""How long requests take, by route: measured around the whole application.

The time ends when the answer is ready to be sent, so it does not depend on how fast the client reads.
It includes the time in which the client sends the body of its request.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import request

from demetra_dash.path_prefix import PAGE_ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

    Observe = Callable[[str, str, str, float], None]

ROUTE = "demetra.route"
"""The key in a WSGI environment for the template of the route, set by the layer that answers."""

UNMATCHED = "unmatched"  # in place of a template: the path itself may be anything


def time_requests(server: Flask, observe: Observe) -> None:
    """Call `observe` with method, route, status line and seconds of each request to `server`."""

    def note_route(response: Response) -> Response:
        rule = request.url_rule
        is_known = rule is not None and rule.rule != PAGE_ANYWHERE
        request.environ[ROUTE] = rule.rule if rule is not None and is_known else UNMATCHED
        return response

    server.after_request(note_route)
    server.wsgi_app = timed(server.wsgi_app, observe)  # type: ignore[assignment]


def timed(wsgi: WSGIApplication, observe: Observe) -> WSGIApplication:
    """Return `wsgi` with every answer reported to `observe`; a request that raises counts as 500."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        sent = "500"

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal sent
            sent = status
            return start_response(status, headers, *error)

        begun = perf_counter()
        try:
            return wsgi(environ, start)
        finally:
            seconds = perf_counter() - begun
            observe(environ["REQUEST_METHOD"], environ.get(ROUTE, UNMATCHED), sent, seconds)

    return answer
