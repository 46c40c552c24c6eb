"""Tables of thousands of channels: the page gets the first rows and how many more there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from services.dashboards import by_slug
from services.snapshots import store
from tests.rows import add_campaigns, publish

SPEC = by_slug("roi-forecast")


@pytest.mark.parametrize(("most", "left_out"), [(None, 0), (10, 0), (9, 0), (4, 5)])
def test_rows_that_were_not_asked_for_are_counted(
    connection: sa.Connection, most: int | None, left_out: int
) -> None:
    add_campaigns(connection, days=3)
    run_id = publish(connection)
    rows = [
        {"channel": f"Channel {n}", "roi_forecast": n / 10, "roi_low": None, "roi_high": None}
        for n in range(9)
    ]
    store.publish_rows(connection, SPEC.table, run_id, datetime.now(UTC), rows)

    view = store.dashboard(connection, SPEC, most_rows=most)

    assert [row["channel"] for row in view.rows] == [row["channel"] for row in rows[: 9 - left_out]]
    assert view.rows_left_out == left_out
