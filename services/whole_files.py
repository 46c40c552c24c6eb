"""Files that are written whole or not at all, and read only when they are files.

Readers see the old file or the new one. What a writer that was killed has left behind is removed by
the next one, whose name for unfinished files says which process on which machine writes them.
"""

from __future__ import annotations

import errno
import glob
import os
import socket
import stat
from io import BufferedReader
from pathlib import Path

import psutil

_UNFINISHED = ".unfinished"


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step, also over a power cut; raise `OSError`."""
    _remove_abandoned(path)
    unfinished = path.with_name(f".{path.name}.{_machine()}.{os.getpid()}{_UNFINISHED}")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def open_whole(path: Path) -> BufferedReader:
    """Open `path` to be read; raise `OSError` also for a pipe, which could hold us up for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file")


def _remove_abandoned(path: Path) -> None:
    """Remove unfinished versions of `path` whose writer on this machine has died."""
    begin = glob.escape(f".{path.name}.{_machine()}.")
    for unfinished in path.parent.glob(f"{begin}*{_UNFINISHED}"):
        pid = unfinished.name.removesuffix(_UNFINISHED).rpartition(".")[2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            unfinished.unlink(missing_ok=True)


def _machine() -> str:
    return socket.gethostname().replace("/", "-")
