"""Whether another program is still writing to a file, as far as the system and the content tell."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path

_TAIL_BYTES = 1 << 16
_END_OF_ZIP = b"PK\x05\x06"
_ENDS = b"\r\n}]>"


def is_written_to(path: Path) -> bool:
    """Tell whether a program of this machine has the file open for writing; False where that is unknown.

    Linux grants a read lease only on a file that nothing has open for writing. It grants none to a process
    that does not own the file, and not on every file system.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # A program that opens the file meanwhile causes this signal; by default it is ignored, unlike SIGIO.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def is_whole(path: Path) -> bool:
    """Tell whether the content ends as that of a finished file: with a line end, a bracket, the end of a ZIP.

    A file that is half written ends in the middle of a line. True for content of other kinds.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as stream:
            head = stream.read(4)
            stream.seek(max(0, os.fstat(descriptor).st_size - _TAIL_BYTES))
            tail = stream.read(_TAIL_BYTES)
    except OSError:
        return True  # the reading that follows says what is wrong
    if head.startswith(b"PK"):
        return _END_OF_ZIP in tail
    if head.startswith((b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):  # gzip, XLS: the import finds what is missing
        return True
    last = tail.rstrip(b"\0 \t")[-1:]
    return last != b"" and last in _ENDS
