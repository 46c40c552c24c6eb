"""Sums by audience, region, device ...: what recommendations about segments ask for."""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from services.database.tables import campaigns

MOST_VALUES = 30
LONGEST_VALUE = 60

_SUMS = ("impressions", "clicks", "conversions", "cost", "revenue")


def segment_sums(connection: sa.Connection, since: date) -> pd.DataFrame:
    """Return the sums of the campaign rows from `since` on by channel, attribute and value.

    Columns: channel, attribute, value (text) and impressions, clicks, conversions, cost, revenue
    (floats), sorted. Only attributes with 2 to 30 values: others do not divide a channel.
    """
    c = campaigns.c
    pairs = sa.func.jsonb_each_text(c.attributes).table_valued("key", "value", name="pairs")
    sums = [sa.func.sum(c[name]).label(name) for name in _SUMS]
    by_value = (
        sa.select(c.channel, pairs.c.key.label("attribute"), pairs.c.value.label("value"), *sums)
        .select_from(campaigns.join(pairs, sa.true()))
        .where(c.date >= since, sa.func.length(pairs.c.value) <= LONGEST_VALUE)
        .group_by(c.channel, pairs.c.key, pairs.c.value)
        .cte("by_value")
    )
    divides = (
        sa.select(by_value.c.attribute)
        .group_by(by_value.c.attribute)
        .having(sa.func.count(by_value.c.value.distinct()).between(2, MOST_VALUES))
    )
    ordered = (by_value.c.channel, by_value.c.attribute, by_value.c.value)
    rows = connection.execute(sa.select(by_value).where(by_value.c.attribute.in_(divides)).order_by(*ordered))
    frame = pd.DataFrame(rows.all(), columns=["channel", "attribute", "value", *_SUMS])
    return frame.astype(dict.fromkeys(_SUMS, float))
