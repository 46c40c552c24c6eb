"""Parsing of numbers in the formats of exports: `1,234.50`, `1 234,50 €`, `1,06,300.81`, `12 %`, `1.5E+06`.

The decimal mark of `1,234` alone is ambiguous. So the decimal mark of a column is decided by the votes of all
rows: a numeral that is valid with only one mark is a vote for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from services.intake.currencies import PATTERN

Mark = Literal[".", ","]

_SPACES = " \u00a0\u2007\u2009\u202f"
_APOSTROPHES = "'’‘ʼ"
_MINUS = r"\-−–"
_NUMERAL = re.compile(
    rf"(?P<open>\(?)(?P<sign>[+{_MINUS}]?)[{_SPACES}]?(?:{PATTERN}[{_SPACES}]?)?(?P<open_inside>\(?)"
    rf"(?P<inner>[+{_MINUS}]?)(?P<body>(?:[0-9][0-9.,{_APOSTROPHES}{_SPACES}]*)?[.,]?[0-9])"
    rf"(?:(?P<no_cents>[.,])[{_MINUS}—])?(?P<exponent>[eE][-+]?[0-9]{{1,3}})?(?P<behind>[{_MINUS}]?)"
    rf"[{_SPACES}]?(?P<percent>%?)(?:[{_SPACES}]?{PATTERN})?(?P<close>\)?)",
)
_CURRENCY_FOUND = re.compile(PATTERN)
_NOT_FINITE = re.compile(r"[-+−]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0xFFE5: "¥",
    0xFFE1: "£",
    0xFFE6: "₩",
}


def _grammar(decimal: str, groups: str) -> re.Pattern[str]:
    grouped = (
        rf"[1-9][0-9]{{0,2}}(?P<group>[{groups}{_APOSTROPHES}{_SPACES}])[0-9]{{3}}(?:(?P=group)[0-9]{{3}})*"
    )
    if decimal == r"\.":  # lakh and crore: groups of two digits before the last three
        grouped = rf"{grouped}|[1-9][0-9]?(?:,[0-9]{{2}})+,[0-9]{{3}}"
    return re.compile(rf"(?P<whole>{grouped}|[0-9]*)(?:{decimal}(?P<part>[0-9]+))?")


_GRAMMARS: Mapping[Mark, re.Pattern[str]] = {".": _grammar(r"\.", ","), ",": _grammar(",", ".")}
_OTHER: Mapping[Mark, Mark] = {".": ",", ",": "."}
_LONGEST = 48
LEADING_ZERO = "\x01"
"""The placeholder of a leading zero in a shape."""

_TO_SHAPE = str.maketrans("0123456789", "9" * 10)
_MOST_SHAPES = 5_000  # a column with more does not contain numbers
_THREE_DECIMALS = re.compile(rb"\.[0-9]{3}(?![0-9])")
_PLAIN_MARKS = b"0123456789.,-\n"


@dataclass(frozen=True, slots=True)
class Numeral:
    """A parsed number; `value` is in the written unit, so 12 for `12 %`."""

    value: Decimal
    is_percent: bool


@dataclass(frozen=True, slots=True)
class Votes:
    """The number of numerals that are valid only with a decimal point, only with a comma, or with both."""

    point: int = 0
    comma: int = 0
    dotted: int = 0
    """Valid with both marks, written with one dot, as in `1.234`."""
    commaed: int = 0
    """Valid with both marks, written with one comma, as in `1,234`."""

    def __add__(self, other: Votes) -> Votes:
        return Votes(
            self.point + other.point,
            self.comma + other.comma,
            self.dotted + other.dotted,
            self.commaed + other.commaed,
        )

    @property
    def winner(self) -> Mark | None:
        """The mark with more votes; None for a tie."""
        if self.point == self.comma:
            return None
        return "." if self.point > self.comma else ","

    @property
    def is_unclear(self) -> bool:
        """True when there are ambiguous numerals and the votes do not decide."""
        return self.winner is None and self.dotted + self.commaed > 0


def read_numeral(text: str, mark: Mark) -> Numeral | None:
    """Return the number in `text` with the given decimal mark; None if it is no valid number."""
    found = _match(text)
    if found is None or found["no_cents"] not in (None, mark):
        return None
    parts = _GRAMMARS[mark].fullmatch(found["body"])
    if parts is None:
        return None
    whole = re.sub(r"[^0-9]", "", parts["whole"])
    value = Decimal(f"{whole or 0}.{parts['part'] or 0}{found['exponent'] or ''}")
    is_negative = bool(found["close"]) or _sign(found) not in ("", "+")
    return Numeral(-value if is_negative else value, bool(found["percent"]))


def _match(text: str) -> re.Match[str] | None:
    """Return the parts of a numeral; None for other texts, and for two signs or an unpaired parenthesis."""
    if len(text) > _LONGEST:
        return None
    found = _NUMERAL.fullmatch((text if text.isascii() else text.translate(_FULL_WIDTH)).strip())
    if found is None:
        return None
    opened = found["open"] + found["open_inside"]
    signs = _sign(found)
    if len(opened) != len(found["close"]) or len(signs) + len(opened) > 1:
        return None
    return found


def _sign(found: re.Match[str]) -> str:
    return str(found["sign"] + found["inner"] + found["behind"])


def is_not_finite(text: str) -> bool:
    """Return whether a text is `NaN`, `inf` or another name of a non-finite number."""
    return _NOT_FINITE.fullmatch(text.strip()) is not None


def shapes(texts: Sequence[str]) -> list[str]:
    """Return each text with every digit replaced by 9, and leading zeros by `LEADING_ZERO`.

    A million numerals have a few dozen shapes, and all numerals of a shape have the same vote.
    """
    joined = "\n" + "\n".join(texts)
    if joined.encode("utf-8", "replace").translate(None, _PLAIN_MARKS):
        joined = re.sub(r"(?<![0-9])0", LEADING_ZERO, joined)
    else:
        joined = joined.replace("\n0", "\n" + LEADING_ZERO)
    return joined.translate(_TO_SHAPE)[1:].split("\n")


def votes(counted: Mapping[str, int]) -> Votes:
    """Return the votes of shapes, given the number of occurrences of each."""
    total = Votes()
    for shape, count in counted.items():
        total += _vote(shape.replace(LEADING_ZERO, "0"), count)
    return total


@dataclass(slots=True)
class Handwriting:
    """The evidence in a column for its number format, collected block by block."""

    shapes: Counter[str] = field(default_factory=Counter)
    points: int = 0
    rows: int = 0
    is_filled: bool = False

    def add(self, texts: Sequence[str]) -> None:
        """Add the numbers of a block."""
        self.rows += len(texts)
        self.is_filled = self.is_filled or any(map(str.strip, texts))
        points = _plain_points(texts)
        if points is not None:
            self.points += points
        elif len(self.shapes) < _MOST_SHAPES:
            self.shapes.update(shapes(texts))

    @property
    def votes(self) -> Votes:
        """The votes of all numbers."""
        return votes(self.shapes) + Votes(point=self.points)

    @property
    def currencies(self) -> frozenset[str]:
        """The currency signs in the column."""
        return frozenset(found for shape in self.shapes for found in _CURRENCY_FOUND.findall(shape))

    @property
    def is_void(self) -> bool:
        """True when all cells are empty."""
        return not self.is_filled

    @property
    def is_in_percent(self) -> bool:
        """True when more than half of the numbers have a percent sign."""
        return 2 * sum(n for shape, n in self.shapes.items() if "%" in shape) > self.rows


def decimal_mark(own: Votes, others: Votes, *, is_count: bool) -> Mark:
    """Return the decimal mark of a column by its own votes, then by those of the whole file.

    Counts have no decimals, so `1.234` in a column of counts is 1234. Without any vote the mark is a dot, so
    `1.234` is 1.234 and `1,234` is 1234.
    """
    if own.winner is not None:
        return own.winner
    if is_count and own.dotted != own.commaed:
        return _OTHER["." if own.dotted > own.commaed else ","]
    return others.winner or "."


def _plain_points(texts: Sequence[str]) -> int | None:
    """Return the votes for a point of a column of digits with unambiguous points; None for other columns.

    Most columns are of this form, and checking them as one string is several times faster.
    """
    joined = "\n".join(texts).encode("utf-8", "replace")
    marks = joined.translate(None, b"0123456789")
    if marks.translate(None, b".\n") or b".." in marks or _THREE_DECIMALS.search(joined):
        return None
    return marks.count(b".")


def _vote(text: str, count: int) -> Votes:
    found = _match(text)
    if found is None:
        return Votes()
    body = found["body"]
    if found["no_cents"]:
        body += found["no_cents"] + "0"
    as_point, as_comma = (_GRAMMARS[mark].fullmatch(body) for mark in (".", ","))
    if as_point and as_comma:
        return Votes(dotted=count * ("." in body), commaed=count * ("," in body))
    return Votes(point=count * bool(as_point), comma=count * bool(as_comma))
