"""What syncs saw of the newest days, and which days of a snapshot are still coming in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_reports",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("seen_on", sa.Date, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("conversions", "revenue", "clicks", "cost")),
        sa.Column("seen_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("channel", "date", "seen_on", name="pk_day_reports"),
        sa.CheckConstraint("seen_on >= date", name="ck_day_reports_age"),
        comment="What syncs saw of the newest days of each channel, where it changed; outlives their runs.",
    )
    op.create_table(
        "incomplete_days",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("conversions", "revenue")),
        sa.Column("is_left_out", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "channel", "date", name="pk_incomplete_days"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_runs.id"], name="fk_incomplete_days_run_id_sync_runs", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "state IN ('coming_in', 'not_learned', 'not_over')", name="ck_incomplete_days_state"
        ),
        comment="The newest days of a snapshot that are not complete: the shares that have come in.",
    )


def downgrade() -> None:
    op.drop_table("incomplete_days")
    op.drop_table("day_reports")
