"""Tables of HTML pages and XML spreadsheets, which many systems save as .xls.

The text is scanned for a few tags, in pieces; declarations, entities and links in it are never followed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TextIO

from services.intake.containers.pieces import Origin, Piece, TableWriter
from services.intake.containers.sheets import MOST_CELL
from services.intake.failures import MarkupEntitiesError, NoTableError
from services.intake.opening import examine, open_text
from services.intake.spool import Spool

MOST_TABLES = 200
"""The most tables of a page that are read."""

_PIECE = 1 << 18
_MOST_TAG = 100_000
_MOST_SPAN = 100
_TOKEN = re.compile(r"<(/?)([A-Za-z][\w.:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|<[!?/][^<>]*>|([^<]+)|<")
_HIDDEN = frozenset({"script", "style", "title"})
_TABLES = frozenset({"table", "worksheet"})
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_SPAN = re.compile(r"\b(?:colspan|ss:mergeacross)\s*=\s*[\"']?(\d{1,4})", re.IGNORECASE)
_INDEX = re.compile(r"\bss:index\s*=\s*[\"'](\d{1,7})", re.IGNORECASE)
_NAME = re.compile(r"\bss:name\s*=\s*\"([^\"]*)\"", re.IGNORECASE)


def read_markup(origin: Origin) -> list[Piece]:
    """Return the tables that have at least two rows.

    Raises `NoTableError` without any, and `MarkupEntitiesError` for a text that declares entities.
    """
    file = examine(origin.path, origin.content, has_lines=False)
    tables = _Tables()
    with open_text(file) as text:
        for chunk in _chunks(text.lines):
            if "<!ENTITY" in chunk:
                raise MarkupEntitiesError(file=file.name)
            tables.scan(chunk)
    tables.end_table()
    if not tables.found:
        raise NoTableError(file=file.name)
    return tables.found


def _chunks(stream: TextIO) -> Iterator[str]:
    """Yield the text without comments, in pieces that end behind a tag."""
    rest = ""
    while piece := stream.read(_PIECE):
        text, comment = _split_comments(rest + piece)
        if comment:
            yield text
            rest = comment if len(comment) <= _MOST_TAG else "<!--" + comment[-2:]
            continue
        cut = max(text.rfind(">") + 1, text.rfind("<") if text.rfind("<") > text.rfind(">") else 0)
        yield text[:cut]
        rest = text[cut:]
        if len(rest) > _MOST_TAG:
            yield rest
            rest = ""
    yield rest if not rest.startswith("<!--") else ""


def _split_comments(text: str) -> tuple[str, str]:
    """Return a text without its comments, and the comment at its end that is still open."""
    parts: list[str] = []
    start = 0
    while (opened := text.find("<!--", start)) >= 0:
        parts.append(text[start:opened])
        closed = text.find("-->", opened + 4)
        if closed < 0:
            return "".join(parts), text[opened:]
        start = closed + 3
    return "".join((*parts, text[start:])), ""


class _Tables:
    """The tables found so far, and the row and the cell that are being read."""

    def __init__(self) -> None:
        self.found: list[Piece] = []
        self._spool = Spool()
        self._writer: TableWriter | None = None
        self._name = ""
        self._number = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._cell_length = 0
        self._span = 1
        self._hidden = ""

    def scan(self, text: str) -> None:
        """Read the next piece of the text."""
        for token in _TOKEN.finditer(text):
            end, tag, attributes, words = token.groups()
            if tag:
                self._on_tag(tag.rpartition(":")[2].casefold(), bool(end), attributes)
            elif words is not None and self._cell is not None and not self._hidden:
                self._add(words)

    def end_table(self) -> None:
        """Keep the table if it has rows."""
        self._end_row()
        if self._writer is not None and self._writer.rows > 1 and len(self.found) < MOST_TABLES:
            self.found.append(Piece(self._name or f"{self._number}", self._writer.finish()))
        self._writer = None

    def _on_tag(self, tag: str, is_end: bool, attributes: str) -> None:
        if self._hidden:
            self._hidden = "" if is_end and tag == self._hidden else self._hidden
        elif tag in _HIDDEN:
            self._hidden = "" if is_end else tag
        elif tag in _CELLS:
            self._end_cell() if is_end else self._begin_cell(attributes)
        elif tag in _ROWS:
            self._end_row() if is_end else self._begin_row(attributes)
        elif tag in _TABLES:
            self._on_table(tag, is_end, attributes)
        elif tag in _BREAKS and self._cell is not None:
            self._add(" ")

    def _on_table(self, tag: str, is_end: bool, attributes: str) -> None:
        name = _NAME.search(attributes)
        if tag == "worksheet" and not is_end and name is not None:
            self._name = html.unescape(name[1])
            return
        self.end_table()
        if not is_end:
            self._number += 1
            self._writer = TableWriter(self._spool)

    def _begin_row(self, attributes: str) -> None:
        self._end_row()
        if self._writer is None:
            return
        index = _INDEX.search(attributes)
        while index is not None and self._writer.rows + 1 < min(int(index[1]), self._writer.rows + 10_000):
            self._writer.add([])
        self._row = []

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None and self._writer is not None:
            self._writer.add(self._row)
        self._row = None

    def _begin_cell(self, attributes: str) -> None:
        self._end_cell()
        if self._row is None:
            return
        index, span = _INDEX.search(attributes), _SPAN.search(attributes)
        if index is not None:
            self._row += [""] * min(int(index[1]) - 1 - len(self._row), 20_000)
        is_across = span is not None and "across" in span[0].casefold()
        self._span = min(int(span[1]) + is_across, _MOST_SPAN) if span is not None else 1
        self._cell, self._cell_length = [], 0

    def _add(self, words: str) -> None:
        if self._cell is not None and self._cell_length < MOST_CELL:
            self._cell.append(words)
            self._cell_length += len(words)

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            text = html.unescape("".join(self._cell)) if self._cell else ""
            self._row.append(" ".join(text.split()))
            self._row += [""] * (self._span - 1)
        self._cell = None
