"""Sums by audience, region, device ...: what recommendations about segments ask for.

They come from `segment_days`, which PostgreSQL keeps while rows are written. So they cost by channels,
days and values, however many campaign rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.database.tables import campaign_days, segment_days

SEGMENT_DAYS = 90
MOST_VALUES = 30
"""An attribute with more values does not divide a channel; `segment_days` then holds them as one, ''."""

SEGMENT_COLUMNS = ("channel", "attribute", "value", "impressions", "clicks", "conversions", "cost", "revenue")
_SUMS = SEGMENT_COLUMNS[3:]


def recent_segments() -> sa.Select[Any]:
    """Return the statement for the sums of the last 90 days of data, its columns `SEGMENT_COLUMNS`.

    It gives only attributes with 2 to 30 values: others do not divide a channel.
    """
    d = segment_days.c
    newest = sa.select(sa.func.max(campaign_days.c.date)).scalar_subquery()
    by_value = (
        sa.select(d.channel, d.attribute, d.value, *(sa.func.sum(d[name]).label(name) for name in _SUMS))
        .where(d.date > newest - SEGMENT_DAYS)
        .group_by(d.channel, d.attribute, d.value)
        .cte("by_value")
    )
    divides = (
        sa.select(by_value.c.attribute)
        .group_by(by_value.c.attribute)
        .having(
            sa.func.count(by_value.c.value.distinct()).between(2, MOST_VALUES),
            sa.func.min(by_value.c.value) != "",
        )
    )
    return sa.select(by_value).where(by_value.c.attribute.in_(divides))


def segment_frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return such sums as a frame, sorted: texts, and the sums as floats."""
    frame = pd.DataFrame(rows, columns=list(SEGMENT_COLUMNS)).astype(dict.fromkeys(_SUMS, float))
    return frame.sort_values(["channel", "attribute", "value"], ignore_index=True)
