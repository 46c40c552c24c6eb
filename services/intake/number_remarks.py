"""Remarks of an import report on numbers: cells without one, refunds and credits."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.report import Remark
from services.intake.rows import BadCells, Tally
from services.text import Text

_BAD_CELLS = Text(
    en="“{column}”: cells without a readable number, not recorded: {cells} (lines {lines}; {reason}). "
    "The rest of their rows counts.",
    ru="«{column}»: ячеек без числа, показатель не записан: {cells} (строки {lines}; {reason}). "
    "Остальное в этих строках учтено.",
)
_UNDERIVED = Text(
    en="“{column}” was not recorded in rows where it cannot be computed: {cells} (lines {lines}; {reason}).",
    ru="«{column}»: не записано в строках, где его нельзя вычислить: {cells} (строки {lines}; {reason}).",
)
_NEGATIVE = Text(
    en="“{column}”: amounts below zero (refunds, credits), counted as they are: {rows}.",
    ru="«{column}»: сумм меньше нуля (возвраты, зачёты), учтены как есть: {rows}.",
)


def on_the_cells(tally: Tally) -> Iterator[Remark]:
    """Yield the remarks on cells that are not recorded, and on amounts below zero."""
    for name, rows in tally.negative.items():
        if rows:
            yield Remark("negative", _NEGATIVE.format(column=name, rows=rows), rows)
    for name, found in tally.bad.items():
        yield _on_bad_cells("cells_not_recorded", _BAD_CELLS, name, found)
    for name, found in tally.underived.items():
        yield _on_bad_cells("figures_not_derived", _UNDERIVED, name, found)


def _on_bad_cells(code: str, words: Text, column: str, found: BadCells) -> Remark:
    more = ", …" if found.cells > len(found.lines) else ""
    lines = ", ".join(map(str, found.lines)) + more
    text = words.format(column=column, cells=found.cells, lines=lines, reason=found.first)
    return Remark(code, text, found.cells, tuple(found.lines))
