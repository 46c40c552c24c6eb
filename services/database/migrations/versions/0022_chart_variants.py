"""Charts in further languages and themes, and which of them are in demand."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chart_variants",
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("preview", sa.LargeBinary),
        sa.ForeignKeyConstraint(["run_id"], ["sync_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "slug", "lang", "theme", name="pk_chart_variants"),
        comment="The charts of a run in further languages and themes; ml_charts has the usual one of each.",
    )
    op.create_table(
        "chart_demand",
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lang", "theme", name="pk_chart_demand"),
        comment="The languages and themes in which pages show charts, and when one last did.",
    )


def downgrade() -> None:
    op.drop_table("chart_demand")
    op.drop_table("chart_variants")
