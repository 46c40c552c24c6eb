"""A sample of a file's rows, spread evenly over all of it: evidence for decisions about whole columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from services.intake.columns import Field

MOST_ROWS = 20_000
"""The most rows of a sample; a file with fewer rows is in it as a whole."""

_LONGEST = 64  # no number is longer


@dataclass(slots=True)
class RowSample:
    """The cells of some columns as written, by field; every `_step`-th row of the file."""

    cells: dict[Field, list[str]] = field(default_factory=dict)
    _step: int = 1
    _ahead: int = 0
    """The number of rows before the next one that belongs to the sample."""

    def add(self, columns: Sequence[Sequence[str]], places: Mapping[Field, int], rows: int) -> None:
        """Add a block: its cells by column, the columns of the fields, and its number of rows."""
        first = self._ahead
        for name, at in places.items():
            taken = columns[at][first :: self._step]
            self.cells.setdefault(name, []).extend(text[:_LONGEST] for text in taken)
        count = max(0, -(-(rows - first) // self._step))
        self._ahead = first + count * self._step - rows
        if self.rows > MOST_ROWS:
            self._thin()

    @property
    def rows(self) -> int:
        """The number of rows in the sample."""
        return len(next(iter(self.cells.values()), ()))

    def texts(self, name: Field) -> Sequence[str]:
        """Return the cells of a field's column; nothing without that column."""
        return self.cells.get(name, ())

    def has(self, names: Collection[Field]) -> bool:
        """Return whether all of these fields have a column."""
        return all(name in self.cells for name in names)

    def _thin(self) -> None:
        """Keep every second row; the next one stays in step with them."""
        if self.rows % 2:
            self._ahead += self._step
        for texts in self.cells.values():
            del texts[1::2]
        self._step *= 2
