"""Security headers of all answers, for browsers and for caches in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from demetra_dash.security.gate import is_public
from demetra_dash.security.links import HEADER as LINK_HEADER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash import Dash
    from flask import Flask, Response

    from demetra_dash.settings import Settings

PERMISSIONS = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HSTS = "max-age=31536000"
NO_DOCUMENTS = ("text/javascript", "text/css", "font/woff2")
"""Types of files that a browser shows as text at most, so headers about documents do nothing for them. An SVG
is a document: opened by its address, its scripts would run."""


def apply_headers(app: Dash, settings: Settings) -> None:
    """Add the headers to every answer, those about documents where they can matter.

    Call it after all callbacks are registered.

    The Content-Security-Policy allows inline scripts by their hashes, so the script of a callback that is
    registered later would be blocked.
    """
    server: Flask = app.server
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    of_documents = {
        "Content-Security-Policy": policy(app.csp_hashes(), settings.frame_ancestors),
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in PERMISSIONS),
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    identifying = sorted({"Authorization", "Cookie", LINK_HEADER, *_named(settings)})

    @server.after_request
    def add_headers(response: Response) -> Response:
        # 0.5 kB for each of the forty files of the page.
        is_file = response.mimetype in NO_DOCUMENTS
        for name, value in (headers if is_file else headers | of_documents).items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if not is_public(request.path):
            _keep_apart(response, identifying if settings.auth != "none" else [])
        # Otherwise the web server adds its own name.
        response.headers["Server"] = "demetra"
        return response


def policy(script_hashes: Sequence[str], frame_ancestors: str) -> str:
    """Return the Content-Security-Policy: all sources from this server, framing as the setting allows."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


def _keep_apart(response: Response, identifying: Sequence[str]) -> None:
    """Prevent shared caches from storing an answer, and other sites from reading it."""
    # The page itself contains no figures; the answers to its requests do.
    is_page = request.method in {"GET", "HEAD"} and response.mimetype == "text/html"
    response.headers.setdefault("Cache-Control", "private, no-cache" if is_page else "no-store")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    for name in identifying:
        response.vary.add(name)


def _named(settings: Settings) -> tuple[str, ...]:
    """Return the headers that identify the user."""
    return {
        "none": (),
        "header": (settings.auth_header, settings.auth_groups_header),
        "jwt": (settings.jwt_header,),
    }[settings.auth]
