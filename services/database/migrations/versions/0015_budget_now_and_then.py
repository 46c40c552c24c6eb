"""Budget recommendations: ROI and the next thousand now and then, and what the whole plan brings."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "ml_budget_rec"
RATIOS = ("roi_now", "roi_then")
AMOUNTS = ("next_1000_now", "next_1000_then", "plan_effect_p10", "plan_effect_p50", "plan_effect_p90")
COUNTS = ("period_days", "data_days")


def upgrade() -> None:
    for name in RATIOS:
        op.add_column(TABLE, sa.Column(name, sa.Double))
    for name in AMOUNTS:
        op.add_column(TABLE, sa.Column(name, sa.Numeric(18, 4)))
    for name in COUNTS:
        op.add_column(TABLE, sa.Column(name, sa.Integer))


def downgrade() -> None:
    for name in (*RATIOS, *AMOUNTS, *COUNTS):
        op.drop_column(TABLE, name)
