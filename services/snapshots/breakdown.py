"""The figures of a period by campaign, channel or attribute value, from one snapshot.

What is listed, all others and the rows without a name add up to the figures of the Overview, to the cent: the
last ones are the difference of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import Any

import sqlalchemy as sa

from services.database.tables import snapshot_part_days, snapshot_parts
from services.errors import CombinationError, UnansweredError, UnknownValueError
from services.periods import DateRange
from services.snapshots import store
from services.snapshots.breakdown_sums import BY_CAMPAIGN, BY_CHANNEL, NOW, THEN, Asked, ranked_rows
from services.snapshots.breakdown_trends import step_days, steps_of, trends
from services.snapshots.day_sums import RATIOS, SnapshotDays, days_of, recorded_part
from services.snapshots.overview import asked_days
from services.snapshots.part_sums import Place, in_run, place_table
from services.snapshots.parts import CAMPAIGN, COUNTS, MONEY_UNITS
from services.views import (
    ADDITIVE_FIGURES,
    BREAKDOWN_FIGURES,
    Breakdown,
    BreakdownFigure,
    BreakdownQuestion,
    BreakdownRow,
    Change,
    Dimension,
    Totals,
)

_S = snapshot_parts.c
_Row = Mapping[str, Any]


def dimensions(connection: sa.Connection, run_id: int | None = None) -> tuple[Dimension, ...]:
    """Return what the figures of a snapshot can be divided by, with the number of values of each.

    Raises `NoSnapshotError` before the first snapshot, `UnknownRunError` for a run without one.
    """
    snapshot = store.find(connection, run_id)
    channels = days_of(connection, snapshot).channels
    found = connection.execute(_counted_values(snapshot.run_id))
    named = [Dimension(row.dimension or BY_CAMPAIGN, row.number, row.has_more) for row in found]
    return (Dimension(BY_CHANNEL, len(channels)), *named)


def _counted_values(run_id: int) -> sa.Select[Any]:
    """Return the statement for the values of each dimension of a snapshot: those of the ends of its years.

    Columns: dimension, number, has_more. A campaign is one of a channel; an attribute's value is of all.
    """
    d = snapshot_part_days.c
    at_ends = (
        sa.select(
            d.channel,
            d.dimension,
            sa.func.generate_series(1, sa.func.cardinality(d.campaign_rows)).label("position"),
            sa.func.unnest(d.campaign_rows).label("campaign_rows"),
        )
        .where(*in_run(run_id), d.until + 1 == sa.cast(sa.func.date_trunc("year", d.until + 1), sa.Date))
        .subquery("at_ends")
    )
    e = at_ends.c
    of_part = sa.and_(
        _S.channel == e.channel, _S.dimension == e.dimension, _S.position == e.position, e.campaign_rows > 0
    )
    name = sa.case((e.dimension == CAMPAIGN, sa.func.concat(e.channel, "\n", _S.value)), else_=_S.value)
    return (
        sa.select(
            e.dimension,
            sa.func.count(name.distinct()).filter(_S.value != "").label("number"),
            sa.func.bool_or(_S.value == "").label("has_more"),
        )
        .join_from(at_ends, snapshot_parts, of_part)
        .group_by(e.dimension)
        .order_by(e.dimension)
    )


def breakdown(connection: sa.Connection, question: BreakdownQuestion, run_id: int | None = None) -> Breakdown:
    """Return the figures of a period by campaign, channel or attribute value, against its comparison.

    Raises as `overview` does, `UnansweredError` for a question to which no sums are kept, and
    `UnknownValueError` for a campaign or attribute value that the data do not have.
    """
    connection.execute(sa.text("SET LOCAL jit = off"))  # compiling takes longer than the statements
    snapshot = store.find(connection, run_id)
    period, before = asked_days(snapshot, question.selection)
    found = days_of(connection, snapshot, question.selection.channel)
    asked = _asked(found, question, {NOW: period, **({THEN: before} if before else {})})
    rows: list[_Row] = [dict(row._mapping) for row in connection.execute(ranked_rows(asked))]
    listed = [row for row in rows if row["what"] == "row"]
    total = _row(asked, _added(rows))
    whole = _changes(total)
    others = {row["what"]: _with_shares(_row(asked, row), whole) for row in rows if row["what"] != "row"}
    step = step_days(period)
    steps = steps_of(period, step)
    series = trends(asked, steps, listed) if question.has_trends else [()] * len(listed)
    return Breakdown(
        snapshot=snapshot,
        question=question,
        date_from=period.first,
        date_to=period.last,
        previous_from=before.first if before else None,
        previous_to=before.last if before else None,
        step_days=step,
        steps=tuple(one.first for one in steps),
        count=sum(row["listed"] for row in rows),
        total=_with_shares(total, whole),
        rows=tuple(
            _with_shares(replace(row, trend=trend), whole)
            for row, trend in zip(_named(asked, listed), series, strict=True)
        ),
        others=others.get("others"),
        unnamed=others.get("unnamed"),
        together=others.get("together"),
    )


def _asked(days: SnapshotDays, question: BreakdownQuestion, periods: Mapping[str, DateRange]) -> Asked:
    """Return the question with what answers it; raises `UnansweredError` and `UnknownValueError`."""
    kept = _kept_dimensions(days.connection, days.snapshot.run_id)
    known = [BY_CHANNEL, *(name or BY_CAMPAIGN for name in sorted(kept))]
    filters = {
        BY_CAMPAIGN: question.campaign,
        **({question.dimension: question.value} if question.dimension else {}),
    }
    filters = {name: value for name, value in filters.items() if value is not None}
    for parameter, name in (("by", question.by), *(("dimension", name) for name in filters)):
        if name not in known:
            raise UnansweredError(parameter=parameter, value=name[:80], known=", ".join(known))
    divided = sorted({question.by, *filters} - {BY_CHANNEL})
    if len(divided) > 1:
        raise CombinationError(parameter="by", value=question.by[:80], names=", ".join(divided))
    if not divided:
        return Asked(days, question, periods, dimension=None, places=None)
    dimension = CAMPAIGN if divided[0] == BY_CAMPAIGN else divided[0]
    value = filters.get(divided[0])
    places = None if value is None else places_of(days, dimension, value)
    return Asked(days, question, periods, dimension, places)


def places_of(days: SnapshotDays, dimension: str, value: str) -> tuple[Place, ...]:
    """Return the places of a campaign or attribute value in the channels; raises `UnknownValueError`."""
    of_value = sa.select(_S.channel, _S.position).where(
        _S.dimension == dimension, _S.value == value, _S.channel.in_(days.asked_channels)
    )
    places = tuple((row.channel, row.position) for row in days.connection.execute(of_value))
    if not places:
        name = "campaign" if dimension == CAMPAIGN else "value"
        raise UnknownValueError(parameter=name, value=value[:80])
    return places


def _kept_dimensions(connection: sa.Connection, run_id: int) -> set[str]:
    """Return the dimensions of which a snapshot has sums; that of campaigns is ''."""
    known = sa.select(_S.dimension).distinct().subquery("known")
    d = snapshot_part_days.c
    of_run = sa.select(d.first_run).where(d.dimension == known.c.dimension, *in_run(run_id)).limit(1)
    has_rows = of_run.lateral("of_run")
    return set(connection.scalars(sa.select(known.c.dimension).join_from(known, has_rows, sa.true())))


def _added(rows: Sequence[_Row]) -> _Row:
    """Return the sums of all rows together."""
    names = rows[0].keys() if rows else ()
    sums = {name: _sum(name, [row[name] for row in rows]) for name in names if name.startswith((NOW, THEN))}
    return {"channel": None, "key": None, "parts": sum(row["parts"] for row in rows), **sums}


def _sum(name: str, values: Sequence[Any]) -> Any:
    known = [value for value in values if value is not None]
    if name.endswith("_recorded"):
        return reduce(and_, known) if known else None
    return sum(known) if known else None


def _named(asked: Asked, listed: Sequence[Mapping[str, Any]]) -> list[BreakdownRow]:
    """Return the rows of the page; a campaign has its newest name."""
    rows = [_row(asked, row) for row in listed]
    if asked.question.by == BY_CHANNEL:
        return [replace(row, key=row.channel, name=row.channel) for row in rows]
    if asked.is_by_value:
        return [replace(row, channel=None, name=row.key) for row in rows]
    names = _campaigns_at(asked, [(row.channel or "", int(row.key or 0)) for row in rows])
    return [
        replace(row, key=value, name=name or value) for row, (value, name) in zip(rows, names, strict=True)
    ]


def _campaigns_at(asked: Asked, places: Sequence[Place]) -> list[tuple[str, str | None]]:
    """Return the campaign at each of the places, and its name."""
    wanted = place_table(places)
    w = wanted.c
    of_place = sa.and_(_S.channel == w.channel, _S.dimension == CAMPAIGN, _S.position == w.position)
    rows = asked.days.connection.execute(
        sa.select(_S.channel, _S.position, _S.value, _S.name).join_from(wanted, snapshot_parts, of_place)
    )
    found = {(row.channel, row.position): (row.value, row.name) for row in rows}
    return [found[place] for place in places]


def _row(asked: Asked, row: Mapping[str, Any]) -> BreakdownRow:
    """Return a row of `ranked_rows`, with the position or the value as its key."""
    now = _totals(asked, row, NOW)
    then = _totals(asked, row, THEN) if THEN in asked.periods else None
    return BreakdownRow(row["key"], row["key"], row["channel"], row["parts"], now, then)


def _totals(asked: Asked, row: Mapping[str, Any], period: str) -> Totals:
    sums = {
        name.removeprefix(f"{period}_"): value for name, value in row.items() if name.startswith(f"{period}_")
    }
    if not sums:  # neither period has rows
        return asked.recording.nothing()
    return asked.recording.totals({name: _exact(name, value) for name, value in sums.items()})


def _exact(label: str, value: float | int | None) -> Decimal | int | None:
    """Return a sum in its own units; those of what is recorded as well, which has no unit."""
    if value is None or label == "recorded":
        return None if value is None else int(value)
    if label.partition("_with_")[0] in COUNTS:
        return int(value)
    return (Decimal(int(value)) if float(value).is_integer() else Decimal(repr(value))) / MONEY_UNITS


def _changes(row: BreakdownRow) -> dict[str, Any]:
    """Return the changes of the figures of a row; none without a comparison."""
    return {} if row.previous is None else {name: _change(row, name) for name in BREAKDOWN_FIGURES}


def _with_shares(row: BreakdownRow, whole: Mapping[str, Any]) -> BreakdownRow:
    """Return a row with its changes, and their shares of the `whole` changes."""
    changes = _changes(row)
    return replace(
        row,
        changes={
            name: Change(
                changes[name], _share(changes[name], whole[name]) if name in ADDITIVE_FIGURES else None
            )
            for name in (BREAKDOWN_FIGURES if changes else ())
        },
    )


def _share(change: Any, whole: Any) -> float | None:
    return None if change is None or not whole else float(change / whole)


def _change(row: BreakdownRow, figure: BreakdownFigure) -> Any:
    """Return the change of a figure; None where the two periods do not record the same."""
    name = "cost" if figure == "spend" else figure
    sums = [totals for totals in (row.totals, row.previous) if totals is not None]
    states = {recorded_part(one, RATIOS.get(name, (name,))) for one in sums}
    now, then = (getattr(one, name) for one in sums)
    return now - then if states == {"all"} and now is not None and then is not None else None
