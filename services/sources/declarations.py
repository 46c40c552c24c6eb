"""The declarations in force: those of the file, or its last usable ones while a change has a mistake."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from services.sources import recording
from services.sources.declaring import read_sources
from services.sources.failures import SourcesFileError
from services.sources.kind import Source
from services.text import Text

log = logging.getLogger("demetra.sources")


@dataclass(slots=True)
class Declarations:
    """The sources that a file declares. It is read again before each use, also its secrets.

    `environment` returns the values of `${NAME}`. `may_be_missing`: without the file, nothing is declared.
    """

    file: Path
    environment: Callable[[], Mapping[str, str]]
    may_be_missing: bool = True
    _last: tuple[Source, ...] | None = None
    _problem: Text | None = None

    def read(self) -> tuple[Source, ...]:
        """Return the declared sources; raise `SourcesFileError`."""
        return read_sources(self.file, self.environment(), may_be_missing=self.may_be_missing)

    def in_force(self) -> tuple[Source, ...]:
        """Return the declared sources, or the last usable ones; none if there were none yet."""
        try:
            self._last, self._problem = self.read(), None
        except SourcesFileError as error:
            if error.text != self._problem:
                log.warning("the sources stay as they were: %s", error)
            self._problem = error.text
        return self._last or ()

    def publish(self, connection: sa.Connection) -> tuple[Source, ...]:
        """Record the declarations in the database, with the mistake in the file, and return them."""
        declared = self.in_force()
        if self._last is not None:  # else what is in force is not known, so the list stays
            recording.declare(connection, declared)
        recording.note_problem(connection, self._problem)
        return declared
