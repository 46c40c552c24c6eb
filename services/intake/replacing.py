"""Comparison of the facts of a file with the rows of `campaigns` that it covers, and the replacement.

A file covers all days from its first to its last one, for each pair of source and channel that it has. The
rows that are there are compared with its facts in temporary tables:

    facts     the facts of the file
    states    the rows that the file covers, each with the fact of equal key, if any
    fresh     the facts without such a row
    lost      the rows without such a fact, and whether they are found again among the fresh facts

Rows of equal key and values stay untouched, rows of equal key are updated, lost rows are removed, and fresh
facts are inserted. What is updated or removed is kept in `replaced_campaigns`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.database.tables import campaigns
from services.intake.columns import MEASURES, Measure
from services.intake.doubts import Evidence, Twin
from services.intake.sources import EARLIER, SAMPLE
from services.intake.store import FACT_COLUMNS, VALUE_COLUMNS, archive

_EVIDENCE_FIELDS = tuple(
    one.name for one in fields(Evidence) if one.name not in {"there", "gone", "gone_campaigns"}
)


def _values(of: str) -> str:
    return f"({', '.join(f'{of}.{name}' for name in VALUE_COLUMNS)})"


def _close(one: str, other: str, share: float, slack: float = 0) -> str:
    """Return the SQL condition that two numbers are alike; True where one of them is not recorded."""
    largest = f"greatest(abs({one}), abs({other}))"
    return f"coalesce(abs({one} - {other}) <= {share} * {largest} + {slack}, true)"


FIGURES = """
CASE WHEN cost <> 0 THEN ROW(cost, clicks)::text ELSE ROW(clicks, impressions)::text END
""".strip()
_FACTS = """
CREATE TEMPORARY TABLE facts ON COMMIT DROP AS
SELECT row_number() OVER () AS n, md5(attributes::text) AS attributes_hash, f.* FROM ({facts}) AS f
"""
_COVER = f"""
CREATE TEMPORARY TABLE cover ON COMMIT DROP AS
SELECT source, channel, count(*) AS facts, {", ".join(f"sum({name}) AS {name}" for name in MEASURES)},
    (SELECT min(date) FROM facts) AS first, (SELECT max(date) FROM facts) AS last
FROM facts GROUP BY source, channel
"""  # noqa: S608 - names of this file only

# The most revealing evidence is what platforms do not revise: cost and clicks to the last digit.
_STATE = f"""
SELECT c.id, v.source, c.source AS own_source, c.channel, c.date, c.campaign_id, c.attributes_hash,
    {", ".join(f"c.{name}" for name in MEASURES)}, c.imported_at, f.n,
    f.n IS NOT NULL AND {_values("c")} IS NOT DISTINCT FROM {_values("f")} AS is_same,
    coalesce(
        (c.cost = f.cost AND c.cost <> 0)
        OR (c.clicks = f.clicks AND c.clicks <> 0
            AND (c.impressions = f.impressions OR (coalesce(c.cost, 0) = 0 AND coalesce(f.cost, 0) = 0)))
        OR (c.impressions = f.impressions AND c.impressions <> 0
            AND coalesce(c.cost, c.clicks, 0) = 0 AND coalesce(f.cost, f.clicks, 0) = 0), false
    ) AS is_exact,
    f.n IS NOT NULL AND {_close("c.cost", "f.cost", 0.25)} AND {_close("c.clicks", "f.clicks", 0.25, 2)}
        AND {_close("c.impressions", "f.impressions", 0.25, 20)} AS is_near,
    f.n IS NOT NULL AND coalesce(f.cost >= c.cost, true) AND coalesce(f.clicks >= c.clicks, true)
        AND coalesce(f.impressions >= c.impressions, true) AS has_grown
FROM cover AS v JOIN campaigns AS c ON c.source = {{source}} AND c.channel = v.channel
LEFT JOIN facts AS f ON (f.source, f.channel, f.date, f.campaign_id, f.attributes_hash)
    = (v.source, c.channel, c.date, c.campaign_id, c.attributes_hash)
WHERE c.date BETWEEN v.first AND v.last
"""  # noqa: S608 - names of this file only
_STATES = f"CREATE TEMPORARY TABLE states ON COMMIT DROP AS {_STATE.format(source='v.source')}"

# Rows of earlier versions have no source of their own: they may belong to the one source that the file has
# for their channel, unless that source has the same row already.
_EARLIER_STATES = f"""
INSERT INTO states SELECT * FROM ({_STATE.format(source=f"'{EARLIER}'")}) AS s
WHERE own_source <> source
    AND NOT EXISTS (
        SELECT FROM campaigns AS twin
        WHERE (twin.source, twin.channel, twin.date, twin.campaign_id, twin.attributes_hash)
            = (s.source, s.channel, s.date, s.campaign_id, s.attributes_hash)
    )
    AND (
        n IS NOT NULL
        OR (SELECT count(*) FROM cover WHERE cover.channel = s.channel) = 1
    )
"""  # noqa: S608 - names of this file only
_HAS_EARLIER = """
SELECT EXISTS (
    SELECT FROM cover AS v JOIN campaigns AS c ON c.source = :earlier AND c.channel = v.channel
    WHERE c.date BETWEEN v.first AND v.last
)
"""
_FRESH = f"""
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
SELECT n, source, channel, date, campaign_id, impressions, clicks, cost,
    {FIGURES} AS figures
FROM facts WHERE NOT EXISTS (SELECT FROM states WHERE states.n = facts.n)
"""  # noqa: S608 - names of this file only
_MOVED = f"""
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT gone.id, new.n
FROM (
    SELECT *, row_number() OVER (PARTITION BY source, channel, date, figures ORDER BY id) AS nth
    FROM (
        SELECT id, source, channel, date, {FIGURES} AS figures
        FROM states WHERE n IS NULL AND (cost <> 0 OR clicks <> 0)
    ) AS unpaired
) AS gone JOIN (
    SELECT *, row_number() OVER (PARTITION BY source, channel, date, figures ORDER BY n) AS nth
    FROM fresh WHERE cost <> 0 OR clicks <> 0
) AS new USING (source, channel, date, figures, nth)
"""  # noqa: S608 - names of this file only
_FORGET_EARLIER = """
DELETE FROM states USING (
    SELECT s.source, s.channel
    FROM states AS s LEFT JOIN moved ON moved.id = s.id
    GROUP BY s.source, s.channel
    HAVING bool_or(own_source = s.source)
        AND NOT bool_or(own_source <> s.source AND (s.n IS NOT NULL OR moved.id IS NOT NULL))
) AS apart
WHERE own_source <> states.source AND (states.source, states.channel) = (apart.source, apart.channel)
"""
_WEIGHTS = """
SELECT source, channel, CASE
    WHEN sum(abs(cost)) > 0 THEN 'cost' WHEN sum(clicks) > 0 THEN 'clicks'
    WHEN sum(impressions) > 0 THEN 'impressions' WHEN sum(abs(conversions)) > 0 THEN 'conversions'
    ELSE 'revenue' END AS measure
FROM states GROUP BY source, channel
"""
_WEIGHT = """
abs(coalesce(CASE measure WHEN 'cost' THEN cost WHEN 'clicks' THEN clicks WHEN 'impressions' THEN impressions
    WHEN 'conversions' THEN conversions ELSE revenue END, 0))
"""


def _sums_agree(one: str, other: str) -> str:
    parts = (
        f"abs(coalesce({one}.{name}, 0) - coalesce({other}.{name}, 0))"
        f" <= 0.02 * greatest(abs(coalesce({one}.{name}, 0)), abs(coalesce({other}.{name}, 0)))"
        for name in ("cost", "clicks")
    )
    return f"({' AND '.join(parts)} AND (coalesce({one}.cost, 0) <> 0 OR coalesce({one}.clicks, 0) <> 0))"


# A lost row is found again when its figures stand under another name (a rename), when its campaign's day has
# the same sums in other rows (another breakdown), or when the days have the same sums under other names.
_LOST = f"""
CREATE TEMPORARY TABLE lost ON COMMIT DROP AS
WITH unpaired AS (
    SELECT s.*, {_WEIGHT} AS weight, moved.id IS NOT NULL AS is_moved
    FROM states AS s JOIN ({_WEIGHTS}) AS w USING (source, channel) LEFT JOIN moved USING (id)
    WHERE s.n IS NULL
), split AS (
    SELECT source, channel, campaign_id, date FROM (
        SELECT source, channel, campaign_id, date, sum(cost) AS cost, sum(clicks) AS clicks
        FROM unpaired GROUP BY source, channel, campaign_id, date
    ) AS one JOIN (
        SELECT source, channel, campaign_id, date, sum(cost) AS cost, sum(clicks) AS clicks
        FROM fresh GROUP BY source, channel, campaign_id, date
    ) AS other USING (source, channel, campaign_id, date)
    WHERE {_sums_agree("one", "other")}
), days AS (
    SELECT source, channel, date FROM (
        SELECT source, channel, date, sum(cost) AS cost, sum(clicks) AS clicks
        FROM unpaired GROUP BY source, channel, date
    ) AS one JOIN (
        SELECT source, channel, date, sum(cost) AS cost, sum(clicks) AS clicks
        FROM fresh GROUP BY source, channel, date
    ) AS other USING (source, channel, date)
    WHERE {_sums_agree("one", "other")}
), judged AS (
    SELECT unpaired.*, split.date IS NOT NULL AS is_split, days.date IS NOT NULL AS is_day
    FROM unpaired LEFT JOIN split USING (source, channel, campaign_id, date)
        LEFT JOIN days USING (source, channel, date)
)
SELECT id, source, channel, date, campaign_id, weight, {", ".join(MEASURES)},
    is_moved OR is_split OR is_day AS is_alike,
    is_moved OR is_split
    OR coalesce(sum(weight) FILTER (WHERE is_moved) OVER unit >= 0.5 * sum(weight) OVER unit, false)
    OR coalesce(sum(weight) FILTER (WHERE is_split) OVER campaign >= 0.5 * sum(weight) OVER campaign, false)
    OR coalesce(sum(weight) FILTER (WHERE is_day) OVER whole >= 0.8 * sum(weight) OVER whole, false)
    AS is_found
FROM judged
WINDOW unit AS (PARTITION BY source, channel, campaign_id, attributes_hash),
    campaign AS (PARTITION BY source, channel, campaign_id),
    whole AS (PARTITION BY source, channel)
"""  # noqa: S608 - names of this file only
_GONE = "coalesce(sum(abs({0})) FILTER (WHERE n IS NULL AND NOT is_found), 0) AS gone_{0}"
_EVIDENCE = f"""
WITH newest AS (
    SELECT own_source, channel, (
        SELECT max(c.date) FROM campaigns AS c WHERE c.source = own_source AND c.channel = one.channel
    ) AS newest
    FROM (SELECT DISTINCT own_source, channel FROM states) AS one
), weighed AS (
    SELECT s.*, {_WEIGHT} AS weight, is_alike, is_found, date = newest AS is_newest
    FROM states AS s JOIN ({_WEIGHTS}) AS w USING (source, channel) JOIN newest USING (own_source, channel)
        LEFT JOIN (SELECT id, is_alike, is_found FROM lost) AS l USING (id)
)
SELECT source, channel, count(*) AS rows, count(n) AS paired, min(date) AS first, max(date) AS last,
    coalesce(sum(weight) FILTER (WHERE n IS NOT NULL), 0) AS paired_weight,
    coalesce(sum(weight) FILTER (WHERE n IS NOT NULL AND (is_exact OR is_same)), 0) AS paired_exact,
    coalesce(sum(weight) FILTER (WHERE n IS NOT NULL AND (is_near OR is_exact)), 0) AS paired_near,
    count(*) FILTER (WHERE is_same) AS same,
    count(*) FILTER (WHERE is_exact OR is_same OR is_alike) AS alike_rows,
    count(*) FILTER (WHERE n IS NULL AND NOT is_found) AS gone_rows,
    count(DISTINCT date) FILTER (WHERE n IS NULL AND NOT is_found AND weight > 0) AS gone_days,
    coalesce(sum(weight), 0) AS weight,
    coalesce(sum(weight) FILTER (WHERE is_exact OR is_same OR is_alike), 0) AS exact,
    coalesce(sum(weight) FILTER (WHERE is_near OR is_exact OR is_alike), 0) AS near,
    coalesce(sum(weight) FILTER (WHERE n IS NULL AND NOT is_found), 0) AS gone_weight,
    coalesce(sum(weight) FILTER (WHERE is_newest), 0) AS open_weight,
    coalesce(sum(weight) FILTER (WHERE is_newest AND (is_exact OR is_same OR is_alike)), 0) AS open_exact,
    coalesce(sum(weight) FILTER (WHERE is_newest AND (is_near OR is_exact OR is_alike)), 0) AS open_near,
    count(n) FILTER (WHERE is_newest AND weight > 0) AS open_paired,
    coalesce(bool_and(has_grown) FILTER (WHERE is_newest AND weight > 0), false) AS open_grown,
    coalesce(bool_and(imported_at < date + interval '36 hours') FILTER (WHERE is_newest), false)
        AS open_early,
    {", ".join(f"coalesce(sum(abs({name})), 0) AS {name}" for name in MEASURES)},
    {", ".join(_GONE.format(name) for name in MEASURES)},
    bool_or(own_source <> source) AS has_earlier
FROM weighed GROUP BY source, channel ORDER BY channel, source
"""  # noqa: S608 - names of this file only
_GONE_CAMPAIGNS = """
SELECT campaign_id FROM lost WHERE NOT is_found AND (source, channel) = (:source, :channel)
GROUP BY campaign_id HAVING sum(weight) > 0 ORDER BY sum(weight) DESC, campaign_id LIMIT 4
"""


# The same figures under another source or channel, row by row, and as sums of days.
_THEIRS = f"""
CREATE TEMPORARY TABLE theirs ON COMMIT DROP AS
WITH RECURSIVE sources AS (
    (SELECT source FROM campaigns ORDER BY source LIMIT 1)
    UNION ALL
    SELECT (SELECT c.source FROM campaigns AS c WHERE c.source > sources.source ORDER BY c.source LIMIT 1)
    FROM sources WHERE source IS NOT NULL
), period AS (
    SELECT min(first) AS first, max(last) AS last FROM cover
), elsewhere AS (
    SELECT source, channel FROM sources CROSS JOIN (
        SELECT DISTINCT channel FROM campaign_days, period
        WHERE date BETWEEN first AND last AND campaign_rows > sample_rows
    ) AS present
    WHERE source <> '{SAMPLE}' AND (source, channel) NOT IN (SELECT source, channel FROM cover)
)
SELECT c.source, c.channel, date, campaign_id, cost, clicks, {FIGURES} AS figures
FROM period CROSS JOIN elsewhere
    JOIN campaigns AS c ON (c.source, c.channel) = (elsewhere.source, elsewhere.channel)
WHERE date BETWEEN first AND last AND (cost <> 0 OR clicks <> 0)
    AND NOT EXISTS (SELECT FROM states WHERE states.id = c.id)
"""  # noqa: S608 - names of this file only
_TWINS = """
WITH ours AS (
    SELECT source, channel, date, campaign_id, cost, clicks, figures FROM fresh
    WHERE (cost <> 0 OR clicks <> 0) AND NOT EXISTS (SELECT FROM moved WHERE moved.n = fresh.n)
), own AS (
    SELECT source, channel, count(*) AS rows, count(DISTINCT date) AS days FROM ours GROUP BY 1, 2
), other AS (
    SELECT source, channel, count(*) AS rows, count(DISTINCT date) AS days FROM theirs GROUP BY 1, 2
), our_rows AS (
    SELECT source, channel, date, figures, count(*) AS rows, sum(cost) AS cost, min(campaign_id) AS campaign
    FROM ours GROUP BY 1, 2, 3, 4
), their_rows AS (
    SELECT source, channel, date, figures, count(*) AS rows, sum(cost) AS cost, min(campaign_id) AS campaign
    FROM theirs GROUP BY 1, 2, 3, 4
), by_row AS (
    SELECT one.source, one.channel, two.source AS other_source, two.channel AS other_channel,
        sum(least(one.rows, two.rows)) AS rows, 0 AS days, count(DISTINCT figures) AS kinds,
        bool_and(one.campaign = two.campaign) AS has_names,
        sum(least(one.cost, two.cost)) AS cost, min(date) AS first, max(date) AS last
    FROM our_rows AS one JOIN their_rows AS two USING (date, figures)
    GROUP BY 1, 2, 3, 4
), our_days AS (
    SELECT source, channel, date, sum(cost) AS cost, sum(clicks) AS clicks FROM ours GROUP BY 1, 2, 3
), their_days AS (
    SELECT source, channel, date, sum(cost) AS cost, sum(clicks) AS clicks FROM theirs GROUP BY 1, 2, 3
), by_day AS (
    SELECT one.source, one.channel, two.source AS other_source, two.channel AS other_channel,
        0 AS rows, count(*) AS days, count(DISTINCT (cost, clicks)) AS kinds, false AS has_names,
        sum(cost) AS cost, min(date) AS first, max(date) AS last
    FROM our_days AS one JOIN their_days AS two USING (date, cost, clicks)
    GROUP BY 1, 2, 3, 4
)
SELECT found.*, own.rows AS own_rows, own.days AS own_days, other.rows AS other_rows, other.days AS other_days
FROM (SELECT * FROM by_row UNION ALL SELECT * FROM by_day) AS found JOIN own USING (source, channel)
    JOIN other ON (other.source, other.channel) = (other_source, other_channel)
ORDER BY rows DESC, days DESC, other_channel, other_source
"""
_NEW_SOURCE = """
UPDATE facts SET source = :beside WHERE (source, channel) = (:source, :channel)
"""
_UPDATE = f"""
UPDATE campaigns AS c SET source = f.source, {", ".join(f"{name} = f.{name}" for name in VALUE_COLUMNS)},
    imported_at = now(), import_id = :import_id
FROM states AS s JOIN facts AS f USING (n) WHERE c.id = s.id AND NOT s.is_same
"""  # noqa: S608 - names of this file only
_INSERT = f"""
INSERT INTO campaigns ({", ".join(FACT_COLUMNS)}, import_id)
SELECT {", ".join(f"f.{name}" for name in FACT_COLUMNS)}, :import_id FROM facts AS f JOIN fresh USING (n)
"""  # noqa: S608 - names of this file only
_SUMS_AFTER = """
WITH gone AS (
    SELECT sum(cost) AS cost, sum(revenue) AS revenue FROM states
    WHERE CASE WHEN n IS NULL THEN :removes ELSE NOT is_same END
), new AS (
    SELECT sum(cost) AS cost, sum(revenue) AS revenue FROM facts
    WHERE NOT EXISTS (SELECT FROM states WHERE states.n = facts.n AND is_same)
)
SELECT CASE WHEN num_nonnulls(CAST(:cost AS numeric), new.cost) > 0
        THEN coalesce(:cost, 0) - coalesce(gone.cost, 0) + coalesce(new.cost, 0) END AS cost,
    CASE WHEN num_nonnulls(CAST(:revenue AS numeric), new.revenue) > 0
        THEN coalesce(:revenue, 0) - coalesce(gone.revenue, 0) + coalesce(new.revenue, 0) END AS revenue
FROM gone, new
"""
_COUNTS = """
SELECT (SELECT count(*) FROM fresh), count(*) FILTER (WHERE n IS NOT NULL AND NOT is_same),
    count(*) FILTER (WHERE is_same), count(*) FILTER (WHERE n IS NULL)
FROM states
"""


@dataclass(frozen=True, slots=True)
class Cover:
    """A source and channel that a file covers, with the number and the sums of its facts."""

    source: str
    channel: str
    facts: int
    sums: Mapping[Measure, Decimal | None]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of an import in `campaigns`, in facts; `removed` are rows without counterpart."""

    added: int
    updated: int
    unchanged: int
    removed: int


class Comparison:
    """The facts of a file beside the rows that are there, in temporary tables of the transaction."""

    def __init__(self, connection: sa.Connection, facts: str) -> None:
        self._connection = connection
        self._make("facts", _FACTS.format(facts=facts))
        self._make("cover", _COVER)
        self._has_earlier = bool(self._run(_HAS_EARLIER, earlier=EARLIER).scalar_one())
        self._compare()

    def covers(self) -> tuple[Cover, ...]:
        """Return the sources and channels of the file, by channel."""
        found = self._run("SELECT * FROM cover ORDER BY channel, source").mappings()
        return tuple(
            Cover(one["source"], one["channel"], one["facts"], {name: one[name] for name in MEASURES})
            for one in found
        )

    def evidence(self) -> tuple[Evidence, ...]:
        """Return how the rows that are there compare with the file, for each source and channel with rows."""
        return tuple(self._evidence_of(row) for row in self._joined(_EVIDENCE).mappings().all())

    def twins(self) -> tuple[Twin, ...]:
        """Return where the figures of the fresh facts stand under another source or channel."""
        self._make("theirs", _THEIRS)
        return tuple(Twin(**row) for row in self._joined(_TWINS).mappings().all())

    def earlier_channels(self) -> list[str]:
        """Return the channels of the rows of earlier versions that the file covers."""
        return list(self._run("SELECT DISTINCT channel FROM states WHERE own_source <> source").scalars())

    def imports_of(self, source: str, channel: str) -> list[int | None]:
        """Return the imports of the rows there; None among them for rows of earlier versions."""
        query = "SELECT DISTINCT c.import_id FROM states AS s JOIN campaigns AS c USING (id)"
        query += " WHERE (s.source, s.channel) = (:source, :channel)"
        return list(self._run(query, source=source, channel=channel).scalars())

    def put_beside(self, source: str, channel: str, beside: str, *, earlier: bool = True) -> None:
        """Give the facts of a source and channel another source, and compare again.

        Without `earlier`, rows of earlier versions are no longer compared.
        """
        self._has_earlier = self._has_earlier and earlier
        self._run(_NEW_SOURCE, source=source, channel=channel, beside=beside)
        self._compare()

    def changes(self, *, removes: bool) -> Changes:
        """Return the numbers of differences; lost rows stay unless the import `removes` them."""
        added, updated, unchanged, lost = tuple(self._run(_COUNTS).one())
        return Changes(added, updated, unchanged, lost if removes else 0)

    def sums_after(
        self, cost: Decimal | None, revenue: Decimal | None, *, removes: bool
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return what cost and revenue of the channels and days would be, by what they are."""
        found = self._run(_SUMS_AFTER, cost=cost, revenue=revenue, removes=removes).one()
        return found.cost, found.revenue

    def apply(self, import_id: int, *, removes: bool) -> Changes:
        """Write the differences to `campaigns`; lost rows stay unless the import `removes` them.

        Statements that would change no row are left out, since their triggers would note a change.
        """
        changes = self.changes(removes=removes)
        updated, removed = changes.updated, changes.removed
        is_replaced = sa.text("NOT s.is_same" if removes else "s.n IS NOT NULL AND NOT s.is_same")
        if updated or removed:
            replaced = sa.select(sa.column("id", sa.BigInteger)).select_from(sa.text("states AS s"))
            archive(self._connection, import_id, campaigns.c.id.in_(replaced.where(is_replaced)))
        if removed:
            self._run("DELETE FROM campaigns AS c USING states AS s WHERE c.id = s.id AND s.n IS NULL")
        if updated:
            self._run(_UPDATE, import_id=import_id)
        if changes.added:
            self._run(_INSERT, import_id=import_id)
        return changes

    def _compare(self) -> None:
        self._make("cover", _COVER)
        self._make("states", _STATES)
        if self._has_earlier:
            self._run(_EARLIER_STATES)
        self._make("fresh", _FRESH)
        self._joined("DROP TABLE IF EXISTS moved", _MOVED, "ANALYZE moved")
        self._run(_FORGET_EARLIER)
        self._joined("DROP TABLE IF EXISTS lost", _LOST, "ANALYZE lost")

    def _evidence_of(self, row: sa.RowMapping) -> Evidence:
        key = {"source": row["source"], "channel": row["channel"]}
        campaigns = tuple(self._run(_GONE_CAMPAIGNS, **key).scalars()) if row["gone_rows"] else ()
        plain = {name: row[name] for name in _EVIDENCE_FIELDS}
        there = {name: row[name] for name in MEASURES}
        gone = {name: row[f"gone_{name}"] for name in MEASURES}
        return Evidence(**plain, there=there, gone=gone, gone_campaigns=campaigns)

    def _make(self, table: str, statement: str) -> None:
        self._run(f"DROP TABLE IF EXISTS {table}")
        self._run(statement)
        self._run(f"ANALYZE {table}")

    def _joined(self, *statements: str) -> sa.CursorResult[Any]:
        """Run statements without nested loops, and return the result of the last one.

        The planner expects few groups, and would compare each of them with each other one.
        """
        self._run("SET LOCAL enable_nestloop = off")
        for statement in statements:
            result = self._run(statement)
        self._run("SET LOCAL enable_nestloop = on")
        return result

    def _run(self, statement: str, **values: object) -> sa.CursorResult[Any]:
        return self._connection.execute(sa.text(statement), values)
