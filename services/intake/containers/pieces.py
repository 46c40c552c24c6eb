"""The tables of a file as text, and text written row by row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.intake.containers.sheets import as_line
from services.intake.spool import Extent, Spool


@dataclass(frozen=True, slots=True)
class Piece:
    """One table of a file, as text: a sheet, a file in an archive, an array of objects.

    `skipped` is the number of lines of its own that stand above the first one of `content`; it is -1 where
    the text has a header that the file has not. `is_shown` is False for a hidden sheet.
    """

    name: str
    content: Extent
    is_shown: bool = True
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, or bytes that were taken out of it; `path` is that of the file in both cases."""

    path: Path
    content: Extent | None = None

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Yield the bytes; the stream is seekable."""
        stream = self.path.open("rb") if self.content is None else self.content.open()
        with stream:
            yield stream

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.path.stat().st_size if self.content is None else self.content.size


class TableWriter:
    """Writes rows as lines of tab-separated UTF-8 text."""

    def __init__(self, spool: Spool | None = None) -> None:
        self._spool = spool or Spool()
        self._start = self._spool.size
        self.rows = 0

    def add(self, cells: Sequence[str]) -> None:
        """Add one row."""
        self.rows += 1
        if any(cells):
            self._spool.write(as_line(cells).encode("utf-8", "replace"))
        else:
            self._spool.write(b"\n")

    def finish(self) -> Extent:
        """Return the text of all rows."""
        return Extent(self._spool, self._start, self._spool.size)


def path_of(descriptor: int) -> str:
    """Return a path by which a child process that inherits an open file can open it."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"  # noqa: PTH112
    return f"{folder}/{descriptor}"
