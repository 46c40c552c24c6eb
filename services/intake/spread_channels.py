"""The channels with rows of weeks or months, which were spread over their days."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from services.intake.grain import Grain

# Only the imports that said so are looked at: a search in all campaign rows would delay each sync.
_SPREAD = """
SELECT campaigns.channel, max(campaigns.grain) FROM imports
JOIN campaigns ON campaigns.import_id = imports.id AND campaigns.grain <> 'day'
WHERE imports.undone_at IS NULL
    AND jsonb_path_exists(imports.report, '$.en.remarks[*].code ? (@ starts with "spread_")')
GROUP BY campaigns.channel
"""


def spread_channels(connection: sa.Connection) -> dict[str, Grain]:
    """Return the channels with imported rows of weeks or months, and of which."""
    rows = connection.execute(sa.text(_SPREAD)).all()
    return {channel: cast("Grain", grain) for channel, grain in rows}
