"""Reading of the sums by campaign or attribute value that `parts` keeps: of periods and of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.database.tables import snapshot_part_days
from services.periods import DateRange
from services.snapshots.parts import SUMS

Place = tuple[str, int]
"""A part: its channel, and its position in the arrays of that channel."""

_P = snapshot_part_days.c


def period_sums(
    run_id: int, dimension: str, periods: Mapping[str, DateRange], channel: str | None = None
) -> sa.Select[Any]:
    """Return the sums of each part of a snapshot's dimension over some periods, which have names.

    Columns: channel, position, recorded, and for each period and sum NAME_SUM, in the units of `parts`; NULL
    where the rows of `recorded` do not record it. A part without rows in a period has 0 `campaign_rows`.
    """
    ends = sa.union_all(
        *(_until(run_id, dimension, day, weights, channel) for day, weights in _ends(periods).items())
    ).subquery("ends")
    e = ends.c
    sums = (sa.func.sum(e[sum_] * e[name]).label(f"{name}_{sum_}") for name in periods for sum_ in SUMS)
    return (
        sa.select(e.channel, e.position, e.recorded, *sums)
        .where(e.campaign_rows.is_not(None))
        .group_by(e.channel, e.position, e.recorded)
    )


def step_sums(
    run_id: int, dimension: str, steps: Sequence[DateRange], places: Iterable[Place]
) -> sa.Select[Any]:
    """Return the sums of some parts over steps.

    Columns: channel, position, recorded, step (from 0 on) and `SUMS`, as of `period_sums`.
    """
    ends = [
        {"day": day, "step": number, "weight": weight}
        for number, step in enumerate(steps)
        for day, weight in _signed(step).items()
    ]
    e = _table("e", ends, day=sa.Date, step=sa.Integer, weight=sa.Integer)
    rows = (
        sa.select(_P.channel, _P.recorded, e.c.step, e.c.weight, *_in_memory())
        .join_from(e, snapshot_part_days, sa.and_(_P.date <= e.c.day, _P.until >= e.c.day))
        .where(_P.dimension == dimension, *in_run(run_id))
        .offset(0)
        .subquery("rows")
    )
    p = place_table(places)
    at = {name: rows.c[name][p.c.position] for name in SUMS}
    weight = rows.c.weight
    return (
        sa.select(p.c.channel, p.c.position, rows.c.recorded, rows.c.step)
        .add_columns(*(sa.func.sum(at[name] * weight).label(name) for name in SUMS))
        .join_from(rows, p, p.c.channel == rows.c.channel)
        .where(at["campaign_rows"].is_not(None))
        .group_by(p.c.channel, p.c.position, rows.c.recorded, rows.c.step)
    )


def in_run(run_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for rows of `snapshot_part_days` that belong to the snapshot of a run."""
    return _P.first_run <= run_id, sa.or_(_P.last_run.is_(None), _P.last_run >= run_id)


def _ends(periods: Mapping[str, DateRange]) -> dict[date, dict[str, int]]:
    """Return the days to which sums are needed, and how often each is added for each period (1, 0 or -1)."""
    found: dict[date, dict[str, int]] = {}
    for name, period in periods.items():
        for day, weight in _signed(period).items():
            found.setdefault(day, dict.fromkeys(periods, 0))[name] = weight
    return found


def _signed(period: DateRange) -> dict[date, int]:
    """Return the days whose sums since 1 January give those of a period, and the sign of each."""
    years = range(period.first.year, period.last.year + 1)
    added = [min(period.last, date(year, 12, 31)) for year in years]
    before = period.first - timedelta(days=1)
    taken = {before: -1} if before.year == period.first.year else {}
    return {**dict.fromkeys(added, 1), **taken}


def _until(
    run_id: int, dimension: str, day: date, weights: Mapping[str, int], channel: str | None
) -> sa.Select[Any]:
    """Return the sums of each part from 1 January to a day, a row for each part."""
    positions = sa.func.generate_series(1, sa.func.cardinality(_P.campaign_rows)).label("position")
    return sa.select(
        _P.channel,
        _P.recorded,
        *(sa.literal(weight, sa.Integer).label(name) for name, weight in weights.items()),
        positions,
        *(sa.func.unnest(_P[sum_]).label(sum_) for sum_ in SUMS),
    ).where(
        _P.dimension == dimension,
        _P.date <= day,
        _P.until >= day,
        *in_run(run_id),
        *(() if channel is None else (_P.channel == channel,)),
    )


def _in_memory() -> list[sa.ColumnElement[Any]]:
    """Return the arrays in the form that PostgreSQL makes for a change: each value is found at once.

    An array as it is stored would be read from the beginning for each value. With OFFSET, the subquery is
    computed as it stands, once for each row.
    """
    kind = ARRAY(sa.Double)
    return [
        sa.type_coerce(sa.func.array_append(_P[name], sa.cast(sa.null(), sa.Double)), kind).label(name)
        for name in SUMS
    ]


def place_table(places: Iterable[Place]) -> sa.FromClause:
    """Return places as a table with the columns channel and position."""
    found = [{"channel": channel, "position": position} for channel, position in places]
    return _table("p", found, channel=sa.Text, position=sa.Integer)


def numbered_places(numbers: Mapping[Place, int]) -> sa.FromClause:
    """Return places with a number each as a table with the columns channel, position and row."""
    found = [{"channel": c, "position": p, "row": number} for (c, p), number in numbers.items()]
    return _table("n", found, channel=sa.Text, position=sa.Integer, row=sa.Integer)


def _table(
    name: str, rows: Sequence[Mapping[str, object]], **kinds: type[sa.types.TypeEngine[Any]]
) -> sa.FromClause:
    """Return rows as a table of the statement; one parameter for each column, however many rows there are."""
    arrays = (sa.cast([row[column] for row in rows], ARRAY(kind)) for column, kind in kinds.items())
    columns = (sa.column(column, kind) for column, kind in kinds.items())
    table: sa.FromClause = sa.func.unnest(*arrays).table_valued(*columns, name=name).render_derived()
    return table
