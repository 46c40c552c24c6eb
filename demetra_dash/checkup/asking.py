"""One HTTP request, without cookies and without following redirects."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type."""
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Any:
        """Return the body as JSON; None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def summary(self) -> str:
        """Status and media type, and the target of a redirect."""
        where = self.headers.get("location")
        return f"{self.status} {self.kind}" + (f" → {where}" if where else "")

    @property
    def detail(self) -> str:
        """The `detail` of a problem document; the summary for any other answer."""
        document = self.json()
        told = document.get("detail") if isinstance(document, dict) else None
        return told if isinstance(told, str) else self.summary


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: a redirect to a sign-in page is a result of the check."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    return build_opener(_Stay)


def ask(base: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Return the answer to GET `path` under `base` with these headers; raise `OSError`."""
    sent = {"Accept-Encoding": "gzip", "Accept": "*/*", **(headers or {})}
    request = Request(urljoin(base, path), headers=sent)  # noqa: S310
    try:
        with _opener().open(request, timeout=SECONDS) as answer:
            return _reply(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return _reply(error.code, error.headers, error.read())


def _reply(status: int, headers: Any, body: bytes) -> Reply:
    plain = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    return Reply(status, {name.lower(): value for name, value in headers.items()}, plain)
