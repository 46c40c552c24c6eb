"""The decision how the dates of a file are written, and the parsing of them.

The order of day and month is decided once for a file, from all of its rows: a single 13 in the first place
means "day first" for every row. It is never decided by row, because a file with half of its dates swapped
looks correct. Where no day is above twelve, weekdays, the lines above the header, the present day and the
distances of the days decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Literal

from services.intake.date_texts import (
    ORDER_NAMES,
    SERIAL,
    YEAR_FIRST,
    YEAR_LAST,
    Order,
    Span,
    day_of,
    is_period,
    read_day,
    read_serial,
    read_span,
    split_range,
    weekday_named,
    without_weekday,
)
from services.intake.failures import MixedDatesError
from services.intake.memo import Memo
from services.intake.reasons import quoted
from services.intake.zones import day_in, is_marked, utc_times
from services.text import Text

Kind = Literal["year", "day", "month", "either"]
"""The orders that one date allows: year first; day first only; month first only; day or month first."""

Why = Literal["written", "weekdays", "preamble", "future", "distances", "assumed"]
"""What decided the order of day and month."""

DEFAULT_ORDER: Order = "day"
"""The assumed order where nothing distinguishes day and month; the report then contains a warning."""

_TOLERATED_SHARE = 0.01
_MOST_STEMS = 100_000  # a column with more is not one of dates
_MOST_PERIODS = 0.5  # fewer periods than that are lines of totals among days
_MOSTLY = 0.6
_LONGEST_MONTH = 31
_HARDLY = 0.25
_MOST_HOURS = 2  # the midnights of a zone with summer time, in UTC
_BOTH: tuple[Order, Order] = ("day", "month")
_NUMERIC = re.compile(r"(?<![0-9])[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}(?![0-9])")
_UNDOUBTED = re.compile(
    r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"
    r"|[^\W\d_]{3,12}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}"
    r"|[0-9]{1,2}(?:er)?\.?(?: de)? [^\W\d_]{3,12}\.?,?(?: de)? [0-9]{4}"
)
_TIME = re.compile(
    r"(?:[T ,]\s*(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|GMT)?(?:[-+][0-9]{2}(?::?[0-9]{2})?)?(?: \([^)]{1,40}\))?)?"
)
_MIDNIGHT = re.compile(r"[T ](?:00:00|12:00)(?::00(?:[.,]0+)?)?\s*(?:[Aa][Mm])?\s*(?:Z|UTC|[+-]00:?00)?\s*$")
_CLOCK = re.compile(r"[T ]((?:[01]?[0-9]|2[0-3]):(?:00|30))(?::00(?:[.,]0+)?)?\s*$")
_EVENING = 12
"""Hours after this one, written in UTC, are midnights of zones where the next day has begun."""


@dataclass(frozen=True, slots=True)
class Dating:
    """How the dates of a file are written, decided from all of them."""

    order: Order
    why: Why = "written"
    is_serial: bool = False
    """True for the day numbers of spreadsheet programs."""
    zone: str | None = None
    """The time zone whose midnights are written in UTC."""
    is_in_utc: bool = False
    """True for times of day in UTC that are no midnights of one zone."""
    has_periods: bool = False
    """True for texts that name weeks, months or two days."""
    hour: str | None = None
    """The one time of day of all rows, if it can be a midnight that was written in UTC without saying so."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The first date of a kind: its line and its text."""

    line: int
    text: str


_See = Callable[[], Seen]


@dataclass(slots=True)
class DateEvidence:
    """The evidence in the dates of a file, collected block by block."""

    counts: Counter[Kind] = field(default_factory=Counter)
    first: dict[Kind, Seen] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)
    moments: set[str] = field(default_factory=set)
    """Dates with a time of day and an offset from UTC."""
    hours: set[str] = field(default_factory=set)
    """Times of day without an offset from UTC, up to a few."""
    weekdays: Counter[Order] = field(default_factory=Counter)
    """How many weekdays agree with each order, of dates that allow both."""
    rows: Counter[str] = field(default_factory=Counter)
    """The numbers of rows with a period, with a serial number, and with any other date."""

    def add(self, stems: Sequence[str], lines: Sequence[int], texts: Sequence[str] = ()) -> None:
        """Add the dates of some rows (as `date_stems` returns them); `lines` are their line numbers.

        `texts` are the dates as written, with their times of day.
        """
        if is_marked(texts) and len(self.moments) < _MOST_STEMS:
            self.moments.update(texts)
        elif texts and len(self.hours) <= _MOST_HOURS:
            self.hours |= _clock(set(texts)) if ":" in texts[0] else {""}
        for stem, count in Counter(stems).items():
            if len(self.stems) < _MOST_STEMS:
                self.stems.add(stem)
            self._add(stem, count, partial(_see, stem, stems, lines))

    def add_ends(self, stems: Sequence[str], lines: Sequence[int]) -> None:
        """Add the last days of periods, which tell only the order."""
        for stem, count in Counter(stems).items():
            self._add_day(stem, count, partial(_see, stem, stems, lines))

    def _add(self, stem: str, count: int, see: _See) -> None:
        if SERIAL.fullmatch(stem.strip()):
            self.rows["serial"] += count
        elif is_period(stem):
            self.rows["period"] += count
            for part in split_range(stem.strip(" \t,")) or ():
                self._add_day(part, count, see)
        elif stem.strip():
            self.rows["day"] += count
            self._add_day(stem, count, see)

    def _add_day(self, stem: str, count: int, see: _See) -> None:
        bare = without_weekday(stem.strip())
        kind = _kind(bare)
        if kind is None:
            return
        self.counts[kind] += count
        if kind == "either" and (named := weekday_named(stem)) is not None:
            self.weekdays["day"] += _is_on(bare, "day", named)
            self.weekdays["month"] += _is_on(bare, "month", named)
        if kind not in self.first:
            self.first[kind] = see()

    @property
    def is_silent(self) -> bool:
        """True when every row with day and month allows both orders."""
        return self.counts["either"] > 0 and not (self.counts["day"] or self.counts["month"])

    def dating(
        self,
        file: str,
        above: Iterable[str] = (),
        *,
        is_monthly: bool = False,
        periods: Collection[tuple[str, str]] = (),
    ) -> Dating:
        """Return how the dates are written; raise as `order`.

        `above` are the lines above the header; `is_monthly` says that the column is one of months; `periods`
        are the first and last days of rows, as written.
        """
        order = self.order(file)
        why: Why = "written"
        if self.is_silent and order != "year":
            order, why = self._inferred("\n".join(above), periods, is_monthly=is_monthly)
        times = utc_times(self.moments) if 0 < len(self.moments) < _MOST_STEMS else None
        return Dating(
            order=order,
            why=why,
            is_serial=self.rows["serial"] > self.rows["day"] + self.rows["period"],
            zone=None if times is None else times.zone,
            is_in_utc=times is not None and times.zone is None,
            has_periods=self.rows["period"] > _MOST_PERIODS * sum(self.rows.values()),
            hour=self._evening(),
        )

    def _evening(self) -> str | None:
        """Return the time of day of all rows if it is one in the evening, or two with an hour between."""
        hours = sorted(int(text.partition(":")[0]) for text in self.hours if text)
        is_evening = 0 < len(hours) == len(self.hours) <= _MOST_HOURS and hours[0] > _EVENING
        return max(self.hours) if is_evening and hours[-1] - hours[0] <= 1 else None

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

    def days(self, dating: Dating) -> list[date]:
        """Return the distinct days in their order, of periods the first ones; none of too many."""
        if len(self.stems) >= _MOST_STEMS:
            return []
        if dating.zone is not None:
            return sorted({day for text in self.moments if (day := day_in(dating.zone, text)) is not None})
        spans = (read_dated(stem, dating) for stem in self.stems)
        return sorted({span.start for span in spans if isinstance(span, Span)})

    def period(self, order: Order) -> tuple[date, date] | None:
        """Return the first and the last day in the file; None with too many or no readable dates."""
        days = self.days(Dating(order))
        return (days[0], days[-1]) if days else None

    def _inferred(
        self, above: str, periods: Collection[tuple[str, str]], *, is_monthly: bool
    ) -> tuple[Order, Why]:
        """Return the order of day and month, where every date allows both, and what speaks for it."""
        if self.weekdays["day"] != self.weekdays["month"]:
            return _better(self.weekdays["day"], self.weekdays["month"]), "weekdays"
        by_day, by_month = (self.days(Dating(order, has_periods=True)) for order in _BOTH)
        ranges = [*periods, *filter(None, map(split_range, self.stems))]
        if (short := _only([_are_short(ranges, order) for order in _BOTH])) is not None:
            return short, "distances"
        if is_monthly and (first := _only([_are_firsts(days) for days in (by_day, by_month)])) is not None:
            return first, "distances"
        written = {kind for text in _NUMERIC.findall(above) if (kind := _kind(text)) in _BOTH}
        if len(written) == 1:
            return ("day" if "day" in written else "month"), "preamble"
        named = days_named(above)
        if len(named) > 1:
            within = (_share_within(days, min(named), max(named)) for days in (by_day, by_month))
            if (order := _clear(*within)) is not None:
                return order, "preamble"
        past = [_share_within(days, date.min, _tomorrow()) == 1 for days in (by_day, by_month)]
        if (order := _only(past)) is not None:
            return order, "future"
        if (order := _clear(_regularity(by_day), _regularity(by_month))) is not None:
            return order, "distances"
        return DEFAULT_ORDER, "assumed"

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
    """Parses the dates of a file whose way of writing is known."""

    def __init__(self, dating: Dating | Order) -> None:
        self._dating = dating if isinstance(dating, Dating) else Dating(dating)
        self._days = Memo(self._day)
        self._spans = Memo(partial(read_dated, dating=self._dating))

    def read(self, texts: Sequence[str]) -> tuple[list[str], dict[int, Text]]:
        """Return each date as `2025-01-31` ('' where it is unusable), and the reasons by position."""
        stems = date_stems(texts) if self._dating.zone is None else texts
        days = [self._days[stem] for stem in stems]
        if "" not in days:
            return days, {}
        return days, {at: self._problem(stems[at]) for at, day in enumerate(days) if not day}

    def read_spans(self, texts: Sequence[str]) -> list[Span | Text]:
        """Return the days that each text names, or the reason why it is unusable."""
        stems = date_stems(texts) if self._dating.zone is None else texts
        return [self._spans[stem] for stem in stems]

    def _day(self, text: str) -> str:
        found = self._spans[text]
        return found.start.isoformat() if isinstance(found, Span) else ""

    def _problem(self, text: str) -> Text:
        found = self._spans[text]
        assert isinstance(found, Text)
        return found


def read_dated(text: str, dating: Dating) -> Span | Text:
    """Return the days that a text names in a file whose way of writing is known, or why it is unusable."""
    if dating.zone is not None and (local := day_in(dating.zone, text)) is not None:
        return Span(local, local)
    if dating.is_serial and SERIAL.fullmatch(text.strip()):
        found: date | Text = read_serial(text)
    elif dating.has_periods:
        return read_span(date_stems([text])[0], dating.order)
    else:
        found = read_date(text, dating.order)
    return Span(found, found) if isinstance(found, date) else found


def read_date(text: str, order: Order) -> date | Text:
    """Return the day in `text`, or the reason why it is unusable. A time of day is ignored."""
    return read_day(date_stems([text])[0], order)


def date_stems(texts: Sequence[str]) -> list[str]:
    """Return the dates without their times of day, so that hourly rows have few distinct texts."""
    if all(map(_TIME.fullmatch, {text[10:] for text in texts})):
        return [text[:10] for text in texts]
    return [_stem(text) for text in texts]


def are_midnights(texts: Sequence[str]) -> bool:
    """Return whether all dates are written with the time of midnight."""
    return all(map(_MIDNIGHT.search, set(texts)))


def _clock(texts: Iterable[str]) -> set[str]:
    """Return the times of day without an offset from UTC."""
    found = (_CLOCK.search(text) for text in texts)
    return {match[1] for match in found if match is not None}


def days_named(text: str) -> list[date]:
    """Return the days in a text that are written without doubt, such as "September 1, 2026" or 2026-09-01."""
    found = (read_day(one, "year") for one in _UNDOUBTED.findall(text))
    return [day for day in found if isinstance(day, date)]


def _stem(text: str) -> str:
    stripped = text.strip()
    at = stripped.find(":")
    if at < 0:
        return stripped
    start = max(stripped.rfind(mark, 0, at) for mark in "T ,")
    return stripped[:start].rstrip(" ,") if start > 0 and _TIME.fullmatch(stripped[start:]) else stripped


def _kind(stem: str) -> Kind | None:
    """Return the orders that a date allows; None for a date without an order and for other texts."""
    found = YEAR_FIRST.fullmatch(stem.strip())
    if found is not None:
        return "year" if found["mark"] else None
    found = YEAR_LAST.fullmatch(stem.strip())
    if found is None:
        return None
    as_day = day_of(found["year"], found["second"], found["first"]) is not None
    as_month = day_of(found["year"], found["first"], found["second"]) is not None
    if as_day and as_month:
        return "either"
    if as_day:
        return "day"
    return "month" if as_month else None


def _kind_name(kind: Kind) -> Text:
    if kind == "either":
        return Text(en="day or month first", ru="сначала день или месяц")
    return ORDER_NAMES[kind]


def _tomorrow() -> date:
    """Return tomorrow in UTC, which is today in eastern time zones."""
    return datetime.now(UTC).date() + timedelta(days=1)


def _see(stem: str, stems: Sequence[str], lines: Sequence[int]) -> Seen:
    return Seen(lines[stems.index(stem)], stem.strip())


def _is_on(text: str, order: Order, weekday: int) -> bool:
    day = read_day(text, order)
    return isinstance(day, date) and day.weekday() == weekday


def _better(by_day: float, by_month: float) -> Order:
    return "day" if by_day > by_month else "month"


def _clear(by_day: float, by_month: float) -> Order | None:
    """Return the order with by far the larger share; None if neither has it."""
    low, high = sorted((by_day, by_month))
    return _better(by_day, by_month) if high >= _MOSTLY and low <= _HARDLY else None


def _only(are_so: Sequence[bool]) -> Order | None:
    """Return the order that alone meets a condition, given for day first and for month first."""
    return _better(*are_so) if are_so[0] != are_so[1] else None


def _are_firsts(days: Sequence[date]) -> bool:
    return bool(days) and all(day.day == 1 for day in days)


def _are_short(ranges: Sequence[tuple[str, str]], order: Order) -> bool:
    """Return whether all periods have at most a month."""
    for first, last in ranges:
        start, end = read_date(first, order), read_date(last, order)
        if isinstance(start, Text) or isinstance(end, Text) or not 0 <= (end - start).days <= _LONGEST_MONTH:
            return False
    return bool(ranges)


def _share_within(days: Sequence[date], first: date, last: date) -> float:
    return sum(first <= day <= last for day in days) / max(1, len(days))


def _regularity(days: Sequence[date]) -> float:
    """Return the share of steps of one day, or of one week, between days; 0 for fewer than three."""
    steps = Counter((later - earlier).days for earlier, later in pairwise(days))
    return max(steps[1], steps[7]) / steps.total() if len(days) > 2 else 0
