"""Campaign rows and snapshots made by hand, for tests that need just a few of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from services.dashboards import DASHBOARDS
from services.database.tables import campaigns, ml_charts, sync_runs
from services.snapshots import store
from services.sync.collect import collect

FIRST_DAY = date(2026, 9, 1)


def add_campaigns(
    connection: sa.Connection,
    channel: str = "Telegram",
    *,
    days: int = 1,
    first: date = FIRST_DAY,
    source: str = "import",
    **values: object,
) -> None:
    """Insert one row per day: 1000 impressions, 10 clicks, 2 conversions, cost 5, revenue 8, or `values`."""
    row = {"impressions": 1000, "clicks": 10, "conversions": 2, "cost": 5, "revenue": 8, **values}
    connection.execute(
        campaigns.insert(),
        [
            {
                "source": source,
                "campaign_id": channel,
                "channel": channel,
                "date": first + timedelta(days=n),
                **{name: value[n] if isinstance(value, list) else value for name, value in row.items()},
            }
            for n in range(days)
        ],
    )


def start_run(connection: sa.Connection) -> int:
    """Insert a run that is at work; return its id."""
    started = sync_runs.insert().values(trigger="test", state="running").returning(sync_runs.c.id)
    return int(connection.execute(started).scalar_one())


def publish(connection: sa.Connection, slugs: Iterable[str] | None = None) -> int:
    """Publish the present campaign days as a snapshot with one-byte pictures; return its run id."""
    run_id = start_run(connection)
    days = collect(connection, run_id).days
    store.number_channels(connection, dict.fromkeys(day["channel"] for day in days))
    connection.execute(
        ml_charts.insert(),
        [
            {"run_id": run_id, "slug": slug, "png": b"x", "sha256": "0", "width": 1, "height": 1, "alt": slug}
            | {"headline": {"en": slug, "ru": f"{slug} по-русски"}}
            for slug in (slugs or (dashboard.slug for dashboard in DASHBOARDS))
        ],
    )
    dates = [day["date"] for day in days]
    connection.execute(
        sync_runs.update()
        .where(sync_runs.c.id == run_id)
        .values(
            state="succeeded",
            finished_at=datetime.now(UTC),
            data_from=min(dates, default=None),
            data_to=max(dates, default=None),
            is_sample=False,
        )
    )
    return run_id
