"""The rejects file: the rejected rows of an imported file, each with its reason.

A user can correct and import the rejects file: the import recognises and ignores its first two columns. Users
open it in spreadsheet programs, so formulas in it are disarmed until the import.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from services.atomic_files import PRIVATE, create_unfinished
from services.formulas import disarmed_for_now
from services.intake.columns import REJECTS_COLUMNS
from services.intake.records import Rejected
from services.text import Lang

_SHOWN = 5


class Rejects:
    """Collects rejected rows: the first five in memory, all of them in the file at `path`, if given.

    `mode` are the permissions of the file.
    """

    def __init__(self, path: Path | None, header: Sequence[str], lang: Lang, *, mode: int = PRIVATE) -> None:
        self.path = path
        self._mode = mode
        self.count = 0
        self.first: list[Rejected] = []
        self.failure: str | None = None
        """The reason if the file could not be written."""
        self._header = header
        self._lang: Lang = lang
        self._stream: IO[str] | None = None
        self._unfinished: Path | None = None
        """The path of the file until it is published."""

    @property
    def file(self) -> Path | None:
        """The path of the rejects file; None without rejected rows or if it could not be written."""
        return self.path if self.count and self.failure is None else None

    def add(self, rejected: Sequence[Rejected]) -> None:
        """Add rejected rows."""
        self.first.extend(rejected[: max(0, _SHOWN - len(self.first))])
        self.count += len(rejected)
        with self._noting_failure():
            self._write(rejected)

    def restart(self) -> None:
        """Drop all rows, before the campaign file is read again from its beginning."""
        self.discard()
        self._stream = self._unfinished = None
        self.first.clear()
        self.count = 0

    def publish(self) -> None:
        """Move the file to its path atomically; without rejected rows, remove that of an earlier import."""
        if self.path is None:
            return
        with self._noting_failure():
            if self._stream is None or self._unfinished is None:
                self.path.unlink(missing_ok=True)
            else:
                self._stream.close()
                self._unfinished.replace(self.path)

    def discard(self) -> None:
        """Remove the unfinished file, if any."""
        if self._stream is not None and self._unfinished is not None:
            self._stream.close()
            with suppress(OSError):
                self._unfinished.unlink(missing_ok=True)

    def _write(self, rejected: Sequence[Rejected]) -> None:
        if self.path is None or self.failure is not None or not rejected:
            return
        if self._stream is None:
            descriptor, self._unfinished = create_unfinished(self.path, self._mode)
            self._stream = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
            csv.writer(self._stream).writerow([*REJECTS_COLUMNS, *map(disarmed_for_now, self._header)])
        rows = ([one.line, *map(disarmed_for_now, (one.reason[self._lang], *one.fields))] for one in rejected)
        csv.writer(self._stream).writerows(rows)

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error.strerror or str(error)
