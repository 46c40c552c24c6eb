"""Serving under a path such as /marketing/roi/, whether the proxy in front strips it or not.

Where the proxy's path and DEMETRA_PATH_PREFIX disagree, nothing works and nothing says why: the page's
scripts are asked for at addresses that do not exist. So it is said wherever it can be known: in the
log, when the proxy names its path; in place of the page, when that is asked for elsewhere; and in the
page itself, where only its styles hide the line (see `layouts.index`).
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

PAGE_ANYWHERE = "/<path:path>"  # Dash's name for "the page, whatever the path"
NOT_HERE = Text(
    en="There is nothing at {path}. Demetra is served at {prefix} (DEMETRA_PATH_PREFIX). Behind a proxy: "
    "both must name the same path.",
    ru="По адресу {path} ничего нет. Demetra находится по адресу {prefix} (DEMETRA_PATH_PREFIX). За прокси: "
    "в обоих местах должен стоять один и тот же путь.",
)


def under_prefix(wsgi: WSGIApplication, prefix: str) -> WSGIApplication:
    """Return `wsgi` with `prefix` (with both slashes) taken off the paths that begin with it.

    Paths that come without it are left as they are: the proxy has stripped it, or a probe asks
    directly. Either way Flask learns the prefix, so that its redirects lead back to it.
    """
    mount = prefix.rstrip("/")
    warned: list[str] = []

    def mounted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told = environ.get("HTTP_X_FORWARDED_PREFIX", "")
        if told.rstrip("/") != mount and told and not warned:
            warned.append(told)  # once: every request of this proxy says the same
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
    """Answer 404 for the page at any path but its own; Dash would serve it, with parts that are not found."""

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
