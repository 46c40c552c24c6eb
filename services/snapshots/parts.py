"""Sums of a snapshot by campaign and by attribute value, kept without a copy of all of them at each run.

A campaign or an attribute value of a channel is a *part*. A row of `snapshot_part_days` has the sums of all
parts of a channel and dimension from 1 January to a day, as arrays with a place for each part. So the sums of
a period are the difference of two rows, however long it is and however many campaign rows there are.

A row belongs to the snapshots of the runs from `first_run` to `last_run` (NULL: also to the next ones). A run
writes only the rows from the first day on that was changed since the last snapshot, in the year of that day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from services.database.tables import changed_days, snapshot_part_days
from services.intake.names import CAMPAIGN_NAMES

CAMPAIGN = ""
"""The dimension of campaigns; an attribute has a name."""

MONEY_UNITS = 10_000
"""The sums of conversions and money are whole numbers of ten-thousandths: exact up to 2^53 of them."""

COUNTS = ("campaign_rows", "impressions", "clicks")
MONEY = ("conversions", "cost", "revenue")
SUMS = (*COUNTS, *MONEY)

_NAMES = ", ".join(f"'{name}'" for name in CAMPAIGN_NAMES)
_NAME = ", ".join(f"c.attributes ->> '{name}'" for name in CAMPAIGN_NAMES)
_RECORDED = " + ".join(
    f"{2**bit} * (c.{name} IS NOT NULL)::int" for bit, name in enumerate((*COUNTS[1:], *MONEY))
)
_OF_ROWS = ", ".join(
    [
        "count(*) AS campaign_rows",
        *(f"sum(c.{name})::double precision AS {name}" for name in COUNTS[1:]),
        *(f"({MONEY_UNITS} * sum(c.{name}))::double precision AS {name}" for name in MONEY),
    ]
)
_OF_SEGMENTS = ", ".join(
    [
        *(f"s.{name}::double precision" for name in COUNTS),
        *(f"({MONEY_UNITS} * s.{name})::double precision" for name in MONEY),
    ]
)
_LISTED = ", ".join(SUMS)
_ARRAYS = ", ".join(f"array_agg({name} ORDER BY place) AS {name}" for name in SUMS)
_IN_YEAR = "< (t.year + interval '1 year')::date"

# The statements below are parts of the one that copies the campaign days (`services.sync.collect`), so all of
# them see the database at one moment. They are named, and use each other, in this order.
_TOUCHED = changed_days.delete().returning(*changed_days.c).cte("touched")
_STATEMENTS = {
    "tails": "SELECT channel, year, min(first) AS first FROM touched GROUP BY channel, year",
    "found": f"""
        SELECT t.channel, t.year, '{CAMPAIGN}' AS dimension, d.*
        FROM tails AS t CROSS JOIN LATERAL (
            SELECT c.campaign_id AS value, c.date, {_RECORDED} AS recorded,
                max(coalesce({_NAME})) AS name,
                {_OF_ROWS}
            FROM campaigns AS c
            WHERE c.channel = t.channel AND c.campaign_id <> t.channel
                AND c.date >= t.first AND c.date {_IN_YEAR}
            GROUP BY c.campaign_id, c.date, 3
        ) AS d
        UNION ALL
        SELECT t.channel, t.year, s.attribute, s.value, s.date, s.recorded, NULL, {_OF_SEGMENTS}
        FROM tails AS t
        JOIN segment_days AS s ON s.channel = t.channel AND s.date >= t.first AND s.date {_IN_YEAR}
        WHERE s.date > (SELECT min(first) - 1 FROM tails) AND s.attribute NOT IN ({_NAMES})
    """,  # noqa: S608
    "named": f"""
        SELECT DISTINCT ON (channel, value) channel, value, name, date FROM found
        WHERE dimension = '{CAMPAIGN}' AND name IS NOT NULL ORDER BY channel, value, date DESC
    """,  # noqa: S608
    "added": f"""
        INSERT INTO snapshot_parts (channel, dimension, value, position, name, named_on)
        SELECT n.channel, n.dimension, n.value,
            coalesce(m.most, 0) + row_number() OVER (PARTITION BY n.channel, n.dimension ORDER BY n.value),
            named.name, named.date
        FROM (SELECT DISTINCT channel, dimension, value FROM found) AS n
        LEFT JOIN snapshot_parts AS k
            ON k.channel = n.channel AND k.dimension = n.dimension AND k.value = n.value
        LEFT JOIN (
            SELECT channel, dimension, max(position) AS most FROM snapshot_parts GROUP BY channel, dimension
        ) AS m ON m.channel = n.channel AND m.dimension = n.dimension
        LEFT JOIN named
            ON named.channel = n.channel AND named.value = n.value AND n.dimension = '{CAMPAIGN}'
        WHERE k.position IS NULL
        RETURNING channel, dimension, value, position
    """,  # noqa: S608
    "renamed": f"""
        UPDATE snapshot_parts AS p SET name = n.name, named_on = n.date FROM named AS n
        WHERE p.channel = n.channel AND p.dimension = '{CAMPAIGN}' AND p.value = n.value
            AND p.name IS DISTINCT FROM n.name AND coalesce(p.named_on <= n.date, true)
        RETURNING p.channel
    """,  # noqa: S608
    "places": """
        SELECT channel, dimension, value, position FROM snapshot_parts
        UNION ALL SELECT channel, dimension, value, position FROM added
    """,
    "bases": """
        SELECT DISTINCT ON (s.channel, t.year, s.dimension, s.recorded) t.year, s.*
        FROM tails AS t
        JOIN snapshot_part_days AS s ON s.channel = t.channel AND s.date >= t.year AND s.date < t.first
        WHERE s.last_run IS NULL
        ORDER BY s.channel, t.year, s.dimension, s.recorded, s.date DESC
    """,
    # What is added on a day; on that of a base, all from 1 January on.
    "steps": f"""
        SELECT f.channel, f.year, f.dimension, f.recorded, f.date, p.position,
            {", ".join(f"f.{name}" for name in SUMS)}
        FROM found AS f
        JOIN places AS p ON p.channel = f.channel AND p.dimension = f.dimension AND p.value = f.value
        UNION ALL
        SELECT b.channel, b.year, b.dimension, b.recorded, b.date, u.position,
            {", ".join(f"u.{name}" for name in SUMS)}
        FROM bases AS b CROSS JOIN LATERAL unnest({", ".join(f"b.{name}" for name in SUMS)})
            WITH ORDINALITY AS u({_LISTED}, position)
        WHERE u.campaign_rows IS NOT NULL
    """,  # noqa: S608
    "series": """
        SELECT channel, year, dimension, recorded, max(position) AS places, row_number() OVER () AS n
        FROM steps GROUP BY channel, year, dimension, recorded
    """,
    "numbered": """
        SELECT series.n, steps.* FROM steps JOIN series ON series.channel = steps.channel
            AND series.year = steps.year AND series.dimension = steps.dimension
            AND series.recorded = steps.recorded
    """,
    "dates": """
        SELECT n, date, coalesce(
            lead(date) OVER (PARTITION BY n ORDER BY date), (min(year) + interval '1 year')::date
        ) - 1 AS until
        FROM numbered GROUP BY n, date
    """,
    "grown": f"""
        SELECT dates.n, dates.date, dates.until, place,
            {", ".join(f"sum(numbered.{name}) OVER up_to AS {name}" for name in SUMS)}
        FROM series JOIN dates ON dates.n = series.n
        CROSS JOIN LATERAL generate_series(1, series.places) AS place
        LEFT JOIN numbered
            ON numbered.n = dates.n AND numbered.date = dates.date AND numbered.position = place
        WINDOW up_to AS (PARTITION BY dates.n, place ORDER BY dates.date)
    """,  # noqa: S608
    "ended": f"""
        UPDATE snapshot_part_days AS s SET last_run = :run_id - 1 FROM tails AS t
        WHERE s.channel = t.channel AND s.last_run IS NULL
            AND s.date >= t.year AND s.date {_IN_YEAR} AND s.until >= t.first - 1
        RETURNING s.channel
    """,  # noqa: S608
    "kept": f"""
        INSERT INTO snapshot_part_days (channel, dimension, recorded, date, until, first_run, {_LISTED})
        SELECT series.channel, series.dimension, series.recorded, a.date, a.until, :run_id,
            {", ".join(f"a.{name}" for name in SUMS)}
        FROM (
            SELECT n, date, until, {_ARRAYS} FROM grown GROUP BY n, date, until
        ) AS a JOIN series ON series.n = a.n
        RETURNING channel
    """,  # noqa: S608
}


def keeping_parts(run_id: int) -> tuple[sa.CTE, ...]:
    """Return statements that keep the sums of a run by part, in order, to be added to another statement.

    They delete the markers of changed days. Days that a later transaction changes keep theirs.
    """
    kept = (
        sa.text(statement)
        .bindparams(*([sa.bindparam("run_id", run_id, sa.BigInteger)] if ":run_id" in statement else []))
        .columns(sa.column("channel"))
        .cte(name)
        for name, statement in _STATEMENTS.items()
    )
    return (_TOUCHED, *kept)


def prune(connection: sa.Connection, kept: Collection[int], pruned: Sequence[int]) -> None:
    """Delete the rows that belong to none of the `kept` runs any more, after some were `pruned`."""
    d = snapshot_part_days.c
    gaps = [sa.and_(d.first_run > before, d.last_run < after) for before, after in _gaps(kept, pruned)]
    if gaps:
        connection.execute(snapshot_part_days.delete().where(sa.or_(*gaps)))


def _gaps(kept: Collection[int], pruned: Sequence[int]) -> set[tuple[int, int]]:
    """Return the two kept runs around each pruned one; 0 before the first one."""
    ordered = sorted(kept)
    return {
        (max((k for k in ordered if k < run), default=0), min(k for k in ordered if k > run))
        for run in pruned
        if any(k > run for k in ordered)
    }
