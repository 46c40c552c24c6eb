"""Runs that find nothing new: a change marker per write to campaigns, and the fingerprint of a run."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# One row per writing transaction, so that writers do not block each other here.
FUNCTION = """
CREATE FUNCTION demetra_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_changes (transaction_id) VALUES (pg_current_xact_id()::text::bigint)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
TRIGGER = (
    "CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON campaigns"
    " FOR EACH STATEMENT EXECUTE FUNCTION demetra_note_change()"
)
SNAPSHOT_INDEX = "ix_sync_runs_snapshot"


def upgrade() -> None:
    op.create_table(
        "campaign_changes",
        sa.Column("transaction_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", name="pk_campaign_changes"),
        comment="Transactions that wrote to campaigns since the last snapshot; a trigger notes them.",
    )
    op.execute(FUNCTION)
    op.execute(TRIGGER)
    for name in ("redraw", "no_new_data"):
        column = sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column("sync_runs", column)
    op.add_column("sync_runs", sa.Column("fingerprint", sa.Text))
    _index_snapshots("state = 'succeeded' AND NOT no_new_data")


def downgrade() -> None:
    op.execute("DELETE FROM sync_runs WHERE no_new_data")
    _index_snapshots("state = 'succeeded'")
    for name in ("fingerprint", "no_new_data", "redraw"):
        op.drop_column("sync_runs", name)
    op.execute("DROP TRIGGER note_change ON campaigns")
    op.execute("DROP FUNCTION demetra_note_change")
    op.drop_table("campaign_changes")


def _index_snapshots(condition: str) -> None:
    op.drop_index(SNAPSHOT_INDEX, "sync_runs")
    op.create_index(SNAPSHOT_INDEX, "sync_runs", [sa.text("id DESC")], postgresql_where=sa.text(condition))
