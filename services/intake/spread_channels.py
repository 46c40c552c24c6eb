"""Which channels have stored rows of weeks or months, spread over their days, and which have rows of days."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import sqlalchemy as sa

from services.intake.grain import Grain
from services.intake.sources import SAMPLE

# Only the imports that said so are looked at: a search in all campaign rows would delay each sync.
# Two queries, since on Citus the rows of `campaigns` are elsewhere than `imports`.
_IMPORTS = """
SELECT id FROM imports
WHERE undone_at IS NULL AND jsonb_path_exists(report, '$.en.remarks[*].code ? (@ starts with "spread_")')
"""
_CHANNELS = """
SELECT channel, max(grain) FROM campaigns WHERE import_id = ANY(:imports) AND grain <> 'day' GROUP BY channel
"""
_DAYS_IN_WEEKS = """
SELECT count(*), count(DISTINCT date_trunc('week', date)) FROM (
    SELECT DISTINCT date FROM campaigns
    WHERE channel = ANY(:channels) AND grain = 'day' AND source <> :sample ORDER BY date DESC LIMIT 60
) AS days
"""
_DAILY = 2
"""With more days in a week than this, the rows of a channel are those of days."""


def has_daily_rows(connection: sa.Connection, channels: Collection[str]) -> bool:
    """Return whether channels have stored rows of single days, beside those of the sample."""
    values = {"channels": sorted(channels), "sample": SAMPLE}
    days, weeks = connection.execute(sa.text(_DAYS_IN_WEEKS), values).one()
    return bool(days > _DAILY * weeks)


def spread_channels(connection: sa.Connection) -> dict[str, Grain]:
    """Return the channels with imported rows of weeks or months, and of which."""
    imports = list(connection.scalars(sa.text(_IMPORTS)))
    if not imports:
        return {}
    rows = connection.execute(sa.text(_CHANNELS), {"imports": imports}).all()
    return {channel: cast("Grain", grain) for channel, grain in rows}
