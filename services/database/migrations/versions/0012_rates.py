"""Exchange rates, and the currency of the stored amounts."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rates",
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("rate", sa.Numeric(24, 10), nullable=False),
        sa.Column("is_fixed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("base", "currency", "date", name="pk_rates"),
        sa.CheckConstraint("rate > 0", name="ck_rates_positive"),
        comment="What one unit of a base currency costs in another currency, by day.",
    )
    op.create_table(
        "reporting_currency",
        sa.Column("currency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("currency", name="pk_reporting_currency"),
        comment="The currency of the amounts in campaigns; at most one row.",
    )


def downgrade() -> None:
    op.drop_table("reporting_currency")
    op.drop_table("rates")
