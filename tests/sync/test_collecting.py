"""What a sync reads is of one moment, and costs nothing by campaign rows."""

from __future__ import annotations

import sqlalchemy as sa

from services.database.tables import snapshot_days, sync_runs
from services.sync.collect import collect
from tests.rows import add_campaigns


def test_days_and_segments_come_from_one_statement_that_reads_no_campaign_row(engine: sa.Engine) -> None:
    statements: list[str] = []
    with engine.connect() as connection:
        add_campaigns(connection, days=2, attributes=[{"device": d} for d in ("pc", "phone")])
        run_id = connection.scalar(
            sync_runs.insert().values(trigger="test", state="running").returning(sync_runs.c.id)
        )
        sa.event.listen(engine, "before_cursor_execute", lambda *called: statements.append(called[2]))

        found = collect(connection, run_id)

        (statement,) = statements
        assert "campaigns" not in statement
        assert sum(day["clicks"] for day in found.days) == found.segments["clicks"].sum() == 20
        kept = connection.execute(sa.select(snapshot_days.c.clicks).where(snapshot_days.c.run_id == run_id))
        assert sorted(kept.scalars()) == sorted(day["clicks"] for day in found.days)
