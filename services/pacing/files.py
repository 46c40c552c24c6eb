"""A table of targets in a file: CSV, a workbook, or whatever else campaign files come in.

It is long (month, channel, measure, amount), or has a column for each measure: month, channel, spend, ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NoReturn

from services.errors import InvalidFieldError
from services.intake.containers.opening_tables import open_table
from services.intake.failures import CampaignFileError
from services.intake.layout import Layout
from services.intake.numerals import Handwriting, Mark, Votes, decimal_mark, read_numeral
from services.intake.opening import TextFile, open_text
from services.intake.records import Lines, Record, read_records
from services.pacing.targets import MOST_TARGETS, target_of
from services.text import Text, escape_controls
from services.views import TARGET_MEASURES, Measure, Target

_DELIMITERS = ",;\t|"
_MONTHS = ("month", "date", "месяц", "дата")
_CHANNELS = ("channel", "канал")
_MEASURES = ("measure", "показатель")
_AMOUNTS = ("amount", "target", "сумма", "цель")
_WORDS: Mapping[Measure, tuple[str, ...]] = {
    "spend": ("spend", "budget", "cost", "расход", "расходы", "бюджет"),
    "revenue": ("revenue", "sales", "выручка"),
    "conversions": ("conversions", "конверсии"),
}
_FORMS = ("%Y-%m", "%Y-%m-%d", "%m/%Y", "%m.%Y", "%d.%m.%Y", "%B %Y", "%b %Y", "%Y-%m-%d %H:%M:%S")
_NO_COLUMNS = Text(
    en="it needs the columns month and amount (with channel and measure, if wanted), or month and one of "
    "spend, revenue, conversions.",
    ru="нужны столбцы month и amount (и, если надо, channel и measure) или month и хотя бы один из: spend, "
    "revenue, conversions.",
)
_SEVERAL = Text(
    en="it has several tables; save the one with the targets as a file of its own.",
    ru="в нём несколько таблиц; сохраните таблицу целей отдельным файлом.",
)
_TOO_MANY = Text(en="it has more than {most} targets.", ru="в нём больше {most} целей.")
_BAD_LINE = Text(en="line {line}: {problem}", ru="строка {line}: {problem}")
_BROKEN = Text(en="its quotation marks do not match.", ru="кавычки не парные.")


class TargetsFileError(CampaignFileError):
    """The file has no table of targets, or a damaged one; no target of it was stored."""

    code = "targets_file"
    words = Text(
        en="No targets were taken from “{file}”: {reason} For example: month,channel,measure,amount.",
        ru="Цели из «{file}» не взяты: {reason} Пример: month,channel,measure,amount.",
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """The positions of the columns; `amounts` has the measure of each amount, None if the row names it."""

    month: int
    channel: int | None
    measure: int | None
    amounts: tuple[tuple[int, Measure | None], ...]


def read_targets(path: Path) -> tuple[Target, ...]:
    """Return the targets of a file; raises a subclass of `CampaignFileError`, all rows or none."""

    def refuse_several(_: TextFile) -> Layout:
        _refuse(path, _SEVERAL)

    file = open_table(path, refuse_several)
    header, rows = _records(path, file)
    columns = _columns(header)
    if columns is None:
        _refuse(path, _NO_COLUMNS)
    mark = _mark(rows, columns)
    found = tuple(target for row in rows for target in _of_row(path, row, columns, mark))
    if len(found) > MOST_TARGETS:
        _refuse(path, _TOO_MANY.format(most=MOST_TARGETS))
    return found


def _records(path: Path, file: TextFile) -> tuple[Sequence[str], list[Record]]:
    """Return the header in lower case, and the rows."""
    with open_text(file) as opened:
        lines = list(islice(opened.lines, 4 * MOST_TARGETS))
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    records = list(read_records(Lines(lines), delimiter))
    if not records:
        _refuse(path, _NO_COLUMNS)
    return [name.strip().casefold() for name in records[0].fields], records[1:]


def _columns(header: Sequence[str]) -> _Columns | None:
    month, amount = _place(header, _MONTHS), _place(header, _AMOUNTS)
    wide = [(_place(header, _WORDS[measure]), measure) for measure in TARGET_MEASURES]
    amounts: list[tuple[int, Measure | None]] = [(at, measure) for at, measure in wide if at is not None]
    if amount is not None:
        amounts = [(amount, None)]
    if month is None or not amounts:
        return None
    return _Columns(month, _place(header, _CHANNELS), _place(header, _MEASURES), tuple(amounts))


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name in names), None)


def _mark(rows: Sequence[Record], columns: _Columns) -> Mark:
    """Return the decimal mark of the amounts, of all rows together."""
    seen = Handwriting()
    seen.add([_cell(row, at) for row in rows for at, _ in columns.amounts])
    return decimal_mark(seen.votes, Votes(), is_count=True)


def _of_row(path: Path, row: Record, columns: _Columns, mark: Mark) -> list[Target]:
    """Return the targets of a row; an empty amount is none."""
    if row.is_broken:
        _refuse(path, _BAD_LINE.format(line=row.line, problem=_BROKEN))
    filled = [(at, measure) for at, measure in columns.amounts if _cell(row, at)]
    try:
        return [target_of(_fields(row, columns, at, measure, mark)) for at, measure in filled]
    except InvalidFieldError as error:
        raise TargetsFileError(
            file=path.name, reason=_BAD_LINE.format(line=row.line, problem=error.text)
        ) from error


def _fields(
    row: Record, columns: _Columns, at: int, measure: Measure | None, mark: Mark
) -> dict[str, object]:
    read = read_numeral(_cell(row, at), mark)
    return {
        "month": _month(_cell(row, columns.month)),
        "channel": _cell(row, columns.channel),
        "measure": measure or _measure(_cell(row, columns.measure)),
        "amount": _cell(row, at) if read is None or read.value < 0 else read.value,
    }


def _cell(row: Record, at: int | None) -> str:
    return "" if at is None or at >= len(row.fields) else row.fields[at].strip()


def _month(text: str) -> str:
    """Return the month that a cell names, or the cell as it is."""
    for form in _FORMS:
        try:
            return f"{datetime.strptime(text, form):%Y-%m}"  # noqa: DTZ007 - a month has no zone
        except ValueError:
            continue
    return text


def _measure(text: str) -> str:
    """Return the measure that a cell names; spend for an empty one."""
    lower = text.casefold() or "spend"
    return next((measure for measure, words in _WORDS.items() if lower in words), text)


def _refuse(path: Path, reason: Text) -> NoReturn:
    raise TargetsFileError(file=escape_controls(path.name), reason=reason)
