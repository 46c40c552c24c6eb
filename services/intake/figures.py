"""Parsing of a column of numbers, check against the limits of the table, and encoding for COPY."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from services.intake.memo import Memo
from services.intake.numerals import LEADING_ZERO, Mark, is_not_finite, read_numeral, shapes
from services.intake.reasons import (
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

_NOTHING = frozenset({"", "-", "--", "—", "–"})
_CENTI_CENT = Decimal("0.0001")
_MANY_DIGITS = re.compile(rb"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Style:
    """The number format of one column.

    A value without a percent sign is divided by `unit`: 100 for a ratio in percent. Only ratios may have a
    percent sign or be negative.
    """

    name: str
    mark: Mark
    is_ratio: bool = False
    is_count: bool = False
    unit: int = 1

    @property
    def limit(self) -> float:
        """The exclusive upper limit of the column's values."""
        return COUNT_LIMIT if self.is_count else MONEY_LIMIT


class Cell(NamedTuple):
    """One number: its value, its text for COPY, and the reason if it is unusable."""

    value: float
    text: str
    problem: Text | None = None
    is_empty: bool = False
    is_rounded: bool = False


@dataclass(slots=True)
class Column:
    """The numbers of one column in one block, as texts for COPY, and the positions of special cells."""

    texts: Sequence[str]
    _values: list[float] | None = None
    problems: Mapping[int, Text] = field(default_factory=dict)
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
        """Return the numbers of a block; an unusable number is 0, with its reason in `problems`."""
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
            empty_at=[at for at, cell in enumerate(cells) if cell.is_empty],
            rounded_at=[at for at, cell in enumerate(cells) if cell.is_rounded],
        )


def _is_simple(shape: str, mark: Mark) -> bool:
    """Return whether numbers of this shape keep their value when only digits and decimal mark are kept."""
    numeral = read_numeral(shape.replace(LEADING_ZERO, "0"), mark)
    return numeral is not None and numeral.value >= 0 and not numeral.is_percent and "9e" not in shape.lower()


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
    """Return one parsed number; an empty cell or a dash is 0."""
    bare = text.strip()
    if bare in _NOTHING:
        return Cell(0.0, "0", is_empty=True)
    numeral = read_numeral(bare, style.mark)
    if numeral is None or (numeral.is_percent and not style.is_ratio):
        return _problem(NUMBER_NOT_FINITE if is_not_finite(bare) else NUMBER_UNREADABLE, bare, style)
    if style.is_ratio:
        return _ratio(numeral.value / (100 if numeral.is_percent else style.unit), bare, style)
    if numeral.value < 0:
        return _problem(NUMBER_NEGATIVE, bare, style)
    if numeral.value >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return _amount(numeral.value, bare, style)


def write_amounts(values: Sequence[float]) -> list[str]:
    """Return derived conversions or money as texts for COPY, with four decimals."""
    return [f"{value:.4f}" for value in values]


def write_counts(values: Sequence[float]) -> list[str]:
    """Return derived counts as texts for COPY."""
    return [str(int(value)) for value in values]


def _problem(reason: Text, bare: str, style: Style) -> Cell:
    return Cell(0.0, "0", reason.format(column=style.name, value=quoted(bare)))


def _amount(value: Decimal, bare: str, style: Style) -> Cell:
    written = value.quantize(Decimal(1) if style.is_count else _CENTI_CENT, ROUND_HALF_EVEN)
    if written >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return Cell(float(written), f"{written:f}", is_rounded=style.is_count and written != value)


def _ratio(value: Decimal, bare: str, style: Style) -> Cell:
    if abs(value) >= style.limit:
        return _problem(NUMBER_TOO_LARGE, bare, style)
    return Cell(float(value), "")
