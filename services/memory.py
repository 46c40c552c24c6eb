"""What was read of the newest snapshots: kept in a web process, since a snapshot never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar, cast

from services.views import Snapshot

T = TypeVar("T")

KEPT_SNAPSHOTS = 2  # the newest one, and the one that a reader may still be looking at
KEPT_VIEWS = 32  # of each snapshot; page and API together have 14 that everybody asks for


class Memory:
    """Views of a few snapshots. Each view is read once, however many ask for it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelves: OrderedDict[tuple[int, datetime], tuple[Snapshot, OrderedDict[Hashable, _View]]]
        self._shelves = OrderedDict()

    def admit(self, snapshot: Snapshot) -> None:
        """Make room for a snapshot; the oldest one beyond those kept leaves."""
        key = (snapshot.run_id, snapshot.created_at)
        if key not in self._shelves:
            with self._lock:
                self._shelves.setdefault(key, (snapshot, OrderedDict()))
                while len(self._shelves) > KEPT_SNAPSHOTS:
                    self._shelves.popitem(last=False)

    def snapshot(self, run_id: int) -> Snapshot | None:
        """Return the snapshot of a run if it is kept."""
        with self._lock:
            return next((kept for kept, _ in reversed(self._shelves.values()) if kept.run_id == run_id), None)

    def recall(self, snapshot: Snapshot, key: Hashable, read: Callable[[], T]) -> T:
        """Return the view of a snapshot under `key`; `read` gives it the first time."""
        with self._lock:
            shelf = self._shelves.get((snapshot.run_id, snapshot.created_at))
            if shelf is None:
                view = _View()
            else:
                view = shelf[1].setdefault(key, _View())
                shelf[1].move_to_end(key)
                if len(shelf[1]) > KEPT_VIEWS:
                    shelf[1].popitem(last=False)
        return cast("T", view.get(read))


class _View:
    """One view, read by the first who asks while the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: tuple[Any, ...] = ()

    def get(self, read: Callable[[], Any]) -> Any:
        if not self._values:
            with self._lock:
                if not self._values:
                    self._values = (read(),)
        return self._values[0]
