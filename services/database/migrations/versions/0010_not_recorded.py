"""A figure that a row does not record is NULL; the maintained sums are kept apart by what their rows record.

A sum of rows that record the same figures is exact, and so is each ratio of two of its sums, also on days on
which one campaign records revenue and another does not. So `recorded` is part of the keys: the sum of 1 for
impressions, 2 for clicks, 4 for conversions, 8 for cost and 16 for revenue.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")
COUNTS = ("impressions", "clicks")
ALL_RECORDED = 31
RECORDED = " + ".join(f"{2**bit} * ({name} IS NOT NULL)::int" for bit, name in enumerate(SUMS))

DAY_COUNTS = {
    "campaign_rows": "count(*)",
    "sample_rows": "count(*) FILTER (WHERE source = 'demo')",
    "clicks_over_impressions": "count(*) FILTER (WHERE clicks > impressions)",
    "conversions_over_clicks": "count(*) FILTER (WHERE conversions > clicks)",
}
DAY_KEPT = (*DAY_COUNTS, *SUMS)
DAY_SUMS = ", ".join(
    [f"{what} AS {name}" for name, what in DAY_COUNTS.items()] + [f"sum({name}) AS {name}" for name in SUMS]
)

CAMPAIGN_DAYS_FUNCTION = f"""
CREATE OR REPLACE FUNCTION demetra_count_campaign_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM campaign_days;
        RETURN NULL;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO campaign_days AS d (channel, date, recorded, {", ".join(DAY_KEPT)})
        SELECT channel, date, {RECORDED}, {DAY_SUMS}
        FROM added GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (channel, date, recorded) DO UPDATE SET
            {", ".join(f"{name} = d.{name} + excluded.{name}" for name in DAY_KEPT)};
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        UPDATE campaign_days d SET {", ".join(f"{name} = d.{name} - r.{name}" for name in DAY_KEPT)}
        FROM (
            SELECT channel, date, {RECORDED} AS recorded, {DAY_SUMS} FROM removed GROUP BY 1, 2, 3
        ) r
        WHERE d.channel = r.channel AND d.date = r.date AND d.recorded = r.recorded;
        DELETE FROM campaign_days d
        USING (SELECT DISTINCT channel, date FROM removed) r
        WHERE d.channel = r.channel AND d.date = r.date AND d.campaign_rows = 0;
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608 - names of this file only

KEPT = ("campaign_rows", *SUMS)
KEY = "date, channel, attribute"

# `after` holds the new sums of the touched attributes of each channel and day. An attribute with more
# than 30 values, now or before, is folded into the one value ''.
SEGMENT_DAYS = f"""
WITH changes AS (
    SELECT date, channel, pair.key AS attribute, pair.value, recorded,
           {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM (%s) AS changed,
         jsonb_each_text(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{{}}' END) AS pair
    WHERE length(pair.key) BETWEEN 1 AND 60 AND length(pair.value) BETWEEN 1 AND 60
    GROUP BY date, channel, pair.key, pair.value, recorded
), after AS (
    SELECT {KEY}, value, recorded, bool_or(is_change) AS has_changed,
           {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM (
        SELECT true AS is_change, {KEY}, value, recorded, {", ".join(KEPT)} FROM changes
        UNION ALL
        SELECT false, {KEY}, value, recorded, {", ".join(KEPT)}
        FROM (SELECT DISTINCT {KEY} FROM changes) AS touched JOIN segment_days USING ({KEY})
    ) AS parts
    GROUP BY {KEY}, value, recorded
), many AS (
    SELECT {KEY}, true AS is_many
    FROM (
        SELECT {KEY}, value, bool_or(campaign_rows > 0) AS is_left FROM after GROUP BY {KEY}, value
    ) AS found
    GROUP BY {KEY}
    HAVING bool_or(value = '') OR count(*) FILTER (WHERE is_left) > 30
), folded AS (
    SELECT {KEY}, CASE WHEN is_many THEN '' ELSE value END AS value, recorded,
           bool_or(has_changed) AS has_changed, {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM after LEFT JOIN many USING ({KEY})
    GROUP BY 1, 2, 3, 4, 5
    HAVING sum(campaign_rows) > 0
), gone AS (
    DELETE FROM segment_days USING (
        SELECT {KEY}, value, recorded FROM after EXCEPT SELECT {KEY}, value, recorded FROM folded
    ) AS left_out
    WHERE (segment_days.date, segment_days.channel, segment_days.attribute, segment_days.value,
           segment_days.recorded)
        = (left_out.date, left_out.channel, left_out.attribute, left_out.value, left_out.recorded)
)
INSERT INTO segment_days ({KEY}, value, recorded, {", ".join(KEPT)})
SELECT {KEY}, value, recorded, {", ".join(KEPT)} FROM folded WHERE has_changed
ON CONFLICT ({KEY}, value, recorded) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in KEPT)}
"""  # noqa: S608 - names of this file only

SELECT = f"SELECT date, channel, attributes, {RECORDED} AS recorded"
ADDED = f"{SELECT}, 1 AS campaign_rows, {', '.join(SUMS)} FROM added"
REMOVED = f"{SELECT}, -1 AS campaign_rows, {', '.join(f'-{name} AS {name}' for name in SUMS)} FROM removed"

# The reasons for the lock, the planning at each execution and the settings are those of migration 0004.
SEGMENT_DAYS_FUNCTION = f"""
CREATE OR REPLACE FUNCTION demetra_count_segment_days() RETURNS trigger LANGUAGE plpgsql
SET work_mem = '64MB' SET enable_sort = off SET enable_mergejoin = off AS $$
BEGIN
    LOCK TABLE segment_days IN SHARE ROW EXCLUSIVE MODE;
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM segment_days;
    ELSE
        EXECUTE format($sql${SEGMENT_DAYS}$sql$, CASE TG_OP
            WHEN 'INSERT' THEN '{ADDED}'
            WHEN 'DELETE' THEN '{REMOVED}'
            ELSE '{ADDED} UNION ALL {REMOVED}'
        END);
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608 - text of this file only

KEYS = {
    "campaign_days": ("channel", "date"),
    "snapshot_days": ("run_id", "channel", "date"),
    "segment_days": ("date", "channel", "attribute", "value"),
}


def upgrade() -> None:
    for name in SUMS:
        op.alter_column("campaigns", name, nullable=True)
    for table, key in KEYS.items():
        column = sa.Column("recorded", sa.SmallInteger, nullable=False, server_default=str(ALL_RECORDED))
        op.add_column(table, column)
        op.alter_column(table, "recorded", server_default=None)
        _set_key(table, *key, "recorded")
        for name in SUMS:
            op.alter_column(table, name, nullable=True)
    op.execute(CAMPAIGN_DAYS_FUNCTION)
    op.execute(SEGMENT_DAYS_FUNCTION)


def downgrade() -> None:
    """Return to tables without NULL: a figure that is not recorded becomes 0 and stays 0."""
    for name in SUMS:  # the triggers move the sums of these rows to those of the rows that record all figures
        op.execute(f"UPDATE campaigns SET {name} = 0 WHERE {name} IS NULL")  # noqa: S608
        op.alter_column("campaigns", name, nullable=False)
    _merge_snapshot_days()
    for table, key in KEYS.items():
        _set_key(table, *key)
        op.drop_column(table, "recorded")
        for name in SUMS:
            op.alter_column(table, name, nullable=False)
    for module, name in (("0001_first_tables", "CAMPAIGN_DAYS_FUNCTION"), ("0004_segment_days", "FUNCTION")):
        earlier = import_module(f"services.database.migrations.versions.{module}")
        op.execute(str(getattr(earlier, name)).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))


def _set_key(table: str, *columns: str) -> None:
    op.drop_constraint(f"pk_{table}", table, type_="primary")
    op.create_primary_key(f"pk_{table}", table, list(columns))


def _merge_snapshot_days() -> None:
    """Replace the days of snapshots that have several rows, or NULL, by one row of sums without NULL."""
    key = ", ".join(KEYS["snapshot_days"])
    kept = [name for name in DAY_KEPT if name != "sample_rows"]
    names = f"{key}, recorded, {', '.join(kept)}"
    op.execute(f"""
        CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
        SELECT {key}, {ALL_RECORDED} AS recorded,
               {", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in kept)}
        FROM snapshot_days GROUP BY {key} HAVING min(recorded) < {ALL_RECORDED}
    """)  # noqa: S608
    op.execute(f"DELETE FROM snapshot_days WHERE ({key}) IN (SELECT {key} FROM merged)")  # noqa: S608
    op.execute(f"INSERT INTO snapshot_days ({names}) SELECT {names} FROM merged")  # noqa: S608
