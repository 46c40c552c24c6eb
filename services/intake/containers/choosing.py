"""Choice among the tables of a file: which of them are campaign rows, and which belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.intake.containers.pieces import Piece
from services.intake.failures import CampaignFileError
from services.intake.layout import Layout
from services.intake.opening import Part, TextFile, examine, open_text
from services.intake.reasons import quoted
from services.intake.records import Lines
from services.intake.spool import Spool
from services.text import Text

Find = Callable[[TextFile], Layout]
"""Returns the layout of a text; raises `CampaignFileError` if it is no campaign table."""

_MOST_SHARED = 0.5
_MOST_NAMES = 10
_TOGETHER = Text(
    en="Read together, since their columns are equal: {names}.",
    ru="Прочитаны вместе, так как столбцы в них одинаковы: {names}.",
)
_CHOSEN = Text(en="Read of the file: {names}.", ru="Прочитано из файла: {names}.")
_REPEATED = Text(
    en="Left out, since their rows are already in another one: {names}.",
    ru="Не прочитаны, так как их строки уже есть в другой таблице: {names}.",
)
_OTHERS = Text(
    en="Left out, since they are no campaign rows or have other columns: {names}. "
    "If one of them is wanted, save it as a file of its own and import that.",
    ru="Не прочитаны, так как это не строки кампаний или в них другие столбцы: {names}. "
    "Если нужна одна из этих таблиц, сохраните её отдельным файлом и загрузите его.",
)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with its text and its layout."""

    piece: Piece
    file: TextFile
    layout: Layout

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """What tables have in common that are read together."""
        return self.layout.delimiter, self.layout.columns.header


def choose(path: Path, pieces: Sequence[Piece], find: Find) -> TextFile:
    """Return the text of the campaign rows in a file: that of one table, or of several with equal columns.

    Among several kinds of tables, the one with the most recognised columns is taken, then the largest. Raises
    the error of the largest table when none has campaign rows.
    """
    if len(pieces) == 1:
        return _alone(path, pieces[0])
    tables, failure = _tables(path, pieces, find)
    if failure is not None and not tables:
        raise failure
    best = max(tables, key=lambda one: _rank(one, tables))
    same = [one for one in tables if one.kind == best.kind]
    kept = _without_repeated(same)
    repeated = [one.piece.name for one in same if one not in kept]
    others = [piece.name for piece in pieces if all(piece is not one.piece for one in same)]
    notes = (
        *_note(_TOGETHER if len(kept) > 1 else _CHOSEN, [one.piece.name for one in kept]),
        *_note(_REPEATED, repeated),
        *_note(_OTHERS, others),
    )
    return _joined(path, kept, notes)


def _alone(path: Path, piece: Piece) -> TextFile:
    file = examine(path, piece.content)
    parts = (Part("", skipped=piece.skipped),) if piece.skipped else ()
    return replace(file, path=path, is_packed=False, parts=parts)


def _tables(path: Path, pieces: Sequence[Piece], find: Find) -> tuple[list[_Table], CampaignFileError | None]:
    """Return the tables that are campaign rows, and why the largest other one is not."""
    found, failure, largest = [], None, -1
    for piece in pieces:
        try:
            file = examine(path, piece.content)
            found.append(_Table(piece, file, find(file)))
        except CampaignFileError as error:
            if piece.content.size > largest:
                failure, largest = error, piece.content.size
    return found, failure


def _rank(table: _Table, tables: Sequence[_Table]) -> tuple[bool, int, int]:
    alike = [one for one in tables if one.kind == table.kind]
    is_shown = any(one.piece.is_shown for one in alike)
    return is_shown, len(table.layout.columns.fields), sum(one.file.size for one in alike)


def _without_repeated(tables: Sequence[_Table]) -> list[_Table]:
    """Return the tables without hidden ones beside shown ones, and without those whose rows are in others."""
    shown = [one for one in tables if one.piece.is_shown] or list(tables)
    if len(shown) == 1:
        return shown
    kept: list[_Table] = []
    known: npt.NDArray[np.int64] = np.empty(0, np.int64)
    for table in sorted(shown, key=lambda one: -one.file.size):
        own = np.fromiter(map(hash, _lines(table)), np.int64)
        if kept and len(own) and np.isin(own, known).mean() > _MOST_SHARED:
            continue
        kept.append(table)
        known = np.concatenate([known, own])
    return [one for one in shown if one in kept]


def _joined(path: Path, tables: Sequence[_Table], notes: tuple[Text, ...]) -> TextFile:
    """Return one text of all tables: the first as a whole, the others without what is above their rows."""
    spool, number = Spool(), 1
    parts: list[Part] = []
    for table in tables:
        skipped = table.layout.first_line - 1 if parts else 0
        parts.append(Part(table.piece.name, number, skipped + table.piece.skipped))
        for line in _lines(table, skipped):
            spool.write(line.rstrip("\r\n").encode("utf-8", "replace") + b"\n")
            number += 1
    is_clean = all(one.file.is_clean for one in tables)
    content = spool.whole()
    return TextFile(path, "utf-8", is_clean, False, content.size, content, tuple(parts), notes)


def _lines(table: _Table, skipped: int | None = None) -> Iterator[str]:
    """Yield the lines below the first ones; without a number, those below the header."""
    with open_text(table.file) as text:
        lines = Lines(text.lines)
        lines.skip(table.layout.first_line - 1 if skipped is None else skipped)
        while taken := lines.take(1_000):
            yield from taken


def _note(words: Text, names: Sequence[str]) -> Iterator[Text]:
    if names:
        listed = ", ".join(f"“{quoted(name)}”" for name in names[:_MOST_NAMES])
        yield words.format(names=listed + (", …" if len(names) > _MOST_NAMES else ""))
