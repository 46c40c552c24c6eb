"""Rows of cells as lines of text; and, run as a program, the sheets of a workbook as such lines.

Workbooks are read in a process of their own: a hostile one can exhaust its memory or crash its reader, and
then this process ends, not the one that imports. The program writes all sheets, one after the other, to an
open file, and a description of them as JSON to its standard output. Each row of a sheet is one line, also an
empty one, so the number of a line is that of its row.

    python sheets.py WORKBOOK DESCRIPTOR MEMORY_BYTES SECONDS
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

TOO_LARGE = 3
"""Exit code: the workbook needs more memory than the limit."""

ENCRYPTED = 4
"""Exit code: the workbook has a password."""

DAMAGED = 5
"""Exit code: the workbook cannot be read; the reason is on the standard error output."""

MOST_SHEETS = 200
"""The most sheets of a workbook that are read."""

MOST_CELL = 100_000
"""The most characters of a cell; spreadsheet programs allow 32,767."""

_PIECE_LINES = 2_000
_BREAKS = str.maketrans(dict.fromkeys("\t\n\r", " "))


def as_line(cells: Sequence[str]) -> str:
    """Return the cells as one line of tab-separated text, with its end; cells are cut at `MOST_CELL`."""
    line = "\t".join(cells)
    if len(line) > MOST_CELL or '"' in line or "\n" in line or "\r" in line or line.count("\t") >= len(cells):
        line = "\t".join(map(_cell, cells))
    return line + "\n"


def _cell(text: str) -> str:
    text = text[:MOST_CELL].translate(_BREAKS)
    return '"' + text.replace('"', '""') + '"' if '"' in text else text


def as_text(value: Any) -> str:
    """Return the value of a cell as text: days as 2025-01-31, numbers with 15 digits, as Excel has them."""
    write = _WRITERS.get(type(value), str)
    return write(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e18:
        return f"{value:.0f}"
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _moment(value: datetime.datetime) -> str:
    """Return a day, with its time to the second unless it is midnight."""
    if value.microsecond >= 500_000:
        value += datetime.timedelta(seconds=1)
    value = value.replace(microsecond=0)
    is_day = value.time() == datetime.time() and value.tzinfo is None
    return value.date().isoformat() if is_day else value.isoformat(sep=" ")


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    float: _number,
    bool: lambda value: str(value).upper(),
    type(None): lambda _: "",
    datetime.datetime: _moment,
}


def main(workbook: str, descriptor: int) -> list[dict[str, Any]]:
    """Write the sheets to an open file and return their descriptions."""
    import python_calamine

    found = []
    book = python_calamine.CalamineWorkbook.from_path(workbook)
    sheets = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    for sheet in sheets[:MOST_SHEETS]:
        start = os.lseek(descriptor, 0, os.SEEK_END)
        for piece in _pieces(book.get_sheet_by_name(sheet.name)):
            _write(descriptor, piece)
        end = os.lseek(descriptor, 0, os.SEEK_END)
        is_visible = sheet.visible == python_calamine.SheetVisibleEnum.Visible
        found.append({"name": sheet.name, "start": start, "end": end, "visible": is_visible})
    return found


def _pieces(sheet: Any) -> Iterator[bytes]:
    """Yield the rows as lines. The reader leaves out empty columns on the left, but not empty rows above."""
    before = [""] * (sheet.start[1] if sheet.start else 0)
    lines: list[str] = []
    for row in sheet.iter_rows():
        cells = [value if type(value) is str else as_text(value) for value in row]
        lines.append(as_line(before + cells) if any(cells) else "\n")
        if len(lines) >= _PIECE_LINES:
            yield "".join(lines).encode("utf-8", "replace")
            lines.clear()
    yield "".join(lines).encode("utf-8", "replace")


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _run(arguments: Sequence[str]) -> int:
    import python_calamine

    workbook, descriptor, memory, seconds = arguments[0], *map(int, arguments[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = main(workbook, descriptor)
    except MemoryError:
        return TOO_LARGE
    except python_calamine.PasswordError:
        return ENCRYPTED
    except (python_calamine.CalamineError, ValueError, LookupError) as error:
        sys.stderr.write(str(error))
        return DAMAGED
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
