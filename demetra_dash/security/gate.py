"""The gate that every request passes: limits first, then the host, then who it is, then whether they may.

It is a layer around the whole application, so that nothing, the fast lane least of all, answers past
it. A request that is refused still goes to Flask, which raises the reason as the first thing it does
and so words it like every other failure.

What is public needs no identity: the probes, and the files that the page is built from, which hold no
figures. `/metrics` is for this machine, for trusted proxies themselves, and for all who are signed in.
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
from demetra_dash.security.limits import LARGEST_BODY, RateLimit, check_length, visitor_of
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
"""Who may use a route: everybody; this machine or who is signed in; by role; or by that credential."""

REFUSED = frozenset({400, 401, 403, 413, 429})  # statuses

IDENTITY = "demetra.identity"
REFUSAL = "demetra.refusal"

PROBES = ("/healthz", "/readyz")
LOCAL = ("/metrics",)
# There is nothing under /.well-known/, and no sign-in is needed to learn that.
_PUBLIC_STARTS = ("/assets/", "/_dash-component-suites/", "/.well-known/")
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
            # A socket of the file system has no address: its visitors are limited together.
            self._limit.take(visitor_of(address) if address else "")
        check_length(request.content_length)

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
            raise SignInError  # who comes with a link has the rights of the link
        if not self._settings.allow_anonymous and not is_this_machine(request.environ):
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


def may_see_names() -> bool:
    """Tell whether the request at hand may learn who asked for a run.

    Holders of a link and anonymous visitors of other machines may not: a name is often an e-mail address.
    """
    way = current().way
    return way in {"header", "jwt", "token"} or (way == "none" and is_this_machine(flask.request.environ))


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


def _verifier(settings: Settings) -> Verifier | None:
    if settings.auth != "jwt":
        return None
    # Imported late: only those who need it pay for cryptography.
    from demetra_dash.security.tokens import Verifier

    return Verifier(settings)
