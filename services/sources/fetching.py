"""A fetch of all due sources: read side by side in threads, each new file one import and one transaction.

A source that fails, hangs or has an unusable file stops neither the others nor the run: its last rows stay.
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Any

import sqlalchemy as sa

from services.database.engine import brief
from services.errors import DemetraError
from services.executors.base import CallCancelledError
from services.sources import recording
from services.sources.failures import SourceBugError, SourceError, SourceOverdueError
from services.sources.hiding import log_bug
from services.sources.importing import Importer, ImportOptions, NoLongerWantedError, ReadingTime
from services.sources.kind import Fetch, Source
from services.sources.kinds import kind_of
from services.sources.recording import Due, Success
from services.sources.temporary import temporary_folder

log = logging.getLogger("demetra.sources")

MOST_AT_ONCE = 8
POLL_SECONDS = 0.1
KEEP_ALIVE_SECONDS = 1.0
SHORT_SECONDS = 0.05

_STILL_HANGING: dict[str, Thread] = {}
"""Threads that were left behind by name of their source: each hangs in a read that cannot be ended."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought: numbers of sources, files and rows, and the names of the sources that failed.

    `sources` were to be fetched, `done` are finished. `refused` files could not be imported. `rows_corrected`
    counts rows that were updated or removed. `is_partial`: a source has more than one run fetches.
    """

    sources: int = 0
    done: int = 0
    failed: tuple[str, ...] = ()
    files: int = 0
    refused: int = 0
    rows_new: int = 0
    rows_corrected: int = 0
    is_partial: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as JSON values."""
        return {
            "sources": self.sources,
            "done": self.done,
            "failed": list(self.failed),
            "files": self.files,
            "refused": self.refused,
            "rows_new": self.rows_new,
            "rows_corrected": self.rows_corrected,
            "is_partial": self.is_partial,
        }


@dataclass(frozen=True, slots=True)
class Watch:
    """What the caller of a fetch does meanwhile: whether it must stop, and what it shows.

    `is_stopping` is asked ten times a second, `keep_alive` is called once a second, and `show` when the
    numbers have changed.
    """

    is_stopping: Callable[[], bool] = lambda: False
    keep_alive: Callable[[], object] = lambda: None
    show: Callable[[Fetched], object] = lambda _fetched: None


def fetch_due(
    engine: sa.Engine,
    declared: Sequence[Source],
    options: ImportOptions,
    watch: Watch | None = None,
    *,
    only: Collection[str] | None = None,
) -> Fetched:
    """Fetch the sources that are due, or those of the names in `only`, and return what that brought.

    A source that another process is fetching is left out. Raises `CallCancelledError` when the caller stops,
    and errors of the database.
    """
    watch = watch or Watch()
    with _locks(engine) as (lock, keep_lock):
        with brief(engine) as connection:
            due = recording.due_of(connection, declared, only)
        due = [one for one in due if lock(one.source.name)]
        if not due:
            return Fetched()
        with temporary_folder() as folder:
            ours = replace(watch, keep_alive=lambda: (watch.keep_alive(), keep_lock()))
            return _Round(engine, due, options, ours, folder).run()


@contextmanager
def _locks(engine: sa.Engine) -> Iterator[tuple[Callable[[str], bool], Callable[[], None]]]:
    """Yield a function that locks a source until the end of the block, and one that keeps the locks.

    One transaction holds all locks, so a process that dies releases them.
    """
    with engine.connect() as connection:

        def keep() -> None:
            connection.execute(sa.text("SELECT 1"))  # servers may end transactions that idle

        yield lambda name: recording.try_lock(connection, name), keep
        connection.rollback()


@dataclass(slots=True, eq=False)
class _Reading:
    """The reading of one source in a thread of its own."""

    due: Due
    importer: Importer
    folder: Path
    done: queue.SimpleQueue[_Reading]
    error: DemetraError | None = None
    is_partial: bool = False
    thread: Thread | None = None

    def end(self, error: DemetraError) -> None:
        """Note what ended the reading.

        A deadline after files that were not known before ends only this fetch: the next one goes on behind
        them. Known files that have changed again are no such progress.
        """
        self.is_partial = isinstance(error, SourceOverdueError) and self.importer.first_versions > 0
        self.error = None if self.is_partial else error

    def start(self) -> None:
        name = self.due.source.name
        # A daemon, so that a read that hangs in the kernel does not keep this process from ending.
        self.thread = Thread(target=self._run, name=f"fetch {name}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        source = self.due.source
        try:
            self._read(source)
        except NoLongerWantedError:
            return
        except DemetraError as error:
            self.end(error)
        except Exception as error:  # noqa: BLE001 - a bug in one type must not end the others
            log_bug(source, "something unexpected", error)
            self.error = SourceBugError(kind=type(error).__name__)
        self.done.put(self)

    def _read(self, source: Source) -> None:
        self.folder.mkdir()
        reading_time = self.importer.reading_time
        fetch = Fetch(source, self.due.seen, self.folder, reading_time, self.due.now)
        for file in kind_of(source.type).read(fetch):
            self.importer.take(file)
            if self.importer.has_no_time_left():
                self.is_partial = True
                return


@dataclass(slots=True, eq=False)
class _Round:
    """Reads some sources, at most `MOST_AT_ONCE` at a time, and records how each went."""

    engine: sa.Engine
    due: Sequence[Due]
    options: ImportOptions
    watch: Watch
    folder: Path
    done: queue.SimpleQueue[_Reading] = field(default_factory=queue.SimpleQueue)
    running: list[_Reading] = field(default_factory=list)
    ended: list[_Reading] = field(default_factory=list)
    shown: Fetched = Fetched()
    kept_alive: float = 0.0
    turn: Lock = field(default_factory=Lock)

    def run(self) -> Fetched:
        """Return what the sources brought."""
        waiting = [self._reading(number, one) for number, one in enumerate(self.due)]
        self.kept_alive = monotonic()
        self._show()
        try:
            while waiting or self.running:
                while waiting and len(self.running) < MOST_AT_ONCE:
                    self._start(waiting.pop(0))
                finished = list(self._finished())
                self._record([*finished, *self._overdue(finished)])
                self._keep_alive()
        finally:
            for one in self.running:
                one.importer.abandon()
        return self._fetched()

    def _reading(self, number: int, due: Due) -> _Reading:
        importer = Importer(
            self.engine, due, self.options, ReadingTime.after(due.source.deadline_seconds), self.turn
        )
        return _Reading(due, importer, self.folder / str(number), self.done)

    def _start(self, one: _Reading) -> None:
        left_behind = _STILL_HANGING.get(one.due.source.name)
        self.running.append(one)
        if left_behind is not None and left_behind.is_alive():
            one.error = _overdue(one.due.source)  # another thread would hang as well
            self.done.put(one)
            return
        _STILL_HANGING.pop(one.due.source.name, None)
        one.importer.reading_time = ReadingTime.after(one.due.source.deadline_seconds)
        one.start()

    def _finished(self) -> Iterator[_Reading]:
        """Yield the readings that have ended; wait for one if there is none."""
        timeout = SHORT_SECONDS if len(self.running) < MOST_AT_ONCE else POLL_SECONDS
        try:
            one = self.done.get(timeout=timeout)
            while True:
                if one in self.running:  # not abandoned meanwhile
                    yield one
                one = self.done.get_nowait()
        except queue.Empty:
            return

    def _overdue(self, finished: Sequence[_Reading]) -> Iterator[_Reading]:
        """Yield the readings that have not ended by their deadline; they can import no more.

        One in `finished` may have ended just at its deadline, and counts as ended.
        """
        for one in [one for one in self.running if one not in finished]:
            if one.importer.is_overdue() and one.importer.abandon():
                one.end(_overdue(one.due.source))
                if one.thread is not None:
                    _STILL_HANGING[one.due.source.name] = one.thread
                yield one

    def _record(self, ended: Sequence[_Reading]) -> None:
        if not ended:
            return
        for one in ended:
            self.running.remove(one)
        self.ended += ended
        with brief(self.engine) as connection:
            _note(connection, ended)
        self._show()

    def _fetched(self) -> Fetched:
        """Return the numbers so far, those of running readings included."""
        importers = [one.importer for one in (*self.ended, *self.running)]
        return Fetched(
            sources=len(self.due),
            done=len(self.ended),
            failed=tuple(one.due.source.name for one in self.ended if one.error is not None),
            files=sum(one.files for one in importers),
            refused=sum(one.refused for one in importers),
            rows_new=sum(one.rows_new for one in importers),
            rows_corrected=sum(one.rows_corrected for one in importers),
            is_partial=any(one.is_partial for one in self.ended),
        )

    def _show(self) -> None:
        now = self._fetched()
        if now != self.shown:
            self.shown = now
            self.watch.show(now)

    def _keep_alive(self) -> None:
        if self.watch.is_stopping():
            raise CallCancelledError
        if monotonic() - self.kept_alive >= KEEP_ALIVE_SECONDS:
            self.kept_alive = monotonic()
            self.watch.keep_alive()
            self._show()


def _note(connection: sa.Connection, ended: Sequence[_Reading]) -> None:
    """Record how some sources went. Raises an error of the database that ended one of them."""
    recording.note_successes(
        connection,
        [Success(one.due, one.importer.files > 0, one.is_partial) for one in ended if one.error is None],
    )
    for one in ended:
        if one.error is None:
            continue
        name, error = one.due.source.name, one.error
        log.warning("source %s: %s", name, error)
        recording.note_failure(
            connection,
            one.due.now,
            name,
            error.code,
            error.text,
            retry_after=error.retry_after if isinstance(error, SourceError) else None,
            has_news=one.importer.files > 0,
        )


def _overdue(source: Source) -> SourceOverdueError:
    return SourceOverdueError(seconds=f"{source.deadline_seconds:g}")
