"""The values of `campaigns.source` that are no names of sources, and the lock of those who write rows."""

from __future__ import annotations

import sqlalchemy as sa

EARLIER = "import"
"""`source` of rows that were imported by versions before sources were told apart."""

SAMPLE = "demo"
"""`source` of sample rows."""


def lock(connection: sa.Connection) -> None:
    """Lock `campaigns` against other writers until the transaction ends; readers are not blocked."""
    connection.execute(sa.text("LOCK TABLE campaigns IN SHARE ROW EXCLUSIVE MODE"))
