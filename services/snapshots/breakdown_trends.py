"""The trends of the rows of a breakdown: one figure of each, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.database.tables import snapshot_parts
from services.periods import DateRange
from services.snapshots.breakdown_sums import BY_CAMPAIGN, Asked, figure_of
from services.snapshots.day_sums import stored_days
from services.snapshots.part_sums import Place, numbered_places, step_sums
from services.snapshots.parts import COUNTS, MONEY_UNITS, SUMS
from services.views import ADDITIVE_FIGURES

_STEPS = ((1, 31), (7, 371))
_LONGEST_STEP = 28

_S = snapshot_parts.c


def step_days(period: DateRange) -> int:
    """Return the length of the steps: a day, a week or four weeks, so that a trend has at most 53 of them.

    It is a line in a cell of a table, and each step costs as many reads as there are channels. Beyond
    four years there are more.
    """
    return next((days for days, most in _STEPS if period.days <= most), _LONGEST_STEP)


def steps_of(period: DateRange, days: int) -> list[DateRange]:
    """Return the steps of so many days that end with the period, the first one first."""
    count = period.days // days
    lasts = (period.last - timedelta(days=days * back) for back in reversed(range(count)))
    return [DateRange(last - timedelta(days=days - 1), last) for last in lasts]


def trends(
    asked: Asked, steps: Sequence[DateRange], listed: Sequence[Mapping[str, Any]]
) -> list[tuple[float | None, ...]]:
    """Return the figure of the order in each step, for each row of the page."""
    figure = asked.question.sort
    missing = 0.0 if figure in ADDITIVE_FIGURES else None
    found = [[missing] * len(steps) for _ in listed]
    if listed and steps:
        for row in asked.days.connection.execute(_trend_rows(asked, steps, listed)):
            for step, value in zip(row.steps, row.figures, strict=True):
                found[row.row][step] = value
    return [tuple(trend) for trend in found]


def _trend_rows(
    asked: Asked, steps: Sequence[DateRange], listed: Sequence[Mapping[str, Any]]
) -> sa.Select[*tuple[Any, ...]]:
    """Return the figure of the order, a row for each of the page: row (from 0 on), steps, figures."""
    days = _days_of_rows(asked, steps, listed).subquery("of_rows")
    sums = sa.select(days.c.row, days.c.step, *asked.recording.sums(days.c)).group_by(days.c.row, days.c.step)
    s = sums.subquery("of_steps").c
    value = figure_of(asked.recording, s, "", asked.question.sort)
    return sa.select(
        s.row, sa.func.array_agg(s.step).label("steps"), sa.func.array_agg(value).label("figures")
    ).group_by(s.row)


def _days_of_rows(
    asked: Asked, steps: Sequence[DateRange], listed: Sequence[Mapping[str, Any]]
) -> sa.Select[Any]:
    """Return the sums of the steps, with the number of their row.

    Columns: row, step, channel, recorded, `SUMS`.
    """
    numbers = {(row["channel"], row["key"]): number for number, row in enumerate(listed)}
    if asked.dimension is None:
        return _stored_steps(asked, steps, {channel or "": n for (channel, _), n in numbers.items()})
    at = _places_of_rows(asked, numbers)
    table = numbered_places(at)
    found = step_sums(asked.run_id, asked.dimension, steps, at).subquery("found")
    same = sa.and_(table.c.channel == found.c.channel, table.c.position == found.c.position)
    columns = (found.c[name] for name in ("step", "channel", "recorded", *SUMS))
    return sa.select(table.c.row, *columns).join_from(found, table, same)


def _places_of_rows(asked: Asked, numbers: Mapping[tuple[str | None, str], int]) -> dict[Place, int]:
    """Return the places that belong to each row of the page."""
    if asked.question.by == BY_CAMPAIGN:
        return {(channel or "", int(key)): number for (channel, key), number in numbers.items()}
    if asked.places is not None:
        by_channel = {channel: number for (channel, _), number in numbers.items()}
        return {place: by_channel.get(place[0], by_channel.get(None, -1)) for place in asked.places}
    of_values = sa.select(_S.channel, _S.position, _S.value).where(
        _S.dimension == asked.dimension,
        _S.value.in_([key for _, key in numbers]),
        _S.channel.in_(asked.days.asked_channels),
    )
    rows = asked.days.connection.execute(of_values)
    return {(row.channel, row.position): numbers[None, row.value] for row in rows}


def _stored_steps(asked: Asked, steps: Sequence[DateRange], numbers: Mapping[str, int]) -> sa.Select[Any]:
    d = stored_days(asked.run_id).c
    step = ((d.date - steps[0].first) // steps[0].days).label("step")
    number = sa.case(numbers, value=d.channel).label("row")
    units = {name: d[name] if name in COUNTS else d[name] * MONEY_UNITS for name in SUMS}
    sums = (sa.cast(units[name], sa.Double).label(name) for name in SUMS)
    return sa.select(number, step, d.channel, d.recorded, *sums).where(
        d.channel.in_(list(numbers)), d.date.between(steps[0].first, steps[-1].last)
    )
