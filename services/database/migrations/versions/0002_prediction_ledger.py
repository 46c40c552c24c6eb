"""The prediction ledger: the forecasts recorded for each day of data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prediction_ledger",
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("mean", "low", "high")),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("made_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("made_on", "channel", "date", "metric", name="pk_prediction_ledger"),
        sa.CheckConstraint("date > made_on", name="ck_prediction_ledger_ahead"),
        comment="Forecasts and their bands as made from data up to made_on; they outlive their run.",
    )


def downgrade() -> None:
    op.drop_table("prediction_ledger")
