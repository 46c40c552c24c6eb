"""Parsing of a column of numbers, check against the limits of the table, and encoding for COPY."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from services.intake.memo import Memo
from services.intake.numerals import LEADING_ZERO, Mark, is_not_finite, read_numeral, shapes
from services.intake.reasons import (
    NUMBER_MISSING,
    NUMBER_NEGATIVE,
    NUMBER_NOT_FINITE,
    NUMBER_TOO_LARGE,
    NUMBER_UNREADABLE,
    quoted,
)
from services.text import Text

COUNT_LIMIT = 9.2e18
"""Limit of counts, just below 2^63, since their column type is `bigint`."""

MONEY_LIMIT = 1e14
"""Limit of conversions and money: `numeric(18, 4)` has fourteen digits before the point."""

NOT_RECORDED = r"\N"
"""The text for COPY of a figure that the file does not tell: NULL."""

_DASHES = frozenset({"-", "--", "---", "—", "–", "−"})
_NO_VALUE = re.compile(
    r"[<(\[]?(?:null|none|nil|nan|nat|n[./]?a\.?|#n/a|#n/d|#nv|n[./]?d\.?|k\. ?a\.|undefined|unknown|missing"
    r"|not set|not available|(?:нет|н/д|н\.д\.)(?: данных)?|#(?:div/0|value|ref|name|num|null)[!?]"
    r"|\.{2,3}|…|\?+|\\n)[>)\]]?|\s*[-—–−]+\s*%?",
    re.IGNORECASE,
)
_LONGEST_WORDS = 24
_CENTI_CENT = Decimal("0.0001")
_PLAIN = re.compile(r"[0-9]*\.?[0-9]+")
_MANY_DIGITS = re.compile(rb"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Style:
    """The number format of one column.

    A value without a percent sign is divided by `unit`: 100 for a ratio in percent or an amount in cents,
    0.001 for thousands. Only ratios may have a percent sign; counts are never negative. An empty cell is 0,
    since platforms leave cells empty where nothing was bought; with `needs_value` it is not recorded (a
    price, or a column without any value).
    """

    name: str
    mark: Mark
    is_ratio: bool = False
    is_count: bool = False
    unit: Decimal | int = 1
    needs_value: bool = False

    @property
    def limit(self) -> float:
        """The exclusive upper limit of the column's values."""
        return COUNT_LIMIT if self.is_count else MONEY_LIMIT


class Cell(NamedTuple):
    """One number: its value, its text for COPY, and the reason if it is not recorded (its value is then NaN).

    `is_blank` marks a reason that is no damage: the cell says that there is no value.
    """

    value: float
    text: str
    problem: Text | None = None
    is_empty: bool = False
    is_rounded: bool = False
    is_blank: bool = False


@dataclass(slots=True)
class Column:
    """The numbers of one column in one block, as texts for COPY, and the positions of special cells.

    `problems` are the reasons of the cells that are not recorded, whose values are NaN.
    """

    texts: Sequence[str]
    _values: list[float] | None = None
    problems: Mapping[int, Text] = field(default_factory=dict)
    blank_at: Collection[int] = ()
    negative_at: Sequence[int] = ()
    empty_at: Sequence[int] = ()
    rounded_at: Sequence[int] = ()
    _as_number: type[float] = float

    @property
    def values(self) -> list[float]:
        """The numbers as floats or integers; they are parsed at the first access, since that takes time."""
        if self._values is None:
            self._values = list(map(self._as_number, self.texts))
        return self._values

    @property
    def empty(self) -> int:
        """The number of empty cells, including those of rejected rows."""
        return len(self.empty_at)

    @property
    def rounded(self) -> int:
        """The number of rounded cells, including those of rejected rows."""
        return len(self.rounded_at)


class ColumnReader:
    """Parses a column in the number format that was decided for the whole file."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._cells = Memo(lambda text: read_cell(text, style))
        self._simple = Memo(lambda shape: _is_simple(shape, style.mark))

    def read(self, texts: Sequence[str]) -> Column:
        """Return the numbers of a block; an unusable one is not recorded, with its reason in `problems`."""
        plain = self._plain(texts) if self._style.unit == 1 else None
        if plain is None:
            return self._read_each(texts)
        return Column(plain, _as_number=int if self._style.is_count else float)

    def _plain(self, texts: Sequence[str]) -> Sequence[str] | None:
        """Return the numbers as plain digits if the whole column can be converted at once, else None."""
        if self._style.mark == "." and _are_plain(texts, self._style):
            return texts
        written = shapes(texts)
        if len(written) != len(texts) or not all(self._simple[shape] for shape in set(written)):
            return None
        bare = _bare(texts, self._style.mark)
        return bare if _are_plain(bare, self._style) else None

    def _read_each(self, texts: Sequence[str]) -> Column:
        cells = [self._cells[text] for text in texts]
        return Column(
            [cell.text for cell in cells],
            [cell.value for cell in cells],
            problems={at: cell.problem for at, cell in enumerate(cells) if cell.problem is not None},
            blank_at=frozenset(at for at, cell in enumerate(cells) if cell.is_blank),
            negative_at=[at for at, cell in enumerate(cells) if cell.value < 0],
            empty_at=[at for at, cell in enumerate(cells) if cell.is_empty],
            rounded_at=[at for at, cell in enumerate(cells) if cell.is_rounded],
        )


def _is_simple(shape: str, mark: Mark) -> bool:
    """Return whether numbers of this shape keep their value when only digits and decimal mark are kept."""
    written = shape.replace(LEADING_ZERO, "0")
    numeral = read_numeral(written, mark)
    if numeral is None or numeral.value < 0 or numeral.is_percent:
        return False
    bare = _bare([written], mark)[0]
    return _PLAIN.fullmatch(bare) is not None and Decimal(bare) == numeral.value


def _bare(texts: Sequence[str], mark: Mark) -> Sequence[str]:
    joined = re.sub(rf"[^0-9\n{mark}]", "", "\n".join(texts))
    return joined.replace(mark, ".").split("\n")


def _are_plain(texts: Sequence[str], style: Style) -> bool:
    """Return whether all texts are digits with at most one point, and clearly below the limit.

    Such texts are valid for COPY without parsing. The column is checked as one string, which is ten times
    faster than parsing its numbers.
    """
    joined = "\n".join(texts).encode("utf-8", "replace")
    marks = joined.translate(None, b"0123456789")
    if marks.translate(None, b"\n" if style.is_count else b".\n") or b".." in marks:
        return False
    if marks.count(b"\n") != len(texts) - 1 or "" in texts or "." in texts:
        return False
    return _MANY_DIGITS.search(joined) is None


def read_cell(text: str, style: Style) -> Cell:
    """Return one parsed number, with a reason if the cell does not tell one."""
    bare = text.strip()
    if not bare and not style.needs_value:
        return Cell(0.0, "0", is_empty=True)
    if style.is_ratio and bare in _DASHES and not style.needs_value:
        return Cell(0.0, "", is_empty=True)
    if not bare or (len(bare) <= _LONGEST_WORDS and _NO_VALUE.fullmatch(bare)):
        return _problem(NUMBER_MISSING, bare, style)._replace(is_blank=True)
    numeral = read_numeral(bare, style.mark)
    if numeral is None or (numeral.is_percent and not style.is_ratio):
        return _problem(NUMBER_NOT_FINITE if is_not_finite(bare) else NUMBER_UNREADABLE, bare, style)
    if style.is_ratio:
        return _ratio(numeral.value / (100 if numeral.is_percent else style.unit), bare, style)
    if numeral.value < 0 and style.is_count:
        return _problem(NUMBER_NEGATIVE, bare, style)
    if abs(numeral.value) >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return _amount(numeral.value / style.unit, bare, style)


def write_amounts(values: Sequence[float]) -> list[str]:
    """Return derived conversions or money as texts for COPY, with four decimals; NaN is not recorded."""
    return [f"{value:.4f}" if value == value else NOT_RECORDED for value in values]


def write_counts(values: Sequence[float]) -> list[str]:
    """Return derived counts as texts for COPY; NaN is not recorded."""
    return [str(int(value)) if value == value else NOT_RECORDED for value in values]


def _problem(reason: Text, bare: str, style: Style) -> Cell:
    return Cell(math.nan, NOT_RECORDED, reason.format(column=style.name, value=quoted(bare)))


def _amount(value: Decimal, bare: str, style: Style) -> Cell:
    written = value.quantize(Decimal(1) if style.is_count else _CENTI_CENT, ROUND_HALF_EVEN)
    if abs(written) >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return Cell(float(written), f"{written:f}", is_rounded=style.is_count and written != value)


def _ratio(value: Decimal, bare: str, style: Style) -> Cell:
    if abs(value) >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return Cell(float(value), "")
