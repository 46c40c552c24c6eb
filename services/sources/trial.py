"""What a fetch of a source would import: its new files, read and compared, and nothing stored."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from services.errors import DemetraError
from services.executors.base import Deadline
from services.intake.failures import CampaignFileError
from services.intake.importing import import_file
from services.intake.report import ImportReport
from services.sources import recording
from services.sources.failures import SourceBugError
from services.sources.hiding import log_bug
from services.sources.importing import ImportOptions, too_large
from services.sources.kind import Fetch, NewFile, Source
from services.sources.kinds import kind_of
from services.sources.refusing import reason_of
from services.sources.temporary import temporary_folder
from services.text import Text


def try_source(
    engine: sa.Engine,
    source: Source,
    options: ImportOptions,
    *,
    is_anew: bool = False,
    rejects: Path | None = None,
) -> Iterator[tuple[NewFile, ImportReport | Text]]:
    """Yield each new file of the source with the report of a dry run, or with why it would be refused.

    `is_anew`: files that were fetched before are new, too. The rejected rows of each file become a file in
    the folder `rejects`. Neither the database nor the source is changed. Raises `SourceError` if the source
    cannot be read.
    """
    with closing(_new_files(engine, source, is_anew=is_anew)) as files:
        for number, file in enumerate(files, 1):
            path = None if rejects is None else rejects / _rejects_name(number, file)
            yield file, _tried(engine, source, file, options, path)


def first_new_file(engine: sa.Engine, source: Source) -> str | None:
    """Return the name of the first file that a fetch would find, None without news; read nothing further.

    Neither the database nor the source is changed. Raises `SourceError` if the source cannot be read.
    """
    with closing(_new_files(engine, source)) as files:
        first = next(files, None)
        return None if first is None else first.name


def _new_files(engine: sa.Engine, source: Source, *, is_anew: bool = False) -> Generator[NewFile]:
    with engine.connect() as connection:
        (due,) = recording.due_of(connection, [source], only=[source.name])
    with temporary_folder() as folder:
        deadline = Deadline.after(source.deadline_seconds)
        fetch = Fetch(source, {} if is_anew else due.seen, folder, deadline, due.now)
        try:
            yield from kind_of(source.type).read(fetch)
        except DemetraError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one type
            log_bug(source, "something unexpected", error)
            raise SourceBugError(kind=type(error).__name__) from None


def _rejects_name(number: int, file: NewFile) -> str:
    """Return a name that no other file of the source has, without characters of paths and shells."""
    name = re.sub(r"[^\w .-]+", "_", file.name)
    return f"{number:03} {name}.rejects.csv"


def _tried(
    engine: sa.Engine, source: Source, file: NewFile, options: ImportOptions, rejects: Path | None
) -> ImportReport | Text:
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
                rejects_path=rejects,
                lang=options.lang,
            )
        except CampaignFileError as error:
            return reason_of(error)
