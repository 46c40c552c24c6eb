"""Rows of cells as lines of text; and, run as a program, the sheets of a workbook as such lines.

Workbooks are read in a process of their own: a hostile one can exhaust its memory or crash its reader, and
then this process ends, not the one that imports. The program writes all sheets, one after the other, to an
open file, and a description of them as JSON to its standard output. Each row of a sheet is one line, also an
empty one, so the number of a line is that of its row.

    python sheets.py WORKBOOK DESCRIPTOR MEMORY_BYTES SECONDS WAY

The way `whole` reads a sheet as a whole, which is fast; `rows` reads an XLSX sheet row by row, in little
memory, which takes five times as long.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any
from xml.parsers import expat

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
_NO_MEMORY = 1  # a code of expat
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_MOST_BYTES = 4_000_000_000  # of all sheets as text
_FORMATS_OF_DAYS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_Write = Callable[[bytes], None]
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


def main_by_rows(workbook: str, descriptor: int) -> list[dict[str, Any]]:
    """Write the sheets of an XLSX workbook to an open file, row by row, and return their descriptions."""
    found = []
    with zipfile.ZipFile(workbook) as book:
        strings = _shared_strings(book)
        days = _styles_of_days(book)
        for name, path, is_visible, epoch in _sheets_of(book)[:MOST_SHEETS]:
            start = os.lseek(descriptor, 0, os.SEEK_END)
            with book.open(path) as stream:
                _SheetParser(strings, days, epoch, lambda piece: _write(descriptor, piece)).parse(stream)
            end = os.lseek(descriptor, 0, os.SEEK_END)
            found.append({"name": name, "start": start, "end": end, "visible": is_visible})
    return found


class _Parser:
    """Calls methods for the tags of an XML text, without their prefixes; entities are refused."""

    def parse(self, stream: IO[bytes]) -> None:
        """Parse a text in pieces; raise `ValueError` for one that declares entities or is no XML."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, attributes: self.start(tag.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda tag: self.end(tag.rpartition(":")[2])
        parser.CharacterDataHandler = self.text
        parser.EntityDeclHandler = _refuse_entities
        try:
            parser.ParseFile(stream)
        except expat.ExpatError as error:
            if error.code == _NO_MEMORY:
                raise MemoryError from error
            raise ValueError(str(error)) from error

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""

    def end(self, tag: str) -> None:
        """End an element."""

    def text(self, text: str) -> None:
        """Add a part of the text of an element."""


def _refuse_entities(*_: object) -> None:
    raise ValueError("declares entities")


class _Texts(_Parser):
    """Collects the texts of `t` elements within each `si` element, without those of phonetic hints."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._is_in = False
        self._is_hint = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self._parts = []
        elif tag == "rPh":
            self._is_hint = True
        self._is_in = tag == "t" and not self._is_hint

    def end(self, tag: str) -> None:
        self._is_in = False
        if tag == "rPh":
            self._is_hint = False
        elif tag == "si":
            self.found.append("".join(self._parts)[:MOST_CELL])

    def text(self, text: str) -> None:
        if self._is_in:
            self._parts.append(text)


class _Elements(_Parser):
    """Collects the attributes of all elements, by tag, in their order."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        plain = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        self.found.append((tag, plain))


class _SheetParser(_Parser):
    """Writes the rows of a sheet as lines."""

    def __init__(
        self, strings: Sequence[str], days: Collection[int], epoch: datetime.datetime, write: _Write
    ) -> None:
        self._strings = strings
        self._days = days
        self._epoch = epoch
        self._write = write
        self._lines: list[str] = []
        self._row = 0
        self._cells: list[str] = []
        self._kind = ""
        self._style = 0
        self._parts: list[str] | None = None

    def parse(self, stream: IO[bytes]) -> None:
        super().parse(stream)
        self._write("".join(self._lines).encode("utf-8", "replace"))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            column = _column(attributes.get("r", ""))
            self._cells += [""] * (column - len(self._cells) if column > 0 else 0)
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._cells.append("")
        elif tag in {"v", "t"}:
            self._parts = []
        elif tag == "row":
            number = int(attributes.get("r", self._row + 1))
            self._lines += ["\n"] * min(max(number - self._row - 1, 0), _MOST_ROWS)
            self._row, self._cells = max(number, self._row + 1), []

    def end(self, tag: str) -> None:
        if tag in {"v", "t"} and self._parts is not None:
            text = "".join(self._parts)
            self._parts = None
            if self._cells:
                self._cells[-1] += self._value(text) if tag == "v" else text
        elif tag == "row":
            self._lines.append(as_line(self._cells) if any(self._cells) else "\n")
            if len(self._lines) >= _PIECE_LINES:
                self._write("".join(self._lines).encode("utf-8", "replace"))
                self._lines = []

    def text(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._strings[int(text)]
        if self._kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if self._kind == "e":
            return ""
        if self._kind != "n" or not text:
            return text
        if self._style in self._days:
            return _moment(self._epoch + datetime.timedelta(days=float(text)))
        return _number(float(text))


def _column(place: str) -> int:
    """Return the position of a cell such as AB12; -1 for one without a place."""
    column = 0
    for letter in place:
        if not "A" <= letter <= "Z" or column > _MOST_COLUMNS:
            break
        column = column * 26 + ord(letter) - 64
    return column - 1


def _shared_strings(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    texts = _Texts()
    with book.open("xl/sharedStrings.xml") as stream:
        texts.parse(stream)
    return texts.found


def _elements(book: zipfile.ZipFile, path: str) -> list[tuple[str, dict[str, str]]]:
    if path not in book.namelist():
        return []
    elements = _Elements()
    with book.open(path) as stream:
        elements.parse(stream)
    return elements.found


def _styles_of_days(book: zipfile.ZipFile) -> set[int]:
    """Return the numbers of the cell styles whose format is one of dates."""
    found = _elements(book, "xl/styles.xml")
    formats = {
        int(one["numFmtId"])
        for tag, one in found
        if tag == "numFmt" and _is_of_days(one.get("formatCode", ""))
    }
    begin = next((at for at, (tag, _) in enumerate(found) if tag == "cellXfs"), len(found))
    styles: list[int] = []
    for tag, one in found[begin + 1 :]:
        if tag == "xf":
            styles.append(int(one.get("numFmtId", 0)))
        elif tag == "cellStyles":
            break
    return {at for at, number in enumerate(styles) if number in formats or number in _FORMATS_OF_DAYS}


def _is_of_days(code: str) -> bool:
    return re.search("[dmyDMY]", re.sub(r'"[^"]*"|\\.|_.|\[[^\]]*\]|General', "", code)) is not None


def _sheets_of(book: zipfile.ZipFile) -> list[tuple[str, str, bool, datetime.datetime]]:
    """Return name, path and visibility of each sheet, and the day that its dates are counted from."""
    links = {
        one.get("Id", ""): one.get("Target", "") for _, one in _elements(book, "xl/_rels/workbook.xml.rels")
    }
    found = _elements(book, "xl/workbook.xml")
    is_1904 = any(one.get("date1904") in {"1", "true"} for tag, one in found if tag == "workbookPr")
    epoch = datetime.datetime(1904, 1, 1) if is_1904 else datetime.datetime(1899, 12, 30)  # noqa: DTZ001
    sheets = [one for tag, one in found if tag == "sheet"]
    paths = [links.get(one.get("id", ""), "") for one in sheets]
    return [
        (one.get("name", ""), path, one.get("state", "visible") == "visible", epoch)
        for one, link in zip(sheets, paths, strict=True)
        if (path := link.lstrip("/") if link.startswith("/") else f"xl/{link}") in book.namelist()
    ]


def _run(arguments: Sequence[str]) -> int:
    import python_calamine

    workbook, descriptor, memory, seconds = arguments[0], *map(int, arguments[1:4])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        read = main_by_rows if arguments[4] == "rows" else main
        found = read(workbook, descriptor)
    except (MemoryError, OverflowError):
        return TOO_LARGE
    except python_calamine.PasswordError:
        return ENCRYPTED
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, ValueError, LookupError) as error:
        sys.stderr.write(str(error))
        return DAMAGED
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1:]))
