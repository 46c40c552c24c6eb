"""Serving under a path such as /marketing/roi/, whether the proxy in front strips it or not.

If the proxy's path and DEMETRA_PATH_PREFIX differ, the page requests its scripts at addresses that do not
exist. The mismatch is reported in three places: in the log, if the proxy sends its path; instead of the page,
if the page is requested at another path; and in the page itself, in a line that only its styles hide (see
`layouts.index`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Response, request

from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

log = logging.getLogger(__name__)

PAGE_ANYWHERE = "/<path:path>"  # Dash's route for the page at any path
NOT_HERE = Text(
    en="There is nothing at {path}. Demetra is served at {prefix} (DEMETRA_PATH_PREFIX). Behind a proxy: "
    "both must name the same path.",
    ru="По адресу {path} ничего нет. Demetra находится по адресу {prefix} (DEMETRA_PATH_PREFIX). За прокси: "
    "в обоих местах должен стоять один и тот же путь.",
)


def under_prefix(wsgi: WSGIApplication, prefix: str) -> WSGIApplication:
    """Return `wsgi`, wrapped so that `prefix` (with both slashes) is stripped from paths that begin with it.

    Paths without the prefix are left unchanged: the proxy has stripped it, or a probe connects directly. In
    both cases Flask gets the prefix as SCRIPT_NAME, so its redirects contain it.
    """
    mount = prefix.rstrip("/")
    warned: list[str] = []

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told = environ.get("HTTP_X_FORWARDED_PREFIX", "")
        if told.rstrip("/") != mount and told and not warned:
            warned.append(told)  # once: every request of this proxy has the same header
            log.warning(
                "The proxy says that it serves Demetra at %r, but DEMETRA_PATH_PREFIX is %r: the page will "
                "not find its parts. Set DEMETRA_PATH_PREFIX to the path of the proxy.",
                told[:200],
                prefix,
            )
        path = environ.get("PATH_INFO", "")
        if mount and (path == mount or path.startswith(prefix)):
            environ["PATH_INFO"] = path[len(mount) :] or "/"
        environ["SCRIPT_NAME"] = mount
        return wsgi(environ, start_response)

    return mounted


def refuse_elsewhere(server: Flask, prefix: str) -> None:
    """Answer 404 for the page at any path but its own; Dash would serve it there without its scripts."""

    @server.before_request
    def refuse() -> Response | None:
        if request.endpoint != PAGE_ANYWHERE:
            return None
        words = NOT_HERE.format(path=request.path, prefix=prefix)
        return Response(
            f"{words.en}\n{words.ru}\n",
            status=404,
            content_type="text/plain; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )
