"""What is counted between two looks at `/metrics`, over all web processes of one server.

The web server starts several processes and a scrape reaches any of them, so the numbers stand in a
small file that they share. Its lock is taken for each count; what is counted is rare.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "DEMETRA_COUNTERS"  # the shared file's path, from the server to its processes

_STATUSES = (400, 401, 403, 413, 429)
REFUSED = frozenset(_STATUSES)
_FORM = struct.Struct("=Q")
_SIZE = _FORM.size * (1 + len(_STATUSES))


def share_counters() -> Path:
    """Make an empty file of counters for the processes that this one starts; return its path."""
    handle, name = tempfile.mkstemp(prefix="demetra-counters-")
    os.ftruncate(handle, _SIZE)
    os.close(handle)
    os.environ[VARIABLE] = name
    return Path(name)


class Counters:
    """Counts of what was dropped and refused; of this process alone where no file is shared."""

    def __init__(self) -> None:
        shared = os.environ.get(VARIABLE)
        self._lock = threading.Lock()
        self._file = os.open(shared, os.O_RDWR) if shared else None
        self._numbers = mmap.mmap(-1 if self._file is None else self._file, _SIZE)

    def count_dropped(self) -> None:
        """Count a request whose forwarded headers were dropped."""
        self._add(0)

    def count_refused(self, status: int) -> None:
        """Count a refused request by its status."""
        self._add(1 + _STATUSES.index(status))

    @property
    def dropped(self) -> int:
        """How many requests had their forwarded headers dropped."""
        return self._read(0)

    @property
    def refused(self) -> dict[int, int]:
        """How many requests were refused, by status."""
        return {status: self._read(1 + place) for place, status in enumerate(_STATUSES)}

    def _add(self, place: int) -> None:
        with self._lock, self._alone():
            _FORM.pack_into(self._numbers, place * _FORM.size, self._read(place) + 1)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other processes from counting at the same moment."""
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self, place: int) -> int:
        number: int = _FORM.unpack_from(self._numbers, place * _FORM.size)[0]
        return number
