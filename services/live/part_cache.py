"""Parts of the newest snapshots that are not in their bundles, cached once they have been read.

The page asks for the same figures in several requests at once: one of them reads, the others wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar, cast

from services.live.byte_cache import ByteCache
from services.snapshots.bundle import Part, size_of
from services.views import Snapshot

T = TypeVar("T")

MAX_BYTES = 32_000_000  # a period of 20 channels takes about 0.2 MB
_Key = tuple[int, datetime, Hashable]


class PartCache:
    """A thread-safe cache of parts, by snapshot and name."""

    def __init__(self) -> None:
        self._parts: ByteCache[_Key, Any] = ByteCache(MAX_BYTES, lambda _, part: size_of(part))
        self._reading = tuple(threading.Lock() for _ in range(64))

    def get_or_read(self, snapshot: Snapshot, part: Part[T], read: Callable[[], T]) -> T:
        """Return a part from the cache, or the result of `read`; errors are not cached."""
        key = (snapshot.run_id, snapshot.created_at, part.name)  # after a restore, run ids may come again
        with self._reading[hash(key) % len(self._reading)]:
            found = self._parts.get(key)
            if found is None:
                found = read()
                self._parts.set(key, found)
        return cast("T", found)
