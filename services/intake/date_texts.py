"""Parsing of one date as people and platforms write it: days, and periods such as weeks and months."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.intake.day_names import MONTHS, UNCLEAR_WEEKDAYS, WEEKDAYS
from services.intake.reasons import (
    DATE_EMPTY,
    DATE_IMPOSSIBLE,
    DATE_OTHER_ORDER,
    DATE_OUT_OF_RANGE,
    DATE_QUARTER,
    DATE_REVERSED,
    DATE_UNREADABLE,
    DATE_WITHOUT_YEAR,
    quoted,
)
from services.text import Text

Order = Literal["year", "day", "month"]

EARLIEST = date(1990, 1, 1)
LATEST = date(2099, 12, 31)
ORDER_NAMES: dict[Order, Text] = {
    "year": Text(en="year first", ru="сначала год"),
    "day": Text(en="day first", ru="сначала день"),
    "month": Text(en="month first", ru="сначала месяц"),
}
YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<mark>[-/.]) ?(?P<month>[0-9]{1,2})(?P=mark) ?(?P<day>[0-9]{1,2})\.?"
    r"|(?P<month2>[0-9]{2})(?P<day2>[0-9]{2}))"
)
YEAR_LAST = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<mark>[-/.]) ?(?P<second>[0-9]{1,2})(?P=mark) ?(?P<year>[0-9]{4}|[0-9]{2})"
)
SERIAL = re.compile(r"(?P<day>3[2-9][0-9]{3}|[4-6][0-9]{4}|7[0-2][0-9]{3})(?:[.,][0-9]{1,12})?")
"""A day as spreadsheet programs count it, from 1990 to 2099; its fraction is the time of day."""

_LONGEST = 80
_FIRST_SERIAL = date(1899, 12, 30)
_EASTERN = re.compile(
    r"(?P<year>[0-9]{4}) ?[年년] ?(?P<month>[0-9]{1,2}) ?[月월](?: ?(?P<day>[0-9]{1,2}) ?[日일])?"
)
_WORDS = re.compile(r"[0-9]+|[^\W\d_]+(?:-feira)?")
_WEEKDAY_NAMES = frozenset(WEEKDAYS) | UNCLEAR_WEEKDAYS
_FILLERS = frozenset(
    {
        "de",
        "del",
        "di",
        "of",
        "the",
        "den",
        "г",
        "года",
        "er",
        "st",
        "nd",
        "rd",
        "th",
        "à",
        "at",
        "um",
        "kl",
        "в",
    }
)
_WEEK = re.compile(
    r"(?P<year>[0-9]{4})[- ]?(?:W|KW)[- ]?(?P<week>[0-9]{1,2})(?:-?(?P<day>[1-7]))?"
    r"|(?:W|KW|week|woche|semaine|semana|settimana|tydzień|неделя|hafta|vecka)[-. ]*(?P<week2>[0-9]{1,2})"
    r"(?:[-/,. ]| of )+(?P<year2>[0-9]{4})",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"(?P<year>[0-9]{4})(?:[-/.](?P<month>[0-9]{1,2})|(?P<month2>[0-9]{2}))"
    r"|(?P<month3>[0-9]{1,2})[-/.](?P<year3>[0-9]{4})"
)
_QUARTER = re.compile(r"(?:[0-9]{4}[- ]?Q[1-4]|Q[1-4][- /]?[0-9]{4})", re.IGNORECASE)
_SHORT = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}\.?")
_RANGE = re.compile(
    r"\s+(?:-|to|bis|au|al|a|до|по|tot|till|do)\s+|\s*[–—~〜～]\s*|(?<=[0-9]{4})-(?=[0-9]{1,2}[/.])"
    r"|(?<=-[0-9]{2})/(?=[0-9]{4}-)|(?<=[0-9]{8})-(?=[0-9]{8})|(?<=[0-9]{4}-[0-9]{2}-[0-9]{2})-(?=[0-9]{4}-)",
    re.IGNORECASE,
)
_HAS_LETTER = re.compile(r"[^\W\d_]")
_WEEKDAY_AROUND = re.compile(
    r"^(?:{names})\.?[,. ]+(?=[0-9])|[, ]*[(（]?(?<![^\W\d_])(?:{names})\.?[)）]?$".format(
        names="|".join(sorted(map(re.escape, [*WEEKDAYS, *UNCLEAR_WEEKDAYS]), key=len, reverse=True))
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1


def read_day(text: str, order: Order) -> date | Text:
    """Return the day in a text without a time of day, or the reason why it is unusable."""
    stem = text.strip(" \t,")
    if not stem:
        return DATE_EMPTY
    if (found := YEAR_FIRST.fullmatch(stem)) is not None:
        numbers = (found["year"], found["month"] or found["month2"], found["day"] or found["day2"])
        return checked(text, *numbers) if order == "year" or not found["mark"] else _other_order(text, order)
    if (found := YEAR_LAST.fullmatch(stem)) is not None:
        if order == "year":
            return _other_order(text, order)
        day, month = (found["first"], found["second"])[:: 1 if order == "day" else -1]
        return checked(text, found["year"], month, day)
    return _read_words(text, order)


def read_serial(text: str) -> date | Text:
    """Return the day of a spreadsheet's number, or the reason why it is none."""
    found = SERIAL.fullmatch(text.strip())
    if found is None:
        return DATE_UNREADABLE.format(value=quoted(text)) if text.strip() else DATE_EMPTY
    return _FIRST_SERIAL + timedelta(days=int(found["day"]))


def read_span(text: str, order: Order) -> Span | Text:
    """Return the days of a text that names a day, a week, a month or two days, or why it names none."""
    stem = text.strip(" \t,")
    if (found := _WEEK.fullmatch(stem)) is not None:
        return _week(text, found)
    if (month := _month_of(stem)) is not None:
        return _month(text, *month)
    ends = split_range(stem)
    if ends is None:
        day = read_day(text, order)
        return day if isinstance(day, Text) else Span(day, day)
    first, last = read_day(ends[0], order), read_day(ends[1], order)
    if isinstance(first, Text):
        return first
    if isinstance(last, Text):
        return last
    return Span(first, last) if first <= last else DATE_REVERSED.format(value=quoted(text))


def split_range(stem: str) -> tuple[str, str] | None:
    """Return the texts of two days, of a text such as "2 Feb 2026 - 8 Feb 2026"."""
    if len(stem) > _LONGEST or len(stem) < 11:
        return None
    parts = _RANGE.split(stem)
    if len(parts) != 2 or not all(re.search("[0-9]", part) for part in parts):
        return None
    return parts[0].strip(), parts[1].strip()


def is_period(stem: str) -> bool:
    """Return whether a text names a week, a month or two days."""
    stem = stem.strip(" \t,")
    return _WEEK.fullmatch(stem) is not None or _month_of(stem) is not None or split_range(stem) is not None


def weekday_named(text: str) -> int | None:
    """Return the weekday that a text names, 0 for Monday; None without one and where it is unclear."""
    if text.isascii() and not any(map(str.isalpha, text)):
        return None
    words = [word for word in _words(text) if not word.isdigit()]
    return next((WEEKDAYS[word] for word in words if word in WEEKDAYS and word not in MONTHS), None)


def without_weekday(text: str) -> str:
    """Return the text without the name of a weekday before or behind the date."""
    return _WEEKDAY_AROUND.sub("", text).strip(" ,") if _HAS_LETTER.search(text) else text


def _read_words(text: str, order: Order) -> date | Text:
    """Read a date with words in it: a name of a month or a weekday, or Eastern characters."""
    stem = text.strip(" \t,")
    if len(stem) > _LONGEST:
        return DATE_UNREADABLE.format(value=quoted(text))
    if (found := _EASTERN.match(stem)) is not None and found["day"]:
        return checked(text, found["year"], found["month"], found["day"])
    if (named := _named(stem)) is not None:
        return named if isinstance(named, Text) else checked(text, *named)
    bare = without_weekday(stem)
    if bare != stem and bare and not _HAS_LETTER.search(bare):
        return read_day(bare, order)
    if _QUARTER.fullmatch(stem):
        return DATE_QUARTER.format(value=quoted(text))
    if _SHORT.fullmatch(stem):
        return DATE_WITHOUT_YEAR.format(value=quoted(text))
    return DATE_UNREADABLE.format(value=quoted(text))


def _named(text: str) -> tuple[str, str, str] | Text | None:
    """Return year, month and day of a date with the name of its month; None without such a name."""
    words = [word for word in _words(text) if word not in _FILLERS]
    at = next((at for at, word in enumerate(words) if word in MONTHS), None)
    if at is not None and words[at] in WEEKDAYS and any(word in MONTHS for word in words[at + 1 :]):
        words.pop(at)  # "mar." is March and a Tuesday
        at = next(at for at, word in enumerate(words) if word in MONTHS)
    if at is None:
        return None
    month = str(MONTHS[words[at]])
    rest = [word for word in words[:at] + words[at + 1 :] if word not in _WEEKDAY_NAMES]
    if not all(word.isdigit() for word in rest):
        return None
    if len(rest) == 1 and len(rest[0]) <= 2:
        return DATE_WITHOUT_YEAR.format(value=quoted(text))
    if len(rest) != 2:
        return None
    day, year = rest if len(rest[0]) <= 2 else rest[::-1]
    return (year, month, day) if len(day) <= 2 and len(year) in (2, 4) else None


def _month_of(stem: str) -> tuple[str, str] | None:
    """Return year and month of a text that names a month."""
    if len(stem) > _LONGEST:
        return None
    if (found := _MONTH.fullmatch(stem)) is not None:
        year = found["year"] or found["year3"]
        month = found["month"] or found["month2"] or found["month3"]
        return (year, month) if 1 <= int(month) <= 12 and EARLIEST.year <= int(year) <= LATEST.year else None
    if (found := _EASTERN.fullmatch(stem)) is not None and not found["day"]:
        return found["year"], found["month"]
    if not _HAS_LETTER.search(stem):
        return None
    words = [word for word in _words(stem) if word not in _FILLERS]
    years = [word for word in words if word.isdigit() and len(word) == 4]
    names = [word for word in words if word in MONTHS]
    return (years[0], str(MONTHS[names[0]])) if len(words) == 2 and len(years) == len(names) == 1 else None


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text[:_LONGEST]).replace("İ", "i").casefold()
    return _WORDS.findall(folded)


def _week(text: str, found: re.Match[str]) -> Span | Text:
    year, week = int(found["year"] or found["year2"]), int(found["week"] or found["week2"])
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        return DATE_IMPOSSIBLE.format(value=quoted(text))
    if found["day"]:
        day = monday + timedelta(days=int(found["day"]) - 1)
        return Span(day, day)
    return Span(monday, monday + timedelta(days=6))


def _month(text: str, year: str, month: str) -> Span | Text:
    first = checked(text, year, month, "1")
    return first if isinstance(first, Text) else Span(first, end_of_month(first))


def end_of_month(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def checked(text: str, year: str, month: str, day: str) -> date | Text:
    """Return the day of these numbers, or the reason why it is unusable; `text` is quoted in it."""
    found = day_of(year, month, day)
    if found is None:
        return DATE_IMPOSSIBLE.format(value=quoted(text))
    if not EARLIEST <= found <= LATEST:
        return DATE_OUT_OF_RANGE.format(value=quoted(text), earliest=EARLIEST, latest=LATEST)
    return found


def day_of(year: str, month: str, day: str) -> date | None:
    """Return the day of these numbers; None if there is no such day."""
    century = 2000 if len(year) == 2 else 0
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError:
        return None


def _other_order(text: str, order: Order) -> Text:
    return DATE_OTHER_ORDER.format(value=quoted(text), order=ORDER_NAMES[order])
