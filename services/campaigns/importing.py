"""Imports one campaign file: look at all of it, read its rows, store them as a whole.

The file is read twice. The first time decides how it writes dates and numbers, so that no row is
judged by itself; the second time sends the rows to the database while they are read, so that memory
does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from psycopg.errors import NumericValueOutOfRange

from services.campaigns import remarks
from services.campaigns.columns import MEASURES
from services.campaigns.failures import AllRowsRejectedError, ChannelNameError, SumTooLargeError
from services.campaigns.layout import Layout, find_layout
from services.campaigns.opening import TextFile, examine
from services.campaigns.rejects import Rejects
from services.campaigns.report import ImportReport, Progress, Stage
from services.campaigns.rows import NAME_LIMIT, RowReader, is_name
from services.campaigns.store import Staged, Stored, combine, staging, store
from services.campaigns.survey import Survey, Watch, blocks, survey
from services.text import Lang, Text

OnProgress = Callable[[Progress], None]

_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab", ".gz"})
_SEE_REJECTS = Text(en="All rows with their reasons: {path}.", ru="Все строки с причинами: {path}.")
_NO_REJECTS = Text(en="Mend the rows and import again.", ru="Исправьте строки и загрузите файл снова.")


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that has been looked at."""

    file: TextFile
    layout: Layout
    survey: Survey
    given_channel: str | None

    @property
    def channel(self) -> str | None:
        """The channel of rows that name none: the given one; the file's name if there is no column."""
        if self.given_channel is not None or "channel" in self.layout.columns.fields:
            return self.given_channel
        return _stem(self.file.path)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What has become of the rows of a file."""

    reader: RowReader
    staged: Staged
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
    """Import a campaign file in the caller's transaction and report what became of its rows.

    `channel` is the channel of rows for which the file names none; a file without a column for it
    is otherwise one channel, named as the file. Rows that cannot be used go to `<file>.rejects.csv`
    beside it, with reasons in `lang`. A dry run changes neither the database nor that file.

    Raises a CampaignFileError that says what to do when the file cannot be used at all.
    """
    source = _look(path, channel, on_progress)
    beside = None if dry_run else path.with_name(f"{path.name}.rejects.csv")
    rejects = Rejects(beside, source.layout.columns.header, lang)
    try:
        with connection.begin_nested() as savepoint:
            outcome = _import(connection, source, rejects, on_progress)
            if dry_run:
                savepoint.rollback()
        rejects.publish()
    finally:
        rejects.discard()
    return _report(source, outcome, rejects, is_dry_run=dry_run)


def _look(path: Path, channel: str | None, on_progress: OnProgress | None) -> _Source:
    if channel is not None and not is_name(channel):
        raise ChannelNameError(name=channel, limit=NAME_LIMIT)
    file = examine(path)
    layout = find_layout(file)
    return _Source(file, layout, survey(file, layout, _watch("look", file, on_progress)), channel)


def _import(
    connection: sa.Connection, source: _Source, rejects: Rejects, on_progress: OnProgress | None
) -> _Outcome:
    file = source.file
    reader = RowReader(source.layout, source.survey, source.channel)
    with staging(connection) as write:
        for block in blocks(file, source.layout, _watch("read", file, on_progress)):
            batch = reader.read(block)
            write(batch.lines)
            rejects.add(batch.rejected)
    if reader.tally.accepted == 0:
        raise _all_rejected(source, rejects)
    _watch("store", file, on_progress)(file.size, reader.tally.accepted)
    try:
        staged = combine(connection)
        return _Outcome(reader, staged, store(connection, staged))
    except sa.exc.DataError as error:
        if isinstance(error.orig, NumericValueOutOfRange):
            raise SumTooLargeError(file=file.name) from error
        raise


def _watch(stage: Stage, file: TextFile, on_progress: OnProgress | None) -> Watch:
    def tell(done: int, rows: int) -> None:
        if on_progress is not None:
            on_progress(Progress(stage, done, file.size, rows))

    return tell


def _stem(path: Path) -> str:
    while path.suffix.casefold() in _SUFFIXES:
        path = path.with_suffix("")
    return path.name[:NAME_LIMIT]


def _all_rejected(source: _Source, rejects: Rejects) -> AllRowsRejectedError:
    rejects.publish()
    first = rejects.first[0]
    where = _NO_REJECTS if rejects.file is None else _SEE_REJECTS.format(path=rejects.file)
    return AllRowsRejectedError(
        rows=rejects.count, file=source.file.name, line=first.line, reason=first.reason, where=where
    )


def _report(source: _Source, outcome: _Outcome, rejects: Rejects, *, is_dry_run: bool) -> ImportReport:
    layout, staged, stored = source.layout, outcome.staged, outcome.stored
    return ImportReport(
        file=str(source.file.path),
        is_dry_run=is_dry_run,
        rows_read=outcome.reader.tally.accepted + rejects.count,
        rows_imported=stored.added,
        rows_updated=stored.replaced,
        rows_unchanged=stored.unchanged,
        rows_combined=staged.combined,
        rows_rejected=rejects.count,
        channels=staged.channels,
        date_from=staged.date_from,
        date_to=staged.date_to,
        totals=dict(zip(MEASURES, staged.totals, strict=True)),
        rejects_file=None if rejects.file is None else str(rejects.file),
        first_rejected=tuple(rejects.first),
        sample_rows_removed=stored.samples_removed,
        encoding=source.file.encoding,
        delimiter=layout.delimiter,
        columns={name: layout.columns.name(name) for name in layout.columns.fields if name in layout.used},
        attributes={name: layout.columns.header[at] for name, at in layout.columns.attributes.items()},
        ignored=layout.ignored,
        derived={step.target: layout.explained(step) for step in layout.steps},
        warnings=(
            *remarks.on_the_file(source.file, layout, source.survey),
            *remarks.on_the_channel(layout, source.given_channel, source.channel),
            *remarks.on_the_rows(layout, outcome.reader.tally, staged, stored, rejects),
        ),
    )
