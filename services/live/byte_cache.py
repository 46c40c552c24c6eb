"""A cache that is bounded by bytes; the least recently used entries are evicted first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_PART = 4  # an entry may take at most 1/4 of the cache, so that it cannot evict all others


class ByteCache(Generic[K, V]):
    """A thread-safe mapping whose entries take at most `most_bytes` in total, by `size_of(key, value)`."""

    def __init__(self, most_bytes: int, size_of: Callable[[K, V], int]) -> None:
        self.most_bytes = most_bytes
        self._size_of = size_of
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """The total bytes of all entries."""
        return self._size

    def get(self, key: K) -> V | None:
        """Return the value under `key`, or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def set(self, key: K, value: V) -> None:
        """Store a value, and evict others where needed.

        A value larger than 1/`LARGEST_PART` of the cache is not stored.
        """
        size = self._size_of(key, value)
        with self._lock:
            self._remove(key)
            if size > self.most_bytes // LARGEST_PART:
                return
            self._entries[key] = value, size
            self._size += size
            while self._size > self.most_bytes:
                self._remove(next(iter(self._entries)))

    def by_use(self) -> list[K]:
        """Return all keys, the least recently used first."""
        with self._lock:
            return list(self._entries)

    def _remove(self, key: K) -> None:
        _, size = self._entries.pop(key, (None, 0))
        self._size -= size
