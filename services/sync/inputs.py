"""What a run computes from, stored with it, so that two runs can be compared by their causes.

A fingerprint says that something differs; this record says what.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from services.database.tables import channel_rules, imports, rates
from services.sync import fingerprint
from services.sync.options import SyncOptions

# How long a run may take, where its files are and how its charts are drawn change no figure. The prices
# are recorded one by one.
_NOT_COMPARED = {"model_file", "deadline_seconds", "chart_dir", "chart_dpi", "retention_rows", "trust_pickle"}
_NOT_COMPARED |= {"pricing"}


def record(connection: sa.Connection, options: SyncOptions) -> dict[str, Any]:
    """Return the inputs of a run as JSON values.

    newest_import: the id of the newest import, which with all before it is in the data; undone: the number of
    undone imports; rules, rates: digests of the channel rules and the exchange rates; settings: by name;
    code: a digest of the code and libraries that compute. Call it before the campaigns are read: an import in
    between counts for the next run.
    """
    columns = channel_rules.c.id, channel_rules.c.kind, channel_rules.c.channel, channel_rules.c.target
    return {
        "newest_import": connection.scalar(sa.select(sa.func.max(imports.c.id))),
        "undone": connection.scalar(sa.select(sa.func.count(imports.c.undone_at))),
        "rules": _digest(connection, channel_rules, *columns, channel_rules.c.pattern),
        "rates": _digest(connection, rates, *rates.primary_key, rates.c.rate),
        "settings": settings_of(options),
        "code": fingerprint.code(),
    }


def settings_of(options: SyncOptions) -> dict[str, str]:
    """Return the settings that change figures, as texts by their names."""
    own = [(options, field) for field in fields(options) if field.name not in _NOT_COMPARED]
    of_worth = [(options.pricing, field) for field in fields(options.pricing)]
    return {field.name: _text(getattr(of, field.name)) for of, field in (*own, *of_worth)}


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def _digest(connection: sa.Connection, table: sa.Table, *columns: sa.ColumnElement[Any]) -> str | None:
    """Return a digest of all rows of a table in the order of its key; None without rows."""
    row = sa.func.concat_ws("|", *columns)
    ordered = sa.func.string_agg(row, aggregate_order_by(sa.literal("\n"), *table.primary_key))
    return connection.scalar(sa.select(sa.func.md5(ordered)).select_from(table))
