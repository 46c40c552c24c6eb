"""HTTP requests of sources before they are sent: with their secrets, and as errors may show them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import requests
from requests.cookies import RequestsCookieJar
from requests.utils import get_auth_from_url, urldefragauth
from urllib3.util import parse_url

from services.sources.kind import Secret, revealed

Values = Mapping[str, str | Secret]

_OWN_HEADERS = {"User-Agent": "demetra-dash", "Accept": "*/*", "Accept-Encoding": "gzip"}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be sent, with its secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] | None = field(default=None, repr=False)
    body: Any = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        method: str,
        url: str | Secret,
        params: Values | None,
        headers: Values | None,
        *,
        body: Any = None,
        form: Values | None = None,
    ) -> Self:
        """Return the request with all secrets revealed, and with the credentials of its address as header."""
        plain, user, password = _split(revealed(url))
        own = _revealed(headers or {})
        if user or password:
            own["Authorization"] = basic_credentials(user, password)
        shown, sent = _revealed(params) if params else None, _revealed(form) if form else None
        return cls(method, plain, own, shown, body, sent)

    @property
    def host(self) -> str:
        """The host, with its port where that is a special one."""
        return shown_host(self.url)

    @property
    def hostname(self) -> str:
        """The host without its port, in lower case; empty if the address has none."""
        return _parts(self.url)[1]

    @property
    def scheme(self) -> str:
        """The scheme in lower case."""
        return _parts(self.url)[0]

    @property
    def port(self) -> int:
        """The port, that of the scheme if the address has none."""
        return _parts(self.url)[2]

    def prepared(self, cookies: RequestsCookieJar) -> requests.PreparedRequest:
        """Return the request as it is sent."""
        headers: dict[str, str | bytes] = {
            **_OWN_HEADERS,
            **{name: value.strip().encode() for name, value in self.headers.items()},
        }
        made = requests.Request(
            self.method, self.url, headers=headers, params=self.params, json=self.body, data=self.form
        ).prepare()
        made.prepare_cookies(cookies)
        return made


def basic_credentials(user: str | Secret, password: str | Secret) -> str:
    """Return the value of an `Authorization` header for a user and a password."""
    return "Basic " + b64encode(f"{revealed(user)}:{revealed(password)}".encode()).decode()


def bearer_credentials(token: str | Secret) -> Secret:
    """Return the value of an `Authorization` header for a bearer token."""
    return Secret(f"Bearer {revealed(token).strip()}")


def not_an_address(value: Any) -> str | None:
    """Return what an address must be, None for a usable one."""
    is_right = isinstance(value, str) and value.startswith(("https://", "http://"))
    return None if is_right else "an address that begins with https://"


def _revealed(values: Values) -> dict[str, str]:
    return {name: revealed(value) for name, value in values.items()}


def _split(url: str) -> tuple[str, str, str]:
    """Return an address without user and password, and these; one that cannot be parsed as it is."""
    try:
        return urldefragauth(url), *get_auth_from_url(url)
    except ValueError:
        return url, "", ""


def _parts(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port as the library that connects reads them; parsers differ."""
    try:
        parts = parse_url(url)
    except ValueError:
        return "", "", 0
    scheme = (parts.scheme or "").lower()
    host = (parts.host or "").lower().strip("[]").rstrip(".")
    return scheme, host, parts.port or _PORTS.get(scheme, 0)


def shown_host(url: str) -> str:
    """Return the host of an address as errors show it: with its port where that is a special one."""
    scheme, host, port = _parts(url)
    return (host if port == _PORTS.get(scheme, 0) else f"{host}:{port}") or "?"


def may_have_credentials(old: Call, new: Call) -> bool:
    """Tell whether a redirect leads to the same server, or from plain HTTP to HTTPS of the same host."""
    if old.hostname != new.hostname:
        return False
    is_upgrade = (old.scheme, old.port, new.scheme, new.port) == ("http", 80, "https", 443)
    return is_upgrade or (old.scheme, old.port) == (new.scheme, new.port)
