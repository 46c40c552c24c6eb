"""What was read of snapshots is kept for the newest ones, bounded in number and in bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.live import view_cache
from services.live.view_cache import ViewCache, size_of
from services.views import Snapshot
from tests.layouts.values import SNAPSHOT

A, B, C = (
    replace(SNAPSHOT, run_id=n, created_at=SNAPSHOT.created_at + timedelta(minutes=n)) for n in range(1, 4)
)
RESTORED = replace(SNAPSHOT, run_id=0, created_at=SNAPSHOT.created_at - timedelta(days=1))


def must_not_read() -> str:
    raise AssertionError("it was read again")


def keep(kept: ViewCache, snapshot: Snapshot, key: str | int = "view", value: str = "text") -> str:
    return kept.get_or_load(snapshot, key, lambda: value)


@pytest.mark.parametrize("late", [A, B])
def test_a_reader_with_an_older_snapshot_in_hand_does_not_push_out_newer_ones(late: Snapshot) -> None:
    kept = ViewCache()
    for snapshot in (A, B, C):
        kept.set_current(snapshot)
        keep(kept, snapshot)

    for _ in range(3):
        keep(kept, late, "late view")

    assert keep(kept, B, value="read anew") == keep(kept, C, value="read anew") == "text"


def test_after_a_restore_the_newest_snapshot_is_the_one_with_the_lower_number() -> None:
    kept = ViewCache()
    for snapshot in (B, C, RESTORED):
        kept.set_current(snapshot)
        keep(kept, snapshot)

    keep(kept, B, "late view")
    assert (
        kept.get_or_load(RESTORED, "view", must_not_read)
        == kept.get_or_load(C, "view", must_not_read)
        == "text"
    )
    assert kept.snapshot(B.run_id) is None


@pytest.mark.parametrize("prepared", list(permutations([B, C, RESTORED])))
def test_the_current_snapshot_stays_however_many_are_prepared_in_vain(prepared: tuple[Snapshot, ...]) -> None:
    kept = ViewCache()
    kept.set_current(A)
    keep(kept, A)

    for snapshot in prepared:
        kept.add_snapshot(snapshot)
        keep(kept, snapshot)

    assert kept.get_or_load(A, "view", must_not_read) == "text"
    assert kept.get_or_load(prepared[-1], "view", must_not_read) == "text"


def test_views_take_no_more_bytes_than_they_may_and_small_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_cache, "MAX_BYTES", 100_000)
    kept = ViewCache()
    kept.set_current(A)
    kept.set_current(B)
    for snapshot in (A, B):
        for n in range(10):
            keep(kept, snapshot, n, "x" * 9000)
        keep(kept, snapshot, "large", "x" * 200_000 if snapshot is A else "small")

    resident = sum(view.size for _, views in kept._snapshots.values() for view in views.values())
    assert 50_000 < resident <= 100_000
    assert [kept.get_or_load(B, n, must_not_read) for n in range(10)] == ["x" * 9000] * 10


@given(st.recursive(st.text(max_size=50) | st.binary(max_size=50), st.lists, max_leaves=40))
def test_a_value_is_at_least_as_large_as_its_text(value: list[Any] | str | bytes) -> None:
    def texts(part: list[Any] | str | bytes) -> int:
        return sum(map(texts, part)) if isinstance(part, list) else len(part)

    assert size_of(value) >= texts(value)


def test_the_size_of_a_long_table_is_estimated_from_some_of_its_rows() -> None:
    rows = tuple({"channel": f"channel {n}" * 10, "roi": n / 7} for n in range(5000))

    exact = sum(size_of(row) for row in rows)

    assert size_of(rows) == pytest.approx(exact, rel=0.1)
