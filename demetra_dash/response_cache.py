"""Full-response cache (WSGI middleware) for answers made from a snapshot, with prefetch.

The answers of the API and the page about a run never change, to the byte. Flask makes the answer to the first
request, with compression, ETag and security headers. If its headers name the run that it depends on, the
answer is cached here. An equal later request is answered from the cache, without Flask. On a new snapshot all
entries are dropped. API answers that were cached for the old snapshot are regenerated before the new one
becomes current (pre-warm). Requests that open pages are about to send are answered in advance (prefetch).

Only the watcher thread decides which snapshot is the newest. The cache reads it under the lock whenever it
switches. So the cache follows the order in which snapshots became current, and never switches back for a
request that has read an older one. Run ids cannot tell the order: after a restore, the newest may be lower.

No authentication here: requests have passed `security.gate`.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from werkzeug.test import create_environ, run_wsgi_app

from callbacks.page_options import PARAMETERS
from callbacks.wiring import RUN_HEADER
from demetra_dash.api import ROUTES
from demetra_dash.api.routes import STALE_HEADER, UNREACHABLE
from demetra_dash.request_timing import ROUTE
from services.live.byte_cache import ByteCache

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from services.analytics import Analytics
    from services.views import Snapshot

MAX_BYTES = 16_000_000  # of one snapshot; while the next one is prepared, there are two
MAX_PREFETCHED = 32  # requests of open pages that are answered in advance
LONGEST_WAIT_SECONDS = 1.0  # of a request, for a prefetch of its answer
MAX_KEY_LENGTH = 100_000  # bytes in the body of a page's request; usual are about 3,000
KEPT_STATUSES = ("200", "304")
PAGE_PATH = "/_dash-update-component"
API_ROUTES = tuple(route.path for route in ROUTES if route.is_kept)
API_PATHS = re.compile("|".join("(" + re.sub(r"<\w+>", "[^/]+", path) + ")" for path in API_ROUTES))
# With one of these a caller wants less than the answer: Flask sees to it.
UNUSUAL = ("HTTP_RANGE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")

Headers = list[tuple[str, str]]


class CacheKey(NamedTuple):
    """Everything that an answer depends on, besides the snapshot."""

    scheme: str
    path: str
    query: str
    accepts: str
    has: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    headers: Headers
    body: bytes


class ResponseCache:
    """WSGI middleware: answers from the cache, and passes all other requests to the wrapped application."""

    def __init__(self, wsgi: WSGIApplication, analytics: Analytics) -> None:
        self._wsgi = wsgi
        self._analytics = analytics
        self._lock = threading.Lock()
        self._making = tuple(threading.Lock() for _ in range(64))
        self._snapshot: Snapshot | None = None
        self._kept = _no_answers()
        self._next: tuple[Snapshot, ByteCache[CacheKey, _Answer]] | None = None
        self._asked_before: tuple[int, list[CacheKey]] = (0, [])
        self._foreseen: dict[CacheKey, threading.Event] = {}
        self._unused_prefetches: set[CacheKey] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        key = _cache_key(environ) if self._analytics.known_snapshot is not None else None
        snapshot = self._newest() if key is not None else None
        if key is None or snapshot is None:
            return self._wsgi(environ, start_response)
        self._unused_prefetches.discard(key)
        kept = self._kept.get(key)
        if kept is not None:
            return self._give(kept, start_response)
        if key.body:
            is_made = self._foreseen.get(key)
            kept = self._kept.get(key) if is_made and is_made.wait(LONGEST_WAIT_SECONDS) else None
            if kept is None:
                return self._make(key, snapshot, environ, start_response)
            return self._give(kept, start_response)
        with self._making[hash(key) % len(self._making)]:  # equal requests wait for the first one
            kept = self._kept.get(key)
            if kept is None:
                return self._make(key, snapshot, environ, start_response)
        return self._give(kept, start_response)

    def prepare(self, snapshot: Snapshot) -> None:
        """Regenerate the cached API answers for a snapshot that is not current yet (pre-warm)."""
        made = _no_answers()
        for key in filter(_is_recurring, self._kept.by_use()):
            answer = self._answer(key)
            if _is_of(snapshot.run_id, answer):
                made.set(key, answer)
        with self._lock:
            self._next = (snapshot, made)

    def prefetch(self, snapshot: Snapshot) -> None:
        """Answer the requests that open pages will send for a snapshot, derived from their earlier requests.

        A request that arrives meanwhile waits for its prefetch. If a newer snapshot is current by now,
        nothing is prefetched: the call for that snapshot follows.
        """
        newest = self._newest()
        if newest is None or newest != snapshot:
            return
        with self._lock:
            run_id, asked = self._asked_before
            questions = [_of_run(key, run_id, snapshot.run_id) for key in asked]
            foreseen = {key: threading.Event() for key in questions if key is not None}
            self._foreseen, self._unused_prefetches = foreseen, set(foreseen)
        for key, is_made in foreseen.items():
            if self._kept.get(key) is None:
                self._store(key, newest, self._answer(key))
            is_made.set()

    def _answer(self, key: CacheKey) -> _Answer:
        body, status, headers = run_wsgi_app(self._wsgi, _environ(key), buffered=True)
        return _Answer(status, headers.to_wsgi_list(), b"".join(body))

    def _give(self, kept: _Answer, start_response: StartResponse) -> Iterable[bytes]:
        headers = kept.headers
        if self._analytics.unreachable_since is not None:
            headers = [*headers, (STALE_HEADER, UNREACHABLE)]
        start_response(kept.status, headers)
        return (kept.body,)

    def _make(
        self, key: CacheKey, snapshot: Snapshot, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        told: list[Any] = []

        def listen(status: str, headers: Headers, *error: Any) -> Any:
            told[:] = [status, headers]
            return start_response(status, headers, *error)

        body = _read(self._wsgi(environ, listen))
        self._store(key, snapshot, _Answer(told[0], list(told[1]), b"".join(body)))
        return body

    def _newest(self) -> Snapshot | None:
        """Return the newest known snapshot; from now on, only answers made from that snapshot are used."""
        if self._snapshot is not self._analytics.known_snapshot:
            with self._lock:
                self._switch_to(self._analytics.known_snapshot)
        return self._snapshot

    def _switch_to(self, snapshot: Snapshot | None) -> None:
        if snapshot != self._snapshot:
            if self._snapshot is not None:
                # A prefetched answer that no page has requested belongs to a closed page.
                asked = [q for q in self._kept.by_use() if q.body and q not in self._unused_prefetches]
                self._asked_before = self._snapshot.run_id, asked[-MAX_PREFETCHED:]
            self._kept = _no_answers()
            if self._next is not None and self._next[0] == snapshot:
                self._kept, self._next = self._next[1], None
        self._snapshot = snapshot

    def _store(self, key: CacheKey, snapshot: Snapshot, answer: _Answer) -> None:
        if not _is_of(None, answer):
            return
        with self._lock:
            # If a newer snapshot has become current meanwhile, the answer may be of either.
            if snapshot is self._snapshot is self._analytics.known_snapshot:
                self._kept.set(key, answer)


def _no_answers() -> ByteCache[CacheKey, _Answer]:
    return ByteCache(MAX_BYTES, _size_of)


def _size_of(key: CacheKey, answer: _Answer) -> int:
    """Return the approximate bytes of an entry, with its headers and its key."""
    lines = (*key[:-1], *(part for header in answer.headers for part in header))
    return len(answer.body) + len(key.body) + sum(map(len, lines)) + 2000


def _is_of(run_id: int | None, answer: _Answer) -> bool:
    """Tell whether an answer depends on exactly one run, and on `run_id` unless that is None."""
    headers = dict(answer.headers)
    is_good = answer.status.startswith(KEPT_STATUSES) and STALE_HEADER not in headers
    told = headers.get(RUN_HEADER, "")
    return is_good and told.isascii() and told.isdecimal() and (run_id is None or told == str(run_id))


def _cache_key(environ: WSGIEnvironment) -> CacheKey | None:
    """Return what a request asks, or None for one whose answer does not come from a snapshot.

    The route is noted in `environ`: Flask, which would do it, does not see a request that is answered here.
    """
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    body, query = b"", environ.get("QUERY_STRING", "")
    if method == "GET":
        found = API_PATHS.fullmatch(path)
        if found is None or found.lastindex is None or any(name in environ for name in UNUSUAL):
            return None
        environ[ROUTE] = API_ROUTES[found.lastindex - 1]
    elif method == "POST" and path == PAGE_PATH:
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isascii() or not length.isdigit() or len(length) > len(str(MAX_KEY_LENGTH)):
            return None
        if not 0 < int(length) <= MAX_KEY_LENGTH:
            return None
        environ[ROUTE] = PAGE_PATH
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        query = _view(query)  # Dash uses the rest for background callbacks, of which there are none
    else:
        return None
    return CacheKey(
        environ["wsgi.url_scheme"],
        path,
        query,
        environ.get("HTTP_ACCEPT_ENCODING", ""),
        environ.get("HTTP_IF_NONE_MATCH", ""),
        body,
    )


def _view(query: str) -> str:
    """Return the parameters of a page's query that its answers depend on, in a fixed order."""
    given = parse_qs(query)
    return urlencode([(name, given[name][0]) for name in PARAMETERS if name in given])


def _is_recurring(key: CacheKey) -> bool:
    """Tell whether the request may recur for the next snapshot: no run id in it, no body, no ETag."""
    return not key.body and not key.has and "run=" not in key.query


def _of_run(key: CacheKey, old: int, new: int) -> CacheKey | None:
    """Return the key of the same request of a page about another run; None if it does not name the run.

    The body is compared byte for byte, as it is part of the key: a page writes JSON without spaces.
    """
    value = b'"property":"data","value":%d}'
    body = key.body.replace(value % old, value % new)
    return None if body == key.body else key._replace(body=body)


def _environ(key: CacheKey) -> WSGIEnvironment:
    headers = {"Accept-Encoding": key.accepts} if key.accepts else {}
    base = f"{key.scheme}://localhost/"
    asked: dict[str, Any] = {"query_string": key.query, "headers": headers}
    if key.body:
        asked |= {"method": "POST", "data": key.body, "content_type": "application/json"}
    return create_environ(key.path, base, **asked)


def _read(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
