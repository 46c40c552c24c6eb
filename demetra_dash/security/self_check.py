"""The answer to `demetra doctor --url`: which headers of a client reach the web process through the proxy.

The doctor sends a random word in headers that a proxy must replace or drop, with a request for `/healthz`.
The answer lists the headers in which the word has arrived, and the number of entries in the forwarded list. A
client could find out all of this by trying.

WSGI gives `X_Remote_User` and `X-Remote-User` the same name, and the later one counts. So with a proxy that
forwards names with underscores, a client can set its own user name, groups and address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from demetra_dash.security.proxies import FOR, IS_PROXIED, WAS_FORGED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from demetra_dash.settings import Settings

HEADER = "Demetra-Check"
PATH = "/healthz"
_WORD = re.compile(r"[0-9a-f]{32}")


def answering_doctor(wsgi: WSGIApplication, settings: Settings) -> WSGIApplication:
    """Return `wsgi`, with the result of the check among the headers of its answers to `/healthz`."""
    watched = watched_headers(settings)

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        word = environ.pop(_key(HEADER), "")
        if not _WORD.fullmatch(word) or not environ.get("PATH_INFO", "").endswith(PATH):
            return wsgi(environ, start_response)
        arrived = [name for name in watched if word in environ.get(_key(name), "")]
        entries = len([entry for entry in environ.get(FOR, "").split(",") if entry.strip()])

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            told = {
                "proxied": int(environ[IS_PROXIED]),
                "dropped": int(environ[WAS_FORGED]),
                "entries": entries,
                "hops": settings.proxy_hops,
                "arrived": "+".join(arrived),
            }
            text = ", ".join(f"{name}={value}" for name, value in told.items())
            return start_response(status, [*headers, (HEADER, text)], *error)

        return wsgi(environ, start)

    return answering


def watched_headers(settings: Settings) -> tuple[str, ...]:
    """Return the headers that a proxy must not forward from a client."""
    forwarded = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
    return (*identity_headers(settings), *forwarded)


def identity_headers(settings: Settings) -> tuple[str, ...]:
    """Return the headers in which the proxy sends the user's name and groups."""
    return (settings.auth_header, settings.auth_groups_header) if settings.auth == "header" else ()


def _key(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
