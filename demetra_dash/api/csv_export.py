"""CSV export for spreadsheets, protected against formula injection.

Texts that a spreadsheet could run as formulas are disarmed. Numbers and dates are written raw, with a decimal
point, as in the JSON; in the lines of an export, amounts keep all of their digits.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
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


def csv_lines(rows: Iterable[Sequence[object]], *, is_first: bool = False) -> bytes:
    """Return `rows` as a part of a CSV file in UTF-8; its first part has the byte order mark."""
    page = io.StringIO(newline="")
    csv.writer(page).writerows([_exact(value) for value in row] for row in rows)
    return page.getvalue().encode("utf-8-sig" if is_first else "utf-8")


def _exact(value: object) -> object:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case bool():
            return str(value).lower()
    return _cell(value)


def _cell(value: object) -> object:
    return disarmed(value) if isinstance(value, str) else plain(value)
