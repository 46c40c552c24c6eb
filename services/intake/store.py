"""Storing of accepted rows in `campaigns` by COPY, directly or by a temporary staging table.

A fact is one campaign in one channel on one day with one set of attributes. Rows of a file with the same fact
are summed (an hourly export has many rows for one day). A fact of an earlier import is replaced. So importing
a file twice changes nothing, and a corrected file corrects the earlier one. Rows with distinct facts in a new
period are copied directly, which takes half the time.
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
"""Writes lines of COPY text to the database; raises the errors of psycopg."""

IMPORTED = "import"
"""`source` of every imported row, independent of the file's name: a renamed copy changes nothing."""

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
    """Period, channels and totals of the accepted rows of a file."""

    date_from: date
    date_to: date
    channels: tuple[str, ...]
    totals: tuple[Decimal, ...]
    """In the order of `MEASURES`."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The changes of an import in `campaigns`.

    `combined` is the number of rows that were added to another row of the file; the others count facts.
    `overlapping` counts added facts whose campaign, channel and day existed before with other attributes.
    """

    sums: Sums
    added: int
    samples_removed: int
    replaced: int = 0
    unchanged: int = 0
    combined: int = 0
    overlapping: int = 0


def lock(connection: sa.Connection) -> None:
    """Lock `campaigns` against other writers until the transaction ends; readers are not blocked."""
    connection.execute(sa.text("LOCK TABLE campaigns IN SHARE ROW EXCLUSIVE MODE"))


def remove_samples(connection: sa.Connection) -> int:
    """Delete the sample rows and return their number."""
    return connection.execute(sa.delete(campaigns).where(campaigns.c.source == SAMPLE)).rowcount


def count_real_rows(connection: sa.Connection) -> int:
    """Return the number of rows other than sample rows."""
    real = sa.select(sa.func.count()).select_from(campaigns).where(campaigns.c.source != SAMPLE)
    return connection.execute(real).scalar_one()


def is_new_period(connection: sa.Connection, first: date, last: date) -> bool:
    """Return whether the period (both days included) has no real row, so new rows replace none."""
    real = (days.c.campaign_rows > days.c.sample_rows) & days.c.date.between(first, last)
    return not connection.execute(sa.select(sa.exists().where(real))).scalar_one()


@contextmanager
def copy_into(connection: sa.Connection, target: str) -> Iterator[Write]:
    """Yield a function that writes lines of COPY text into `target` (a table and its columns).

    On exit the COPY ends. Raises `UnavailableError` when the database is down, read-only or full, and
    psycopg's DataError or IntegrityError for rows that the table refuses, in the function or on exit.
    """
    statement = f"COPY {target} FROM STDIN".encode()
    with driver_of(connection) as driver, driver.cursor() as cursor, cursor.copy(statement) as copy:
        yield lambda lines: copy.write("\n".join([*lines, ""]))


@contextmanager
def adding(connection: sa.Connection) -> Iterator[Write]:
    """Yield a function that writes lines of COPY text, ending with `IMPORTED`, directly into `campaigns`.

    It is the fast path for distinct facts in a new period. Raises as `copy_into`, and psycopg's
    UniqueViolation on exit if two rows have the same fact.
    """
    with copy_into(connection, f"campaigns ({', '.join(COPY_COLUMNS)}, source)") as write:
        yield write


def added(connection: sa.Connection, period: tuple[date, date], rows: int, samples: int) -> Stored:
    """Return the result of `adding`. The daily sums of a new period are those of its rows."""
    sums = _sums(connection, _ADDED_SUMS, _ADDED_CHANNELS, {"first": period[0], "last": period[1]})
    return Stored(sums, rows, samples)


@contextmanager
def staging(connection: sa.Connection) -> Iterator[Write]:
    """Yield a function that writes lines of COPY text, ending with a hash of the key, to a staging table."""
    connection.execute(sa.text("DROP TABLE IF EXISTS staged"))
    connection.execute(sa.text(_CREATE))
    with copy_into(connection, f"staged ({', '.join(COPY_COLUMNS)}, key_hash)") as write:
        yield write


def store_staged(connection: sa.Connection, rows: int) -> Stored:
    """Move the staged rows to `campaigns`: sum rows of the same fact, then insert or replace facts.

    `rows` is the number of staged rows. SQLAlchemy raises DataError when a sum exceeds the column type.
    """
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
    """Return the query for the facts: the staged rows, summed where two of them may be the same fact."""
    connection.execute(sa.text("SET LOCAL work_mem = '128MB'"))  # for sorting or grouping a million rows
    connection.execute(sa.text("ANALYZE staged"))
    return _FACTS if connection.execute(sa.text(_COUNT_FACTS)).scalar_one() == rows else _COMBINED_FACTS


def _sums(connection: sa.Connection, sums: str, channels: str, values: Mapping[str, date]) -> Sums:
    first, last, *totals = connection.execute(sa.text(sums), values).one()
    names = connection.execute(sa.text(channels), values).scalars()
    return Sums(first, last, tuple(sorted(names)), tuple(totals))


def _count_overlapping(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text(_OVERLAPPING), {"source": IMPORTED}).scalar_one())
