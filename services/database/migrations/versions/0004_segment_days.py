"""Daily sums by attribute value, and an index to sample rows, so that a sync need not read all rows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")
COUNTS = ("impressions", "clicks")
KEPT = ("campaign_rows", *SUMS)
KEY = "date, channel, attribute"

# `after` holds the new sums of the touched attributes of each channel and day. An attribute with more
# than 30 values, now or before, is folded into the one value ''.
SEGMENT_DAYS = f"""
WITH changes AS (
    SELECT date, channel, pair.key AS attribute, pair.value,
           {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM (%s) AS changed,
         jsonb_each_text(CASE jsonb_typeof(attributes) WHEN 'object' THEN attributes ELSE '{{}}' END) AS pair
    WHERE length(pair.key) BETWEEN 1 AND 60 AND length(pair.value) BETWEEN 1 AND 60
    GROUP BY date, channel, pair.key, pair.value
), after AS (
    SELECT {KEY}, value, bool_or(is_change) AS has_changed,
           {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM (
        SELECT true AS is_change, {KEY}, value, {", ".join(KEPT)} FROM changes
        UNION ALL
        SELECT false, {KEY}, value, {", ".join(KEPT)}
        FROM (SELECT DISTINCT {KEY} FROM changes) AS touched JOIN segment_days USING ({KEY})
    ) AS parts
    GROUP BY {KEY}, value
), many AS (
    SELECT {KEY}, true AS is_many FROM after GROUP BY {KEY}
    HAVING bool_or(value = '') OR count(*) FILTER (WHERE campaign_rows > 0) > 30
), folded AS (
    SELECT {KEY}, CASE WHEN is_many THEN '' ELSE value END AS value, bool_or(has_changed) AS has_changed,
           {", ".join(f"sum({name}) AS {name}" for name in KEPT)}
    FROM after LEFT JOIN many USING ({KEY})
    GROUP BY 1, 2, 3, 4
    HAVING sum(campaign_rows) > 0
), gone AS (
    DELETE FROM segment_days USING (
        SELECT {KEY}, value FROM after EXCEPT SELECT {KEY}, value FROM folded
    ) AS left_out
    WHERE (segment_days.date, segment_days.channel, segment_days.attribute, segment_days.value)
        = (left_out.date, left_out.channel, left_out.attribute, left_out.value)
)
INSERT INTO segment_days ({KEY}, value, {", ".join(KEPT)})
SELECT {KEY}, value, {", ".join(KEPT)} FROM folded WHERE has_changed
ON CONFLICT ({KEY}, value) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in KEPT)}
"""  # noqa: S608 - names of this file only

SELECT = "SELECT date, channel, attributes"
ADDED = f"{SELECT}, 1 AS campaign_rows, {', '.join(SUMS)} FROM added"
REMOVED = f"{SELECT}, -1 AS campaign_rows, {', '.join(f'-{name} AS {name}' for name in SUMS)} FROM removed"

# One writer at a time, since the result of a statement depends on the rows of earlier ones. The statement
# is planned at each execution: a plan made for one row is very slow for a million. Sorting is disabled:
# the planner expects 100 attributes per row, and would avoid the faster hashing for its memory.
FUNCTION = f"""
CREATE FUNCTION demetra_count_segment_days() RETURNS trigger LANGUAGE plpgsql
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

# Triggers fire in the order of their names: these come before `count_inserted` and so on, so that each
# writer waits for the lock before it locks a row of campaign_days.
TRIGGERS = {
    "count_by_attribute_inserted": "AFTER INSERT ON campaigns REFERENCING NEW TABLE AS added",
    "count_by_attribute_updated": (
        "AFTER UPDATE ON campaigns REFERENCING OLD TABLE AS removed NEW TABLE AS added"
    ),
    "count_by_attribute_deleted": "AFTER DELETE ON campaigns REFERENCING OLD TABLE AS removed",
    "count_by_attribute_truncated": "AFTER TRUNCATE ON campaigns",
}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE campaigns"
        " ADD CONSTRAINT ck_campaigns_date CHECK (date BETWEEN '1990-01-01' AND '2099-12-31'),"
        " ADD CONSTRAINT ck_campaigns_finite CHECK ('NaN' NOT IN (conversions, cost, revenue))"
    )
    op.create_index("ix_campaigns_sample", "campaigns", ["channel", sa.text("hashint8(id)")])
    op.create_table(
        "segment_days",
        sa.Column("date", sa.Date, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("channel", "attribute", "value")),
        sa.Column("campaign_rows", sa.BigInteger, nullable=False),
        *(sa.Column(n, sa.Numeric(38, 0 if n in COUNTS else 4), nullable=False) for n in SUMS),
        sa.PrimaryKeyConstraint("date", "channel", "attribute", "value", name="pk_segment_days"),
        comment="Sums of campaigns by day, channel and attribute value, '' for more than 30 values together;"
        " kept by triggers on campaigns, whoever writes there.",
    )
    op.execute(SEGMENT_DAYS % ADDED.replace("FROM added", "FROM campaigns"))
    op.execute(FUNCTION)
    for name, event in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {event} FOR EACH STATEMENT EXECUTE FUNCTION demetra_count_segment_days()"
        )


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON campaigns")
    op.execute("DROP FUNCTION demetra_count_segment_days")
    op.drop_table("segment_days")
    op.drop_index("ix_campaigns_sample", "campaigns")
    op.execute("ALTER TABLE campaigns DROP CONSTRAINT ck_campaigns_date, DROP CONSTRAINT ck_campaigns_finite")
