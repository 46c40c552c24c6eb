"""WSGI middleware that checks every request: limits first, then host, identity and rights.

The gate wraps the whole application, the response cache included, so no answer bypasses it. A refused request
still goes to Flask, which raises the error before anything else and formats it like any other failure.

Public paths need no identity: the probes and the static files of the page, which contain no figures.
`/metrics` is open to this machine, to the trusted proxies themselves, and to users who are signed in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import flask
from werkzeug.wrappers import Request

from demetra_dash.security import audit, links
from demetra_dash.security.addresses import check_query
from demetra_dash.security.csrf import MissingTokenError, bearer_of, check_origin, has_token
from demetra_dash.security.hosts import check_host, check_unlisted_host
from demetra_dash.security.identity import (
    ANONYMOUS,
    API_TOKEN,
    Identity,
    SignInError,
    StrangerError,
    UnprovenProxyError,
    from_proxy,
)
from demetra_dash.security.limits import LARGEST_BODY, RateLimit, check_length, largest_body, visitor_of
from demetra_dash.security.proxies import (
    IS_IMPOSTOR,
    IS_PROXIED,
    IS_UNKNOWN,
    PEER,
    SPEAKS_FOR_ITSELF,
    address_of,
    is_in,
    is_this_machine,
)
from services.errors import DemetraError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

    from demetra_dash.security.tokens import Verifier
    from demetra_dash.settings import Settings

Access = Literal["public", "local", "viewer", "operator", "token", "link"]
"""Which clients may use a route: all; this machine or a signed-in user; by role; or by that credential."""

REFUSED = frozenset({400, 401, 403, 413, 429})  # statuses

IDENTITY = "demetra.identity"
REFUSAL = "demetra.refusal"

PROBES = ("/healthz", "/readyz")
LOCAL = ("/metrics",)
# There is nothing under /.well-known/, and the 404 that says so needs no sign-in.
_PUBLIC_STARTS = ("/assets/", "/_dash-component-suites/", "/.well-known/")
_PUBLIC = (*PROBES, "/_favicon.ico")
_CHANGES_NOTHING = {"GET", "HEAD", "OPTIONS"}
_PAGE_QUESTIONS = "/_dash-update-component"


def is_public(path: str) -> bool:
    """Tell whether the path needs no identity: the probes, and the static files of the page."""
    return path in _PUBLIC or path.startswith(_PUBLIC_STARTS)


class Gate:
    """WSGI middleware: stores the `IDENTITY` of an accepted request, or the `REFUSAL` of a refused one.

    `inside` answers accepted requests; `refusing` is the Flask application itself (see `guard`).
    """

    def __init__(self, inside: WSGIApplication, refusing: WSGIApplication, settings: Settings) -> None:
        self._inside = inside
        self._refusing = refusing
        self._settings = settings
        self._limit = RateLimit(settings.rate_limit)
        self._verifier = _verifier(settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        try:
            check_query(environ)
            self._admit(Request(environ))
        except DemetraError as refusal:
            environ[REFUSAL] = refusal
            return self._refusing(environ, start_response)
        return self._inside(environ, start_response)

    def _admit(self, request: Request) -> None:
        """Store the identity of the request; raise if it must be refused."""
        if request.path == "/healthz":
            return
        self._check_limits(request)
        if request.path in PROBES:
            return
        if request.environ.get(IS_IMPOSTOR):
            raise UnprovenProxyError
        self._check_host(request)
        if is_public(request.path) or (request.path in LOCAL and self._is_near(request)):
            return
        identity = request.environ[IDENTITY] = self._identify(request)
        if request.path in LOCAL and identity.way in {"none", "link"}:
            raise SignInError
        if request.method not in _CHANGES_NOTHING:
            check_origin(request, self._settings.api_token, identity)

    def _check_host(self, request: Request) -> None:
        if self._settings.allowed_hosts or self._settings.auth != "none":
            check_host(request.host, self._settings.allowed_hosts)
        else:
            check_unlisted_host(request.host, self._settings.host)

    def _check_limits(self, request: Request) -> None:
        if not is_this_machine(request.environ):
            address = address_of(request.remote_addr or "")
            # Clients of a Unix socket have no address, so they share one limit.
            self._limit.take(visitor_of(address) if address else "")
        check_length(request.content_length, largest_body(request.method, request.path))

    def _is_near(self, request: Request) -> bool:
        environ, visitor = request.environ, address_of(request.remote_addr or "")
        if environ.get(IS_UNKNOWN):
            return bool(environ.get(SPEAKS_FOR_ITSELF))
        return is_this_machine(environ) or is_in(visitor, self._settings.trusted_proxies)

    def _identify(self, request: Request) -> Identity:
        if has_token(request, self._settings.api_token):
            return API_TOKEN
        try:
            return self._signed_in(request)
        except SignInError:
            if (link := link_text(request)) is None:
                raise
            return links.read_link(link, self._settings.link_secret, time.time()).identity

    def _signed_in(self, request: Request) -> Identity:
        if self._settings.auth == "header":
            is_proxied = bool(request.environ.get(IS_PROXIED))
            return from_proxy(request, self._settings, is_proxied=is_proxied)
        if self._verifier is not None:
            token = self._jwt(request)
            if not token:
                raise SignInError
            return self._verifier.identity(token)
        if link_text(request) is not None:
            raise SignInError  # a client with a link has the rights of the link
        if not self._settings.allow_anonymous and not is_this_machine(request.environ):
            raise StrangerError
        return ANONYMOUS

    def _jwt(self, request: Request) -> str:
        name = self._settings.jwt_header
        return bearer_of(request) or "" if name.lower() == "authorization" else request.headers.get(name, "")


def guard(server: Flask, count_refused: Callable[[int], None]) -> None:
    """Make Flask answer requests that the gate refused; log refusals and changes to the audit log."""

    def refuse() -> None:
        if (refusal := flask.request.environ.get(REFUSAL)) is not None:
            raise refusal

    def record(response: Response) -> Response:
        method, status = flask.request.method, response.status_code
        if status in REFUSED:
            count_refused(status)
        is_change = method not in _CHANGES_NOTHING and flask.request.path != _PAGE_QUESTIONS
        if is_change or status in REFUSED - {400}:
            note(method, outcome=status)
        return response

    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY  # for bodies without a Content-Length
    server.before_request_funcs.setdefault(None, []).insert(0, refuse)
    server.after_request(record)


def may_see_names() -> bool:
    """Tell whether this request may see the names of users who requested runs.

    Holders of a link and anonymous clients on other machines may not: a name is often an e-mail address.
    """
    way = current().way
    return way in {"header", "jwt", "token"} or (way == "none" and is_this_machine(flask.request.environ))


def current() -> Identity:
    """Return the identity of this request; raise `SignInError` if it has not passed the gate."""
    found: Identity | None = flask.request.environ.get(IDENTITY)
    if found is None:
        raise SignInError
    return found


def require(access: Access) -> None:
    """Raise unless this request may use a route with that `access`."""
    if access in {"public", "local", "viewer"}:
        return
    if access == "operator" and not current().is_operator:
        raise NotAllowedError
    if access == "token" and current().way != "token":
        raise MissingTokenError
    if access == "link" and current().way != "link":
        raise links.LinkError


def link_text(request: Request) -> str | None:
    """Return the signed link of the request, from its header or its query."""
    return request.headers.get(links.HEADER) or request.args.get(links.PARAMETER)


def note(action: str, *, outcome: object, **facts: object) -> None:
    """Write to the audit log which user did what, from where, and with which outcome."""
    request = flask.request
    who: Identity | None = request.environ.get(IDENTITY)
    audit.note(
        who=who.name if who else None,
        role=who.role if who else None,
        way=who.way if who else None,
        address=request.remote_addr,
        peer=request.environ.get(PEER),
        action=action,
        path=request.path,
        outcome=outcome,
        **facts,
    )


def _verifier(settings: Settings) -> Verifier | None:
    if settings.auth != "jwt":
        return None
    # Imported late: cryptography is loaded only if it is needed.
    from demetra_dash.security.tokens import Verifier

    return Verifier(settings)
