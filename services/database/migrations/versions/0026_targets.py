"""Budgets and goals of months."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("set_at", TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("set_by", sa.Text),
        sa.PrimaryKeyConstraint("month", "channel", "measure", name="pk_targets"),
        comment="Budgets (spend) and goals of months, by their first day; channel '' is the whole account.",
    )


def downgrade() -> None:
    op.drop_table("targets")
