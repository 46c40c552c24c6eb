"""CSV export for spreadsheets, protected against formula injection.

Texts that a spreadsheet could run as formulas are disarmed. Numbers and dates are written raw, with a decimal
point, as in the JSON; for Excel, as the page shows them and in the notation of a language.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from demetra_dash.api.encoding import plain
from services.formulas import disarmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.reports.content import Table
    from services.text import Lang
    from services.views import Kind, Row


def csv_bytes(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return a header line and `rows` as CSV in UTF-8 with a byte order mark, which Excel needs."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return page.getvalue().encode("utf-8-sig")


def excel_bytes(table: Table, currency: str, lang: Lang) -> bytes:
    """Return a table as CSV that Excel opens in columns and numbers, with the system settings of a language.

    Headings are titles, amounts with their currency; ratios are percents.
    """
    notation = _NOTATIONS[lang]
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=notation.separator)
    writer.writerow(
        disarmed(f"{one.title}, {currency}" if one.kind == "money" else one.title) for one in table.headings
    )
    kinds = [one.kind for one in table.headings]
    for row in table.rows:
        writer.writerow(notation.write(value, kind) for value, kind in zip(row, kinds, strict=True))
    return page.getvalue().encode("utf-8-sig")


@dataclass(frozen=True, slots=True)
class _Notation:
    """How a spreadsheet with the settings of a language separates cells and writes decimals."""

    separator: str
    decimal: str

    def write(self, value: object, kind: Kind) -> object:
        """Return a cell: text as it is, numbers with the decimals of their kind, and no value as nothing."""
        if isinstance(value, str):
            return disarmed(value)
        number = plain(value)
        if kind not in _DECIMALS or not isinstance(number, int | float):
            return number
        shown, unit = (100 * number, "%") if kind == "percent" else (number, "")
        return f"{shown:.{_DECIMALS[kind]}f}".replace(".", self.decimal) + unit


_PLAIN = _Notation(",", ".")
_NOTATIONS: dict[Lang, _Notation] = {"en": _PLAIN, "ru": _Notation(";", ",")}
_DECIMALS: dict[Kind, int] = {"money": 2, "percent": 2, "number": 2, "count": 0}


def csv_lines(
    rows: Iterable[Sequence[str | None]],
    texts: Sequence[int],
    numbers: Sequence[int] = (),
    lang: Lang | None = None,
) -> bytes:
    """Return `rows` as a part of a CSV file in UTF-8; cells at the places `texts` may look like formulas.

    With a language, the cells at the places `numbers` and the separator are as in its notation for Excel.
    """
    notation = _PLAIN if lang is None else _NOTATIONS[lang]
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=notation.separator)
    writer.writerows(_safe(row, texts, numbers, notation.decimal) for row in rows)
    return page.getvalue().encode()


def _safe(
    row: Sequence[str | None], texts: Sequence[int], numbers: Sequence[int], decimal: str
) -> list[str | None]:
    cells = list(row)
    for place in texts:
        text = cells[place]
        cells[place] = None if text is None else _disarmed_name(text)
    if decimal != _PLAIN.decimal:
        for place in numbers:
            text = cells[place]
            cells[place] = None if text is None else text.replace(_PLAIN.decimal, decimal)
    return cells


_disarmed_name = lru_cache(10_000)(disarmed)  # names come again and again


def _cell(value: object) -> object:
    return disarmed(value) if isinstance(value, str) else plain(value)
