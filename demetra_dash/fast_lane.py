"""Finished answers of the API, given again without Flask.

What the API says of the newest snapshot stays the same, to the byte, until there is a newer one. The
first caller's answer is made by Flask, with everything that belongs to it: compression, tag, security
headers. Here it is kept, and the next caller who asks for the same in the same way gets it for the
price of a look into a dictionary. When a new snapshot is there, all that is kept is forgotten.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demetra_dash.api.routes import STALE_HEADER, UNREACHABLE
from demetra_dash.api.snapshots import RUN_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from services.analytics import Analytics
    from services.views import Snapshot

KEPT_BYTES = 8_000_000
PATHS = "/api/"
KEPT_STATUSES = ("200", "304")
# With one of these a caller wants less than the answer: Flask sees to it.
UNUSUAL = ("HTTP_RANGE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")

Headers = list[tuple[str, str]]
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    headers: Headers
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body) + 2000  # headers and key, roughly


class FastLane:
    """A WSGI application that gives kept answers itself and leaves everything else to another one."""

    def __init__(self, wsgi: WSGIApplication, analytics: Analytics) -> None:
        self._wsgi = wsgi
        self._analytics = analytics
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._kept: dict[Key, _Answer] = {}
        self._size = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        key = _key(environ)
        snapshot = self._analytics.known_snapshot
        if key is None or snapshot is None:
            return self._wsgi(environ, start_response)
        if snapshot is not self._snapshot:
            self._forget(snapshot)
        kept = self._kept.get(key)
        if kept is None:
            return self._make(key, snapshot, environ, start_response)
        headers = kept.headers
        if self._analytics.unreachable_since is not None:
            headers = [*headers, (STALE_HEADER, UNREACHABLE)]
        start_response(kept.status, headers)
        return (kept.body,)

    def _make(
        self, key: Key, snapshot: Snapshot, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        told: list[Any] = []

        def listen(status: str, headers: Headers, *error: Any) -> Any:
            told[:] = [status, headers]
            return start_response(status, headers, *error)

        body = _read(self._wsgi(environ, listen))
        self._keep(key, snapshot, _Answer(told[0], list(told[1]), b"".join(body)))
        return body

    def _forget(self, snapshot: Snapshot) -> None:
        with self._lock:
            if snapshot is not self._snapshot:
                self._snapshot, self._kept, self._size = snapshot, {}, 0

    def _keep(self, key: Key, snapshot: Snapshot, answer: _Answer) -> None:
        names = {name for name, _ in answer.headers}
        is_of_snapshot = RUN_HEADER in names and STALE_HEADER not in names
        if not is_of_snapshot or not answer.status.startswith(KEPT_STATUSES):
            return
        with self._lock:
            # While it was made, a newer snapshot may have come: nobody knows then whose it is.
            if snapshot is self._snapshot is self._analytics.known_snapshot and key not in self._kept:
                self._kept[key] = answer
                self._size += answer.size
            while self._size > KEPT_BYTES:  # the oldest leaves: odd parameters must not fill the memory
                self._size -= self._kept.pop(next(iter(self._kept))).size


def _key(environ: WSGIEnvironment) -> Key | None:
    """Return what an answer depends on, or None for a request that must not be answered from here."""
    path = environ.get("PATH_INFO", "")
    if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PATHS):
        return None
    if any(name in environ for name in UNUSUAL):
        return None
    return (
        path,
        environ.get("QUERY_STRING", ""),
        environ.get("HTTP_ACCEPT_ENCODING", ""),
        environ.get("HTTP_IF_NONE_MATCH", ""),
    )


def _read(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
