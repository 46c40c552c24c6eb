"""Old snapshots leave whole; the current one and the one before always stay."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UnknownRunError
from services.snapshots import store
from tests.rows import add_campaigns, publish

sizes = st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5), max_size=12)


@given(sizes, st.integers(1, 120))
def test_what_stays_fits_the_limit_or_is_the_newest_two(numbers: list[list[int]], limit: int) -> None:
    counts = dict(zip(range(len(numbers), 0, -1), numbers, strict=True))

    gone = store._beyond(counts, limit)
    kept = [run for run in counts if run not in gone]

    assert kept == list(counts)[: len(kept)], "the newest stay"
    totals = [sum(counts[run][place] for run in kept) for place in range(5)]
    assert len(kept) <= 2 or max(totals) <= limit
    assert len(kept) >= min(2, len(counts))


def test_a_pruned_snapshot_is_gone_from_every_table_and_the_current_one_is_whole(
    connection: sa.Connection,
) -> None:
    add_campaigns(connection, days=3)
    first, second, third = (publish(connection) for _ in range(3))

    store.prune(connection, retention_rows=1)

    with pytest.raises(UnknownRunError):
        store.find(connection, first)
    days = sa.text("SELECT run_id, count(*) FROM snapshot_days GROUP BY run_id ORDER BY run_id")
    assert [tuple(row) for row in connection.execute(days)] == [(second, 3), (third, 3)]
    charts = sa.text("SELECT DISTINCT run_id FROM ml_charts ORDER BY run_id")
    assert connection.scalars(charts).all() == [second, third]
