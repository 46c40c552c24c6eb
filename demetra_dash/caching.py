"""Answers (JSON text, CSV text, PNG bytes) that web processes share in Redis, by their snapshot.

A snapshot never changes, so no entry is ever invalidated; a new snapshot has new keys. An answer larger than
`LARGEST_BYTES` is not shared. The stores of flask-caching unpickle what they read, so a client that can write
to Redis could run code here; `BytesOnly` replaces their pickling.
"""

from __future__ import annotations

import logging
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

from cachelib.serializers import BaseSerializer
from flask_caching import Cache

from services.database.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

LARGEST_BYTES = 8_000_000  # Redis serves one command at a time: a longer CSV would delay all others
TTL_SECONDS = 86_400
PAUSE_SECONDS = 60.0
REDIS_SECONDS = 0.5

_MARK = b"demetra\x00"
_CHECK_BYTES = 4
_HEAD_BYTES = len(_MARK) + _CHECK_BYTES

log = logging.getLogger(__name__)


class BytesOnly(BaseSerializer):
    """Serialises bytes with a mark and a checksum, and reads only what it has written itself.

    Any other value in the store, such as a pickle or half an answer, counts as absent (None).
    """

    def dumps(self, value: bytes, *_: object) -> bytes:
        """Return `value` as it is stored."""
        return _MARK + _check(value) + value

    def loads(self, bvalue: bytes | None) -> bytes | None:
        """Return the stored bytes; None for anything that `dumps` did not write."""
        if bvalue is None or not bvalue.startswith(_MARK):
            return None
        check, value = bvalue[len(_MARK) : _HEAD_BYTES], bvalue[_HEAD_BYTES:]
        return value if check == _check(value) else None


class AnswerCache:
    """Cache of finished answers in Redis. If the store fails, the answer is made without it.

    After a failure, the store is not used for `PAUSE_SECONDS`: a Redis that hangs then does not delay every
    request, and the log gets one line per minute.
    """

    def __init__(self, server: Flask, redis_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis_url = redis_url
        self._store = _in_redis(server, redis_url)
        self._failures = _redis_failures()
        self._clock = clock
        self._rests_until = -PAUSE_SECONDS
        self._lock = threading.Lock()

    def answer(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return the entry under `key`; if there is none, call `make` and cache its result.

        The key contains the snapshot and everything else that the answer depends on.
        """
        kept: bytes | None = self._try(self._store.get, key)
        if kept is not None:
            return kept
        made = make()
        if len(made) <= LARGEST_BYTES:
            self._try(self._store.set, key, made)
        return made

    def _try(self, use: Callable[..., Any], *values: object) -> Any:
        if self._clock() < self._rests_until:
            return None
        try:
            return use(*values)
        except self._failures as error:
            self._pause(error)
            return None

    def _pause(self, error: Exception) -> None:
        with self._lock:
            now = self._clock()
            if now < self._rests_until:
                return
            self._rests_until = now + PAUSE_SECONDS
        log.warning(
            "The answer cache (CACHE_REDIS_URL) does not work: %s. Answers are computed again for %d s, "
            "then it is tried again.",
            redacted(str(error), self._redis_url),
            PAUSE_SECONDS,
        )


def _check(value: bytes) -> bytes:
    return zlib.crc32(value).to_bytes(_CHECK_BYTES, "big")


def _in_redis(server: Flask, url: str) -> Cache:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    options = {
        "socket_timeout": REDIS_SECONDS,
        "socket_connect_timeout": REDIS_SECONDS,
        "retry": Retry(NoBackoff(), 1),  # a restarted Redis has closed the pooled connections
    }
    config = {
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_URL": url,
        "CACHE_KEY_PREFIX": "demetra:answer:1:",
        "CACHE_OPTIONS": options,
        "CACHE_SERIALIZER": BytesOnly,
        "CACHE_DEFAULT_TIMEOUT": TTL_SECONDS,
    }
    return Cache(server, with_jinja2_ext=False, config=config)


def _redis_failures() -> tuple[type[Exception], ...]:
    # Imported late: the import takes 10 MB and 0.2 s, also in a web process without Redis.
    from redis.exceptions import RedisError

    # The client raises the last two for unknown options in the address.
    return (RedisError, OSError, ValueError, TypeError)
