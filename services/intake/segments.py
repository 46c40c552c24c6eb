"""Sums by audience, region, device ..., for the recommendations on segments.

They are queried from `segment_days`, which triggers update when rows are written. So the cost depends on the
numbers of channels, days and values, not on that of campaign rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.database.tables import campaign_days, segment_days

SEGMENT_DAYS = 90
MOST_VALUES = 30
"""An attribute with more values gives no segments; `segment_days` then sums them under the value ''."""

_MEASURES = ("impressions", "clicks", "conversions", "cost", "revenue")
_PAIRS = (
    ("revenue", "cost"),
    ("cost", "revenue"),
    ("conversions", "clicks"),
    ("clicks", "conversions"),
)
_SUMS = (*_MEASURES, *(f"{name}_with_{other}" for name, other in _PAIRS))
SEGMENT_COLUMNS = ("channel", "attribute", "value", *_SUMS)


def recent_segments() -> sa.Select[Any]:
    """Return the statement for the sums of the last 90 days of data, with the columns `SEGMENT_COLUMNS`.

    It selects only attributes with 2 to 30 values: others give no usable segments. A sum is NULL where no row
    records the figure; the columns with two names are sums over the rows that record both.
    """
    d = segment_days.c
    newest = sa.select(sa.func.max(campaign_days.c.date)).scalar_subquery()
    by_value = (
        sa.select(
            d.channel,
            d.attribute,
            d.value,
            *(sa.func.sum(d[name]).label(name) for name in _MEASURES),
            *(
                sa.func.sum(d[name]).filter(d[other].is_not(None)).label(f"{name}_with_{other}")
                for name, other in _PAIRS
            ),
        )
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
    """Return the rows of `recent_segments` as a frame with the columns `SEGMENT_COLUMNS`.

    The sums are floats; rows are sorted by channel, attribute and value.
    """
    frame = pd.DataFrame(rows, columns=list(SEGMENT_COLUMNS)).astype(dict.fromkeys(_SUMS, float))
    return frame.sort_values(["channel", "attribute", "value"], ignore_index=True)
