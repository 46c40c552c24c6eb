"""The channels with rows of weeks or months, which were spread over their days."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from services.intake.grain import Grain

# Only the imports that said so are looked at: a search in all campaign rows would delay each sync.
# Two queries, since on Citus the rows of `campaigns` are elsewhere than `imports`.
_IMPORTS = """
SELECT id FROM imports
WHERE undone_at IS NULL AND jsonb_path_exists(report, '$.en.remarks[*].code ? (@ starts with "spread_")')
"""
_CHANNELS = """
SELECT channel, max(grain) FROM campaigns WHERE import_id = ANY(:imports) AND grain <> 'day' GROUP BY channel
"""


def spread_channels(connection: sa.Connection) -> dict[str, Grain]:
    """Return the channels with imported rows of weeks or months, and of which."""
    imports = list(connection.scalars(sa.text(_IMPORTS)))
    if not imports:
        return {}
    rows = connection.execute(sa.text(_CHANNELS), {"imports": imports}).all()
    return {channel: cast("Grain", grain) for channel, grain in rows}
