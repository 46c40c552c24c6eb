"""Bundles of pinned runs whose rows are no longer stored: restored from their archives, the last ones cached.

Parts that are not in a bundle are read like those of any run, from the restored tables.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa

from services.errors import DatabaseUnavailableError, NotReadyError
from services.snapshots import archive, bundle, pins, store
from services.snapshots.bundle import Part, Query, SnapshotBundle
from services.views import Pin

T = TypeVar("T")

MOST_BUNDLES = 3


class PinnedBundles:
    """The bundles of the pinned runs that were read last."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._lock = threading.Lock()  # of one restoration at a time: each takes memory for a whole archive
        self._held: OrderedDict[int, tuple[Pin, SnapshotBundle]] = OrderedDict()

    def bundle(self, run_id: int) -> SnapshotBundle:
        """Return the bundle of a pinned run; raises `UnknownRunError` for a run that is not pinned.

        While the database is down, a cached bundle is returned, and `DatabaseUnavailableError` is raised for
        any other run.
        """
        try:
            pin: Pin = self._query(lambda connection: pins.of_run(connection, run_id))
        except DatabaseUnavailableError:
            if run_id not in self._held:
                raise
            return self._held[run_id][1]
        with self._lock:
            held = self._held.get(run_id)
            if held is None or held[0] != pin:
                held = pin, self._query(lambda connection: _loaded(connection, run_id))
            self._keep(*held)
            return held[1]

    def part(self, part: Part[T], run_id: int) -> T:
        """Return a part of a pinned run; raises as `bundle` and the reader of the part do."""
        found = self.bundle(run_id)
        value = found.get(part)
        if value is None:
            with self._lock:
                value = self._query(lambda connection: _restored_part(connection, part, run_id))
            self._add(run_id, part, value)
        return value

    def _keep(self, pin: Pin, loaded: SnapshotBundle) -> None:
        self._held[pin.run_id] = pin, loaded
        self._held.move_to_end(pin.run_id)
        while len(self._held) > MOST_BUNDLES:
            self._held.popitem(last=False)

    def _add(self, run_id: int, part: Part[T], value: T) -> None:
        """Keep a part that was read later, if the bundle stays within its limit."""
        with self._lock:
            held = self._held.get(run_id)
            if held is not None:
                parts = {**held[1].parts, part: value}
                if sum(map(bundle.size_of, parts.values())) <= bundle.MAX_BYTES:
                    self._held[run_id] = held[0], replace(held[1], parts=parts)


def _loaded(connection: sa.Connection, run_id: int) -> SnapshotBundle:
    """Return the bundle of a pinned run; a dashboard that is newer than the run is left out."""
    packed = pins.archive_of(connection, run_id)
    archive.restore(connection, packed)
    snapshot = store.find(connection, run_id)
    parts: dict[Part[Any], Any] = {bundle.TRACK_RECORD: archive.track_record(packed, snapshot)}
    size = 0
    for part in bundle.USUAL_PARTS:
        if part not in parts:
            try:
                value = part.read(connection, run_id)
            except NotReadyError:
                continue
            size += bundle.size_of(value)
            if size <= bundle.MAX_BYTES:
                parts[part] = value
    return SnapshotBundle(snapshot, parts)


def _restored_part(connection: sa.Connection, part: Part[T], run_id: int) -> T:
    archive.restore(connection, pins.archive_of(connection, run_id))
    return part.read(connection, run_id)
