"""Figures of snapshots by campaign and attribute value, and markers of the days that changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")

# On campaign_days and not on campaigns: it has few rows, and each write to campaigns changes some of them.
# One row per writing transaction, so that writers do not block each other.
FUNCTION = """
CREATE FUNCTION demetra_note_changed_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changed_days AS c (channel, year, transaction_id, first)
    SELECT channel, date_trunc('year', date)::date, pg_current_xact_id()::text::bigint, min(date)
    FROM changed GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (channel, year, transaction_id) DO UPDATE SET first = least(c.first, excluded.first);
    RETURN NULL;
END
$$
"""
TRIGGERS = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}


def upgrade() -> None:
    _changed_days()
    _parts()
    # A run reads the campaigns of the days that changed.
    op.create_index("ix_campaigns_channel_date", "campaigns", ["channel", "date"])


def downgrade() -> None:
    op.drop_index("ix_campaigns_channel_date", "campaigns")
    op.drop_table("snapshot_part_days")
    op.drop_table("snapshot_parts")
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER note_{name}_days ON campaign_days")
    op.execute("DROP FUNCTION demetra_note_changed_days")
    op.drop_table("changed_days")


def _changed_days() -> None:
    op.create_table(
        "changed_days",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("year", sa.Date, nullable=False),
        sa.Column("transaction_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("channel", "year", "transaction_id", name="pk_changed_days"),
        comment="The first day of each year that transactions changed since the last snapshot, by channel;"
        " triggers on campaign_days note them.",
    )
    op.execute(FUNCTION)
    for name, event in TRIGGERS.items():
        table = "OLD TABLE" if event == "DELETE" else "NEW TABLE"
        op.execute(
            f"CREATE TRIGGER note_{name}_days AFTER {event} ON campaign_days REFERENCING {table} AS changed"
            " FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_changed_days()"
        )
    op.execute(
        "INSERT INTO changed_days SELECT channel, date_trunc('year', date)::date, 0, min(date)"
        " FROM campaign_days GROUP BY 1, 2"
    )


def _parts() -> None:
    op.create_table(
        "snapshot_parts",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("channel", "dimension", "value")),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("named_on", sa.Date),
        sa.PrimaryKeyConstraint("channel", "dimension", "value", name="pk_snapshot_parts"),
        sa.UniqueConstraint(
            "channel", "dimension", "position", name="uq_snapshot_parts_channel_dimension_position"
        ),
        comment="The campaigns (dimension '') and attribute values of snapshots, and the position of each in"
        " the arrays of snapshot_part_days.",
    )
    op.create_table(
        "snapshot_part_days",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("channel", "dimension")),
        sa.Column("recorded", sa.SmallInteger, nullable=False),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("date", "until")),
        sa.Column("first_run", sa.BigInteger, nullable=False),
        sa.Column("last_run", sa.BigInteger),
        *(sa.Column(name, ARRAY(sa.Double), nullable=False) for name in ("campaign_rows", *SUMS)),
        sa.PrimaryKeyConstraint(
            "channel", "dimension", "recorded", "date", "first_run", name="pk_snapshot_part_days"
        ),
        comment="Sums of campaigns from 1 January to a day, by campaign or attribute value, and the runs"
        " whose snapshots they belong to. Conversions and money are in ten-thousandths.",
    )
    op.create_index(
        "ix_snapshot_part_days_until",
        "snapshot_part_days",
        ["dimension", "until", "date", "channel", "first_run", "last_run"],
    )
    for name in ("campaign_rows", *SUMS):  # a compressed array takes much longer to read
        op.execute(f"ALTER TABLE snapshot_part_days ALTER {name} SET STORAGE EXTERNAL")
