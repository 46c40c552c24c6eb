"""The response curves of each run, for plans by the reader."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_curves",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("curves", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_runs.id"], name="fk_plan_curves_run_id_sync_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", name="pk_plan_curves"),
        comment="The response curves that the plan of a run was decided from, as compressed JSON.",
    )
    # They are compressed already.
    op.execute("ALTER TABLE plan_curves ALTER COLUMN curves SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("plan_curves")
