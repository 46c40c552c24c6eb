"""Cross-site request forgery check of requests that change something.

A page of another site can make a browser send a POST without a body here. The browser sends it without a
preflight request, and adds the cookie of the sign-in in front of Demetra. So a request that changes something
must come from our own page, from a client that is no browser, or carry the API token.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from services.errors import DemetraError
from services.text import Text

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from demetra_dash.security.identity import Identity


class CrossSiteRequestError(DemetraError):
    """A page of another site sent the request."""

    code = "foreign_site"
    words = Text(
        en="This request was sent by a page of another site ({origin}), and {host} refuses it. "
        "Behind a proxy: let it pass on the Host header unchanged.",
        ru="Запрос отправлен страницей другого сайта ({origin}), и {host} его не принимает. "
        "За прокси: пусть он передаёт заголовок Host без изменений.",
    )


class MissingTokenError(DemetraError):
    """An API token is set, and the request does not carry it."""

    code = "missing_token"
    words = Text(
        en="This needs the header “Authorization: Bearer TOKEN” with the value of DEMETRA_API_TOKEN.",
        ru="Нужен заголовок «Authorization: Bearer TOKEN» со значением DEMETRA_API_TOKEN.",
    )


def check_origin(request: Request, token: str | None, identity: Identity) -> None:
    """Accept requests from our own page, with the API token, or from a client that is no browser.

    If a token is set and there is no sign-in, a client that is no browser needs the token. Raises
    `CrossSiteRequestError` or `MissingTokenError`.
    """
    if identity.way == "token":
        return
    if token is not None and identity.way == "none" and bearer_of(request) is not None:
        raise MissingTokenError  # a wrong one
    own = _is_own_page(request)
    if own is False:
        raise CrossSiteRequestError(origin=_origin(request), host=request.host)
    if own is None and token is not None and identity.way == "none":
        raise MissingTokenError


def has_token(request: Request, token: str | None) -> bool:
    """Tell whether the request carries the API token; compared in constant time."""
    bearer = bearer_of(request)
    return token is not None and bearer is not None and hmac.compare_digest(bearer.encode(), token.encode())


def bearer_of(request: Request) -> str | None:
    """Return the credentials after “Bearer” in the Authorization header; None for any other scheme."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def _is_own_page(request: Request) -> bool | None:
    """Tell whether our own page sent the request; None if no browser did."""
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
