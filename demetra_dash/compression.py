"""Compression of answers with Brotli or gzip.

Dash can do it (`compress=True`), but it overwrites the choice of algorithms.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import brotli
from flask import request
from flask_compress import Compress

from demetra_dash.api.failures import PROBLEM_TYPE
from services.live.byte_cache import ByteCache

if TYPE_CHECKING:
    from flask import Flask, Response

COMPRESSED_TYPES = [
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    PROBLEM_TYPE,
    "image/svg+xml",
]
"""PNG and WOFF2 are left out, since they are compressed already."""

KEPT_BYTES = 64_000_000  # all files of the page, plain and in both encodings, take less

_ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda content: brotli.compress(content, quality=9),
    "gzip": lambda content: gzip.compress(content, 9, mtime=0),
}


def compress(server: Flask) -> None:
    """Compress the answers of `server`, if it pays and the client accepts it."""
    server.config.update(
        COMPRESS_MIMETYPES=COMPRESSED_TYPES,
        COMPRESS_ALGORITHM=list(_ALGORITHMS),
        COMPRESS_ALGORITHM_STREAMING=list(_ALGORITHMS),
        COMPRESS_BR_LEVEL=5,
        COMPRESS_LEVEL=6,
        COMPRESS_MIN_SIZE=500,
    )
    Compress(server)
    server.after_request(_Once())  # runs before Compress: Flask calls the last hook first


class _Once:
    """Compresses each file of the page once, at a high level, and caches the result.

    Such an answer is one block of bytes, not a stream of a file: a stream would occupy a thread until the
    client has read it. Two hundred clients may read a script slowly at the same time. All clients get the
    same bytes of a file.
    """

    def __init__(self) -> None:
        self._kept: ByteCache[tuple[str | None, bytes], bytes]
        self._kept = ByteCache(KEPT_BYTES, lambda _, body: len(body))

    def __call__(self, response: Response) -> Response:
        # Not the API's answers about a run: their number is unlimited.
        is_for_good = response.cache_control.immutable and response.cache_control.public
        if response.status_code != 200 or not (is_for_good or response.direct_passthrough):
            return response
        response.direct_passthrough = False
        content = response.get_data()
        chosen = _chosen() if response.mimetype in COMPRESSED_TYPES else None
        # By content: several addresses name the same bundle.
        key = chosen, hashlib.sha256(content).digest()
        body = self._kept.get(key)
        if body is None:
            body = _ALGORITHMS[chosen](content) if chosen else content
            self._kept.set(key, body)
        response.set_data(body)
        if chosen:
            response.headers["Content-Encoding"] = chosen
            etag, is_weak = response.get_etag()
            if etag is not None:
                response.set_etag(f"{etag}:{chosen}", weak=bool(is_weak))
            response.make_conditional(request)
        return response


def _chosen() -> str | None:
    return next((name for name in _ALGORITHMS if request.accept_encodings[name] > 0), None)
