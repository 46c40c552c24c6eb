"""Puts accepted rows into `campaigns`: by COPY into a temporary table, then as a whole into the real one.

A fact is one campaign in one channel on one day with one set of attributes. Rows of a file that are
the same fact are added up (an hourly export is many rows for one day); a fact that an earlier import
has brought is replaced. So the same file twice changes nothing, and a corrected one corrects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import psycopg
import sqlalchemy as sa

from services.campaigns.rows import COPY_COLUMNS
from services.database.tables import campaigns

IMPORTED = "import"
"""`source` of every imported row, whatever the file is called: a renamed copy changes nothing."""

SAMPLE = "demo"
"""`source` of sample rows."""

_CREATE = """
CREATE TEMPORARY TABLE staged (
    campaign_id text, channel text, date date, attributes text,
    impressions bigint, clicks bigint,
    conversions numeric(18, 4), cost numeric(18, 4), revenue numeric(18, 4),
    key_hash bigint
) ON COMMIT DROP
"""
_REPEATED = """
CREATE TEMPORARY TABLE repeated ON COMMIT DROP AS
SELECT DISTINCT key_hash
FROM (SELECT key_hash, lag(key_hash) OVER (ORDER BY key_hash) AS earlier FROM staged) AS sorted
WHERE key_hash = earlier
"""
_COMBINE = """
WITH taken AS (
    DELETE FROM staged USING repeated WHERE staged.key_hash = repeated.key_hash RETURNING staged.*
), combined AS (
    INSERT INTO staged (campaign_id, channel, date, attributes,
        impressions, clicks, conversions, cost, revenue)
    SELECT campaign_id, channel, date, attributes,
        sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
    FROM taken GROUP BY campaign_id, channel, date, attributes
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken) - (SELECT count(*) FROM combined)
"""
_SUMMARY = """
SELECT count(*), min(date), max(date),
    count(*) FILTER (WHERE clicks > impressions), count(*) FILTER (WHERE conversions > clicks),
    sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
FROM staged
"""
_CHANNELS = "SELECT DISTINCT channel FROM staged"
_ADD = """
INSERT INTO campaigns (source, campaign_id, channel, date, attributes,
    impressions, clicks, conversions, cost, revenue)
SELECT :source, campaign_id, channel, date, attributes::jsonb,
    impressions, clicks, conversions, cost, revenue
FROM staged
"""
_ADD_OR_REPLACE = """
WITH stored AS (
    INSERT INTO campaigns AS kept (source, campaign_id, channel, date, attributes,
        impressions, clicks, conversions, cost, revenue)
    SELECT :source, campaign_id, channel, date, attributes::jsonb,
        impressions, clicks, conversions, cost, revenue
    FROM staged
    ON CONFLICT (source, campaign_id, channel, date, attributes_hash) DO UPDATE SET
        impressions = excluded.impressions, clicks = excluded.clicks,
        conversions = excluded.conversions, cost = excluded.cost, revenue = excluded.revenue,
        imported_at = now()
    WHERE (kept.impressions, kept.clicks, kept.conversions, kept.cost, kept.revenue) IS DISTINCT FROM
        (excluded.impressions, excluded.clicks, excluded.conversions, excluded.cost, excluded.revenue)
    RETURNING kept.xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM stored
"""
_OVERLAPPING = """
SELECT count(*) FROM staged WHERE EXISTS (
    SELECT FROM campaigns AS earlier
    WHERE earlier.source = :source AND earlier.imported_at < now()
        AND (earlier.campaign_id, earlier.channel, earlier.date)
            = (staged.campaign_id, staged.channel, staged.date)
        AND earlier.attributes <> staged.attributes::jsonb
)
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """What lies in the temporary table: facts, and the sums of their rows."""

    rows: int
    combined: int
    date_from: date
    date_to: date
    channels: tuple[str, ...]
    clicks_above_impressions: int
    conversions_above_clicks: int
    totals: tuple[Decimal, ...]
    """In the order of `MEASURES`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import has done to `campaigns`, in facts.

    `overlapping` counts those whose campaign, channel and day were there before with other attributes.
    """

    added: int
    replaced: int
    unchanged: int
    samples_removed: int
    overlapping: int = 0


@contextmanager
def staging(connection: sa.Connection) -> Iterator[Callable[[Sequence[str]], None]]:
    """Open a temporary table and yield what writes lines of COPY text (`COPY_COLUMNS`) into it."""
    connection.execute(sa.text("DROP TABLE IF EXISTS staged, repeated"))
    connection.execute(sa.text(_CREATE))
    with copy_into(connection, f"staged ({', '.join(COPY_COLUMNS)})") as write:
        yield write


@contextmanager
def copy_into(connection: sa.Connection, target: str) -> Iterator[Callable[[Sequence[str]], None]]:
    """Yield what writes lines of COPY text into `target` (a table and its columns)."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with driver.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN".encode()) as copy:
        yield lambda lines: copy.write("\n".join([*lines, ""]))


def combine(connection: sa.Connection) -> Staged:
    """Add up the staged rows that are the same fact, and return what there is then."""
    rows, first, last, clicks, conversions, *totals = connection.execute(sa.text(_SUMMARY)).one()
    channels = connection.execute(sa.text(_CHANNELS)).scalars()
    repeated = connection.execute(sa.text(_REPEATED)).rowcount
    combined = connection.execute(sa.text(_COMBINE)).scalar_one() if repeated else 0
    return Staged(rows, combined, first, last, tuple(sorted(channels)), clicks, conversions, tuple(totals))


def store(connection: sa.Connection, staged: Staged) -> Stored:
    """Bring the staged facts into `campaigns`, and remove the sample rows.

    Other writers wait until the transaction ends, so nothing can slip in between looking and writing.
    """
    lock(connection)
    samples = remove_samples(connection)
    facts = staged.rows - staged.combined
    if not _has_imported_rows(connection):  # nothing to compare with: half the time
        connection.execute(sa.text(_ADD), {"source": IMPORTED})
        return Stored(facts, 0, 0, samples)
    added, replaced = connection.execute(sa.text(_ADD_OR_REPLACE), {"source": IMPORTED}).one()
    overlapping = connection.execute(sa.text(_OVERLAPPING), {"source": IMPORTED}).scalar_one() if added else 0
    return Stored(added, replaced, facts - added - replaced, samples, overlapping)


def lock(connection: sa.Connection) -> None:
    """Keep other writers from `campaigns` until the transaction ends; readers go on."""
    connection.execute(sa.text("LOCK TABLE campaigns IN SHARE ROW EXCLUSIVE MODE"))


def remove_samples(connection: sa.Connection) -> int:
    """Delete the sample rows and return how many there were."""
    return connection.execute(sa.delete(campaigns).where(campaigns.c.source == SAMPLE)).rowcount


def count_real_rows(connection: sa.Connection) -> int:
    """Return how many rows are not sample rows."""
    real = sa.select(sa.func.count()).select_from(campaigns).where(campaigns.c.source != SAMPLE)
    return connection.execute(real).scalar_one()


def _has_imported_rows(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(sa.exists().where(campaigns.c.source == IMPORTED))).scalar_one()
