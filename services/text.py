"""Texts in both languages, and the format of numbers in each of them.

Charts, error messages and the page format numbers by these functions, so this module imports no other
module of `services`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

Lang = Literal["en", "ru"]
LANGS: tuple[Lang, ...] = get_args(Lang)

NOTHING = "\u2014"  # an em dash stands for "no value": never 0, never NaN
THIN_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

Number = int | float | Decimal

MONTHS: dict[Lang, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "ru": ("янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """The same text in every language."""

    en: str
    ru: str

    def __getitem__(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.ru

    def format(self, **values: object) -> Text:
        """Fill `{name}` fields; a `Text` among the values is filled in its own language."""
        return Text(
            en=self.en.format(**{k: _word(v, "en") for k, v in values.items()}),
            ru=self.ru.format(**{k: _word(v, "ru") for k, v in values.items()}),
        )


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun and its forms after a number: in English for 1 and others, in Russian for 1, 2 and 5."""

    en: tuple[str, str]
    ru: tuple[str, str, str]

    def counted(self, number_: int) -> Text:
        """Return the number and the noun in the form that it needs: `21 days` / «21 день»."""
        return Text(
            en=f"{number(number_, 'en')}{NO_BREAK_SPACE}{self.en[number_ != 1]}",
            ru=f"{number(number_, 'ru')}{NO_BREAK_SPACE}{self.ru[_russian_form(number_)]}",
        )


def _russian_form(number_: int) -> int:
    tens, ones = number_ % 100, number_ % 10
    if ones == 1 and tens != 11:
        return 0
    return 1 if ones in {2, 3, 4} and tens not in {12, 13, 14} else 2


def both(word: str) -> Text:
    """Return a text that is the same in every language, such as a channel's name."""
    return Text(en=word, ru=word)


_CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
# Characters that change the direction of the text after them (U+202A-202E, U+2066-2069), and the obsolete
# U+206A-206F. The marks U+200E and U+200F and the joiners U+200C and U+200D change no direction, and names in
# several scripts need them.
_TURNS = "\\u202a-\\u202e\\u2066-\\u206f"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_TURN = re.compile(f"[{_TURNS}]")
_ESCAPED = re.compile(f"[{_CONTROLS}{_TURNS}\\ud800-\\udfff]")


def tidy(text: str) -> str:
    """Return a name on one line, with single spaces and without control or direction characters."""
    return " ".join(_CONTROL.sub(" ", _TURN.sub("", text)).split())


def escape_controls(text: str, keep: str = "") -> str:
    """Return a text without terminal control sequences: control characters are written as `\\u001b`.

    Characters in `keep` stay. The escapes are those of JSON, so a JSON document keeps its content.
    """
    return _ESCAPED.sub(lambda found: found[0] if found[0] in keep else f"\\u{ord(found[0]):04x}", text)


def number(value: Number | None, lang: Lang, *, decimals: int = 0) -> str:
    """Format 48210 as `48,210` (en) or `48 210` (ru, narrow spaces, decimal comma); None gives a dash."""
    if value is None:
        return NOTHING
    digits = f"{abs(value):,.{decimals}f}"
    if lang == "ru":
        digits = digits.replace(",", THIN_SPACE).replace(".", ",")
    return (MINUS if value < 0 and digits.strip("0.,") else "") + digits


def number_text(value: Number) -> Text:
    """Return a number as a text in every language."""
    return Text(**{lang: number(value, lang) for lang in LANGS})


def compact(value: Number | None, lang: Lang) -> str:
    """Format 12,400 as `12.4 k` / «12,4 тыс.», for axes and narrow spaces; None gives a dash."""
    if value is None:
        return NOTHING
    value = float(value)
    for size, unit in _UNITS:
        if abs(value) >= size:
            scaled = value / size
            decimals = 0 if abs(scaled) >= 100 or abs(scaled - round(scaled)) < 0.05 else 1
            return number(scaled, lang, decimals=decimals) + NO_BREAK_SPACE + unit[lang]
    decimals = 0 if abs(value - round(value)) < 0.005 or abs(value) >= 10 else 1
    return number(value, lang, decimals=decimals)


def common_unit(largest: Number, lang: Lang) -> tuple[float, str]:
    """Return the unit for a column of numbers up to `largest` as factor and name, such as (1000.0, "k").

    The unit is (1.0, "") below 10,000, where whole numbers are short enough.
    """
    for size, unit in _UNITS:
        if abs(float(largest)) >= max(size, 10_000):
            return size, unit[lang]
    return 1.0, ""


def money(value: Number | None, currency: str, lang: Lang) -> str:
    """Format an amount with its currency; cents only below 1,000. None gives a dash."""
    if value is None:
        return NOTHING
    decimals = 0 if abs(float(value)) >= 1000 else 2
    return number(value, lang, decimals=decimals) + NO_BREAK_SPACE + currency


def percent(ratio: Number | None, lang: Lang, *, decimals: int | None = None) -> str:
    """Format the fraction 0.0512 as `5.1 %`, by default with at most one decimal. None gives a dash."""
    if ratio is None:
        return NOTHING
    value = float(ratio) * 100
    if decimals is None:
        decimals = 0 if abs(value) >= 100 or abs(value - round(value)) < 0.05 else 1
    return number(value, lang, decimals=decimals) + NO_BREAK_SPACE + "%"


def day_of_month(day: date, lang: Lang) -> str:
    """Format a day as `3 November` / «3 ноября»."""
    return f"{day.day}{NO_BREAK_SPACE}{_MONTHS[lang][day.month - 1]}"


def signed(written: str) -> str:
    """Return a formatted number with a plus sign, unless it has a minus or is a dash."""
    return written if written.startswith((MINUS, NOTHING)) else "+" + written


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


_MONTHS: dict[Lang, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
}
_UNITS: tuple[tuple[float, Text], ...] = (
    (1e9, Text(en="bn", ru="млрд")),
    (1e6, Text(en="m", ru="млн")),
    (1e3, Text(en="k", ru="тыс.")),
)


def _word(value: object, lang: Lang) -> object:
    return value[lang] if isinstance(value, Text) else value


POINTS = Text(en="pp", ru="п.п.")
_COMPACT_FROM = 1_000_000
