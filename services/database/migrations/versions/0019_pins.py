"""Pinned runs, and what each run was computed from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("sync_runs", sa.Column("inputs", JSONB))
    op.create_table(
        "pins",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("data_from", sa.Date),
        sa.Column("data_to", sa.Date),
        sa.Column("pinned_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.Column("pinned_by", sa.Text),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("archive", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("run_id", name="uq_pins_run_id"),
        comment="Pinned runs with everything that is shown of them; they outlive the rows of their run.",
    )
    op.create_index("uq_pins_name", "pins", [sa.text("lower(name)")], unique=True)
    # The archive is compressed already.
    op.execute("ALTER TABLE pins ALTER COLUMN archive SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("pins")
    op.drop_column("sync_runs", "inputs")
