"""Where a date axis gets its marks, and what they say in the reader's language.

Month names do not come from the machine's locale, which may not have the reader's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.text import NO_BREAK_SPACE, Lang

MONTHS: dict[Lang, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 600)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked day of an axis."""

    day: date
    label: str


def marks(first: date, last: date, most: int, lang: Lang) -> list[Mark]:
    """Return at most `most` (two or more) marks between two days, evenly spaced where possible."""
    by_day = (list(_days(first, last, step)) for step in _DAY_STEPS)
    by_month = (list(_months(first, last, step)) for step in _MONTH_STEPS)
    found = next((days for days in by_day if len(days) <= most), None)
    if found is not None:
        return [Mark(day, day_label(day, lang)) for day in found]
    found = next((months for months in by_month if len(months) <= most), [])
    if len(found) > 1:
        return [Mark(day, _month_label(day, lang)) for day in found]
    return [Mark(day, day_label(day, lang)) for day in (first, last)]


def day_label(day: date, lang: Lang, *, with_year: bool = False) -> str:
    """Write a day as `3 Nov` or «3 ноя», with its year on request."""
    year = f"{NO_BREAK_SPACE}{day.year}" if with_year else ""
    return f"{day.day}{NO_BREAK_SPACE}{MONTHS[lang][day.month - 1]}{year}"


def _days(first: date, last: date, step: int) -> Iterator[date]:
    for offset in range(0, (last - first).days + 1, step):
        yield first + timedelta(days=offset)


def _months(first: date, last: date, step: int) -> Iterator[date]:
    """Yield the first days of every `step`-th month, counted from January of year 0."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    for month in months:
        start = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and start >= first:
            yield start


def _month_label(day: date, lang: Lang) -> str:
    name = MONTHS[lang][day.month - 1]
    return f"{name}\n{day.year}" if day.month == 1 else name
