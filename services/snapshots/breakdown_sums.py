"""The statement that ranks the rows of a breakdown: sums of two periods by campaign, channel or value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.base import WriteableColumnCollection

from services.database.tables import snapshot_parts
from services.periods import DateRange
from services.snapshots.day_sums import (
    BROUGHT,
    RATIOS,
    SPENT,
    Columns,
    Recording,
    SnapshotDays,
    pair_label,
    stored_days,
)
from services.snapshots.part_sums import Place, period_sums, place_table
from services.snapshots.parts import COUNTS, MONEY_UNITS, SUMS
from services.views import ADDITIVE_FIGURES, BreakdownFigure, BreakdownQuestion

BY_CAMPAIGN, BY_CHANNEL = "campaign", "channel"
NOW, THEN = "now", "then"
_PART, _REST, _TOGETHER = range(3)
_ROI = "roi"

_S = snapshot_parts.c


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what it takes to answer it.

    `periods` are `NOW` and, with a comparison, `THEN`. `dimension` is that of the sums to read, None for
    those of channels. `places` are the only parts that count, None for all.
    """

    days: SnapshotDays
    question: BreakdownQuestion
    periods: Mapping[str, DateRange]
    dimension: str | None
    places: tuple[Place, ...] | None

    @property
    def recording(self) -> Recording:
        """What the days of the snapshot record."""
        return self.days.recording

    @property
    def run_id(self) -> int:
        """The run of the snapshot."""
        return self.days.snapshot.run_id

    @property
    def is_by_value(self) -> bool:
        """True for values of an attribute, of which those of several channels are summed up."""
        return self.question.by not in (BY_CAMPAIGN, BY_CHANNEL)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell rows of the answer apart."""
        return ("kind", "key") if self.is_by_value else ("kind", "channel", "key")


def ranked_rows(asked: Asked) -> sa.CompoundSelect[Any]:
    """Return the statement for the rows of the answer, those of the page in their order.

    Columns: what, parts (the number of rows that are summed up), listed (how many of them can be listed),
    place, channel, key, and for each period PERIOD_NAME for the sums of `Recording`. `what` is "row" for a
    row of the page, "others" for those that are elsewhere, "unnamed" for campaign rows without a name or a
    value, "together" for values that are not kept apart.
    """
    rows = _compared(asked).cte("compared")
    is_listed = _is_listed(asked, rows.c)
    here = _here(asked, rows, is_listed).cte("here")
    c, sums = rows.c, [column for column in rows.c if column.name not in asked.keys]
    listed = sa.select(
        sa.literal("row").label("what"),
        sa.literal(1).label("parts"),
        sa.literal(1).label("listed"),
        here.c.place,
        (sa.cast(sa.null(), sa.Text) if asked.is_by_value else here.c.channel).label("channel"),
        sa.cast(here.c.key, sa.Text).label("key"),
        *(here.c[column.name] for column in sums),
    )
    what = sa.case({_REST: "unnamed", _TOGETHER: "together"}, value=c.kind, else_="others")
    number = sa.func.count().filter(is_listed)
    nothing = (sa.cast(sa.null(), kind) for kind in (sa.BigInteger, sa.Text, sa.Text))
    same = sa.and_(*(here.c[key] == c[key] for key in asked.keys))
    elsewhere = (
        sa.select(what, sa.func.count(), number, *nothing, *map(_summed, sums))
        .join_from(rows, here, same, isouter=True)
        .where(here.c.place.is_(None))
        .group_by(what)
    )
    return sa.union_all(listed, elsewhere).order_by("place")


def _summed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return (sa.func.bit_and if column.name.endswith("_recorded") else sa.func.sum)(column)


def _here(asked: Asked, rows: sa.CTE, is_listed: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the rows of the page with their places; only these are sorted completely."""
    question = asked.question
    page = (
        sa.select(rows)
        .where(is_listed)
        .order_by(*_order(asked, rows.c))
        .limit(question.limit)
        .offset(question.offset)
        .subquery("page")
    )
    number = sa.func.row_number().over(order_by=_order(asked, page.c))
    return sa.select(page, (number + question.offset).label("place"))


def _is_listed(asked: Asked, c: Columns) -> sa.ColumnElement[bool]:
    return sa.and_(c.kind == _PART, _matches(asked, c))


def _compared(asked: Asked) -> sa.Select[Any]:
    """Return the sums of both periods as `Recording` has them, a row for each of the keys of the answer."""
    f = _facts(asked).subquery("facts").c
    keys = [f[key] for key in asked.keys]
    sums = (
        sum_.label(f"{name}_{sum_.name}")
        for name in asked.periods
        for sum_ in asked.recording.sums(_of_period(f, name))
    )
    has_rows = (f[f"{name}_campaign_rows"] > 0 for name in asked.periods)
    return sa.select(*keys, *sums).where(sa.or_(*has_rows)).group_by(*keys)


def _of_period(f: Columns, name: str) -> Columns:
    """Return the columns of one period as `Recording` needs them; rows without that period record nothing."""
    recorded = sa.case((f[f"{name}_campaign_rows"] > 0, f.recorded))
    sums = ((sum_, f[f"{name}_{sum_}"]) for sum_ in SUMS)
    return WriteableColumnCollection([("channel", f.channel), ("recorded", recorded), *sums]).as_readonly()


def _facts(asked: Asked) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """Return the sums of both periods by part, channel and what is recorded.

    Columns: kind, channel, key (a position or a value), recorded, and PERIOD_SUM in the units of `parts`.
    """
    channel = asked.question.selection.channel
    if asked.dimension is None:
        stored = _stored(asked).subquery("stored").c
        return _keyed(stored, sa.literal(_PART), sa.literal(""))
    parts = period_sums(asked.run_id, asked.dimension, asked.periods, channel).cte("parts")
    p = parts.c
    if asked.places is not None:
        key = p.position if asked.question.by == BY_CAMPAIGN else sa.literal(asked.question.value or "")
        return _keyed(p, sa.literal(_PART), key).where(_is_at(p, p.position, asked.places))
    if not asked.is_by_value:
        return sa.union_all(_keyed(p, sa.literal(_PART), p.position), _rest(asked, parts, sa.literal(0)))
    of_part = sa.and_(_S.channel == p.channel, _S.dimension == asked.dimension, _S.position == p.position)
    kind = sa.case((_S.value == "", _TOGETHER), else_=_PART)
    by_value = _keyed(p, kind, _S.value).join_from(parts, snapshot_parts, of_part)
    return sa.union_all(by_value, _rest(asked, parts, sa.literal("")))


def _keyed(c: Columns, kind: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> sa.Select[Any]:
    sums = (column for column in c if column.name not in ("channel", "position", "recorded"))
    return sa.select(kind.label("kind"), c.channel, key.label("key"), c.recorded, *sums)


def _stored(asked: Asked) -> sa.Select[Any]:
    """Return the sums of both periods over the days of the snapshot, in the units of `parts`.

    Columns: channel, recorded, PERIOD_SUM.
    """
    d = stored_days(asked.run_id, asked.question.selection.channel).c

    def summed(name: str, period: DateRange, sum_: str) -> sa.ColumnElement[Any]:
        column = d[sum_] if sum_ in COUNTS else MONEY_UNITS * d[sum_]
        in_period = sa.func.sum(column).filter(d.date.between(period.first, period.last))
        of_period = sa.func.coalesce(in_period, 0) if sum_ == "campaign_rows" else in_period
        return sa.cast(of_period, sa.Double).label(f"{name}_{sum_}")

    sums = (summed(name, period, sum_) for name, period in asked.periods.items() for sum_ in SUMS)
    in_any = sa.or_(*(d.date.between(period.first, period.last) for period in asked.periods.values()))
    return sa.select(d.channel, d.recorded, *sums).where(in_any).group_by(d.channel, d.recorded)


def _rest(asked: Asked, parts: sa.CTE, key: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return what the days of the snapshot have beyond the sums of its parts."""
    stored, p = _stored(asked).subquery("stored"), parts.c
    names = [f"{name}_{sum_}" for name in asked.periods for sum_ in SUMS]
    by_channel = (
        sa.select(p.channel, p.recorded, *(sa.func.sum(p[name]).label(name) for name in names))
        .group_by(p.channel, p.recorded)
        .subquery("of_parts")
    )
    s, of = stored.c, by_channel.c
    same = sa.and_(of.channel == s.channel, of.recorded == s.recorded)
    left = ((s[name] - sa.func.coalesce(of[name], 0)).label(name) for name in names)
    return sa.select(sa.literal(_REST), s.channel, key, s.recorded, *left).join_from(
        stored, by_channel, same, isouter=True
    )


def _order(asked: Asked, c: Columns) -> tuple[sa.ColumnElement[Any], ...]:
    """Return the order of the rows; those without the figure come last.

    Without a comparison, the order by a change is that by the figure.
    """
    question = asked.question
    now, then = (
        figure_of(asked.recording, c, f"{name}_", question.sort) if name in asked.periods else None
        for name in (NOW, THEN)
    )
    assert now is not None
    wanted: sa.ColumnElement[Any] = now
    if question.by_change and then is not None:
        wanted = _or_zero(now, question.sort) - _or_zero(then, question.sort)
    spend = sa.func.coalesce(c[f"{NOW}_cost"], 0).desc()
    wanted = (wanted.asc() if question.ascending else wanted.desc()).nulls_last()
    return (wanted, spend, *(c[key] for key in asked.keys))


def _or_zero(value: sa.ColumnElement[Any], figure: BreakdownFigure) -> sa.ColumnElement[Any]:
    """Return a figure of a part that may have no rows in the period."""
    return sa.func.coalesce(value, 0) if figure in ADDITIVE_FIGURES else value


def figure_of(
    recording: Recording, c: Columns, prefix: str, figure: BreakdownFigure
) -> sa.ColumnElement[Any]:
    """Return a figure of rows with the sums of `Recording`, in its own units, as `Totals` has it."""
    name = "cost" if figure == "spend" else figure
    if name not in RATIOS:
        return _amount(c, prefix, name)
    above, below = RATIOS[name]
    if name == _ROI and f"{prefix}{BROUGHT}" in c:
        top, bottom = c[f"{prefix}{BROUGHT}"], c[f"{prefix}{SPENT}"]
    elif {above, below} & recording.unrecorded:
        return sa.cast(sa.null(), sa.Double)
    else:
        top, bottom = (_amount(c, prefix, *pair) for pair in ((above, below), (below, above)))
    return (top - bottom if name == _ROI else top) / sa.func.nullif(bottom, 0)


def _amount(c: Columns, prefix: str, name: str, other: str = "") -> sa.ColumnElement[Any]:
    """Return a sum in its own units, over the rows that record the `other` one as well."""
    label = f"{prefix}{pair_label(name, other)}"
    column = c[label] if other and label in c else c[f"{prefix}{name}"]
    return column if name in COUNTS else column / MONEY_UNITS


def _matches(asked: Asked, c: Columns) -> sa.ColumnElement[bool]:
    """Return the condition for rows whose names contain the text that is searched for, in any case.

    The names are compared here: PostgreSQL's own rules for case depend on how the database was created.
    """
    if asked.question.search is None:
        return sa.true()
    text = asked.question.search.casefold()
    if asked.question.by == BY_CHANNEL:
        return c.channel.in_([name for name in asked.days.asked_channels if text in name.casefold()])
    names = sa.select(_S.channel, _S.position, _S.value, _S.name).where(_S.dimension == asked.dimension)
    found = [
        row
        for row in asked.days.connection.execute(names)
        if text in row.value.casefold() or (row.name and text in row.name.casefold())
    ]
    if asked.is_by_value:
        return c.key.in_(sorted({row.value for row in found}))
    return _is_at(c, c.key, [(row.channel, row.position) for row in found])


def _is_at(c: Columns, position: sa.ColumnElement[Any], places: Iterable[Place]) -> sa.ColumnElement[bool]:
    wanted = place_table(places).c
    return sa.tuple_(c.channel, position).in_(sa.select(wanted.channel, wanted.position))
