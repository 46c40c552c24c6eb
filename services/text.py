"""Words and numbers as people read them, in every language Demetra speaks.

It stands on the lowest floor because charts, error messages and the page must write alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

Lang = Literal["en", "ru"]
LANGS: tuple[Lang, ...] = get_args(Lang)

NOTHING = "\u2014"  # an em dash stands for "no value": never 0, never NaN
THIN_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in every language."""

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


def both(word: str) -> Text:
    """Return a word that is the same in every language, such as a channel's name."""
    return Text(en=word, ru=word)


_CONTROLS = "\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029"
# What turns the direction of the text behind it (U+202A-202E, U+2066-2069), and its obsolete kin. The marks
# U+200E and U+200F and the joiners U+200C and U+200D turn nothing, and names in several scripts need them.
_TURNS = "\\u202a-\\u202e\\u2066-\\u206f"
_CONTROL = re.compile(f"[{_CONTROLS}]")
_TURN = re.compile(f"[{_TURNS}]")
_ESCAPED = re.compile(f"[{_CONTROLS}{_TURNS}\\ud800-\\udfff]")


def tidy(text: str) -> str:
    """Return a name on one line: with single spaces, and without characters that control what shows it."""
    return " ".join(_CONTROL.sub(" ", _TURN.sub("", text)).split())


def escape_controls(text: str, keep: str = "") -> str:
    """Return a text that a terminal only shows: control characters but `keep` as `\\u001b`.

    The escapes are those of JSON, so that a JSON document stays one with the same content.
    """
    return _ESCAPED.sub(lambda found: found[0] if found[0] in keep else f"\\u{ord(found[0]):04x}", text)


def number(value: Number | None, lang: Lang, *, decimals: int = 0) -> str:
    """Write 48210 as `48,210` (en) or `48 210` (ru, narrow spaces, decimal comma)."""
    if value is None:
        return NOTHING
    digits = f"{abs(value):,.{decimals}f}"
    if lang == "ru":
        digits = digits.replace(",", THIN_SPACE).replace(".", ",")
    return (MINUS if value < 0 and digits.strip("0.,") else "") + digits


def compact(value: Number | None, lang: Lang) -> str:
    """Write 12,400 as `12.4 k` / «12,4 тыс.»: for axes and tight places."""
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
    """Return a size and its name, such as (1000.0, "k"), to write a column of numbers in.

    It is (1.0, "") below 10,000, where whole numbers are short enough.
    """
    for size, unit in _UNITS:
        if abs(float(largest)) >= max(size, 10_000):
            return size, unit[lang]
    return 1.0, ""


def money(value: Number | None, currency: str, lang: Lang) -> str:
    """Write an amount with its currency; cents only below 1,000."""
    if value is None:
        return NOTHING
    decimals = 0 if abs(float(value)) >= 1000 else 2
    return number(value, lang, decimals=decimals) + NO_BREAK_SPACE + currency


def percent(ratio: Number | None, lang: Lang, *, decimals: int | None = None) -> str:
    """Write the fraction 0.0512 as `5.1 %`; at most one decimal unless `decimals` says more."""
    if ratio is None:
        return NOTHING
    value = float(ratio) * 100
    if decimals is None:
        decimals = 0 if abs(value) >= 100 or abs(value - round(value)) < 0.05 else 1
    return number(value, lang, decimals=decimals) + NO_BREAK_SPACE + "%"


def signed(written: str) -> str:
    """Put a plus before a written number that has no minus and is not nothing."""
    return written if written.startswith((MINUS, NOTHING)) else "+" + written


_UNITS: tuple[tuple[float, Text], ...] = (
    (1e9, Text(en="bn", ru="млрд")),
    (1e6, Text(en="m", ru="млн")),
    (1e3, Text(en="k", ru="тыс.")),
)


def _word(value: object, lang: Lang) -> object:
    return value[lang] if isinstance(value, Text) else value
