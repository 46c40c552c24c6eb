"""High-water marks: the largest value of a column that was read, from which the next fetch goes on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Mark = date | datetime | int


def mark_of(text: str) -> Mark:
    """Return the mark that a text stands for: a date, a time, or a whole number; raise ValueError."""
    if text.lstrip("-").isdigit():
        return int(text)
    return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)


def as_mark(value: Any) -> Mark | None:
    """Return a value of the database as a mark, None if it has no usable type."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else None
    if isinstance(value, date | int):  # times are dates, too
        return value
    if isinstance(value, str):
        try:
            return mark_of(value)
        except ValueError:
            return None
    return None


def since(mark: Mark, overlap: timedelta) -> Mark:
    """Return the value of `:since` for a mark: dates and times go back by `overlap`, to the start of a day.

    A whole day is read once more, since an import replaces the days that its file covers.
    """
    if isinstance(mark, datetime):
        return datetime.combine((mark - overlap).date(), time(), mark.tzinfo)
    return mark - timedelta(days=-(-overlap // timedelta(days=1))) if isinstance(mark, date) else mark


def larger(one: Mark | None, other: Mark) -> Mark:
    """Return the larger of two marks; the second where they cannot be compared."""
    try:
        return other if one is None or other > one else one  # type: ignore[operator]
    except TypeError:
        return other
