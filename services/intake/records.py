"""Cuts the text of a file into records, each with the line it starts on, whatever its quotes do."""

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
_MOST_FIELDS = 20_000  # spreadsheets have 16,384 columns; what follows stays one field
_MOST_LINES_OF_A_RECORD = 500
_MOST_CHARACTERS_OF_A_RECORD = 1 << 22


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not imported: where it starts, why, and its fields as far as they were read."""

    line: int
    reason: Text
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of the right width, the lines they start on, and those that are no records."""

    lines: Sequence[int]
    rows: Sequence[Sequence[str]]
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One record and its first line; `is_broken` when its quotation marks do not match."""

    line: int
    fields: list[str]
    is_broken: bool = False


class Lines:
    """Lines of text with their numbers; lines can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.number = 1
        """The number of the next line."""

    def take(self, most: int) -> list[str]:
        """Take the next lines: fewer when they are long, none only at the end."""
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
        """Pass over this many lines."""
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
    """Yield all records in blocks. `undecodable` names the encoding if some bytes are not of it."""
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
    """Yield the records one by one, blank lines left out.

    A record with a quotation mark that is never closed, or whose closing makes a record of the wrong
    width, is given up after its first line, so that one stray mark does not swallow its neighbours.
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
    """Return the records if every line is one; None when quotation marks make it less simple."""
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
    """Read on until the quotation marks are even in number: there the record ends, or it is broken."""
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
    """Read a line leniently: marks in pairs, but in odd places, are letters if the width is right."""
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
    """Set aside the records that have too many fields, too few, or characters that are no text."""
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
