"""JSON as a table: an array of rows, an object that holds one, or JSON lines.

The file is read twice, in pieces: once for the names of the columns, once for the rows. Numbers keep the
digits that the file has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

from services.intake.containers.pieces import Origin, Piece, TableWriter
from services.intake.failures import JsonShapeError, JsonUnreadableError, TooManyColumnsError
from services.intake.opening import TextFile, examine, open_text

MOST_COLUMNS = 500
"""The most keys of all rows together, as in any other table."""

_PIECE = 1 << 18
_MOST_CHARACTERS = 16_000_000  # of one row, which is in memory as a whole
_MOST_DEPTH = 6
_LISTS_OF_ROWS = frozenset({"results", "rows", "data", "items", "records"})
_VAGUE = frozenset({"id", "name", "value", "type", "status", "title", "amount", "code", "key"})
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)

Path = tuple[str, ...]
Row = dict[Path, str] | list[Any] | str


def read_json(origin: Origin) -> list[Piece]:
    """Return each array of rows as a table, whose header are the keys of all its rows.

    Raises `JsonUnreadableError`, `JsonShapeError` and `TooManyColumnsError`.
    """
    file = examine(origin.path, origin.content, has_lines=False)
    tables: dict[Path, _Table] = {}
    with _rows(file) as rows:
        for path, row in rows:
            tables.setdefault(path, _Table()).learn(row, file.name)
    _share_names(tables)
    used = {path: table for path, table in tables.items() if table.is_of_rows}
    if not used:
        raise JsonShapeError(file=file.name)
    for table in used.values():
        table.write_header()
    with _rows(file) as rows:
        for path, row in rows:
            if path in used:
                used[path].write(row)
    return [
        Piece(".".join(path) or file.name, table.writer.finish(), skipped=table.skipped)
        for path, table in used.items()
    ]


_Tables = dict[Path, "_Table"]


def _share_names(tables: _Tables) -> None:
    """Give arrays of arrays the names beside them, as in {"columns": ["date", ...], "data": [[...], ...]}."""
    names = [table.scalars for table in tables.values() if table.scalars and not table.objects]
    for table in tables.values():
        if table.lists and not table.objects:
            table.names = next((one for one in names if len(one) == table.width), [])


@dataclass(slots=True)
class _Table:
    """One array: its columns, and its rows as text."""

    columns: dict[Path, None] = field(default_factory=dict)
    objects: int = 0
    lists: int = 0
    width: int = 0
    scalars: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """The names of the columns of arrays, where they stand beside them."""
    writer: TableWriter = field(default_factory=TableWriter)

    def learn(self, row: Row, file: str) -> None:
        """Note the keys of a row."""
        if isinstance(row, str):
            if len(self.scalars) <= MOST_COLUMNS:
                self.scalars.append(row)
            return
        if isinstance(row, list):
            self.lists += 1
            self.width = len(row)
            return
        self.objects += 1
        self.columns.update(dict.fromkeys(row))
        if len(self.columns) > MOST_COLUMNS:
            raise TooManyColumnsError(file=file, columns=len(self.columns), limit=MOST_COLUMNS)

    @property
    def is_of_rows(self) -> bool:
        """True for an array of objects that have keys, or of at least two arrays, the first one a header."""
        return bool(self.columns) if self.objects else self.lists > (not self.names)

    @property
    def skipped(self) -> int:
        """-1 with a header of our own, so that line 1 is the first object."""
        return -1 if self.objects or self.names else 0

    def write_header(self) -> None:
        """Write the names of the columns as the first row."""
        if self.objects:
            self.writer.add(_names(self.columns))
        elif self.names:
            self.writer.add(self.names)

    def write(self, row: Row) -> None:
        """Write one row."""
        if isinstance(row, list):
            if not self.objects:
                self.writer.add([_scalar(value) for value in row])
        elif isinstance(row, dict):
            self.writer.add([row.get(path, "") for path in self.columns])


def _names(columns: dict[Path, None]) -> list[str]:
    """Return short names: the last key where it says enough and is the only one of its name."""
    last = Counter(path[-1] for path in columns)
    return [
        path[-1] if last[path[-1]] == 1 and path[-1].casefold() not in _VAGUE else " ".join(path[-2:])
        for path in columns
    ]


@contextmanager
def _rows(file: TextFile) -> Iterator[Iterator[tuple[Path, Row]]]:
    with open_text(file) as text:
        yield _found(_Scanner(text.lines, file.name))


def _found(scanner: _Scanner) -> Iterator[tuple[Path, Row]]:
    """Yield all rows, each with the keys that lead to its array."""
    if scanner.next() == "[":
        yield from _of_array(scanner, ())
    elif scanner.has_lines():
        while scanner.next():
            yield from _flattened((), scanner.value())
    else:
        yield from _of_object(scanner, (), depth=0)
    if scanner.next():
        raise scanner.failure()


def _of_object(scanner: _Scanner, path: Path, depth: int) -> Iterator[tuple[Path, Row]]:
    scanner.take("{")
    while scanner.next() != "}":
        key = scanner.value()
        if not isinstance(key, str):
            raise scanner.failure()
        scanner.take(":")
        if scanner.next() == "[":
            yield from _of_array(scanner, (*path, key))
        elif scanner.next() == "{" and depth < _MOST_DEPTH:
            yield from _of_object(scanner, (*path, key), depth + 1)
        else:
            scanner.value()
        if not scanner.took(","):
            break
    scanner.take("}")


def _of_array(scanner: _Scanner, path: Path) -> Iterator[tuple[Path, Row]]:
    scanner.take("[")
    while scanner.next() != "]":
        yield from _flattened(path, scanner.value())
        if not scanner.took(","):
            break
    scanner.take("]")


def _flattened(path: Path, element: Any) -> Iterator[tuple[Path, Row]]:
    """Yield the rows of one element: itself, or those of a list in it, as APIs send them in batches."""
    if isinstance(element, list | str):
        yield path, element
    elif isinstance(element, dict):
        inner = [key for key in element if key in _LISTS_OF_ROWS and _is_of_objects(element[key])]
        if inner:
            for row in element[inner[0]]:
                yield (*path, inner[0]), dict(_cells(row, ()))
        else:
            yield path, dict(_cells(element, ()))


def _is_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _cells(element: dict[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    for key, value in element.items():
        if isinstance(value, dict) and len(path) < _MOST_DEPTH:
            yield from _cells(value, (*path, key))
        elif not isinstance(value, dict | list):
            yield (*path, key), _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None or isinstance(value, dict | list) else str(value)


class _Scanner:
    """Reads JSON values one after the other from a text of any length."""

    def __init__(self, stream: TextIO, file: str) -> None:
        self._stream = stream
        self._file = file
        self._text = ""
        self._at = 0
        self._passed = 0
        self._is_ended = False

    def next(self) -> str:
        """Return the next character that is no white space, without taking it; '' at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace() and self._text[self._at] != "\ufeff":
                    return self._text[self._at]
                self._at += 1
            if not self._read_more():
                return ""

    def take(self, mark: str) -> None:
        """Take a character; raise `JsonUnreadableError` if another one comes."""
        if not self.took(mark):
            raise self.failure()

    def took(self, mark: str) -> bool:
        """Take a character if it comes next, and return whether it did."""
        if self.next() != mark:
            return False
        self._at += 1
        return True

    def has_lines(self) -> bool:
        """Return whether the text is one object after the other, or a single one without an array of rows."""
        self._read_more()
        self.next()
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except (json.JSONDecodeError, RecursionError):
            return False
        rest = self._text[end:].strip()
        if rest or not self._is_ended:
            return rest.startswith("{")
        return not _holds_rows(value)

    def value(self) -> Any:
        """Take the next value. Raises `JsonUnreadableError` if it is none or longer than a row may be."""
        self.next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise self.failure() from error
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > _MOST_CHARACTERS or not self._read_more():
                    raise self.failure() from error
                continue
            if end == len(self._text) and self._read_more():  # a number may go on
                continue
            self._at = end
            return value

    def failure(self) -> JsonUnreadableError:
        """Return the error for the present position."""
        return JsonUnreadableError(file=self._file, place=self._passed + self._at + 1)

    def _read_more(self) -> bool:
        """Read as much again as is held, so that a long value is not decoded too often."""
        more = self._stream.read(max(_PIECE, len(self._text) - self._at))
        self._is_ended = self._is_ended or not more
        self._passed += self._at
        self._text = self._text[self._at :] + more
        self._at = 0
        return bool(more)


def _holds_rows(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_rows, value.values()))
    return isinstance(value, list) and len(value) > 0 and isinstance(value[0], dict | list)
