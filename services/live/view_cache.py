"""A cache of what was read of the newest snapshots; a snapshot never changes, so entries stay valid.

The views are bounded in number and in bytes. Bytes are estimated, see `size_of`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from itertools import islice
from sys import getsizeof
from typing import Any, TypeVar, cast

from services.views import Snapshot

T = TypeVar("T")

MAX_SNAPSHOTS = 2  # the newest one, and the one before, which open pages may still show
MAX_VIEWS = 32  # of each snapshot; page and API together have 14 usual ones
MAX_BYTES = 128_000_000  # of both; one of 2,000 channels, read whole, has 50 MB by `size_of`
SAMPLED_ITEMS = 50  # of a long list, to estimate its size

_Key = tuple[int, datetime]


class ViewCache:
    """Views of a few snapshots. Each view is read once, however many threads request it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshots: OrderedDict[_Key, tuple[Snapshot, OrderedDict[Hashable, _View]]] = OrderedDict()
        self._current: _Key | None = None

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Add a snapshot that is being read, and evict the oldest one beyond `MAX_SNAPSHOTS`.

        The current one is never evicted: it is shown until the new one is current.
        """
        with self._lock:
            self._snapshots.setdefault(_key(snapshot), (snapshot, OrderedDict()))
            while len(self._snapshots) > MAX_SNAPSHOTS:
                leaves = next(key for key in self._snapshots if key not in {self._current, _key(snapshot)})
                del self._snapshots[leaves]

    def set_current(self, snapshot: Snapshot) -> None:
        """Make a snapshot the current one.

        Only the watcher calls this, in the order of its decisions. So a thread that still uses an older
        snapshot cannot evict newer ones.
        """
        with self._lock:
            self._current = _key(snapshot)
        self.add_snapshot(snapshot)

    def snapshot(self, run_id: int) -> Snapshot | None:
        """Return the snapshot of a run if it is cached."""
        with self._lock:
            return next(
                (kept for kept, _ in reversed(self._snapshots.values()) if kept.run_id == run_id), None
            )

    def get_or_load(self, snapshot: Snapshot, key: Hashable, read: Callable[[], T]) -> T:
        """Return the view of a snapshot under `key`; `read` gives it the first time."""
        with self._lock:
            entry = self._snapshots.get(_key(snapshot))
            if entry is None:
                view = _View()
            else:
                view = entry[1].setdefault(key, _View())
                entry[1].move_to_end(key)
                if len(entry[1]) > MAX_VIEWS:
                    entry[1].popitem(last=False)
        was_read = view.is_read
        value = view.get(read)
        if not was_read:
            self._make_room()
        return cast("T", value)

    def _make_room(self) -> None:
        """Evict the least recently used views beyond `MAX_BYTES`, those of the current snapshot last."""
        with self._lock:
            size = sum(view.size for _, views in self._snapshots.values() for view in views.values())
            for key in sorted(self._snapshots, key=lambda key: key == self._current):
                views = self._snapshots[key][1]
                while size > MAX_BYTES and views:
                    size -= views.popitem(last=False)[1].size


class _View:
    """One view, read by the first thread that requests it while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: tuple[Any, ...] = ()
        self.size = 0

    @property
    def is_read(self) -> bool:
        return bool(self._values)

    def get(self, read: Callable[[], Any]) -> Any:
        if not self._values:
            with self._lock:
                if not self._values:
                    value = read()
                    self.size = size_of(value)
                    self._values = (value,)
        return self._values[0]


def size_of(value: object) -> int:
    """Estimate the bytes of a value with all its parts; of long lists, a sample is counted."""
    size = getsizeof(value)
    if is_dataclass(value) and not isinstance(value, type):
        return size + sum(size_of(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return size + _size_of_items([part for item in value.items() for part in item])
    if isinstance(value, list | tuple | set | frozenset):
        return size + _size_of_items(value)
    return size


def _size_of_items(items: Collection[object]) -> int:
    step = max(1, len(items) // SAMPLED_ITEMS)
    sampled = [size_of(item) for item in islice(items, 0, None, step)]
    return sum(sampled) * len(items) // max(1, len(sampled))


def _key(snapshot: Snapshot) -> _Key:
    return snapshot.run_id, snapshot.created_at
