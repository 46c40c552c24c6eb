"""Campaign days for other programs: one consistent read, in blocks, of the view `demetra_campaign_days`.

The view is part of the contract in docs/warehouse.md, so the columns of an export are those that it has.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date

import sqlalchemy as sa

BLOCK_ROWS = 2000
IDLE_SECONDS = 60
"""A client that does not read for so long loses its export; the server ends the transaction."""

COLUMNS = (
    "date",
    "account",
    "channel",
    "campaign",
    "grain",
    "impressions",
    "clicks",
    "conversions",
    "cost",
    "revenue",
    "currency",
    "campaign_rows",
    "is_sample",
    "imported_at",
)
TEXTS = tuple(COLUMNS.index(name) for name in ("account", "channel", "campaign", "grain", "currency"))
"""The places of the columns with names, which come from imported files."""

_NUMBERS = frozenset({"impressions", "clicks", "conversions", "cost", "revenue"})
_DAYS = sa.table("demetra_campaign_days", *(sa.column(name) for name in COLUMNS))

Block = Sequence[Sequence[str | None]]


def campaign_days(
    connection: sa.Connection, first: date | None, last: date | None, channel: str | None
) -> Generator[Block]:
    """Yield blocks of rows with the values of `COLUMNS` as texts, ordered by account, channel, day, campaign.

    Numbers are exact, without trailing zeros; times are in UTC. The database writes them, which takes a third
    of the time.

    `first` and `last` are included; None does not limit. All rows are those of one moment: they come from
    one statement, and are read from the server block by block.
    """
    connection.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
    c = _DAYS.c
    query = sa.select(*map(_as_text, _DAYS.c)).order_by(c.account, c.channel, c.date, c.campaign, c.grain)
    if first is not None:
        query = query.where(c.date >= first)
    if last is not None:
        query = query.where(c.date <= last)
    if channel is not None:
        query = query.where(c.channel == channel)
    with connection.execution_options(stream_results=True, yield_per=BLOCK_ROWS).execute(query) as found:
        yield from (list(map(tuple, rows)) for rows in found.partitions())


def _as_text(column: sa.ColumnElement[object]) -> sa.ColumnElement[str]:
    """Return the SQL that writes a column of the view."""
    if column.key in _NUMBERS:
        return sa.cast(sa.func.trim_scale(column), sa.Text)
    if column.key == "imported_at":
        return sa.func.to_char(sa.func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    return sa.cast(column, sa.Text)
