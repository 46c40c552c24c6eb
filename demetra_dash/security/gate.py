"""The gate that every request passes: limits first, then the host, then who it is, then whether they may.

It is a layer around the whole application, so that nothing, the fast lane least of all, answers past
it. A request that is refused still goes to Flask, which raises the reason as the first thing it does
and so words it like every other failure.

What is public needs no identity: the probes, and the files that the page is built from, which hold no
figures. `/metrics` is for this machine, for the proxies, and for whoever is signed in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import flask
from werkzeug.wrappers import Request

from demetra_dash.metrics import REFUSED
from demetra_dash.security import audit, links
from demetra_dash.security.addresses import check_query
from demetra_dash.security.hosts import check_host
from demetra_dash.security.identity import (
    ANONYMOUS,
    API_TOKEN,
    Identity,
    SignInError,
    StrangerError,
    from_proxy,
)
from demetra_dash.security.limits import LARGEST_BODY, RateLimit, check_length, visitor_of
from demetra_dash.security.proxies import IS_PROXIED, PEER, address_of, is_in, is_this_machine
from demetra_dash.security.senders import MissingTokenError, bearer_of, check_sender, has_token
from services.errors import DemetraError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

    from demetra_dash.security.tokens import Verifier
    from demetra_dash.settings import Settings

Access = Literal["public", "local", "viewer", "operator", "token", "link"]
"""Who may use a route: everybody; this machine or who is signed in; by role; or by that credential."""

IDENTITY = "demetra.identity"
REFUSAL = "demetra.refusal"

PROBES = ("/healthz", "/readyz")
LOCAL = ("/metrics",)
_PUBLIC_STARTS = ("/assets/", "/_dash-component-suites/")
_PUBLIC = (*PROBES, "/_favicon.ico")
_CHANGES_NOTHING = {"GET", "HEAD", "OPTIONS"}
_PAGE_QUESTIONS = "/_dash-update-component"


def is_public(path: str) -> bool:
    """Tell whether the path is for everybody: the probes, and the files that the page is built from."""
    return path in _PUBLIC or path.startswith(_PUBLIC_STARTS)


class Gate:
    """Lets requests in with their `IDENTITY`, or with the `REFUSAL` that says why they stay outside.

    `inside` answers what is let in; `refusing` is the Flask application itself (see `guard`).
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
        """Note whose request it is; raise when it must stay outside."""
        if request.path == "/healthz":
            return
        self._check_limits(request)
        if request.path in PROBES:
            return
        check_host(request.host, self._settings.allowed_hosts)
        if is_public(request.path) or (request.path in LOCAL and self._is_near(request)):
            return
        identity = request.environ[IDENTITY] = self._identify(request)
        if request.path in LOCAL and identity.way in {"none", "link"}:
            raise SignInError
        if request.method not in _CHANGES_NOTHING:
            check_sender(request, self._settings.api_token, identity)

    def _check_limits(self, request: Request) -> None:
        address = address_of(request.remote_addr or "")
        if address is not None and not address.is_loopback:
            self._limit.take(visitor_of(address))
        check_length(request.content_length)

    def _is_near(self, request: Request) -> bool:
        trusted = self._settings.trusted_proxies
        return is_this_machine(request.environ) or is_in(address_of(request.remote_addr or ""), trusted)

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
            raise SignInError  # who comes with a link has the rights of the link
        if not self._settings.allow_anonymous and not _is_neighbour(request):
            raise StrangerError
        return ANONYMOUS

    def _jwt(self, request: Request) -> str:
        name = self._settings.jwt_header
        return bearer_of(request) or "" if name.lower() == "authorization" else request.headers.get(name, "")


def guard(server: Flask, count_refused: Callable[[int], None]) -> None:
    """Make Flask answer what the gate has refused, and note what changed something or was refused."""

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

    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY  # for bodies that do not say how long they are
    server.before_request_funcs.setdefault(None, []).insert(0, refuse)
    server.after_request(record)


def current() -> Identity:
    """Return who sends the request at hand; raise `SignInError` for one that has not passed the gate."""
    found: Identity | None = flask.request.environ.get(IDENTITY)
    if found is None:
        raise SignInError
    return found


def require(access: Access) -> None:
    """Raise unless who sends the request at hand may use a route of this kind."""
    if access in {"public", "local", "viewer"}:
        return
    if access == "operator" and not current().is_operator:
        raise NotAllowedError
    if access == "token" and current().way != "token":
        raise MissingTokenError
    if access == "link" and current().way != "link":
        raise links.LinkError


def link_text(request: Request) -> str | None:
    """Return the signed link of the request at hand, from its header or its address."""
    return request.headers.get(links.HEADER) or request.args.get(links.PARAMETER)


def note(action: str, *, outcome: object, **facts: object) -> None:
    """Write into the audit log what was done by whom, from where, and how it ended."""
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


def _is_neighbour(request: Request) -> bool:
    """Tell whether the connection comes from this machine (or through a socket in its file system)."""
    peer = address_of(request.environ.get(PEER) or "")
    return peer is None or peer.is_loopback


def _verifier(settings: Settings) -> Verifier | None:
    if settings.auth != "jwt":
        return None
    # Imported late: only those who need it pay for cryptography.
    from demetra_dash.security.tokens import Verifier

    return Verifier(settings)
