"""Import of the files of one source, each in a transaction of its own together with what is known of it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from time import monotonic

import sqlalchemy as sa

from services.errors import DatabaseBusyError, DemetraError
from services.executors.base import Deadline
from services.intake.failures import CampaignFileError
from services.intake.report import ImportReport
from services.sources import recording
from services.sources.failures import SourceTooLargeError
from services.sources.hiding import log_bug
from services.sources.kind import NewFile, Source
from services.sources.recording import Due
from services.sources.refusing import reason_of
from services.text import LANGS, Lang, Text, compact

log = logging.getLogger("demetra.sources")

COMMIT_WAIT_SECONDS = 1.0
TURN_POLL_SECONDS = 0.2
LOCK_SECONDS = 60
FILE_SECONDS = 600.0
"""How long the import of one file may take; the largest files take a tenth of it."""

_BUG = Text(
    en="“{file}” cannot be imported: unexpected failure ({kind}). The log of the worker has the details.",
    ru="«{file}» не удаётся загрузить: неожиданный сбой ({kind}). Подробности — в журнале обработчика.",
)


class NoLongerWantedError(Exception):
    """The fetch of the source was given up meanwhile; nothing more of it is imported."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How files are imported. `most_seconds`: how long one fetch imports files of one source, at most."""

    archive_days: int = 90
    currency: str | None = None
    lang: Lang = "en"
    most_seconds: float = 300.0


@dataclass(slots=True)
class _Stopwatch:
    """Counts the seconds of imports."""

    total: float = 0.0
    since: float | None = None

    def seconds(self) -> float:
        since = self.since
        return self.total + (0.0 if since is None else monotonic() - since)


@dataclass(frozen=True, slots=True)
class ReadingTime(Deadline):
    """A deadline for the reading of a source: it does not run while a file of the source is imported."""

    imports: _Stopwatch = field(default_factory=_Stopwatch)

    def left(self) -> float:
        """Return the seconds that are left for reading."""
        return max(0.0, self.end + self.imports.seconds() - monotonic())


@dataclass(slots=True, eq=False)
class Importer:
    """Imports the files of one source, until it is abandoned.

    `turn` is held by the one importer of this process that imports: imports would wait for one another in the
    database, and each takes memory. `first_versions` counts the files that were not known before.
    """

    engine: sa.Engine
    due: Due
    options: ImportOptions
    reading_time: ReadingTime
    turn: Lock
    files: int = 0
    refused: int = 0
    rows_new: int = 0
    rows_corrected: int = 0
    first_versions: int = 0
    _abandoned: bool = False
    _committing: Lock = field(default_factory=Lock)

    def take(self, file: NewFile) -> None:
        """Import a file, or record why it cannot be imported.

        Raises `NoLongerWantedError` if the fetch was abandoned, and errors of the database.
        """
        with self._turn():
            is_new = self._deal_with(file)
        if is_new and file.after_import is not None:
            try:
                file.after_import()
            except Exception as error:  # noqa: BLE001 - the file is imported, and stays so
                log_bug(self.due.source, f"after the import of {file.name}", error)

    def abandon(self) -> bool:
        """Make this importer commit nothing more; False while a commit is under way."""
        if not self._committing.acquire(timeout=COMMIT_WAIT_SECONDS):
            return False
        self._abandoned = True
        self._committing.release()
        return True

    def is_overdue(self) -> bool:
        """Tell whether the time for reading, or for importing one file, is over."""
        since = self.reading_time.imports.since
        if since is not None:
            return monotonic() - since > FILE_SECONDS
        return self.reading_time.left() == 0

    def has_no_time_left(self) -> bool:
        """Tell whether this fetch has imported for as long as one fetch may."""
        return self.reading_time.imports.seconds() > self.options.most_seconds

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the turn of this importer; the deadline of the reading does not run meanwhile."""
        stopwatch = self.reading_time.imports
        begin = monotonic()
        while not self.turn.acquire(timeout=TURN_POLL_SECONDS):
            stopwatch.total += monotonic() - begin
            begin = monotonic()
            self._check()
            if stopwatch.total > FILE_SECONDS:
                raise DatabaseBusyError(reason="another import takes too long")
        try:
            stopwatch.since = begin
            yield
        finally:
            stopwatch.total, stopwatch.since = stopwatch.seconds(), None
            self.turn.release()

    def _check(self) -> None:
        if self._abandoned:
            raise NoLongerWantedError

    def _deal_with(self, file: NewFile) -> bool:
        """Return whether the file was imported now or before with this content."""
        source, digest = self.due.source, None
        refused = too_large(source, file)
        if refused is None:
            with file.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        with self.engine.connect() as connection:
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            recording.lock_files(connection, source.name)
            known = recording.known_file(connection, source.name, file.key)
            if known is not None and known.version == file.version and not known.is_refused:
                return True  # another process was faster
            if known is not None and digest is not None and known.content_hash == digest:
                recording.note_same(connection, source.name, file.key, file.version)
                self._commit(connection)
                return True
            found = refused or self._imported(connection, file)
            if isinstance(found, ImportReport):
                assert found.import_id is not None
                recording.note_imported(
                    connection, self.due, file.key, file.version, str(digest), found.import_id
                )
            else:
                code, reason = found
                log.warning("source %s: %s was refused: %s", source.name, file.name, reason.en)
                recording.note_refused(connection, self.due, file.key, file.version, file.name, code, reason)
            self._commit(connection)
        self._count(found)
        self.first_versions += known is None
        return isinstance(found, ImportReport)

    def _imported(self, connection: sa.Connection, file: NewFile) -> ImportReport | tuple[str, Text]:
        """Return the report, or code and reason of a refusal; then the transaction is as before."""
        # Its libraries take seconds to load, and most fetches bring nothing.
        from services.intake.importing import import_file

        source = self.due.source
        self._check()
        savepoint = connection.begin_nested()
        try:
            report = import_file(
                connection,
                file.path,
                channel=file.channel or source.channel,
                source=file.account or source.account,
                mode=source.mode,
                mapping=source.mapping,
                grain=source.grain,
                imported_by=source.name,
                file_name=file.name,
                archive_days=self.options.archive_days,
                currency=self.options.currency,
                lang=self.options.lang,
                on_page=True,
            )
        except CampaignFileError as error:
            savepoint.rollback()
            return error.code, reason_of(error)
        except DemetraError:
            raise  # of the database
        except Exception as error:  # a bug: this file is left out, the others are not
            if connection.invalidated:
                raise
            savepoint.rollback()
            log_bug(source, f"{file.name} cannot be imported", error)
            return "internal", _BUG.format(file=file.name, kind=type(error).__name__)
        savepoint.commit()
        return report

    def _commit(self, connection: sa.Connection) -> None:
        with self._committing:
            self._check()
            connection.commit()

    def _count(self, found: ImportReport | tuple[str, Text]) -> None:
        if isinstance(found, ImportReport):
            self.files += 1
            self.rows_new += found.rows_imported
            self.rows_corrected += found.rows_updated + found.rows_removed
        else:
            self.refused += 1


def too_large(source: Source, file: NewFile) -> tuple[str, Text] | None:
    """Return code and reason if a file is larger than its source allows."""
    if file.path.stat().st_size <= source.max_bytes:
        return None
    limit = Text(**{lang: compact(Decimal(source.max_bytes), lang) + "B" for lang in LANGS})
    error = SourceTooLargeError(place=file.name, limit=limit)
    return error.code, error.text
