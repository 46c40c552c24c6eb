"""Storing of accepted rows in `campaigns` by COPY, directly or by a temporary staging table.

A fact is one campaign in one channel on one day with one set of attributes, from one source. Rows of a file
with the same fact are summed (an hourly export has many rows for one day). Rows with distinct facts in a new
period are copied directly, which takes half the time. All others go to the temporary table `staged` and from
there, as facts, to `campaigns` or to the table `facts` for a comparison (`replacing`).
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
from services.database.tables import campaigns, replaced_campaigns
from services.intake.rows import COPY_COLUMNS, KEY_COLUMNS
from services.intake.sources import SAMPLE

Write = Callable[[Sequence[str]], None]
"""Writes lines of COPY text to the database; raises the errors of psycopg."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A column of a fact that is no key: its type in `staged`, and the SQL that combines several rows."""

    type: str
    combined: str
    fact: str = "{}"


_VALUES: Mapping[str, _Value] = {
    "impressions": _Value("bigint", "CAST(sum({}) AS bigint)"),
    "clicks": _Value("bigint", "CAST(sum({}) AS bigint)"),
    "conversions": _Value("numeric(18, 4)", "CAST(sum({}) AS numeric(18, 4))"),
    "cost": _Value("numeric(18, 4)", "CAST(sum({}) AS numeric(18, 4))"),
    "revenue": _Value("numeric(18, 4)", "CAST(sum({}) AS numeric(18, 4))"),
    "grain": _Value("text NOT NULL DEFAULT 'day'", "max({})"),
    "currency": _Value("text", "max({})"),
    "details": _Value("text", "CAST(max({}) AS jsonb)", fact="CAST({} AS jsonb)"),
}
"""A column that is not in `COPY_COLUMNS` has its default."""

VALUE_COLUMNS = tuple(_VALUES)
FACT_COLUMNS = (*KEY_COLUMNS, *VALUE_COLUMNS)

_KEYS = "source, campaign_id, channel, date, CAST(attributes AS jsonb) AS attributes"
_CREATE = f"""
CREATE TEMPORARY TABLE staged (
    source text, campaign_id text, channel text, date date, attributes text,
    {", ".join(f"{name} {value.type}" for name, value in _VALUES.items())},
    key_hash bigint
) ON COMMIT DROP
"""
_COUNT_FACTS = "SELECT count(DISTINCT key_hash) FROM staged"
_FACTS = f"""
SELECT {_KEYS}, {", ".join(f"{value.fact.format(name)} AS {name}" for name, value in _VALUES.items())}
FROM staged
"""  # noqa: S608 - names of this file only
_COMBINED_FACTS = f"""
SELECT {_KEYS}, {", ".join(f"{value.combined.format(name)} AS {name}" for name, value in _VALUES.items())}
FROM staged GROUP BY key_hash, source, campaign_id, channel, date, attributes
"""  # noqa: S608 - names of this file only
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
_ADD = f"""
INSERT INTO campaigns ({", ".join(FACT_COLUMNS)}, import_id)
SELECT {", ".join(FACT_COLUMNS)}, :import_id FROM ({{facts}}) AS f
"""  # noqa: S608 - names of this file only
_SOURCES = "SELECT DISTINCT source, channel FROM campaigns WHERE import_id = :import_id"
_STAGED_SOURCES = "SELECT DISTINCT source, channel FROM staged"
_SOURCES_BESIDE = """
SELECT DISTINCT source FROM campaigns
WHERE channel = :channel AND starts_with(source, :beginning || ' ')
    AND substr(source, length(:beginning) + 2) ~ '^[0-9]+$'
ORDER BY source
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Period, channels and totals of the accepted rows of a file."""

    date_from: date
    date_to: date
    channels: tuple[str, ...]
    totals: tuple[Decimal | None, ...]
    """In the order of `MEASURES`; None where no row records the figure."""


def remove_samples(connection: sa.Connection, import_id: int | None = None) -> int:
    """Delete the sample rows and return their number; an import keeps a copy in `replaced_campaigns`."""
    are_samples = campaigns.c.source == SAMPLE
    if import_id is not None:
        archive(connection, import_id, are_samples)
    if not connection.execute(sa.select(sa.exists().where(are_samples))).scalar_one():
        return 0
    return connection.execute(sa.delete(campaigns).where(are_samples)).rowcount


def archive(connection: sa.Connection, import_id: int, which: sa.ColumnElement[bool]) -> int:
    """Copy rows of `campaigns` to `replaced_campaigns` as replaced by an import; return their number."""
    names = [column.name for column in replaced_campaigns.c if column.name != "replaced_by"]
    rows = sa.select(sa.literal(import_id), *(campaigns.c[name] for name in names)).where(which)
    copied = connection.execute(replaced_campaigns.insert().from_select(["replaced_by", *names], rows))
    return copied.rowcount


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
    """Yield a function that writes lines of COPY text, ending with an import's id, directly to `campaigns`.

    It is the fast path for distinct facts in a new period. Raises as `copy_into`, and psycopg's
    UniqueViolation on exit if two rows have the same fact.
    """
    with copy_into(connection, f"campaigns ({', '.join(COPY_COLUMNS)}, import_id)") as write:
        yield write


def added_sums(connection: sa.Connection, first: date, last: date) -> Sums:
    """Return the sums after `adding`. The daily sums of a new period are those of its rows."""
    return _sums(connection, _ADDED_SUMS, _ADDED_CHANNELS, {"first": first, "last": last})


@contextmanager
def staging(connection: sa.Connection) -> Iterator[Write]:
    """Yield a function that writes lines of COPY text, ending with a hash of the key, to a staging table."""
    connection.execute(sa.text("DROP TABLE IF EXISTS staged"))
    connection.execute(sa.text(_CREATE))
    with copy_into(connection, f"staged ({', '.join(COPY_COLUMNS)}, key_hash)") as write:
        yield write


def staged_sums(connection: sa.Connection) -> Sums:
    """Return the sums of the staged rows."""
    return _sums(connection, _STAGED_SUMS, _STAGED_CHANNELS, {})


def facts_of(connection: sa.Connection, rows: int) -> str:
    """Return the query for the facts of `rows` staged rows, summed where two of them may be the same fact."""
    connection.execute(sa.text("SET LOCAL work_mem = '128MB'"))  # for sorting or grouping a million rows
    connection.execute(sa.text("ANALYZE staged"))
    return _FACTS if connection.execute(sa.text(_COUNT_FACTS)).scalar_one() == rows else _COMBINED_FACTS


def count_facts(connection: sa.Connection, facts: str) -> int:
    """Return the number of facts of a query that `facts_of` has returned."""
    count = f"SELECT count(*) FROM ({facts}) AS facts"  # noqa: S608 - a query of this module
    return int(connection.execute(sa.text(count)).scalar_one())


def add_facts(connection: sa.Connection, facts: str, import_id: int) -> int:
    """Insert the facts of a query, which replace none, and return their number.

    SQLAlchemy raises DataError when a sum exceeds the column type.
    """
    return connection.execute(sa.text(_ADD.format(facts=facts)), {"import_id": import_id}).rowcount


def sources_of(connection: sa.Connection, import_id: int) -> list[tuple[str, str]]:
    """Return the sources and channels of the rows of an import."""
    return _pairs(connection, _SOURCES, {"import_id": import_id})


def staged_sources(connection: sa.Connection) -> list[tuple[str, str]]:
    """Return the sources and channels of the staged rows."""
    return _pairs(connection, _STAGED_SOURCES, {})


def sources_beside(connection: sa.Connection, source: str, channel: str) -> list[str]:
    """Return the sources of a channel that were made to keep figures apart from those of `source`."""
    values = {"beginning": source, "channel": channel}
    return list(connection.execute(sa.text(_SOURCES_BESIDE), values).scalars())


def known_channels(connection: sa.Connection) -> frozenset[str]:
    """Return the channels that have real rows."""
    real = sa.select(days.c.channel).where(days.c.campaign_rows > days.c.sample_rows).distinct()
    return frozenset(connection.execute(real).scalars())


def _pairs(connection: sa.Connection, query: str, values: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(source, channel) for source, channel in connection.execute(sa.text(query), values)]


def _sums(connection: sa.Connection, sums: str, channels: str, values: Mapping[str, date]) -> Sums:
    first, last, *totals = connection.execute(sa.text(sums), values).one()
    names = connection.execute(sa.text(channels), values).scalars()
    return Sums(first, last, tuple(sorted(names)), tuple(totals))
