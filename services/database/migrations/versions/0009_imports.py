"""Imports: their history, their rows, and the rows that they replaced."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(18, 4)
SUM = sa.Numeric(38, 4)
TIME = TIMESTAMP(timezone=True)
NAME = "uq_campaigns_{}".format
OLD_KEY = ("source", "campaign_id", "channel", "date", "attributes_hash")
KEY = ("source", "channel", "date", "campaign_id", "attributes_hash")
ROWS = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
SUMS = ("cost_before", "cost_after", "revenue_before", "revenue_after")


def upgrade() -> None:
    # Defaults are constants, so no row is written again.
    op.execute(
        "ALTER TABLE campaigns ADD import_id bigint, ADD grain text NOT NULL DEFAULT 'day',"
        " ADD currency text, ADD details jsonb,"
        " ADD CONSTRAINT ck_campaigns_grain CHECK (grain IN ('day', 'week', 'month'))"
    )
    _change_key(OLD_KEY, KEY)
    op.create_index("ix_campaigns_import_id", "campaigns", ["import_id"], postgresql_using="brin")
    _imports()
    _replaced_campaigns()


def downgrade() -> None:
    op.drop_table("replaced_campaigns")
    op.drop_table("imports")
    op.drop_index("ix_campaigns_import_id", "campaigns")
    _change_key(KEY, OLD_KEY)
    op.drop_constraint("ck_campaigns_grain", "campaigns")
    for name in ("details", "currency", "grain", "import_id"):
        op.drop_column("campaigns", name)


def _change_key(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    op.drop_constraint(NAME("_".join(old)), "campaigns")
    op.create_unique_constraint(NAME("_".join(new)), "campaigns", list(new))


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("file_name", "file_hash", "layout", "source")),
        sa.Column("channels", JSONB, nullable=False),
        sa.Column("mapping", JSONB),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("imported_by", sa.Text),
        sa.Column("imported_at", TIME, nullable=False, server_default=sa.func.now()),
        *(sa.Column(f"rows_{n}", sa.BigInteger, nullable=False) for n in ROWS),
        *(sa.Column(n, sa.Date, nullable=False) for n in ("date_from", "date_to")),
        *(sa.Column(n, SUM) for n in SUMS),
        *(sa.Column(n, JSONB, nullable=False) for n in ("covers", "report")),
        *(sa.Column(n, TIME) for n in ("pruned_at", "undone_at")),
        sa.Column("undone_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.CheckConstraint("mode IN ('replace', 'append')", name="ck_imports_mode"),
        comment="Imports of campaign files: what each read, changed and covers.",
    )


def _replaced_campaigns() -> None:
    op.create_table(
        "replaced_campaigns",
        sa.Column("replaced_by", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("source", "campaign_id")),
        sa.Column("date", sa.Date, nullable=False),
        *(sa.Column(n, sa.BigInteger) for n in ("impressions", "clicks")),
        *(sa.Column(n, MONEY) for n in ("conversions", "cost", "revenue")),
        sa.Column("attributes", JSONB, nullable=False),
        sa.Column("imported_at", TIME),
        sa.Column("import_id", sa.BigInteger),
        *(sa.Column(n, sa.Text) for n in ("grain", "currency")),
        sa.Column("details", JSONB),
        sa.PrimaryKeyConstraint("replaced_by", "channel", "id", name="pk_replaced_campaigns"),
        comment="Rows of campaigns that an import replaced or removed, as they were, until they are pruned.",
    )
