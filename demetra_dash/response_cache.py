"""Full-response cache (WSGI middleware) for answers made from a snapshot, with prefetch.

The answers of the API and the page about a run never change, to the byte. Flask makes the answer to the first
request, with compression, ETag and security headers. If its headers name the run that it depends on, the
answer is cached here. An equal later request is answered from the cache, without Flask.

The key of an entry names the snapshot that was current. So a new snapshot needs no invalidation: it has new
keys, and the least recently used entries are evicted. Before it becomes current, the requests of the snapshot
before are answered for it in advance (prefetch).

No authentication here: requests have passed `security.gate`.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from werkzeug.test import create_environ, run_wsgi_app

from callbacks.page_options import PARAMETERS
from callbacks.wiring import RUN_HEADER, asked_run, with_run
from demetra_dash.api import ROUTES
from demetra_dash.api.routes import STALE_HEADER, UNREACHABLE
from demetra_dash.api.snapshots import NOT_KEPT, SNAPSHOT
from demetra_dash.request_timing import ROUTE
from services.live.byte_cache import ByteCache

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from services.analytics import Analytics
    from services.views import Snapshot

MAX_BYTES = 48_000_000  # of all entries; those of a usual snapshot take a few MB
MAX_PREFETCHED = 64  # requests that are answered in advance
PREFETCH_SECONDS = 1.0  # for so long, a new snapshot may wait for them
MAX_BODY_BYTES = 100_000  # of a page's request; usual are about 3,000
KEPT_STATUSES = ("200", "304")
PAGE_PATH = "/_dash-update-component"
API_ROUTES = tuple(route.path for route in ROUTES if route.is_kept)
API_PATHS = re.compile("|".join("(" + re.sub(r"<\w+>", "[^/]+", path) + ")" for path in API_ROUTES))
# With one of these a caller wants less than the answer: Flask sees to it.
UNUSUAL = ("HTTP_RANGE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")

Headers = list[tuple[str, str]]


class CacheKey(NamedTuple):
    """Everything that an answer depends on. `body` is the JSON of a page's request, in a fixed form.

    Each Accept-Encoding and If-None-Match has an entry of its own. Without Redis, such an answer is made
    again for each of them; clients send few combinations, and their parts come from memory.
    """

    run_id: int
    created_at: datetime
    scheme: str
    path: str
    query: str
    accepts: str
    has: str
    body: str


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
        self._answers: ByteCache[CacheKey, _Answer] = ByteCache(MAX_BYTES, _size_of)
        self._making = tuple(threading.Lock() for _ in range(64))
        self._unused_prefetches: set[CacheKey] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        snapshot = self._analytics.known_snapshot
        key = None if snapshot is None else _cache_key(environ, snapshot)
        if key is None:
            return self._wsgi(environ, start_response)
        environ[SNAPSHOT] = snapshot
        answer = self._answer(key, environ)
        self._unused_prefetches.discard(key)
        headers = answer.headers
        if self._analytics.unreachable_since is not None and STALE_HEADER not in dict(headers):
            headers = [*headers, (STALE_HEADER, UNREACHABLE)]
        start_response(answer.status, headers)
        return (answer.body,)

    def prefetch(self, snapshot: Snapshot) -> None:
        """Answer in advance what clients will request of a snapshot that is about to become current.

        These are the requests that they have sent for the snapshot before. An answer that was prefetched and
        that no client has requested belongs to a closed page. The time limit is checked between two answers,
        so one slow answer may exceed it.
        """
        end = monotonic() + PREFETCH_SECONDS
        used = self._used_before(snapshot)
        next_keys = [key for key in (_for_snapshot(key, snapshot) for key in used) if key]
        self._unused_prefetches = set()
        for key in next_keys[:MAX_PREFETCHED]:
            if monotonic() < end:
                self._prefetch(key, snapshot)

    def _used_before(self, snapshot: Snapshot) -> list[CacheKey]:
        """Return the keys that clients have used of the snapshot before this one, the last used one first.

        That is the current snapshot, or the last one used if this one has become current already: clients
        that knew of its run did not wait for the end of its loading.
        """
        current, unused = self._analytics.known_snapshot, self._unused_prefetches
        used = [key for key in reversed(self._answers.by_use()) if key not in unused]
        before = None if current is None else _id(current)
        if current == snapshot:
            before = next((key[:2] for key in used if key[:2] != before), None)
        return [key for key in used if key[:2] == before]

    def _prefetch(self, key: CacheKey, snapshot: Snapshot) -> None:
        """Make one answer in advance, unless it is cached or being made.

        The watcher thread does not wait for the lock: another, slow request may hold it.
        """
        lock = self._lock(key)
        if not lock.acquire(blocking=False):
            return
        try:
            if self._answers.get(key) is None:
                self._unused_prefetches.add(key)
                self._make(key, _environ(key) | {SNAPSHOT: snapshot})
        finally:
            lock.release()

    def _lock(self, key: CacheKey) -> threading.Lock:
        return self._making[hash(key) % len(self._making)]

    def _answer(self, key: CacheKey, environ: WSGIEnvironment) -> _Answer:
        answer = self._answers.get(key)
        if answer is None:
            with self._lock(key):  # equal requests wait for the first one
                answer = self._answers.get(key) or self._make(key, environ)
        return answer

    def _make(self, key: CacheKey, environ: WSGIEnvironment) -> _Answer:
        body, status, headers = run_wsgi_app(self._wsgi, environ, buffered=True)
        answer = _Answer(status, headers.to_wsgi_list(), b"".join(body))
        if _is_of_a_run(answer):
            self._answers.set(key, answer)
        return answer


def _size_of(key: CacheKey, answer: _Answer) -> int:
    """Return the approximate bytes of an entry, with its headers and its key."""
    lines = (*key[2:], *(part for header in answer.headers for part in header))
    return len(answer.body) + sum(map(len, lines)) + 2000


def _is_of_a_run(answer: _Answer) -> bool:
    """Tell whether an answer depends on exactly one run."""
    headers = dict(answer.headers)
    told = headers.get(RUN_HEADER, "")
    is_final = headers.get("Cache-Control") != NOT_KEPT and STALE_HEADER not in headers
    is_good = answer.status.startswith(KEPT_STATUSES) and is_final
    return is_good and told.isascii() and told.isdecimal()


def _id(snapshot: Snapshot) -> tuple[int, datetime]:
    """Return what identifies a snapshot: after a restore, two may have the same run id."""
    return snapshot.run_id, snapshot.created_at


def _cache_key(environ: WSGIEnvironment, snapshot: Snapshot) -> CacheKey | None:
    """Return the key of a request, or None for one whose answer does not come from a snapshot.

    The route is noted in `environ`: Flask, which would do it, does not see a request that is answered here.
    """
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    body, query = "", environ.get("QUERY_STRING", "")
    if method == "GET":
        found = API_PATHS.fullmatch(path)
        if found is None or found.lastindex is None or any(name in environ for name in UNUSUAL):
            return None
        if not _is_of_fixed_run(query):
            return None
        environ[ROUTE] = API_ROUTES[found.lastindex - 1]
    elif method == "POST" and path == PAGE_PATH:
        request = _read_json(environ)
        if asked_run(request) is None:
            return None
        environ[ROUTE] = PAGE_PATH
        body = _text(request)
        query = _view(query)  # Dash uses the rest for background callbacks, of which there are none
    else:
        return None
    accepts, has = environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", "")
    return CacheKey(*_id(snapshot), environ["wsgi.url_scheme"], path, query, accepts, has, body)


def _read_json(environ: WSGIEnvironment) -> object:
    """Return the body of a request as JSON, and leave it to be read again; None if it is large or no JSON."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isascii() or not length.isdigit() or len(length) > len(str(MAX_BODY_BYTES)):
        return None
    if not 0 < int(length) <= MAX_BODY_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _is_of_fixed_run(query: str) -> bool:
    """Tell whether a query names no run, or one by its number; a name may belong to another run later."""
    return all(run.isdecimal() for run in parse_qs(query, keep_blank_values=True).get("run", ()))


def _text(request: object) -> str:
    return json.dumps(request, sort_keys=True, separators=(",", ":"))


def _view(query: str) -> str:
    """Return the parameters of a page's query that its answers depend on, in a fixed order."""
    given = parse_qs(query)
    return urlencode([(name, given[name][0]) for name in PARAMETERS if name in given])


def _for_snapshot(key: CacheKey, snapshot: Snapshot) -> CacheKey | None:
    """Return the key of the same request for a later snapshot; None if no client will send that."""
    of_next = key._replace(run_id=snapshot.run_id, created_at=snapshot.created_at)
    if key.body:
        request = json.loads(key.body)
        is_of_current = asked_run(request) == key.run_id
        return of_next._replace(body=_text(with_run(request, snapshot.run_id))) if is_of_current else None
    return None if key.has or "run=" in key.query else of_next


def _environ(key: CacheKey) -> WSGIEnvironment:
    headers = {"Accept-Encoding": key.accepts} if key.accepts else {}
    asked: dict[str, Any] = {"query_string": key.query, "headers": headers}
    if key.body:
        asked |= {"method": "POST", "data": key.body, "content_type": "application/json"}
    return create_environ(key.path, f"{key.scheme}://localhost/", **asked)
