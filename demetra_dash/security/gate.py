"""The gate that every request passes: limits first, then the host, then who it is, then whether they may.

What is public needs no identity: the probes, and the files that the page is built from, which hold no
figures. `/metrics` is for this machine, for the proxies, and for whoever is signed in.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from flask import g, request
from werkzeug.exceptions import HTTPException

from demetra_dash.security import audit, identity, links
from demetra_dash.security.hosts import check_host
from demetra_dash.security.identity import (
    ANONYMOUS,
    API_TOKEN,
    Identity,
    SignInError,
    StrangerError,
)
from demetra_dash.security.limits import RateLimit, check_length, visitor_of
from demetra_dash.security.proxies import IS_PROXIED, PEER, address_of, is_in, is_this_machine
from demetra_dash.security.senders import MissingTokenError, bearer_of, check_sender, has_token
from services.errors import DemetraError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask, Response

    from demetra_dash.security.tokens import Verifier
    from demetra_dash.settings import Settings

Access = Literal["public", "local", "viewer", "operator", "token", "link"]
"""Who may use a route: everybody; this machine or who is signed in; by role; or by that credential."""

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
    """Lets requests in, or raises the error that says why not."""

    def __init__(self, settings: Settings, count_refused: Callable[[int], None]) -> None:
        self._settings = settings
        self._limit = RateLimit(settings.rate_limit)
        self._verifier = _verifier(settings)
        self._count_refused = count_refused

    def attach(self, server: Flask) -> None:
        """Stand before everything else that `server` does with a request, and note how it ended."""
        self._server = server
        server.before_request_funcs.setdefault(None, []).insert(0, self.admit)
        server.after_request(self.record)

    def admit(self) -> None:
        """Let the request in, with `g.identity`; raise when it must stay outside."""
        g.identity = None
        if request.path == "/healthz":
            return
        self._check_limits()
        if request.path in PROBES:
            return
        check_host(request.host, self._settings.allowed_hosts)
        if is_public(request.path) or (request.path in LOCAL and self._is_near()):
            return
        g.identity = self._identify()
        if request.path in LOCAL and g.identity.way in {"none", "link"}:
            raise SignInError
        if request.method not in _CHANGES_NOTHING:
            check_sender(request, self._settings.api_token, g.identity)

    def admits(self, environ: WSGIEnvironment) -> bool:
        """Tell whether a request would be let in, for those who answer without asking Flask."""
        if self._is_open_to(environ):
            return True
        with self._server.request_context(environ):
            try:
                self.admit()
            except (DemetraError, HTTPException):
                return False
        return True

    def _is_open_to(self, environ: WSGIEnvironment) -> bool:
        """Tell in no time what holds for most requests of a Demetra that only this machine can reach."""
        settings = self._settings
        return (
            settings.auth == "none"
            and not settings.allowed_hosts
            and environ["REQUEST_METHOD"] == "GET"
            and _is_neighbour(environ)
            and is_this_machine(environ)
            and links.ENVIRON_NAME not in environ
            and links.PARAMETER not in environ.get("QUERY_STRING", "")
        )

    def record(self, response: Response) -> Response:
        """Note what changed something or was refused."""
        is_refused = response.status_code in {400, 401, 403, 413, 429}
        if is_refused:
            self._count_refused(response.status_code)
        is_change = request.method not in _CHANGES_NOTHING and request.path != _PAGE_QUESTIONS
        if is_change or (is_refused and response.status_code != 400):
            note(request.method, outcome=response.status_code)
        return response

    def _check_limits(self) -> None:
        address = address_of(request.remote_addr or "")
        if address is not None and not address.is_loopback:
            self._limit.take(visitor_of(address))
        check_length(request.content_length)

    def _is_near(self) -> bool:
        trusted = self._settings.trusted_proxies
        return is_this_machine(request.environ) or is_in(address_of(request.remote_addr or ""), trusted)

    def _identify(self) -> Identity:
        if has_token(request, self._settings.api_token):
            return API_TOKEN
        try:
            return self._signed_in()
        except SignInError:
            if (link := link_text()) is None:
                raise
            return links.read_link(link, self._settings.link_secret, time.time()).identity

    def _signed_in(self) -> Identity:
        if self._settings.auth == "header":
            is_proxied = bool(request.environ.get(IS_PROXIED))
            return identity.from_proxy(request, self._settings, is_proxied=is_proxied)
        if self._verifier is not None:
            token = self._jwt()
            if not token:
                raise SignInError
            return self._verifier.identity(token)
        if link_text() is not None:
            raise SignInError  # who comes with a link has the rights of the link
        if not self._settings.allow_anonymous and not _is_neighbour(request.environ):
            raise StrangerError
        return ANONYMOUS

    def _jwt(self) -> str:
        name = self._settings.jwt_header
        return bearer_of(request) or "" if name.lower() == "authorization" else request.headers.get(name, "")


def current() -> Identity:
    """Return who sends the request at hand."""
    found: Identity = g.identity
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


def link_text() -> str | None:
    """Return the signed link of the request at hand, from its header or its address."""
    return request.headers.get(links.HEADER) or request.args.get(links.PARAMETER)


def note(action: str, *, outcome: object, **facts: object) -> None:
    """Write into the audit log what was done by whom, from where, and how it ended."""
    who: Identity | None = g.get("identity")
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


def _is_neighbour(environ: WSGIEnvironment) -> bool:
    """Tell whether the connection comes from this machine (or through a socket in its file system)."""
    peer = address_of(environ.get(PEER) or "")
    return peer is None or peer.is_loopback


def _verifier(settings: Settings) -> Verifier | None:
    if settings.auth != "jwt":
        return None
    # Imported late: only those who need it pay for cryptography.
    from demetra_dash.security.tokens import Verifier

    return Verifier(settings)
