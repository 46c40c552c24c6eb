"""Temporary content without a name: private, and gone with the process that holds it."""

from __future__ import annotations

import io
import os
import tempfile
import weakref
from dataclasses import dataclass

_PIECE_BYTES = 1 << 20


class Spool:
    """A temporary file that has no name in any folder, so that also a killed process leaves nothing.

    Its permissions are 0600. It is closed with the last reference to it.
    """

    def __init__(self) -> None:
        with tempfile.TemporaryFile(prefix="demetra-") as created:
            self.descriptor = os.dup(created.fileno())
        self._close = weakref.finalize(self, os.close, self.descriptor)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    @property
    def size(self) -> int:
        """The number of bytes written so far."""
        self.flush()
        return os.fstat(self.descriptor).st_size

    def write(self, content: bytes) -> None:
        """Append content; raise `OSError`, for example when the disk is full."""
        self._waiting.append(content)
        self._waiting_bytes += len(content)
        if self._waiting_bytes >= _PIECE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits; raise `OSError`."""
        rest = memoryview(b"".join(self._waiting))
        self._waiting, self._waiting_bytes = [], 0
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]

    def whole(self) -> Extent:
        """Return all that was written."""
        return Extent(self, 0, self.size)


@dataclass(frozen=True, slots=True)
class Extent:
    """The bytes of a spool from `start` to before `end`; it can be opened several times."""

    spool: Spool
    start: int
    end: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.end - self.start

    def open(self) -> io.BufferedReader:
        """Return a reader of its own, with a position of its own."""
        return io.BufferedReader(_Reader(self), _PIECE_BYTES)


class _Reader(io.RawIOBase):
    """Reads an extent by absolute positions, so that readers do not disturb one another."""

    def __init__(self, extent: Extent) -> None:
        self._extent = extent
        self._at = extent.start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        most = min(len(buffer), self._extent.end - self._at)
        content = os.pread(self._extent.spool.descriptor, most, self._at) if most > 0 else b""
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: self._extent.start, os.SEEK_CUR: self._at, os.SEEK_END: self._extent.end}
        self._at = max(self._extent.start, origin[whence] + offset)
        return self.tell()

    def tell(self) -> int:
        return self._at - self._extent.start
