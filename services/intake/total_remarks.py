"""Remarks of an import report on rows of totals."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.columns import MEASURE_NAMES
from services.intake.report import Remark
from services.intake.totals import TotalRows, Totals
from services.text import LANGS, Lang, Text, number

_LEFT_OUT = Text(
    en="Rows that are sums of others were left out: {rows}{name} (lines {lines}; {sums}).",
    ru="Строк, которые являются суммой других и не учтены: {rows}{name} (строки {lines}; {sums}).",
)
_DIFFERS = Text(
    en="The file's own total in line {line} differs from its rows: {measure} {stated}, its rows have {read}. "
    "The rows count. If some are missing, export the file again.",
    ru="Итог файла в строке {line} не сходится с его строками: {measure} {stated}, а в строках {read}. "
    "Учтены строки. Если часть из них потеряна, выгрузите файл снова.",
)
_KEPT = Text(
    en="Rows called “{name}” equal no sum of others, so they count: {rows}. If they are totals, delete them.",
    ru="Строки «{name}» не равны сумме других, поэтому учтены: {rows}. Если это итоги, удалите их.",
)


def on_the_totals(totals: Totals) -> Iterator[Remark]:
    """Yield the remarks on rows of totals: left out, different from the rows, or counted as rows."""
    for found in totals.rows:
        yield Remark("totals_left_out", _left_out(found), found.rows, found.lines)
    for one in totals.differences:
        words = _DIFFERS.format(
            line=one.line,
            measure=MEASURE_NAMES[one.measure],
            stated=_number(one.stated),
            read=_number(one.read),
        )
        yield Remark("total_differs", words, 1, (one.line,))
    for name, rows in totals.kept:
        yield Remark("totals_kept", _KEPT.format(name=name, rows=rows), rows)


def _left_out(found: TotalRows) -> Text:
    more = ", …" if found.rows > len(found.lines) else ""
    sums = {
        lang: ", ".join(
            f"{MEASURE_NAMES[name][lang]} {_figure(value, lang)}" for name, value in found.sums.items()
        )
        for lang in LANGS
    }
    return _LEFT_OUT.format(
        rows=found.rows,
        name=Text(en=f", “{found.name}”", ru=f", «{found.name}»") if found.name else "",
        lines=", ".join(map(str, found.lines)) + more,
        sums=Text(**sums),
    )


def _number(value: float) -> Text:
    return Text(**{lang: _figure(value, lang) for lang in LANGS})


def _figure(value: float, lang: Lang) -> str:
    return number(value, lang, decimals=0 if abs(value - round(value)) < 0.005 else 2)
