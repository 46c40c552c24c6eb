"""Remarks of an import report on numbers: their units, cells without one, refunds and credits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.intake.number_units import Finding
from services.intake.report import Remark
from services.intake.rows import BadCells, Tally
from services.text import Text

_UNITS: Mapping[str, Text] = {
    "percent": Text(en="“{column}” was read as percent.", ru="«{column}» прочитан как проценты."),
    "percent_assumed": Text(
        en="“{column}” was read as percent ({value} is {value} %), since that is usual; no figure of the "
        "file proves it. If it is a fraction, write it in percent and import the file again.",
        ru="«{column}» прочитан как проценты ({value} — это {value} %), так как это обычно; в файле "
        "этого ничто не доказывает. Если это доли, запишите их в процентах и загрузите файл снова.",
    ),
    "fraction_assumed": Text(
        en="“{column}” was read as a fraction ({value} is {percent} %), since that is usual; no figure of "
        "the file proves it. If it is percent, write “%” into the heading and import the file again.",
        ru="«{column}» прочитан как доля ({value} — это {percent} %), так как это обычно; в файле этого "
        "ничто не доказывает. Если это проценты, допишите «%» в заголовок и загрузите файл снова.",
    ),
    "micros": Text(
        en="“{column}” was read as millionths (micros): {value} is {millionth}.",
        ru="«{column}» прочитан как миллионные доли (микро): {value} — это {millionth}.",
    ),
    "unit_named": Text(
        en="“{column}” was read in the unit that its heading names: {value} is {amount}.",
        ru="«{column}» прочитан в единицах из заголовка: {value} — это {amount}.",
    ),
    "price_improbable": Text(
        en="By “{column}”, a click costs {value} on average. If that cannot be, the amounts are in another "
        "unit (cents, millionths): divide them and import the file again.",
        ru="Судя по «{column}», клик стоит в среднем {value}. Если этого не может быть, суммы — в других "
        "единицах (центах, миллионных долях): пересчитайте их и загрузите файл снова.",
    ),
}
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


def on_the_units(findings: Iterable[Finding]) -> Iterator[Remark]:
    """Yield the remarks on percent, fractions and millionths."""
    for found in findings:
        words = _UNITS[found.code].format(
            column=found.column,
            value=_short(found.value),
            percent=_short(100 * found.value),
            millionth=_short(found.value / 1e6),
            amount=_short(found.value * found.unit),
        )
        yield Remark(found.code, words)


def _short(value: float) -> Text:
    """Return a value with at most four significant digits behind the point, in both languages."""
    digits = f"{value:.4g}" if abs(value) < 1_000 else f"{value:.2f}".rstrip("0").rstrip(".")
    return Text(en=digits, ru=digits.replace(".", ","))


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
