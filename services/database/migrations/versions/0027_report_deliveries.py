"""Scheduled reports: which slots were sent, and who sends one now."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "report_deliveries",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slot", TIME, nullable=False),
        sa.Column("schedule", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("leased_until", TIME),
        sa.Column("next_at", TIME),
        sa.Column("run_id", sa.BigInteger),
        sa.Column("finished_at", TIME),
        sa.Column("error_text", JSONB),
        sa.PrimaryKeyConstraint("name", "slot", name="pk_report_deliveries"),
        comment="Scheduled reports: one row for each slot that was sent or tried.",
    )


def downgrade() -> None:
    op.drop_table("report_deliveries")
