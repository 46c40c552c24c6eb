"""What a sync reads is of one moment, and costs nothing by campaign rows of days that did not change."""

from __future__ import annotations

import sqlalchemy as sa

from services.database.tables import snapshot_days
from services.sync.collect import collect
from tests.rows import add_campaigns, start_run


def test_days_segments_and_sums_by_campaign_come_from_one_statement(engine: sa.Engine) -> None:
    statements: list[str] = []
    with engine.connect() as connection:
        add_campaigns(connection, days=2, attributes=[{"device": d} for d in ("pc", "phone")])
        run_id = start_run(connection)
        sa.event.listen(engine, "before_cursor_execute", lambda *called: statements.append(called[2]))

        found = collect(connection, run_id)

        (_statement,) = (one for one in statements if not one.startswith("SET LOCAL"))
        assert sum(day["clicks"] for day in found.days) == found.segments["clicks"].sum() == 20
        kept = connection.execute(sa.select(snapshot_days.c.clicks).where(snapshot_days.c.run_id == run_id))
        assert sorted(kept.scalars()) == sorted(day["clicks"] for day in found.days)


def test_campaign_rows_are_read_only_of_channels_and_years_with_changes(connection: sa.Connection) -> None:
    for channel in ("A", "B"):
        add_campaigns(connection, channel, days=20, campaign_id="c")
    collect(connection, start_run(connection))
    before = _rows_read(connection)
    collect(connection, start_run(connection))
    unchanged = _rows_read(connection)
    add_campaigns(connection, "B", days=3, campaign_id="d", clicks=[1, 2, 3])
    written = _rows_read(connection)
    connection.execute(sa.text("SET LOCAL enable_seqscan = off"))  # two pages of rows need no index

    collect(connection, start_run(connection))

    assert unchanged == before
    assert _rows_read(connection) - written == 20 + 3


def _rows_read(connection: sa.Connection) -> int:
    """Return how many rows of campaigns this transaction has read."""
    read = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
    return int(connection.execute(sa.text(f"{read} WHERE relname = 'campaigns'")).scalar_one())
