"""Rules that rename, merge and split channels, for the rows there and for later imports."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "channel_rules",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_channel_rules"),
        sa.CheckConstraint("kind IN ('rename', 'merge', 'split')", name="ck_channel_rules_kind"),
        sa.CheckConstraint("(kind = 'split') = (pattern IS NOT NULL)", name="ck_channel_rules_pattern"),
        comment="Rules that rename, merge and split channels, in the order in which they are applied.",
    )


def downgrade() -> None:
    op.drop_table("channel_rules")
