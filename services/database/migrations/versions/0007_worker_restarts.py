"""What `demetra run` records about a worker process that ends repeatedly."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_restarts",
        sa.Column("supervisor", sa.Text, nullable=False),
        sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("back_at", TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("supervisor", name="pk_worker_restarts"),
        comment="Worker processes that `demetra run` restarts: how often each ended, and when it is back.",
    )


def downgrade() -> None:
    op.drop_table("worker_restarts")
