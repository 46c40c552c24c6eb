"""What a fetch of a source would import: its new files, read and compared, and nothing stored."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

import sqlalchemy as sa

from services.executors.base import Deadline
from services.intake.failures import CampaignFileError
from services.intake.importing import import_file
from services.intake.report import ImportReport
from services.sources import recording
from services.sources.importing import ImportOptions, too_large
from services.sources.kind import Fetch, NewFile, Source
from services.sources.kinds import kind_of
from services.sources.refusing import reason_of
from services.sources.temporary import temporary_folder
from services.text import Text


def try_source(
    engine: sa.Engine, source: Source, options: ImportOptions
) -> Iterator[tuple[NewFile, ImportReport | Text]]:
    """Yield each new file of the source with the report of a dry run, or with why it would be refused.

    Neither the database nor the source is changed. Raises `SourceError` if the source cannot be read.
    """
    with closing(_new_files(engine, source)) as files:
        for file in files:
            yield file, _tried(engine, source, file, options)


def first_new_file(engine: sa.Engine, source: Source) -> str | None:
    """Return the name of the first file that a fetch would find, None without news; read nothing further.

    Neither the database nor the source is changed. Raises `SourceError` if the source cannot be read.
    """
    with closing(_new_files(engine, source)) as files:
        first = next(files, None)
        return None if first is None else first.name


def _new_files(engine: sa.Engine, source: Source) -> Generator[NewFile]:
    with engine.connect() as connection:
        (due,) = recording.due_of(connection, [source], only=[source.name])
    with temporary_folder() as folder:
        deadline = Deadline.after(source.deadline_seconds)
        yield from kind_of(source.type).read(Fetch(source, due.seen, folder, deadline, due.now))


def _tried(engine: sa.Engine, source: Source, file: NewFile, options: ImportOptions) -> ImportReport | Text:
    refused = too_large(source, file)
    if refused is not None:
        return refused[1]
    with engine.connect() as connection:  # rolled back at the end
        try:
            return import_file(
                connection,
                file.path,
                channel=file.channel or source.channel,
                source=file.account or source.account,
                mode=source.mode,
                mapping=source.mapping,
                grain=source.grain,
                file_name=file.name,
                currency=options.currency,
                dry_run=True,
                lang=options.lang,
            )
        except CampaignFileError as error:
            return reason_of(error)
