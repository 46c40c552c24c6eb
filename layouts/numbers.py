"""Numbers, dates, times and ages in the reader's format.

`services.text` formats numbers, because charts use the same formats; this module adds what only the page
needs.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

from layouts.reader import Reader
from services.text import NO_BREAK_SPACE, NOTHING, Lang, Number, Text, compact, number, percent, signed

MONTHS: dict[Lang, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}
POINTS = Text(en="pp", ru="п.п.")
SECONDS = Text(en="s", ru="с")
_AGO = Text(en="{amount} ago", ru="{amount} назад")
_JUST_NOW = Text(en="just now", ru="только что")
_AGES: tuple[tuple[int, Text], ...] = (
    (86_400, Text(en="d", ru="дн.")),
    (3_600, Text(en="h", ru="ч")),
    (60, Text(en="min", ru="мин")),
)
_COMPACT_FROM = 1_000_000


def day(value: date, lang: Lang) -> str:
    """Return `22 Nov` / «22 ноя»."""
    return f"{value.day}{NO_BREAK_SPACE}{MONTHS[lang][value.month - 1]}"


def span(first: date, last: date, lang: Lang) -> str:
    """Return the days from `first` to `last`: `1–28 Nov 2026`, `30 Oct – 26 Nov 2026`."""
    end = f"{day(last, lang)}{NO_BREAK_SPACE}{last.year}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{day(first, lang)}{NO_BREAK_SPACE}{first.year} – {end}"
    if first.month != last.month:
        return f"{day(first, lang)} – {end}"
    return f"{first.day}–{end}"


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


def change(now: Number | None, before: Number | None, lang: Lang) -> str:
    """Return the relative change, `+4.1 %`; `NOTHING` without a base to compare with."""
    ratio = relative_change(now, before)
    return _with_sign(percent(ratio, lang, decimals=_decimals(ratio)))


def change_in_points(now: Number | None, before: Number | None, lang: Lang) -> str:
    """Return the change of a ratio in percentage points: `+1.4 pp`."""
    if now is None or before is None:
        return NOTHING
    points = 100 * (float(now) - float(before))
    decimals = 0 if abs(points) >= 10 else 1 if abs(points) >= 0.1 else 2
    return _with_sign(number(points, lang, decimals=decimals) + NO_BREAK_SPACE + POINTS[lang])


def relative_change(now: Number | None, before: Number | None) -> float | None:
    """Return the change as a fraction of `before`; None unless `before` is positive."""
    if now is None or before is None or float(before) <= 0:
        return None
    return float(now) / float(before) - 1


def large(value: Number | None, lang: Lang, *, decimals: int = 0) -> str:
    """Return a key figure: with all its digits below a million, `12.4 m` from there on."""
    if value is not None and abs(float(value)) >= _COMPACT_FROM:
        return compact(value, lang)
    return number(value, lang, decimals=decimals)


def _decimals(ratio: float | None) -> int:
    return 0 if ratio is None or abs(ratio) >= 1 else 1


def _with_sign(written: str) -> str:
    is_zero = not any(digit in written for digit in "123456789")
    return written if is_zero else signed(written)
