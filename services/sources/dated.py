"""Dates in addresses and paths of sources: `{yesterday}`, `{month}`, `{last_month:%m-%Y}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

_DAY, _MONTH = "%Y-%m-%d", "%Y-%m"
# What is inserted on a day, and its form where none is given.
_NAMES: dict[str, tuple[Callable[[date], date], str]] = {
    "today": (lambda day: day, _DAY),
    "yesterday": (lambda day: day - timedelta(days=1), _DAY),
    "month": (lambda day: day.replace(day=1), _MONTH),
    "last_month": (lambda day: (day.replace(day=1) - timedelta(days=1)).replace(day=1), _MONTH),
    "year": (lambda day: day.replace(month=1, day=1), "%Y"),
}
_FIELD = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_FORM = re.compile(r"(?:%[YymdjBbGVUHMS%]|[^%])+")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its dates inserted; `dates` are these alone, for a key in which nothing may be secret."""

    text: str = field(repr=False)
    dates: str


def filled(text: str, day: date) -> Filled:
    """Return a text with the dates of a day inserted."""
    dates: list[str] = []

    def insert(found: re.Match[str]) -> str:
        if found[1] not in _NAMES:
            return found[0]
        moment, form = _NAMES[found[1]]
        dates.append(moment(day).strftime(found[2] or form))
        return dates[-1]

    whole = _FIELD.sub(insert, text)
    return Filled(whole, " ".join(dates))


def check_dates(text: str) -> str | None:
    """Return what a text with dates must be where it is unusable, otherwise None."""
    for name, form in _FIELD.findall(text):
        if name not in _NAMES:
            return "an address in which {...} is one of " + ", ".join(f"{{{one}}}" for one in _NAMES)
        if form and not _FORM.fullmatch(form):
            return "an address with dates such as {yesterday:%Y-%m-%d}"
    return None
