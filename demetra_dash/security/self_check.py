"""What `demetra doctor --url` asks a web process through the proxy in front: which headers arrive.

The doctor puts a random word into headers that a proxy must replace or drop, and asks `/healthz`. The
answer names those in which the word has arrived, and how many entries the forwarded list has. It says
nothing that the client could not find out by trying.

WSGI writes `X_Remote_User` and `X-Remote-User` alike, and the later one counts. So a proxy that lets
underscores through lets its visitors choose their own name, groups and address.
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
    """Return `wsgi`, with the answer to the doctor's question among the headers of `/healthz`."""
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
    """Return the headers that a proxy must not take from a visitor."""
    forwarded = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
    return (*identity_headers(settings), *forwarded)


def identity_headers(settings: Settings) -> tuple[str, ...]:
    """Return the headers by which the proxy says who the visitor is."""
    return (settings.auth_header, settings.auth_groups_header) if settings.auth == "header" else ()


def _key(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")
