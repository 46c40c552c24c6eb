"""The file beside an imported one that holds the rows which could not be used, each with its reason.

It can be mended and imported itself: its first two columns are recognised and left out.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from services.campaigns.columns import REJECTS_COLUMNS
from services.campaigns.records import Rejected
from services.text import Lang

_SHOWN = 5
_MODE = 0o644


class Rejects:
    """Collects rejected rows: the first few to show, all of them in the file (no path: in none)."""

    def __init__(self, path: Path | None, header: Sequence[str], lang: Lang) -> None:
        self.path = path
        self.count = 0
        self.first: list[Rejected] = []
        self.failure: str | None = None
        """Why the file could not be written, if so."""
        self._header = header
        self._lang: Lang = lang
        self._stream: IO[str] | None = None

    @property
    def file(self) -> Path | None:
        """Where the rejected rows are, when there are any and they could be written."""
        return self.path if self.count and self.failure is None else None

    def add(self, rejected: Sequence[Rejected]) -> None:
        """Take some more rows."""
        self.first.extend(rejected[: max(0, _SHOWN - len(self.first))])
        self.count += len(rejected)
        with self._noting_failure():
            self._write(rejected)

    def restart(self) -> None:
        """Forget all rows: the file is read again from its beginning."""
        self.discard()
        self._stream = None
        self.first.clear()
        self.count = 0

    def publish(self) -> None:
        """Put the file in its place at once; without any rejected row, remove that of an earlier import."""
        if self.path is None:
            return
        with self._noting_failure():
            if self._stream is None:
                self.path.unlink(missing_ok=True)
            else:
                self._stream.close()
                Path(self._stream.name).replace(self.path)

    def discard(self) -> None:
        """Remove what was written, unless it was published."""
        if self._stream is not None:
            self._stream.close()
            with suppress(OSError):
                Path(self._stream.name).unlink(missing_ok=True)

    def _write(self, rejected: Sequence[Rejected]) -> None:
        if self.path is None or self.failure is not None or not rejected:
            return
        if self._stream is None:
            self._stream = _temporary(self.path)
            csv.writer(self._stream).writerow([*REJECTS_COLUMNS, *self._header])
        rows = ([one.line, one.reason[self._lang], *one.fields] for one in rejected)
        csv.writer(self._stream).writerows(rows)

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error.strerror or str(error)


def _temporary(path: Path) -> IO[str]:
    """Open a file that will take the place of `path`; its `name` is where it is until then."""
    stream = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it stays open while rows come
        "w", prefix=f".{path.name[:60]}.", dir=path.parent, delete=False, encoding="utf-8", newline=""
    )
    Path(stream.name).chmod(_MODE)  # a temporary file is its owner's alone; this one is for the team
    return cast("IO[str]", stream)
