"""What only tells how much there is counts in PostgreSQL: no rows of a long table are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from demetra_dash.app import build
from demetra_dash.settings import Settings
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.snapshots import store
from services.views import MOST_SHOWN_ROWS
from tests.api.clients import INTERVAL_SECONDS, client_on
from tests.api.filling import CREATED_AT, _rows, publish_first

MORE_ROWS = MOST_SHOWN_ROWS + 10
FEW = 100
STATES = ["/api/ml-dashboard/status", "/api/sync/status", "/api/sync/runs", "/metrics", "/readyz", "/healthz"]


@pytest.fixture
def long_tables(engine: sa.Engine) -> sa.Engine:
    """An engine on a database with one snapshot, whose tables are longer than what is kept of them."""
    with engine.begin() as connection:
        run_id = publish_first(connection)
        for spec in DASHBOARDS:
            store.publish_rows(connection, spec.table, run_id, CREATED_AT, _rows(spec.table)[:1] * MORE_ROWS)
    return engine


@pytest.fixture
def fetched(long_tables: sa.Engine) -> Iterator[dict[str, int]]:
    """How many rows each statement has fetched, by statement."""
    counts: dict[str, int] = {}

    def note(_connection: sa.Connection, cursor: Any, statement: str, *_: object) -> None:
        counts[statement] = max(counts.get(statement, 0), cursor.rowcount)

    sa.event.listen(long_tables, "after_cursor_execute", note)
    yield counts
    sa.event.remove(long_tables, "after_cursor_execute", note)


@pytest.mark.parametrize("path", STATES)
def test_a_state_is_told_without_reading_rows(
    long_tables: sa.Engine, fetched: dict[str, int], path: str
) -> None:
    answer = client_on(long_tables).get(path)

    assert answer.status_code == 200
    assert max(fetched.values(), default=0) < FEW, fetched


def test_the_status_counts_all_rows(long_tables: sa.Engine) -> None:
    body = client_on(long_tables).get("/api/ml-dashboard/status").get_json()

    assert {state["rows"] for state in body.values()} == {MORE_ROWS + 2}
    assert {len(state["chart_sha256"]) for state in body.values()} == {64}


def test_a_web_process_reads_no_rows_for_it_either_and_asks_once(
    long_tables: sa.Engine, fetched: dict[str, int]
) -> None:
    analytics = Analytics(long_tables, INTERVAL_SECONDS)
    client = build(analytics, Settings()).server.test_client()
    analytics.start()

    body = client.get("/api/ml-dashboard/status").get_json()
    assert analytics._live is not None
    analytics._live.stop()
    tables = [spec.table.name for spec in DASHBOARDS]
    counted = [statement for statement in fetched if "count(*)" in statement]
    fetched.clear()
    again = client.get("/api/ml-dashboard/status").get_json()

    assert {state["rows"] for state in body.values()} == {state["rows"] for state in again.values()}
    assert {state["rows"] for state in again.values()} == {MORE_ROWS + 2}
    assert all(any(table in statement for statement in counted) for table in tables)
    assert not any(table in statement for table in tables for statement in fetched)
