"""Sources: their state, their files, what a run fetched, and which source an import came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TIME = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("imports", sa.Column("fetched_from", sa.Text))
    op.add_column("sync_runs", sa.Column("fetched", JSONB))
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("declared", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("is_declared", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("tried_at", TIME),
        sa.Column("succeeded_at", TIME),
        sa.Column("changed_at", TIME),
        sa.Column("failing_since", TIME),
        sa.Column("failures", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", JSONB),
        sa.Column("next_at", TIME),
        sa.Column("is_wanted", sa.Boolean, nullable=False, server_default=sa.false()),
        comment="The declared sources: when each was read, and why not. "
        "A removed one has is_declared = false.",
    )
    op.create_table(
        "source_files",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text),
        sa.Column("import_id", sa.BigInteger),
        sa.Column("error_code", sa.Text),
        sa.Column("error_text", JSONB),
        sa.Column("dealt_with_at", TIME, nullable=False),
        comment="What was fetched of each source: the version of each file, and its import or its refusal.",
    )


def downgrade() -> None:
    op.drop_table("source_files")
    op.drop_table("sources")
    op.drop_column("sync_runs", "fetched")
    op.drop_column("imports", "fetched_from")
