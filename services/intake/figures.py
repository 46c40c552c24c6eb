"""Reads a column of numbers, checks them against what the table can hold, and writes them for COPY."""

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
"""Counts are `bigint`: this is just below 2^63."""

MONEY_LIMIT = 1e14
"""Conversions and money are `numeric(18, 4)`: fourteen digits before the point."""

_NOTHING = frozenset({"", "-", "--", "—", "–"})
_CENTI_CENT = Decimal("0.0001")
_MANY_DIGITS = re.compile(rb"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Style:
    """How one column writes its numbers.

    `unit` is what a value without a percent sign is divided by: 100 for a ratio in percent. A
    percent sign is allowed in ratios only; they may be negative.
    """

    name: str
    mark: Mark
    is_ratio: bool = False
    is_count: bool = False
    unit: int = 1

    @property
    def limit(self) -> float:
        """The values of the column stay below this."""
        return COUNT_LIMIT if self.is_count else MONEY_LIMIT


class Cell(NamedTuple):
    """One number: its value, its text for COPY, and why it cannot be used, if so."""

    value: float
    text: str
    problem: Text | None = None
    is_empty: bool = False
    is_rounded: bool = False


@dataclass(slots=True)
class Column:
    """The numbers of one column in one block, as text for COPY, and which were empty or rounded."""

    texts: Sequence[str]
    _values: list[float] | None = None
    problems: Mapping[int, Text] = field(default_factory=dict)
    empty_at: Sequence[int] = ()
    rounded_at: Sequence[int] = ()
    _as_number: type[float] = float

    @property
    def values(self) -> list[float]:
        """The numbers themselves; they are read when first asked for, since that takes time."""
        if self._values is None:
            self._values = list(map(self._as_number, self.texts))
        return self._values

    @property
    def empty(self) -> int:
        """How many cells were empty, in usable rows or not."""
        return len(self.empty_at)

    @property
    def rounded(self) -> int:
        """How many numbers were rounded, in usable rows or not."""
        return len(self.rounded_at)


class ColumnReader:
    """Reads a column in the style that was decided for the whole file."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._cells = Memo(lambda text: read_cell(text, style))
        self._simple = Memo(lambda shape: _is_simple(shape, style.mark))

    def read(self, texts: Sequence[str]) -> Column:
        """Return the numbers of a block; a number that cannot be used counts as 0."""
        plain = self._plain(texts) if self._style.unit == 1 else None
        if plain is None:
            return self._read_each(texts)
        return Column(plain, _as_number=int if self._style.is_count else float)

    def _plain(self, texts: Sequence[str]) -> Sequence[str] | None:
        """Return the numbers as plain digits if they are, or can be made so, all at once."""
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
    """True when numbers of this shape are right as soon as all but their digits and mark is left out."""
    numeral = read_numeral(shape.replace(LEADING_ZERO, "0"), mark)
    return numeral is not None and numeral.value >= 0 and not numeral.is_percent and "9e" not in shape.lower()


def _bare(texts: Sequence[str], mark: Mark) -> Sequence[str]:
    joined = re.sub(rf"[^0-9\n{mark}]", "", "\n".join(texts))
    return joined.replace(mark, ".").split("\n")


def _are_plain(texts: Sequence[str], style: Style) -> bool:
    """True when all are digits, with one point at most, and clearly below the limit.

    Then they can go to the database as they are. The whole column is looked at as one string, which
    is ten times faster than reading its numbers.
    """
    joined = "\n".join(texts).encode("utf-8", "replace")
    marks = joined.translate(None, b"0123456789")
    if marks.translate(None, b"\n" if style.is_count else b".\n") or b".." in marks:
        return False
    if marks.count(b"\n") != len(texts) - 1 or "" in texts or "." in texts:
        return False
    return _MANY_DIGITS.search(joined) is None


def read_cell(text: str, style: Style) -> Cell:
    """Read one number; an empty cell or a dash is 0."""
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
    """Write computed conversions or money for COPY."""
    return [f"{value:.4f}" for value in values]


def write_counts(values: Sequence[float]) -> list[str]:
    """Write computed counts for COPY."""
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
