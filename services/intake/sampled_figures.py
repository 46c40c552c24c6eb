"""The figures of a sample of rows as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from services.intake.columns import COUNTS, RATIOS, Field
from services.intake.figures import ColumnReader, Style
from services.intake.numerals import Mark, Votes, decimal_mark, shapes, votes
from services.intake.row_sample import RowSample

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class SampledFigures:
    """Figures by field, in the unit that a heading names, else as written; NaN where a cell tells no number.

    `units` are the units of the headings by field, such as 1000 for thousands.
    """

    def __init__(
        self, sample: RowSample, styles: Mapping[Field, Style], mark: Mark, units: Mapping[Field, Decimal]
    ) -> None:
        self._units = units
        self._sample = sample
        self._styles = styles
        self._mark = mark
        self._values: dict[tuple[Field, Mark], Floats] = {}

    def __contains__(self, name: Field) -> bool:
        return name in self._sample.cells

    def __getitem__(self, name: Field) -> Floats:
        """Return the figures of a recognised column, in its decided decimal mark."""
        style = self._styles.get(name)
        return self.read(name, style.mark if style is not None else self.mark_of(name))

    def read(self, name: Field, mark: Mark) -> Floats:
        """Return the figures of a column with the given decimal mark; empty cells are NaN."""
        if (name, mark) not in self._values:
            style = Style(str(name), mark, is_ratio=name in RATIOS, needs_value=True)
            texts = self._sample.texts(name)
            values = ColumnReader(style).read(texts).values if texts else []
            self._values[name, mark] = np.array(values, dtype=np.float64) * float(self._units.get(name, 1))
        return self._values[name, mark]

    def mark_of(self, name: Field) -> Mark:
        """Return the decimal mark of a column that is not read, by its own votes."""
        texts = self._sample.texts(name)
        own = votes(Counter(shapes(texts))) if texts else Votes()
        others = Votes(point=int(self._mark == "."), comma=int(self._mark == ","))
        return decimal_mark(own, others, is_count=name in COUNTS)

    def decimals(self, name: Field) -> int:
        """Return the most decimals that a cell of a column has."""
        style = self._styles.get(name)
        mark = style.mark if style is not None else self.mark_of(name)
        parts = (text.rpartition(mark) for text in self._sample.texts(name) if mark in text)
        return max((len(part.rstrip("% ")) for _, _, part in parts), default=0)
