"""Puts accepted rows into `campaigns` by COPY: straight, or by way of a temporary table.

A fact is one campaign in one channel on one day with one set of attributes. Rows of a file that are
the same fact are added up (an hourly export is many rows for one day); a fact that an earlier import
has brought is replaced. So the same file twice changes nothing, and a corrected one corrects. Where
there is nothing to add up and nothing to compare with, the rows go straight in, which takes half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from services.database.engine import driver_of
from services.database.tables import campaign_days as days
from services.database.tables import campaigns
from services.intake.rows import COPY_COLUMNS

Write = Callable[[Sequence[str]], None]
"""Sends some lines to the database."""

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
_COUNT_FACTS = "SELECT count(DISTINCT key_hash) FROM staged"
_FACTS = """
SELECT :source, campaign_id, channel, date, attributes::jsonb,
    impressions, clicks, conversions, cost, revenue
FROM staged
"""
_COMBINED_FACTS = """
SELECT :source, campaign_id, channel, date, attributes::jsonb,
    CAST(sum(impressions) AS bigint), CAST(sum(clicks) AS bigint), sum(conversions), sum(cost), sum(revenue)
FROM staged GROUP BY key_hash, campaign_id, channel, date, attributes
"""
_STAGED_SUMS = """
SELECT min(date), max(date),
    sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
FROM staged
"""
_STAGED_CHANNELS = "SELECT DISTINCT channel FROM staged"
_ADDED_SUMS = """
SELECT min(date), max(date),
    sum(impressions), sum(clicks), sum(conversions), sum(cost), sum(revenue)
FROM campaign_days WHERE date BETWEEN :first AND :last
"""
_ADDED_CHANNELS = "SELECT DISTINCT channel FROM campaign_days WHERE date BETWEEN :first AND :last"
_ADD = """
INSERT INTO campaigns (source, campaign_id, channel, date, attributes,
    impressions, clicks, conversions, cost, revenue)
{facts}
"""
_ADD_OR_REPLACE = """
WITH facts AS MATERIALIZED (
    SELECT * FROM ({facts}) AS f (source, campaign_id, channel, date, attributes,
        impressions, clicks, conversions, cost, revenue)
), stored AS (
    INSERT INTO campaigns AS kept (source, campaign_id, channel, date, attributes,
        impressions, clicks, conversions, cost, revenue)
    SELECT * FROM facts
    ON CONFLICT (source, campaign_id, channel, date, attributes_hash) DO UPDATE SET
        impressions = excluded.impressions, clicks = excluded.clicks,
        conversions = excluded.conversions, cost = excluded.cost, revenue = excluded.revenue,
        imported_at = now()
    WHERE (kept.impressions, kept.clicks, kept.conversions, kept.cost, kept.revenue) IS DISTINCT FROM
        (excluded.impressions, excluded.clicks, excluded.conversions, excluded.cost, excluded.revenue)
    RETURNING kept.xmax = 0 AS is_new
)
SELECT (SELECT count(*) FROM facts),
    count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM stored
"""
_OVERLAPPING = """
SELECT count(DISTINCT key_hash) FROM staged WHERE EXISTS (
    SELECT FROM campaigns AS earlier
    WHERE earlier.source = :source AND earlier.imported_at < now()
        AND (earlier.campaign_id, earlier.channel, earlier.date)
            = (staged.campaign_id, staged.channel, staged.date)
        AND earlier.attributes <> staged.attributes::jsonb
)
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the accepted rows of a file amount to."""

    date_from: date
    date_to: date
    channels: tuple[str, ...]
    totals: tuple[Decimal, ...]
    """In the order of `MEASURES`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import has done to `campaigns`.

    `combined` is the number of rows that were added to another row of the file; the others count
    facts. `overlapping` are those of the added ones whose campaign, channel and day were there
    before with other attributes.
    """

    sums: Sums
    added: int
    samples_removed: int
    replaced: int = 0
    unchanged: int = 0
    combined: int = 0
    overlapping: int = 0


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


def is_new_period(connection: sa.Connection, first: date, last: date) -> bool:
    """True when no real row lies between the days, so that there is nothing to compare new rows with."""
    real = (days.c.campaign_rows > days.c.sample_rows) & days.c.date.between(first, last)
    return not connection.execute(sa.select(sa.exists().where(real))).scalar_one()


@contextmanager
def copy_into(connection: sa.Connection, target: str) -> Iterator[Write]:
    """Yield what writes lines of COPY text into `target` (a table and its columns)."""
    statement = f"COPY {target} FROM STDIN".encode()
    with driver_of(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        yield lambda lines: copy.write("\n".join([*lines, ""]))


@contextmanager
def adding(connection: sa.Connection) -> Iterator[Write]:
    """Yield what writes lines of COPY text, ending with `IMPORTED`, straight into `campaigns`.

    The quick way, for rows that are all different and lie in a new period. psycopg raises
    UniqueViolation at the end if they were not all different.
    """
    with copy_into(connection, f"campaigns ({', '.join(COPY_COLUMNS)}, source)") as write:
        yield write


def added(connection: sa.Connection, period: tuple[date, date], rows: int, samples: int) -> Stored:
    """Return what `adding` has done. The daily sums of a new period are those of its rows."""
    sums = _sums(connection, _ADDED_SUMS, _ADDED_CHANNELS, {"first": period[0], "last": period[1]})
    return Stored(sums, rows, samples)


@contextmanager
def staging(connection: sa.Connection) -> Iterator[Write]:
    """Yield what writes lines of COPY text, ending with a hash of the key, into a temporary table."""
    connection.execute(sa.text("DROP TABLE IF EXISTS staged"))
    connection.execute(sa.text(_CREATE))
    with copy_into(connection, f"staged ({', '.join(COPY_COLUMNS)}, key_hash)") as write:
        yield write


def store_staged(connection: sa.Connection, rows: int) -> Stored:
    """Bring the staged rows into `campaigns`: add up what is the same fact, then add or replace."""
    sums = _sums(connection, _STAGED_SUMS, _STAGED_CHANNELS, {})
    facts = _facts(connection, rows)
    lock(connection)
    samples = remove_samples(connection)
    if is_new_period(connection, sums.date_from, sums.date_to):
        added = connection.execute(sa.text(_ADD.format(facts=facts)), {"source": IMPORTED}).rowcount
        return Stored(sums, added, samples, combined=rows - added)
    all_facts, new, replaced = connection.execute(
        sa.text(_ADD_OR_REPLACE.format(facts=facts)), {"source": IMPORTED}
    ).one()
    return Stored(
        sums,
        added=new,
        samples_removed=samples,
        replaced=replaced,
        unchanged=all_facts - new - replaced,
        combined=rows - all_facts,
        overlapping=_count_overlapping(connection) if new else 0,
    )


def _facts(connection: sa.Connection, rows: int) -> str:
    """Return the query for the facts: the staged rows, added up where two of them may be the same."""
    connection.execute(sa.text("SET LOCAL work_mem = '128MB'"))  # a million rows are sorted or grouped
    connection.execute(sa.text("ANALYZE staged"))
    return _FACTS if connection.execute(sa.text(_COUNT_FACTS)).scalar_one() == rows else _COMBINED_FACTS


def _sums(connection: sa.Connection, sums: str, channels: str, values: Mapping[str, date]) -> Sums:
    first, last, *totals = connection.execute(sa.text(sums), values).one()
    names = connection.execute(sa.text(channels), values).scalars()
    return Sums(first, last, tuple(sorted(names)), tuple(totals))


def _count_overlapping(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text(_OVERLAPPING), {"source": IMPORTED}).scalar_one())
