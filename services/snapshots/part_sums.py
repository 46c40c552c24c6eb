"""Reading of the sums by campaign or attribute value that `parts` keeps: of periods and of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import TextualSelect
from sqlalchemy.dialects.postgresql import ARRAY

from services.database.tables import snapshot_part_days
from services.periods import DateRange
from services.snapshots.day_sums import MEASURES
from services.snapshots.parts import SUMS

Place = tuple[str, int]
"""A part: its channel, and its position in the arrays of that channel."""

_P = snapshot_part_days.c
_KINDS: Mapping[str, type[sa.types.TypeEngine[Any]]] = {
    "run": sa.BigInteger,
    "dimension": sa.Text,
    "channel": sa.Text,
    "day": sa.Date,
    "last": sa.Date,
}
_END = f"""end_{{n}} AS (
    SELECT channel, recorded, {", ".join(SUMS)} FROM snapshot_part_days
    WHERE dimension = :dimension AND date <= :day_{{n}} AND until BETWEEN :day_{{n}} AND :last_{{n}}
        AND first_run <= :run_id AND (last_run IS NULL OR last_run >= :run_id)
        AND (CAST(:channel AS text) IS NULL OR channel = :channel)
)"""  # noqa: S608


def period_sums(
    run_id: int, dimension: str, periods: Mapping[str, DateRange], channel: str | None = None
) -> TextualSelect:
    """Return the sums of each part of a snapshot's dimension over some periods, which have names.

    Columns: channel, position, recorded, and for each period and sum NAME_SUM, in the units of `parts`; NULL
    where the rows of `recorded` do not record it, and all but `campaign_rows` where the part has no rows in
    the period. Parts without rows in any of the periods are left out.
    """
    ends = _ends(periods)
    days = {f"day_{n}": day for n, day in enumerate(ends)}
    last = {f"last_{n}": date(day.year, 12, 31) for n, day in enumerate(ends)}
    values: dict[str, object] = {"run_id": run_id, "dimension": dimension, "channel": channel, **days, **last}
    binds = [sa.bindparam(name, value, _KINDS[name.split("_")[0]]) for name, value in values.items()]
    sums = (sa.column(f"{name}_{sum_}", sa.Double) for name in periods for sum_ in SUMS)
    keys = (
        sa.column("channel", sa.Text),
        sa.column("position", sa.Integer),
        sa.column("recorded", sa.Integer),
    )
    weights = {name: [weight[name] for weight in ends.values()] for name in periods}
    return sa.text(_period_statement(weights)).bindparams(*binds).columns(*keys, *sums)


def _period_statement(weights: Mapping[str, Sequence[int]]) -> str:
    """Return the statement of `period_sums`: how often each period adds the sums of each end.

    It is text, because SQLAlchemy would compile an expression of that size for a tenth of a second. The
    arrays of the ends stand side by side in one row of a channel and are unnested in step: parts need no sum
    over rows. The rows of an end lie within its year, so little of the index is read.
    """
    ends = range(len(next(iter(weights.values()))))
    lengths = ", ".join(f"cardinality(end_{n}.campaign_rows)" for n in ends)
    unnested = ", ".join(f"unnest(end_{n}.{sum_}) AS {sum_}_{n}" for n in ends for sum_ in SUMS)
    joins = " ".join(f"LEFT JOIN end_{n} USING (channel, recorded)" for n in ends)
    added = ", ".join(_added(name, sum_, of) for name, of in weights.items() for sum_ in SUMS)
    found = ", ".join(_known(name, sum_) for name in weights for sum_ in SUMS)
    return f"""
        WITH {", ".join(_END.format(n=n) for n in ends)},
        keys AS ({" UNION ".join(f"SELECT channel, recorded FROM end_{n}" for n in ends)}),
        ends AS (
            SELECT channel, recorded, generate_series(1, greatest({lengths})) AS position, {unnested}
            FROM keys {joins}
        ),
        added AS (SELECT channel, position, recorded, {added} FROM ends)
        SELECT channel, position, recorded, {found} FROM added
        WHERE {" OR ".join(f"{name}_campaign_rows > 0" for name in weights)}
    """  # noqa: S608


def _added(period: str, sum_: str, weights: Sequence[int]) -> str:
    terms = (f"{weight} * coalesce({sum_}_{n}, 0)" for n, weight in enumerate(weights) if weight)
    return f"{' + '.join(terms)} AS {period}_{sum_}"


def _known(period: str, sum_: str) -> str:
    name = f"{period}_{sum_}"
    if sum_ not in MEASURES:
        return name
    bit = 2 ** MEASURES.index(sum_)
    return f"CASE WHEN {period}_campaign_rows > 0 AND recorded & {bit} > 0 THEN {name} END AS {name}"


def step_sums(
    run_id: int, dimension: str, steps: Sequence[DateRange], places: Iterable[Place]
) -> sa.Select[Any]:
    """Return the sums of some parts over steps.

    Columns: channel, position, recorded, step (from 0 on) and `SUMS`, as of `period_sums`.
    """
    ends = [(day, n, weight) for n, step in enumerate(steps) for day, weight in _signed(step).items()]
    columns = ("day", "step", "weight")
    weights = _table(
        "e",
        [dict(zip(columns, end, strict=True)) for end in ends],
        day=sa.Date,
        step=sa.Integer,
        weight=sa.Integer,
    )
    e, u = (
        weights.c,
        _at_places(run_id, dimension, sorted({end[0] for end in ends}), places).subquery("ends").c,
    )
    keys = (u.channel, u.position, u.recorded, e.step)
    return (
        sa.select(*keys, *(sa.func.sum(u[name] * e.weight).label(name) for name in SUMS))
        .where(u.day == e.day, u.campaign_rows.is_not(None))
        .group_by(*keys)
    )


def _at_places(run_id: int, dimension: str, days: Sequence[date], places: Iterable[Place]) -> sa.Select[Any]:
    """Return the sums of some parts from 1 January to each of the days.

    Columns: day, channel, position, recorded and `SUMS`. Each array is read once, whatever the places.
    """
    e, p = _table("d", [{"day": day} for day in days], day=sa.Date), place_table(places)
    rows = (
        sa.select(e.c.day, _P.channel, _P.recorded, *_in_memory())
        .join_from(e, snapshot_part_days, sa.and_(_P.date <= e.c.day, _P.until >= e.c.day))
        .where(_P.dimension == dimension, _P.until <= _end_of_year(e.c.day), *in_run(run_id))
        .where(_P.channel.in_(sa.select(p.c.channel)))
        .offset(0)
        .subquery("rows")
    )
    r = rows.c
    at = (r[name][p.c.position].label(name) for name in SUMS)
    return (
        sa.select(r.day, r.channel, p.c.position, r.recorded, *at)
        .join_from(rows, p, p.c.channel == r.channel)
        .offset(0)
    )


def _end_of_year(day: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.func.date_trunc("year", day) + sa.text("interval '1 year - 1 day'"), sa.Date)


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
