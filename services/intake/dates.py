"""Parsing of dates, and the decision which number of `03/04/2025` is the month.

The order of day and month is decided once for a file, from all of its rows: a single 13 in the first place
means "day first" for every row. It is never decided by row, because a file with half of its dates swapped
looks correct.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.intake.failures import MixedDatesError
from services.intake.memo import Memo
from services.intake.reasons import (
    DATE_EMPTY,
    DATE_IMPOSSIBLE,
    DATE_OTHER_ORDER,
    DATE_OUT_OF_RANGE,
    DATE_UNREADABLE,
    quoted,
)
from services.text import Text

Order = Literal["year", "day", "month"]
Kind = Literal["year", "day", "month", "either"]
"""The orders that one date allows: year first; day first only; month first only; day or month first."""

DEFAULT_ORDER: Order = "day"
"""The assumed order where no row distinguishes day and month; the report then contains a warning."""

EARLIEST = date(1990, 1, 1)
LATEST = date(2099, 12, 31)
ORDER_NAMES: dict[Order, Text] = {
    "year": Text(en="year first", ru="сначала год"),
    "day": Text(en="day first", ru="сначала день"),
    "month": Text(en="month first", ru="сначала месяц"),
}

_TOLERATED_SHARE = 0.01
_MOST_STEMS = 100_000  # a column with more is not one of dates
_TIME = re.compile(
    r"(?:[T ,]\s*(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
    r"|(?P<month2>[0-9]{2})(?P<day2>[0-9]{2}))"
)
_YEAR_LAST = re.compile(
    r"(?P<first>[0-9]{1,2})(?P<mark>[-/.])(?P<second>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2})"
)
_MONTH_NAMED = re.compile(
    r"(?:(?P<day>[0-9]{1,2})[-. ]*(?P<name>[^\W\d_]{3,})|(?P<name2>[^\W\d_]{3,})[-. ]*(?P<day2>[0-9]{1,2}))"
    r"[-., ]+(?P<year>[0-9]{4}|[0-9]{2})(?: ?г\.?)?"
)
_MONTH_STEMS = (
    ("jan", "янв"),
    ("feb", "фев"),
    ("mar", "мар"),
    ("apr", "апр"),
    ("may", "май", "мая"),
    ("jun", "июн"),
    ("jul", "июл"),
    ("aug", "авг"),
    ("sep", "сен"),
    ("oct", "окт"),
    ("nov", "ноя"),
    ("dec", "дек"),
)
_MONTHS = {stem: number for number, stems in enumerate(_MONTH_STEMS, start=1) for stem in stems}


@dataclass(frozen=True, slots=True)
class Seen:
    """The first date of a kind: its line and its text."""

    line: int
    text: str


@dataclass(slots=True)
class DateEvidence:
    """The evidence in the dates of a file for their order, collected block by block."""

    counts: Counter[Kind] = field(default_factory=Counter)
    first: dict[Kind, Seen] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)

    def add(self, stems: Sequence[str], lines: Sequence[int]) -> None:
        """Add the dates of some rows (as `date_stems` returns them); `lines` are their line numbers."""
        for stem, count in Counter(stems).items():
            if len(self.stems) < _MOST_STEMS:
                self.stems.add(stem)
            kind = _kind(stem)
            if kind is None:
                continue
            self.counts[kind] += count
            if kind not in self.first:
                self.first[kind] = Seen(lines[stems.index(stem)], stem.strip())

    @property
    def is_silent(self) -> bool:
        """True when every row with day and month allows both orders."""
        return self.counts["either"] > 0 and not (self.counts["day"] or self.counts["month"])

    def order(self, file: str) -> Order:
        """Return the order for the whole file; `file` is its name, for the error.

        Raises `MixedDatesError` when both orders of day and month occur, or when more than 1 % of the rows
        have the year first and more than 1 % have it last. Such a file was merged from several ones, or a
        spreadsheet program has "corrected" some of its dates.
        """
        if self.counts["day"] and self.counts["month"]:
            raise self._mixed(file, "day", "month")
        year_last = self.counts["day"] + self.counts["month"] + self.counts["either"]
        year_first = self.counts["year"]
        if min(year_first, year_last) > _TOLERATED_SHARE * (year_first + year_last):
            raise self._mixed(file, "year", self._year_last_kind())
        if year_first >= year_last:
            return "year"
        return self._year_last_order()

    def period(self, order: Order) -> tuple[date, date] | None:
        """Return the first and the last day in the file; None with too many or no readable dates."""
        if len(self.stems) >= _MOST_STEMS:
            return None
        days = [day for stem in self.stems if isinstance(day := read_date(stem, order), date)]
        return (min(days), max(days)) if days else None

    def _year_last_order(self) -> Order:
        if self.counts["day"]:
            return "day"
        return "month" if self.counts["month"] else DEFAULT_ORDER

    def _year_last_kind(self) -> Kind:
        return next(kind for kind in ("day", "month", "either") if self.counts[kind])

    def _mixed(self, file: str, one: Kind, other: Kind) -> MixedDatesError:
        first, second = self.first[one], self.first[other]
        return MixedDatesError(
            file=file,
            first_line=first.line,
            first=quoted(first.text),
            first_order=_kind_name(one),
            second_line=second.line,
            second=quoted(second.text),
            second_order=_kind_name(other),
        )


class DateReader:
    """Parses the dates of a file whose order is known."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._days = Memo(self._day)

    def read(self, texts: Sequence[str]) -> tuple[list[str], dict[int, Text]]:
        """Return each date as `2025-01-31` ('' where it is unusable), and the reasons by position."""
        stems = date_stems(texts)
        days = [self._days[stem] for stem in stems]
        if "" not in days:
            return days, {}
        return days, {at: self._problem(stems[at]) for at, day in enumerate(days) if not day}

    def _day(self, text: str) -> str:
        found = read_date(text, self._order)
        return found.isoformat() if isinstance(found, date) else ""

    def _problem(self, text: str) -> Text:
        found = read_date(text, self._order)
        assert isinstance(found, Text)
        return found


def read_date(text: str, order: Order) -> date | Text:
    """Return the day in `text`, or the reason why it is unusable. A time of day is ignored."""
    stem = date_stems([text])[0].strip(" \t,")
    if not stem:
        return DATE_EMPTY
    if (found := _YEAR_FIRST.fullmatch(stem)) is not None:
        numbers = (found["year"], found["month"] or found["month2"], found["day"] or found["day2"])
        return _checked(text, *numbers) if order == "year" or not found["mark"] else _other_order(text, order)
    if (found := _YEAR_LAST.fullmatch(stem)) is not None:
        if order == "year":
            return _other_order(text, order)
        day, month = (found["first"], found["second"])[:: 1 if order == "day" else -1]
        return _checked(text, found["year"], month, day)
    if (found := _MONTH_NAMED.fullmatch(stem)) is not None:
        number = _MONTHS.get((found["name"] or found["name2"])[:3].casefold())
        if number is not None:
            return _checked(text, found["year"], str(number), found["day"] or found["day2"])
    return DATE_UNREADABLE.format(value=quoted(text))


def date_stems(texts: Sequence[str]) -> list[str]:
    """Return the dates without their times of day, so that hourly rows have few distinct texts."""
    if all(map(_TIME.fullmatch, {text[10:] for text in texts})):
        return [text[:10] for text in texts]
    return [_stem(text) for text in texts]


def _stem(text: str) -> str:
    stripped = text.strip()
    at = stripped.find(":")
    if at < 0:
        return stripped
    start = max(stripped.rfind(mark, 0, at) for mark in "T ,")
    return stripped[:start].rstrip(" ,") if start > 0 and _TIME.fullmatch(stripped[start:]) else stripped


def _kind(stem: str) -> Kind | None:
    """Return the orders that a date allows; None for a date without an order and for other texts."""
    found = _YEAR_FIRST.fullmatch(stem.strip())
    if found is not None:
        return "year" if found["mark"] else None
    found = _YEAR_LAST.fullmatch(stem.strip())
    if found is None:
        return None
    as_day = _day_of(found["year"], found["second"], found["first"]) is not None
    as_month = _day_of(found["year"], found["first"], found["second"]) is not None
    if as_day and as_month:
        return "either"
    if as_day:
        return "day"
    return "month" if as_month else None


def _checked(text: str, year: str, month: str, day: str) -> date | Text:
    found = _day_of(year, month, day)
    if found is None:
        return DATE_IMPOSSIBLE.format(value=quoted(text))
    if not EARLIEST <= found <= LATEST:
        return DATE_OUT_OF_RANGE.format(value=quoted(text), earliest=EARLIEST, latest=LATEST)
    return found


def _day_of(year: str, month: str, day: str) -> date | None:
    century = 2000 if len(year) == 2 else 0
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError:
        return None


def _other_order(text: str, order: Order) -> Text:
    return DATE_OTHER_ORDER.format(value=quoted(text), order=ORDER_NAMES[order])


def _kind_name(kind: Kind) -> Text:
    if kind == "either":
        return Text(en="day or month first", ru="сначала день или месяц")
    return ORDER_NAMES[kind]
