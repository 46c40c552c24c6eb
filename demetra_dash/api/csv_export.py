"""CSV export for spreadsheets, protected against formula injection.

Texts that a spreadsheet could run as formulas are disarmed. Numbers and dates are written raw, with a decimal
point, as in the JSON.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from typing import TYPE_CHECKING

from demetra_dash.api.encoding import plain
from services.formulas import disarmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.views import Row


def csv_bytes(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return a header line and `rows` as CSV in UTF-8 with a byte order mark, which Excel needs."""
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return page.getvalue().encode("utf-8-sig")


def csv_lines(rows: Iterable[Sequence[str | None]], texts: Sequence[int]) -> bytes:
    """Return `rows` as a part of a CSV file in UTF-8; cells at the places `texts` may look like formulas."""
    page = io.StringIO(newline="")
    csv.writer(page).writerows(_safe(row, texts) for row in rows)
    return page.getvalue().encode()


def _safe(row: Sequence[str | None], texts: Sequence[int]) -> list[str | None]:
    cells = list(row)
    for place in texts:
        text = cells[place]
        cells[place] = None if text is None else _disarmed_name(text)
    return cells


_disarmed_name = lru_cache(10_000)(disarmed)  # names come again and again


def _cell(value: object) -> object:
    return disarmed(value) if isinstance(value, str) else plain(value)
