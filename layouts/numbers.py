"""Numbers, dates, times and ages in the reader's format.

`services.text` has the formats that charts and reports use as well; this module adds what only the page
needs.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

from layouts.reader import Reader
from services.text import (
    MONTHS,
    NO_BREAK_SPACE,
    Lang,
    Text,
    change,
    change_in_points,
    day,
    large,
    number,
    relative_change,
    span,
)

__all__ = [
    "MONTHS",
    "age",
    "change",
    "change_in_points",
    "clock",
    "day",
    "day_near",
    "duration",
    "in_full",
    "large",
    "relative_change",
    "span",
    "today",
    "whole_seconds",
    "zone",
]

SECONDS = Text(en="s", ru="с")
_AGO = Text(en="{amount} ago", ru="{amount} назад")
_JUST_NOW = Text(en="just now", ru="только что")
_AGES: tuple[tuple[int, Text], ...] = (
    (86_400, Text(en="d", ru="дн.")),
    (3_600, Text(en="h", ru="ч")),
    (60, Text(en="min", ru="мин")),
)


def day_near(value: date, today: date, lang: Lang) -> str:
    """Return `22 Nov`; with its year unless it is the current year."""
    return day(value, lang) if value.year == today.year else span(value, value, lang)


def today(reader: Reader, *, now: datetime) -> date:
    """Return the current day in the reader's time zone."""
    return now.astimezone(ZoneInfo(reader.time_zone)).date()


def clock(moment: datetime, reader: Reader, *, now: datetime, with_seconds: bool = False) -> str:
    """Return the time of day, `14:30` or `14:30:05`; after its day unless that is today."""
    local = moment.astimezone(ZoneInfo(reader.time_zone))
    time = f"{local:%H:%M:%S}" if with_seconds else f"{local:%H:%M}"
    return time if local.date() == today(reader, now=now) else f"{day(local.date(), reader.lang)}, {time}"


def zone(moment: datetime, reader: Reader) -> str:
    """Return the abbreviation of the reader's time zone: `CET`; `UTC+04` for a zone without letters."""
    name = moment.astimezone(ZoneInfo(reader.time_zone)).tzname() or ""
    return name if name[:1].isalpha() else f"UTC{name}"


def in_full(moment: datetime, reader: Reader) -> str:
    """Return a time with date, seconds and zone: `22 Nov 2026, 14:30:05 CET`."""
    local = moment.astimezone(ZoneInfo(reader.time_zone))
    return f"{day(local.date(), reader.lang)} {local.year}, {local:%H:%M:%S} {zone(moment, reader)}"


def age(seconds: float, lang: Lang) -> str:
    """Return how long ago something was: `just now`, `3 min ago`, `2 d ago`."""
    for size, unit in _AGES:
        if seconds >= size:
            return _AGO.format(amount=f"{int(seconds // size)}{NO_BREAK_SPACE}{unit[lang]}")[lang]
    return _JUST_NOW[lang]


def duration(seconds: float, lang: Lang) -> str:
    """Return how long something took: `1.2 s`, `75 s`."""
    return f"{number(seconds, lang, decimals=1 if seconds < 10 else 0)}{NO_BREAK_SPACE}{SECONDS[lang]}"


def whole_seconds(seconds: float, lang: Lang) -> str:
    """Return how long something has lasted: `0 s`, `75 s`."""
    return f"{number(math.floor(seconds), lang)}{NO_BREAK_SPACE}{SECONDS[lang]}"
