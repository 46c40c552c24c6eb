"""What a hundred times the rows cost a sync: python -m tests.benchmarks.growth

30,000 and 3,000,000 campaign rows of the same channels, days and attribute values, made by PostgreSQL
itself; warm syncs of both in turns, so that a busy machine weighs on both.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy as sa

from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from services.sync.options import SyncOptions
from services.sync.run import run_now
from tests.benchmarks.table import Line, at_most, show
from tests.options import sync_options

FEW, MANY = 30_000, 3_000_000
CHANNELS = 8
DAYS = 730
ROUNDS = 5
MOST = 1.3
_ROWS = """
INSERT INTO campaigns (source, campaign_id, channel, date, impressions, clicks, conversions, cost, revenue,
    attributes)
SELECT 'import', 'C' || n / :channel_days, 'Channel ' || n % :channels, DATE '2024-11-24' + day,
    40 * clicks, clicks, clicks / 25, cost, cost * (1.5 + 0.3 * sin(day * 0.9)),
    jsonb_build_object(
        'device', (ARRAY['phone', 'pc', 'tablet'])[1 + n % 3],
        'audience', (ARRAY['18-24', '25-34'])[1 + n % 2],
        'region', (ARRAY['EU', 'US', 'APAC', 'LATAM', 'CIS'])[1 + n % 5])
FROM (
    SELECT n, CAST(n / :channels % :days AS int) AS day,
           50 + (n * 7919) % 200 AS clicks, 20 + (n * 104729) % 5000 / 100.0 AS cost
    FROM generate_series(CAST(0 AS bigint), :rows - 1) AS n
) AS numbered
"""


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        server = embedded.start(Path(folder))
        try:
            show("growth", lines(server.url, Path(folder)))
        finally:
            server.stop()


def lines(url: str, folder: Path) -> Iterator[Line]:
    """Measure, and give the line when it is there."""
    accounts = [_account(url, folder, rows) for rows in (FEW, MANY)]
    few: list[float] = []
    many: list[float] = []
    for _ in range(ROUNDS):
        few.append(_sync_seconds(*accounts[0]))
        many.append(_sync_seconds(*accounts[1]))
    for engine, _ in accounts:
        engine.dispose()
    words = (
        f"warm sync, {MANY:,} rows against {FEW:,} ({median(few):.2f} s), {CHANNELS} channels, {DAYS} days"
    )
    yield at_most(words, median(b / a for a, b in zip(few, many, strict=True)), MOST, "{:.2f} x")


def _account(url: str, folder: Path, rows: int) -> tuple[sa.Engine, SyncOptions]:
    """Make a database with that many rows, and sync it once so that the next time is warm."""
    admin = sa.create_engine(make_engine(url, name="growth").url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE growth_{rows}"))
    admin.dispose()
    engine = make_engine(
        sa.make_url(url).set(database=f"growth_{rows}").render_as_string(hide_password=False), name="growth"
    )
    migrate(engine)
    with engine.begin() as connection:
        values = {"rows": rows, "channels": CHANNELS, "days": DAYS, "channel_days": CHANNELS * DAYS}
        connection.execute(sa.text(_ROWS), values)
    options = sync_options(folder / str(rows), chart_dpi=300)
    _sync_seconds(engine, options)
    return engine, options


def _sync_seconds(engine: sa.Engine, options: SyncOptions) -> float:
    """Return how long a sync takes after a row has changed, so that there is something new to compute."""
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE campaigns SET cost = cost + 0.01 WHERE id = 1"))
    start = perf_counter()
    run = run_now(engine, options, trigger="benchmark", requested_by=None)
    seconds = perf_counter() - start
    assert run is not None
    assert run.state == "succeeded", run.error_text
    return seconds


if __name__ == "__main__":
    main()
