"""A part of a snapshot is read once, however many requests ask for it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import DatabaseUnavailableError
from services.live.part_cache import PartCache
from services.snapshots.bundle import Part
from tests.layouts.values import SNAPSHOT

PART: Part[str] = Part("figures", lambda _connection, _run: "never read by the cache itself")


def test_requests_at_the_same_time_read_a_part_once() -> None:
    cache, reads, is_asked = PartCache(), [], threading.Barrier(4)

    def read() -> str:
        reads.append(1)
        return "figures"

    def ask() -> None:
        is_asked.wait()
        cache.get_or_read(SNAPSHOT, PART, read)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reads) == 1


def test_another_snapshot_has_parts_of_its_own_even_with_the_same_run_id() -> None:
    cache = PartCache()
    restored = replace(SNAPSHOT, created_at=SNAPSHOT.created_at + timedelta(days=1))
    cache.get_or_read(SNAPSHOT, PART, lambda: "old")

    assert cache.get_or_read(restored, PART, lambda: "new") == "new"
    assert cache.get_or_read(SNAPSHOT, PART, lambda: "read again") == "old"


def test_an_error_is_not_cached() -> None:
    cache = PartCache()

    def fail() -> str:
        raise DatabaseUnavailableError(reason="down")

    with pytest.raises(DatabaseUnavailableError):
        cache.get_or_read(SNAPSHOT, PART, fail)

    assert cache.get_or_read(SNAPSHOT, PART, lambda: "figures") == "figures"
