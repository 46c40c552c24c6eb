"""Periods that a user chooses and what they are compared with, resolved to days of the data.

A period is relative to the newest day of the data, not to the clock: the answer about a snapshot never
changes. Its text is the same in the page's address and in the API.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

MOST_DAYS = 3660
YEARS = range(1990, 2100)  # of campaign rows
YEAR_DAYS = 364  # 52 weeks: each day is compared with the same weekday
_ISO_DAY = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?"
_TWO_DAYS = re.compile(f"({_ISO_DAY}),({_ISO_DAY})")

Unit = Literal["month", "quarter", "year"]
_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
_LAST = "last-"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Calendar days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    def shifted(self, days: int) -> DateRange:
        """Return as many days, `days` later."""
        return DateRange(self.first + timedelta(days=days), self.last + timedelta(days=days))

    def preceding(self) -> DateRange:
        """Return as many days that end the day before."""
        return self.shifted(-self.days)

    def start(self, days: int) -> DateRange:
        """Return the first `days` of these days, all of them if there are fewer."""
        return DateRange(self.first, min(self.last, self.first + timedelta(days=days - 1)))

    def each_day(self) -> Iterator[date]:
        """Yield the days in order."""
        return (self.first + timedelta(days=n) for n in range(self.days))

    def covers(self, other: DateRange) -> bool:
        """Tell whether all days of `other` are among these."""
        return self.first <= other.first and other.last <= self.last

    def common(self, other: DateRange) -> DateRange | None:
        """Return the days that both have; None if there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return DateRange(first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class LastDays:
    """The newest `count` days."""

    count: int

    @property
    def text(self) -> str:
        """The period as an address has it: `28`."""
        return str(self.count)

    def within(self, data: DateRange) -> DateRange | None:
        """Return the days of the data that the period means; None if there are none."""
        return self._whole(data).common(data)

    def before(self, data: DateRange) -> DateRange:
        """Return the period before, whether the data cover it or not."""
        return self._whole(data).preceding()

    def _whole(self, data: DateRange) -> DateRange:
        return DateRange(data.last - timedelta(days=self.count - 1), data.last)


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """The month, quarter or year of the newest day, or the one before that (`is_last`)."""

    unit: Unit
    is_last: bool = False

    @property
    def text(self) -> str:
        """The period as an address has it: `month`, `last-quarter`."""
        return _LAST + self.unit if self.is_last else self.unit

    def within(self, data: DateRange) -> DateRange | None:
        """Return the days of the data that the period means; None if there are none."""
        return self._whole(data.last, -1 if self.is_last else 0).common(data)

    def before(self, data: DateRange) -> DateRange:
        """Return the month, quarter or year before: of an unfinished one, as many days from its start."""
        if self.is_last:
            return self._whole(data.last, -2)
        whole, before = self._whole(data.last, 0), self._whole(data.last, -1)
        is_over = data.last == whole.last
        return before if is_over else before.start((data.last - whole.first).days + 1)

    def _whole(self, day: date, steps: int) -> DateRange:
        """Return all days of the unit with `day`, or of the one `steps` later."""
        months = _MONTHS[self.unit]
        at = ((day.year * 12 + day.month - 1) // months + steps) * months
        year, month = divmod(at + months - 1, 12)
        last = date(year, month + 1, monthrange(year, month + 1)[1])
        return DateRange(date(at // 12, at % 12 + 1, 1), last)


@dataclass(frozen=True, slots=True)
class AllDays:
    """All days of the data."""

    @property
    def text(self) -> str:
        """The period as an address has it."""
        return "all"

    def within(self, data: DateRange) -> DateRange | None:
        """Return the days of the data that the period means."""
        return data

    def before(self, data: DateRange) -> DateRange:
        """Return the period before, which the data never cover."""
        return data.preceding()


@dataclass(frozen=True, slots=True)
class Dates:
    """The days between two dates, both included; None is the end of the data on that side."""

    first: date | None
    last: date | None

    @property
    def text(self) -> str:
        """The period as an address has it: `2026-11-01,2026-11-27`."""
        return ",".join("" if day is None else day.isoformat() for day in (self.first, self.last))

    def within(self, data: DateRange) -> DateRange | None:
        """Return the days of the data that the period means; None if there are none."""
        return self.whole(data).common(data)

    def before(self, data: DateRange) -> DateRange:
        """Return as many days before those of the data, whether the data cover them or not."""
        return (self.within(data) or self.whole(data)).preceding()

    def whole(self, data: DateRange) -> DateRange:
        """Return all days of the period, whether the data cover them or not."""
        return DateRange(self.first or data.first, self.last or data.last)


Period = LastDays | CalendarPeriod | AllDays | Dates
ComparedWith = Literal["before", "year", "none"]
Comparison = ComparedWith | Dates
"""The period before, the same weekdays a year ago, nothing, or the days between two dates."""

WORDED_PERIODS: tuple[Period, ...] = (
    CalendarPeriod("month"),
    CalendarPeriod("month", is_last=True),
    CalendarPeriod("quarter"),
    CalendarPeriod("quarter", is_last=True),
    CalendarPeriod("year"),
    AllDays(),
)
_WORDS = {period.text: period for period in WORDED_PERIODS}
PERIOD_WORDS = tuple(_WORDS)
COMPARISON_WORDS: tuple[ComparedWith, ...] = get_args(ComparedWith)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a page or a client asks for: a period, its comparison, and one channel (None: all)."""

    period: Period = LastDays(28)
    comparison: Comparison = "before"
    channel: str | None = None

    @property
    def days(self) -> int | None:
        """The number of newest days that were asked for; None for any other period."""
        return self.period.count if isinstance(self.period, LastDays) else None

    @property
    def period_text(self) -> str:
        """The period as an address has it."""
        return self.period.text

    @property
    def comparison_text(self) -> str:
        """The comparison as an address has it."""
        return text_of(self.comparison)

    def compared_days(self, days: DateRange, data: DateRange) -> DateRange | None:
        """Return the days that `days`, those of the period, are compared with.

        None without a comparison, and if the data do not cover all of them.
        """
        if isinstance(self.comparison, Dates):
            compared = self.comparison.within(data)
            return compared if compared == self.comparison.whole(data) else None
        if self.comparison == "none":
            return None
        is_year = self.comparison == "year"
        compared = days.shifted(-YEAR_DAYS) if is_year else self.period.before(data)
        return compared if data.covers(compared) else None


def last_days(count: int | None) -> Selection:
    """Return the newest `count` days, or all days for None, against the period before."""
    return Selection(AllDays() if count is None else LastDays(count))


def text_of(comparison: Comparison) -> str:
    """Return a comparison as an address has it."""
    return comparison.text if isinstance(comparison, Dates) else comparison


def period_of(text: str) -> Period | None:
    """Return the period that an address names; None for a text that is none."""
    # Stricter than int(), which accepts spaces, signs, underscores and the digits of every script.
    if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)):
        return LastDays(int(text)) if 1 <= int(text) <= MOST_DAYS else None
    return _WORDS.get(text) or dates_of(text)


def comparison_of(text: str) -> Comparison | None:
    """Return the comparison that an address names; None for a text that is none."""
    return text if text in COMPARISON_WORDS else dates_of(text)


def dates_of(text: str) -> Dates | None:
    """Return the days of `2026-11-01,2026-11-27`, of which one may be missing; None for any other text."""
    found = _TWO_DAYS.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    try:
        first, last = (date.fromisoformat(day) if day else None for day in found.groups())
    except ValueError:
        return None
    is_known = all(day is None or day.year in YEARS for day in (first, last))
    is_backwards = first is not None and last is not None and first > last
    return Dates(first, last) if is_known and not is_backwards else None


_MONTH = re.compile("([0-9]{4})-([0-9]{2})")


def month_of(text: str) -> DateRange | None:
    """Return the days of the month that a text such as `2026-11` names; None for any other text."""
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    if year not in YEARS or not 1 <= month <= _MONTHS["year"]:
        return None
    return whole_month(date(year, month, 1))


def whole_month(day: date) -> DateRange:
    """Return all days of the month of a day."""
    return DateRange(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def month_text(day: date) -> str:
    """Return the month of a day as an address has it: `2026-11`."""
    return f"{day:%Y-%m}"
