"""Ticks of a date axis: their days, and their labels in the user's language.

Month names do not come from the machine's locales, because the user's language may be missing there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from services.charts import style
from services.charts.typeface import width
from services.text import NO_BREAK_SPACE, Lang

MONTHS: dict[Lang, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
_DAY_STEPS = (1, 2, 4, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_GAP, _OVERHANG = 0.15, 0.1  # between two labels, and beyond the axis, in inches
_NARROWEST = 0.3  # of all labels, in inches


@dataclass(frozen=True, slots=True)
class Mark:
    """A tick of a date axis."""

    day: date
    label: str


def marks(first: date, last: date, wide: float, lang: Lang) -> list[Mark]:
    """Return as many ticks as fit on an axis of `wide` inches from `first` to `last`, at least one."""
    scale = wide / ((last - first).days + 1)
    most = int(wide / _NARROWEST) + 1
    fitting = [
        _fitting(candidates, first, last, scale)
        for candidates in _candidates(first, last, lang)
        if len(candidates) <= most
    ]
    middle = first + (last - first) // 2
    one = next((found for found in fitting if found), [Mark(middle, day_label(middle, lang))])
    return next((found for found in fitting if len(found) > 1), one)


def day_label(day: date, lang: Lang, *, with_year: bool = False) -> str:
    """Format a day as `3 Nov` or «3 ноя», with its year on request."""
    year = f"{NO_BREAK_SPACE}{day.year}" if with_year else ""
    return f"{day.day}{NO_BREAK_SPACE}{MONTHS[lang][day.month - 1]}{year}"


def _candidates(first: date, last: date, lang: Lang) -> Iterator[list[Mark]]:
    for step in _DAY_STEPS:
        yield [Mark(day, day_label(day, lang)) for day in _days(first, last, step)]
    for step in _MONTH_STEPS:
        yield [Mark(day, _month_label(day, lang)) for day in _months(first, last, step)]


def _fitting(candidates: list[Mark], first: date, last: date, scale: float) -> list[Mark]:
    """Return the ticks with labels inside the axis, or none if these labels would touch."""
    end = ((last - first).days + 1) * scale
    inside = []
    for mark in candidates:
        place, half = ((mark.day - first).days + 0.5) * scale, _width(mark) / 2
        if place - half >= -_OVERHANG and place + half <= end + _OVERHANG:
            inside.append(mark)
    gaps = ((b.day - a.day).days * scale - (_width(a) + _width(b)) / 2 for a, b in pairwise(inside))
    return inside if all(gap >= _GAP for gap in gaps) else []


def _width(mark: Mark) -> float:
    return width(mark.label, style.SMALL_SIZE)


def _days(first: date, last: date, step: int) -> Iterator[date]:
    for offset in range(0, (last - first).days + 1, step):
        yield first + timedelta(days=offset)


def _months(first: date, last: date, step: int) -> Iterator[date]:
    """Yield the first days of every `step`-th month, counted from January of year 0."""
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        start = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and start >= first:
            yield start


def _month_label(day: date, lang: Lang) -> str:
    """Return the name of a month, and the year for January, so that each year is labelled at its start."""
    return str(day.year) if day.month == 1 else MONTHS[lang][day.month - 1]
