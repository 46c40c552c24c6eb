"""Parsing of the text of a file into records with their line numbers, robust against stray quotes."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from services.intake.reasons import (
    FIELDS_EXTRA,
    FIELDS_MISSING,
    NOT_DECODABLE,
    NUL_CHARACTER,
    QUOTES_UNBALANCED,
)
from services.text import Text

BLOCK_LINES = 2_000
_BLOCK_CHARACTERS = 1 << 22
_MOST_FIELDS = 20_000  # spreadsheets have 16,384 columns; the rest of a longer line is one field
_MOST_LINES_OF_A_RECORD = 500
_MOST_CHARACTERS_OF_A_RECORD = 1 << 22


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected row: its first line, the reason, and its fields as far as they were parsed."""

    line: int
    reason: Text
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of the right width with their first lines, and the rejected rows among them."""

    lines: Sequence[int]
    rows: Sequence[Sequence[str]]
    rejected: tuple[Rejected, ...] = ()
    part: str = ""
    """The sheet or the packed file that the lines are counted in; '' for the file itself."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record and its first line; `is_broken` if its quotation marks are unbalanced."""

    line: int
    fields: list[str]
    is_broken: bool = False


class Lines:
    """An iterator of lines with their numbers; lines can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.number = 1
        """The number of the next line."""

    def take(self, most: int) -> list[str]:
        """Return the next lines: at most `most`, fewer if they are long, none only at the end."""
        taken: list[str] = []
        characters = 0
        for line in islice(chain(self._put_back(), self._lines), most):
            taken.append(line)
            characters += len(line)
            if characters >= _BLOCK_CHARACTERS:
                break
        self.number += len(taken)
        return taken

    def skip(self, lines: int) -> None:
        """Skip this number of lines."""
        while lines > 0 and (taken := self.take(lines)):
            lines -= len(taken)

    def put_back(self, lines: Sequence[str]) -> None:
        """Make these the next lines again."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def _put_back(self) -> Iterator[str]:
        while self._again:
            yield self._again.popleft()


def read_blocks(lines: Lines, delimiter: str, width: int, undecodable: str | None) -> Iterator[Block]:
    """Yield all records in blocks. `undecodable` is the encoding if some bytes are invalid in it."""
    while True:
        number = lines.number
        taken = lines.take(BLOCK_LINES)
        if not taken:
            return
        text = "".join(taken)
        rows = _one_record_a_line(taken, text, delimiter)
        if rows is not None:
            block = Block(range(number, number + len(rows)), rows)
        else:
            lines.put_back(taken)
            block = _block_of(list(_read_until(lines, number + len(taken), delimiter, width)))
        has_odd = "\0" in text or undecodable is not None
        yield _without_misfits(block, width, undecodable, has_odd=has_odd)


def read_records(lines: Lines, delimiter: str, width: int | None = None) -> Iterator[Record]:
    """Yield the records one by one, without blank lines.

    If an opening quotation mark is never closed, or closing it gives a record of the wrong width, only the
    first line is taken as a broken record. So one stray mark does not affect the next rows.
    """
    while first := lines.take(1):
        number = lines.number - 1
        fields = _parse(first, delimiter)
        if fields is None:
            fields = _parse_more(first, lines, delimiter, width)
        if fields is None:
            yield _broken(number, first, delimiter, width)
        elif any(fields):
            yield Record(number, fields)


def _read_until(lines: Lines, end: int, delimiter: str, width: int) -> Iterator[Record]:
    for record in read_records(lines, delimiter, width):
        yield record
        if lines.number >= end:
            return


def _one_record_a_line(lines: list[str], text: str, delimiter: str) -> list[list[str]] | None:
    """Return the records if every line is one; None when a record may span several lines."""
    if '"' not in text:
        return [line.rstrip("\r\n").split(delimiter, _MOST_FIELDS) for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(lines) else None


def _parse(lines: list[str], delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _parse_more(first: list[str], lines: Lines, delimiter: str, width: int | None) -> list[str] | None:
    """Return the fields of a record of several lines; None, with the lines put back, if it is broken.

    The record ends with the first line at which the number of quotation marks is even.
    """
    more: list[str] = []
    characters = len(first[0])
    is_open = first[0].count('"') % 2 == 1
    while is_open and len(more) < _MOST_LINES_OF_A_RECORD and characters < _MOST_CHARACTERS_OF_A_RECORD:
        line = lines.take(1)
        if not line:
            break
        more += line
        characters += len(line[0])
        is_open ^= line[0].count('"') % 2 == 1
    fields = None if is_open else _parse(first + more, delimiter)
    if fields is not None and width in (None, len(fields)):
        return fields
    lines.put_back(more)
    return None


def _broken(number: int, first: list[str], delimiter: str, width: int | None) -> Record:
    """Return a line parsed without strict rules for quotation marks.

    Pairs of marks inside a field are literal characters if the width is right; otherwise it is broken.
    """
    try:
        fields = next(csv.reader(first, delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        fields = first
    is_whole = len(fields) == width and first[0].count('"') % 2 == 0
    return Record(number, fields, is_broken=not is_whole)


def _block_of(records: list[Record]) -> Block:
    whole = [record for record in records if not record.is_broken]
    return Block(
        [record.line for record in whole],
        [record.fields for record in whole],
        tuple(Rejected(r.line, QUOTES_UNBALANCED, tuple(r.fields)) for r in records if r.is_broken),
    )


def _without_misfits(block: Block, width: int, undecodable: str | None, *, has_odd: bool) -> Block:
    """Return the block with records of the wrong width or with invalid characters rejected."""
    if not has_odd and set(map(len, block.rows)) <= {width} and all(map(any, block.rows)):
        return block
    lines: list[int] = []
    rows: list[Sequence[str]] = []
    rejected = list(block.rejected)
    for line, fields in zip(block.lines, block.rows, strict=True):
        if not any(map(str.strip, fields)):
            continue
        reason = _misfit(fields, width, undecodable)
        if reason is None:
            lines.append(line)
            rows.append(fields[:width])
        else:
            rejected.append(Rejected(line, reason, tuple(fields)))
    return Block(lines, rows, tuple(sorted(rejected, key=lambda one: one.line)))


def _misfit(fields: Sequence[str], width: int, undecodable: str | None) -> Text | None:
    text = "".join(fields)
    if "\0" in text:
        return NUL_CHARACTER
    if undecodable is not None and "\ufffd" in text:
        return NOT_DECODABLE.format(encoding=undecodable)
    if len(fields) < width:
        return _wrong_width(FIELDS_MISSING, len(fields), width)
    if any(fields[width:]):
        return _wrong_width(FIELDS_EXTRA, len(fields), width)
    return None


@lru_cache(maxsize=256)
def _wrong_width(reason: Text, found: int, expected: int) -> Text:
    return reason.format(found=found, expected=expected)
