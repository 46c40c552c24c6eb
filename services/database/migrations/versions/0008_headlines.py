"""The sentence of a chart in every language, written when the chart is made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ml_charts", sa.Column("headline", JSONB))


def downgrade() -> None:
    op.drop_column("ml_charts", "headline")
