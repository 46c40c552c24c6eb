"""Import of one campaign file in one transaction.

The file is read twice. The first pass decides the formats of dates and numbers for all rows together. The
second pass streams the rows to the database, so that memory grows by at most eight bytes per row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from psycopg.errors import NumericValueOutOfRange, UniqueViolation

from services.atomic_files import PRIVATE, mode_of
from services.intake import remarks
from services.intake.columns import MEASURES
from services.intake.containers import open_table
from services.intake.failures import (
    AllRowsRejectedError,
    ChannelNameError,
    ColumnUnreadableError,
    SumTooLargeError,
)
from services.intake.layout import Layout, find_layout
from services.intake.opening import TextFile
from services.intake.reasons import quoted
from services.intake.rejects import Rejects, placed
from services.intake.report import ImportReport, Progress, Stage
from services.intake.rows import NAME_LIMIT, RowReader, Tally, is_name
from services.intake.store import (
    IMPORTED,
    Stored,
    Write,
    added,
    adding,
    is_new_period,
    lock,
    remove_samples,
    staging,
    store_staged,
)
from services.intake.survey import Survey, Watch, blocks, survey
from services.text import Lang, Text, tidy

OnProgress = Callable[[Progress], None]

_SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".tab", ".gz", ".zip", ".xlsx", ".xlsm", ".xls", ".json", ".jsonl", ".ndjson"}
    | {".html", ".htm", ".xml", ".parquet"}
)
_SEE_REJECTS = Text(en="All rows with their reasons: {path}.", ru="Все строки с причинами: {path}.")
_NO_REJECTS = Text(en="Mend the rows and import again.", ru="Исправьте строки и загрузите файл снова.")


@dataclass(frozen=True, slots=True)
class _Source:
    """A file after the first pass."""

    file: TextFile
    layout: Layout
    survey: Survey
    given_channel: str | None

    @property
    def channel(self) -> str | None:
        """The channel of rows without one: the given channel, or the file's name without a channel column."""
        if self.given_channel is not None or "channel" in self.layout.columns.fields:
            return self.given_channel
        return _stem(self.file.path)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The reader of a file's rows with its tally, and the result of storing them."""

    reader: RowReader
    stored: Stored


def import_file(
    connection: sa.Connection,
    path: Path,
    *,
    channel: str | None = None,
    dry_run: bool = False,
    lang: Lang = "en",
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Import a campaign file in the caller's transaction and return the report.

    `channel` is the channel of rows without one. Otherwise a file without a channel column is one channel
    with the name of the file. Rejected rows are written to `<file>.rejects.csv` in the same folder, with
    reasons in `lang`. A dry run changes neither the database nor that file. `on_progress` is called after
    each block.

    Raises `CampaignFileError` (or a subclass) when the file cannot be imported.
    """
    source = _look(path, channel, on_progress)
    beside = None if dry_run else path.with_name(f"{path.name}.rejects.csv")
    # The rejects file contains rows of the campaign file, so it gets the same readers.
    rejects = Rejects(
        beside, source.layout.columns.header, lang, mode=mode_of(source.file.path.resolve(), PRIVATE)
    )
    try:
        with connection.begin_nested() as savepoint:
            outcome = _Import(connection, source, rejects, on_progress).run()
            if dry_run:
                savepoint.rollback()
        rejects.publish()
    finally:
        rejects.discard()
    return _report(source, outcome, rejects, is_dry_run=dry_run)


def _look(path: Path, channel: str | None, on_progress: OnProgress | None) -> _Source:
    if channel is not None and not is_name(channel):
        raise ChannelNameError(name=quoted(channel), limit=NAME_LIMIT)
    file = open_table(path, find_layout)
    layout = find_layout(file)
    return _Source(file, layout, survey(file, layout, _watch("look", file, on_progress)), channel)


@dataclass(frozen=True, slots=True)
class _Import:
    """The second pass over a file: reads its rows and stores them."""

    connection: sa.Connection
    source: _Source
    rejects: Rejects
    on_progress: OnProgress | None

    def run(self) -> _Outcome:
        """Store the rows directly if they are distinct and their period is new, else by a staging table."""
        period = self.source.survey.period
        if period is None or not self.source.survey.is_distinct:
            return self._stage()
        lock(self.connection)
        if not is_new_period(self.connection, *period):
            return self._stage()
        try:
            with self.connection.begin_nested():
                return self._add(period)
        except UniqueViolation:  # equal keys in two spellings, such as "A" and "A ", or 7.5 and 7.50
            self.rejects.restart()
            return self._stage()

    def _add(self, period: tuple[date, date]) -> _Outcome:
        samples = remove_samples(self.connection)
        reader = self._reader(last=IMPORTED)
        with adding(self.connection) as write:
            self._send(reader, write)
        return _Outcome(reader, added(self.connection, period, reader.tally.accepted, samples))

    def _stage(self) -> _Outcome:
        reader = self._reader()
        with staging(self.connection) as write:
            self._send(reader, write)
        try:
            return _Outcome(reader, store_staged(self.connection, reader.tally.accepted))
        except sa.exc.DataError as error:
            if isinstance(error.orig, NumericValueOutOfRange):
                raise SumTooLargeError(file=self.source.file.name) from error
            raise

    def _reader(self, last: str | None = None) -> RowReader:
        return RowReader(self.source.layout, self.source.survey, self.source.channel, last=last)

    def _send(self, reader: RowReader, write: Write) -> None:
        """Write the usable rows to the database and the rejected ones to the rejects file."""
        file = self.source.file
        for block in blocks(file, self.source.layout, _watch("read", file, self.on_progress)):
            batch = reader.read(block)
            write(batch.lines)
            self.rejects.add(placed(file, batch.rejected))
        if reader.tally.accepted == 0:
            raise _all_rejected(file, self.rejects)
        _refuse_damaged_column(file, reader.tally)
        _watch("store", file, self.on_progress)(file.size, reader.tally.accepted)


def _watch(stage: Stage, file: TextFile, on_progress: OnProgress | None) -> Watch:
    def tell(done: int, rows: int) -> None:
        if on_progress is not None:
            on_progress(Progress(stage, done, file.size, rows))

    return tell


def _stem(path: Path) -> str:
    while path.suffix.casefold() in _SUFFIXES:
        path = path.with_suffix("")
    return tidy(path.name.encode("utf-8", "replace").decode())[:NAME_LIMIT]


def _all_rejected(file: TextFile, rejects: Rejects) -> AllRowsRejectedError:
    rejects.publish()
    first = rejects.first[0]
    where = _NO_REJECTS if rejects.file is None else _SEE_REJECTS.format(path=rejects.file)
    return AllRowsRejectedError(
        rows=rejects.count, file=file.name, line=first.line, reason=first.reason, where=where
    )


def _refuse_damaged_column(file: TextFile, tally: Tally) -> None:
    damaged = tally.damaged_column()
    if damaged is not None:
        column, cells = damaged
        raise ColumnUnreadableError(
            column=column,
            file=file.name,
            cells=cells.damaged,
            rows=tally.accepted,
            line=cells.lines[0],
            reason=cells.first,
        )


def _report(source: _Source, outcome: _Outcome, rejects: Rejects, *, is_dry_run: bool) -> ImportReport:
    layout, stored = source.layout, outcome.stored
    return ImportReport(
        file=str(source.file.path),
        is_dry_run=is_dry_run,
        rows_read=outcome.reader.tally.accepted + rejects.count,
        rows_imported=stored.added,
        rows_updated=stored.replaced,
        rows_unchanged=stored.unchanged,
        rows_combined=stored.combined,
        rows_rejected=rejects.count,
        channels=stored.sums.channels,
        date_from=stored.sums.date_from,
        date_to=stored.sums.date_to,
        totals=dict(zip(MEASURES, stored.sums.totals, strict=True)),
        rejects_file=None if rejects.file is None else str(rejects.file),
        first_rejected=tuple(rejects.first),
        sample_rows_removed=stored.samples_removed,
        encoding=source.file.encoding,
        delimiter=layout.delimiter,
        columns={name: layout.columns.name(name) for name in layout.columns.fields if name in layout.used},
        attributes={name: layout.columns.header[at] for name, at in layout.columns.attributes.items()},
        ignored=layout.ignored,
        derived={step.target: layout.explained(step) for step in layout.steps},
        remarks=(
            *remarks.on_the_file(source.file, layout, source.survey),
            *remarks.on_the_channel(layout, source.given_channel, source.channel),
            *remarks.on_the_rows(outcome.reader.tally, stored, rejects),
        ),
    )
