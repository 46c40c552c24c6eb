"""Charts in the size in which the page shows them, in addition to the full-size ones."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ml_charts", sa.Column("preview", sa.LargeBinary))


def downgrade() -> None:
    op.drop_column("ml_charts", "preview")
