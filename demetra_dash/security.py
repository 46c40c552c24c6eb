"""What keeps strangers out: headers for browsers, and who may change something.

A page of another site can make a browser send a POST without a body here, and the browser does not
ask first. So a request that changes something must come from our own page, or from outside of any
browser, or with the token.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from services.errors import DemetraError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dash import Dash
    from flask import Flask, Request, Response

    from demetra_dash.settings import Settings


class ForeignSiteError(DemetraError):
    """A page of another site sent the request."""

    code = "foreign_site"
    words = Text(
        en="This request was sent by a page of another site ({origin}), and {host} refuses it. "
        "Behind a proxy: let it pass on the Host header unchanged.",
        ru="Запрос отправлен страницей другого сайта ({origin}), и {host} его не принимает. "
        "За прокси: пусть он передаёт заголовок Host без изменений.",
    )


class MissingTokenError(DemetraError):
    """A token is set, and the request does not carry it."""

    code = "missing_token"
    words = Text(
        en="This needs the header “Authorization: Bearer TOKEN” with the value of DEMETRA_API_TOKEN.",
        ru="Нужен заголовок «Authorization: Bearer TOKEN» со значением DEMETRA_API_TOKEN.",
    )


def check_sender(request: Request, token: str | None) -> None:
    """Let pass our own page, the right token, and, where no token is set, what is no browser.

    Raises `ForeignSiteError` or `MissingTokenError`.
    """
    bearer = _bearer(request)
    if token is not None and bearer is not None:
        if not hmac.compare_digest(bearer.encode(), token.encode()):
            raise MissingTokenError
        return
    own = _is_own_page(request)
    if own is False:
        raise ForeignSiteError(origin=_origin(request), host=request.host)
    if own is None and token is not None:
        raise MissingTokenError


def apply_headers(app: Dash, settings: Settings) -> None:
    """Send the security headers with every answer. Call it when all callbacks are registered.

    The policy allows inline scripts by their hashes, so a callback that comes later would not run.
    """
    server: Flask = app.server
    headers = {
        "Content-Security-Policy": policy(app.csp_hashes(), settings.frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }

    @server.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


def policy(script_hashes: Sequence[str], frame_ancestors: str) -> str:
    """Return the Content-Security-Policy: everything from this server, framed by whom the setting says."""
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
            f"frame-ancestors {frame_ancestors}",
        )
    )


def _bearer(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _is_own_page(request: Request) -> bool | None:
    """Tell whether our own page sent the request; None when no browser page did."""
    # Browsers send Sec-Fetch-Site only over TLS or to localhost, but Origin with every POST.
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    # Only host and port are compared: where TLS ends at a proxy, the scheme differs.
    host = origin.partition("://")[2].lower()
    return host != "" and host == request.host.lower()


def _origin(request: Request) -> str:
    return request.headers.get("Origin") or request.headers.get("Sec-Fetch-Site", "")
