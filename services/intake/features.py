"""Typical features of each channel's campaign rows, for a team's own model: medians and modes.

Triggers cannot maintain a median. So features are computed from at most 5,000 rows of a channel: a
reproducible random sample, the first ones by a hash of their ids, which has an index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from services.database.tables import campaign_days, campaigns
from services.intake.columns import ALIASES, ATTRIBUTES

MOST_ROWS = 5_000
"""Size of the sample of a channel's rows: the error of a median is then below one percentile."""

_NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"


def _sampled_rows() -> sa.CTE:
    named = sa.select(campaign_days.c.channel).distinct().subquery("named")
    some = (
        sa.select(campaigns)
        .where(campaigns.c.channel == named.c.channel)
        .order_by(sa.func.hashint8(campaigns.c.id))
        .limit(MOST_ROWS)
        .lateral("some")
    )
    return sa.select(some).select_from(named.join(some, sa.true())).cte("sampled")


_ROWS = _sampled_rows()
_COST = sa.cast(_ROWS.c.cost, sa.Double)
_REVENUE = sa.cast(_ROWS.c.revenue, sa.Double)
_CONVERSIONS = sa.cast(_ROWS.c.conversions, sa.Double)
_CLICKS = sa.cast(_ROWS.c.clicks, sa.Double)
_IMPRESSIONS = sa.cast(_ROWS.c.impressions, sa.Double)
_COMPUTED: Mapping[str, sa.ColumnElement[Any]] = {
    "impressions": _IMPRESSIONS,
    "clicks": _CLICKS,
    "conversions": _CONVERSIONS,
    "cost": _COST,
    "revenue": _REVENUE,
    "ctr": _CLICKS / sa.func.nullif(_IMPRESSIONS, 0.0),
    "conversion_rate": _CONVERSIONS / sa.func.nullif(_CLICKS, 0.0),
    "roi": (_REVENUE - _COST) / sa.func.nullif(_COST, 0.0),
    "roas": _REVENUE / sa.func.nullif(_COST, 0.0),
    "cpa": _COST / sa.func.nullif(_CONVERSIONS, 0.0),
    "cost_per_conversion": _COST / sa.func.nullif(_CONVERSIONS, 0.0),
    "cpc": _COST / sa.func.nullif(_CLICKS, 0.0),
    "cpm": 1000.0 * _COST / sa.func.nullif(_IMPRESSIONS, 0.0),
}


def channel_features(connection: sa.Connection, names: Sequence[str]) -> pd.DataFrame:
    """Return one row per channel (index: channel, sorted) with a column for each of `names`.

    A measure or ratio is the channel's median. An attribute is the median if all of its values are numbers,
    otherwise the most frequent value. The feature "channel" is the channel's name. Names are recognised as by
    the importer, without case, spaces and underscores: `Acquisition_Cost` is the cost of a campaign row, as
    in files with that column. An unknown name gives a column of NaN. Without campaign rows there are no rows.
    """
    attributes = _attribute_keys(connection)
    columns: list[sa.ColumnElement[Any]] = []
    for place, name in enumerate(names):
        columns += _aggregates(place, name, attributes)
    statement = sa.select(_ROWS.c.channel, *columns).group_by(_ROWS.c.channel)
    rows = pd.DataFrame(connection.execute(statement.order_by(_ROWS.c.channel)).mappings().all())
    if rows.empty:
        return pd.DataFrame(columns=list(names))
    index = pd.Index(rows["channel"], name="channel")
    values = {name: _values(rows, place).to_numpy() for place, name in enumerate(names)}
    return pd.DataFrame(values, index=index)


def _aggregates(place: int, name: str, attributes: Mapping[str, str]) -> list[sa.ColumnElement[Any]]:
    """Return the SQL aggregates for a feature; their labels contain its `place`."""
    key = _key(name)
    field = next((str(field) for field, aliases in ALIASES.items() if key in aliases), "")
    if field == "channel":
        return [sa.func.min(_ROWS.c.channel).label(f"word_{place}")]
    if field in _COMPUTED:
        return [_median(_COMPUTED[field]).label(f"number_{place}")]
    attribute = attributes.get(_key(ATTRIBUTES.get(key, ""))) or attributes.get(key)
    if attribute is None:
        return []
    text = _ROWS.c.attributes[attribute].astext
    is_number = text.regexp_match(_NUMBER)
    number = sa.case((is_number, sa.cast(text, sa.Double)))
    return [
        _median(number).label(f"number_{place}"),
        sa.func.mode().within_group(text).label(f"word_{place}"),
        sa.func.bool_and(is_number).label(f"numeric_{place}"),
    ]


def _values(rows: pd.DataFrame, place: int) -> pd.Series[Any]:
    """Return the feature of each channel: numbers, texts, or NaN where it is unknown.

    A column of NaN only has the dtype object, which encoders of texts and of numbers both accept.
    """
    number, word, numeric = (f"{kind}_{place}" for kind in ("number", "word", "numeric"))
    if word in rows and (number not in rows or not rows[numeric].dropna().all()):
        return rows[word].astype(object).where(rows[word].notna(), float("nan"))
    if number not in rows or rows[number].isna().all():
        return pd.Series(float("nan"), index=rows.index, dtype=object)
    return rows[number].astype(float)


def _median(values: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.percentile_cont(0.5).within_group(values)


def _attribute_keys(connection: sa.Connection) -> dict[str, str]:
    """Return the names of the rows' attributes, by these names without case, spaces and underscores."""
    key = sa.func.jsonb_object_keys(_ROWS.c.attributes).label("key")
    found = connection.scalars(sa.select(key).distinct()).all()
    return {_key(name): name for name in sorted(found, reverse=True)}


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
