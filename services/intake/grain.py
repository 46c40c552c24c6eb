"""Rows of weeks, months and other periods: how they are recognised, and how they go to their days.

A row of a week that stood on its Monday would make six days without cost. So each row is spread evenly over
its days: the parts are whole cents (or units, for counts) and add up exactly to the row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from services.intake.columns import Columns
from services.intake.date_texts import Span, end_of_month
from services.intake.dates import DateReader, Dating
from services.intake.headings import key
from services.intake.reasons import DATE_REVERSED, PERIOD_TOO_LONG, quoted
from services.text import Text

Grain = Literal["day", "week", "month"]
Periods = Literal["texts", "ends", "weeks", "weeks_ending", "months"]
"""How the days of a row are told: by its text, by a column of last days, as the week from or until its day,
or as the month of its day."""

MOST_DAYS = 93
"""The most days of a row; more of them would hide everything that a forecast needs."""

_LONGEST_WEEK = 14
_FEWEST_WEEKS = 5
_FEWEST_WEEKS_ALONE = 6
_SEVERAL = 1.5
_FEWEST_MONTHS = 3
_FEWEST_PERIODS = 3
_MOSTLY = 0.8
_WEEK_NAMES = frozenset(
    """
    week weekstart weekstarting weekstartdate weekof weekbeginning weekcommencing reportingweek
    isoweek woche kalenderwoche semaine semana settimana tydzien неделя hafta vecka 週
    """.split()  # noqa: SIM905 - a list would be ten times as long
)
_WEEK_ENDINGS = frozenset(
    """
    weekending weekenddate
    """.split()  # noqa: SIM905 - a list would be ten times as long
)
_MONTH_NAMES = frozenset(
    """
    month monthstart yearmonth reportingmonth monat mois mes mese miesiac месяц ay maand manad 月
    """.split()  # noqa: SIM905 - a list would be ten times as long
)
_STARTS = re.compile(
    r"start|begin|comienz|debut|inici|inizio|poczatek|начал|baslan|開始|^(?:from|von|du|desde|od|van)$"
)


@dataclass(frozen=True, slots=True)
class Spreading:
    """That the rows of a file are periods, and of what kind.

    `end` is the position of the column of last days; with `is_end_open`, they are the days after the last
    ones. Rows are spread until `latest` at most, unless they begin after it. `is_by_steps` says that only the
    distances of the days tell it.
    """

    periods: Periods
    end: int | None = None
    latest: date | None = None
    is_by_steps: bool = False
    is_end_open: bool = False


def are_ends_open(spans: Iterable[Span], *, are_midnights: bool) -> bool:
    """Return whether the last days of periods are those after them: “1 Sep 00:00 to 2 Sep 00:00” is one day.

    So it is if all times are midnights, or if each period ends on the day on which the next one begins.
    """
    periods = sorted({(span.start, span.end) for span in spans})
    if not periods or any(start >= end for start, end in periods):
        return False
    return are_midnights or (
        len(periods) >= _FEWEST_PERIODS and all(one[1] == other[0] for one, other in pairwise(periods))
    )


def end_column(columns: Columns) -> int | None:
    """Return the position of the last days of rows whose date is a first day; None without such a column."""
    end = columns.roles.get("end")
    is_start = _STARTS.search(key(columns.name("date"))) is not None
    return end if is_start else None


def is_of_months(columns: Columns) -> bool:
    """Return whether the heading of the date says month."""
    return key(columns.name("date")) in _MONTH_NAMES


def spreading_of(
    columns: Columns,
    dating: Dating,
    days: Sequence[date],
    spans: Iterable[Span],
    above: Sequence[date],
    rows: int,
    given: Grain | None = None,
    *,
    is_end_open: bool = False,
) -> Spreading | None:
    """Return how rows are spread; None for rows of single days.

    `days` are the distinct dates in their order, `spans` the distinct periods from a column of last days
    (see `are_ends_open`), `above` the days that are named above the header, `rows` the number of rows,
    `given` what the user says that a row is.
    """
    latest = datetime.now(UTC).date()
    if len(above) > 1:
        latest = min(latest, max(above))
    if given is not None:
        return None if given == "day" else Spreading("weeks" if given == "week" else "months", latest=latest)
    if dating.has_periods:
        return Spreading("texts", latest=latest)
    if any(span.days > 1 + is_end_open for span in spans):
        return Spreading("ends", end_column(columns), latest, is_end_open=is_end_open)
    if is_end_open:
        return None
    named = _named(key(columns.name("date")), days)
    if named is not None:
        return Spreading(named, latest=latest)
    steps = _by_steps(days, has_several=rows >= _SEVERAL * len(days))
    return None if steps is None else Spreading(steps, latest=latest, is_by_steps=True)


def _named(heading: str, days: Sequence[date]) -> Periods | None:
    """Return what the heading of the date says, unless the days speak against it."""
    if heading in _MONTH_NAMES and len({(day.year, day.month) for day in days}) == len(days):
        return "months"
    weekdays = Counter(day.weekday() for day in days)
    if weekdays and max(weekdays.values()) >= _MOSTLY * len(days):
        if heading in _WEEK_NAMES:
            return "weeks"
        if heading in _WEEK_ENDINGS:
            return "weeks_ending"
    return None


def _by_steps(days: Sequence[date], *, has_several: bool) -> Periods | None:
    """Return what the distances of all days of a file say; a few days on one weekday say nothing.

    A single campaign may run on one weekday only, so more days are needed than for several.
    """
    fewest = _FEWEST_WEEKS if has_several else _FEWEST_WEEKS_ALONE
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(days) >= fewest and all(step % 7 == 0 for step in steps):
        return "weeks" if sum(step == 7 for step in steps) >= _MOSTLY * len(steps) else None
    months = [day.year * 12 + day.month for day in days]
    if len(days) >= _FEWEST_MONTHS and all(later - earlier == 1 for earlier, later in pairwise(months)):
        are_firsts = all(day.day == 1 for day in days)
        return "months" if are_firsts or all(day == end_of_month(day) for day in days) else None
    return None


class PeriodReader:
    """Reads the days of each row of a file whose rows are periods."""

    def __init__(self, dating: Dating, spreading: Spreading) -> None:
        self._reader = DateReader(dating)
        self._spreading = spreading

    def read(self, texts: Sequence[str], ends: Sequence[str] | None) -> list[Span | Text]:
        """Return the days of each row, or the reason why it has none."""
        spans = self._reader.read_spans(texts)
        if ends is None:
            return [self._whole(text, span) for text, span in zip(texts, spans, strict=True)]
        lasts = self._reader.read_spans(ends)
        return [self._until(text, span, last) for text, span, last in zip(texts, spans, lasts, strict=True)]

    def _until(self, text: str, first: Span | Text, last: Span | Text) -> Span | Text:
        if isinstance(first, Text) or isinstance(last, Text):
            return first if isinstance(first, Text) else last
        if last.end < first.start:
            return DATE_REVERSED.format(value=quoted(text))
        return self._limited(text, Span(first.start, last.end - timedelta(days=self._spreading.is_end_open)))

    def _whole(self, text: str, span: Span | Text) -> Span | Text:
        if isinstance(span, Text):
            return span
        if self._spreading.periods == "weeks":
            span = Span(span.start, span.start + timedelta(days=6))
        elif self._spreading.periods == "weeks_ending":
            span = Span(span.end - timedelta(days=6), span.end)
        elif self._spreading.periods == "months":
            span = Span(span.start.replace(day=1), end_of_month(span.start))
        return self._limited(text, span)

    def _limited(self, text: str, span: Span) -> Span | Text:
        latest = self._spreading.latest
        if latest is not None and span.start <= latest < span.end:
            span = Span(span.start, latest)
        if span.days > MOST_DAYS:
            return PERIOD_TOO_LONG.format(value=quoted(text), days=span.days)
        return span


def grain_of(span: Span) -> Grain:
    """Return what is stored as the grain of a row's days."""
    if span.days == 1:
        return "day"
    return "week" if span.days <= _LONGEST_WEEK else "month"


def parts(text: str, days: int, *, is_money: bool) -> list[str]:
    """Return the parts of a number for each of some days: even, exact, in cents or whole units.

    Numbers with more decimals are divided as finely. `text` is a number as written for COPY, or its mark for
    "not recorded", which stays so on each day.
    """
    if days == 1 or text == NOT_RECORDED:
        return [text] * days
    amount = Decimal(text)
    places = max(_places(amount), 2 if is_money else 0)
    whole = int(amount.scaleb(places))
    bounds = [whole * at // days for at in range(days + 1)]
    return [str(Decimal(later - earlier).scaleb(-places)) for earlier, later in pairwise(bounds)]


NOT_RECORDED = "\\N"
"""The mark of COPY for NULL."""


def _places(amount: Decimal) -> int:
    """Return the number of decimals of the parts: 0 for a whole number, 2 for cents, else 4."""
    if amount == amount.to_integral_value():
        return 0
    return 2 if amount == round(amount, 2) else 4
