"""Files that are written whole or not at all, and read only when they are files.

Readers see the old file or the new one. An unfinished file has a random name and is created by its
writer (never opened where something stands already), because others may write to the same folder and
put a link in its place. Its name also says which process on which machine writes it, so that the next
writer can remove what a killed one has left behind. A link at the final path is replaced, not followed.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
import tempfile
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

import psutil

PUBLIC = 0o644
"""Permissions of a file that everyone on the machine may read."""

PRIVATE = 0o600
"""Permissions of a file for its owner alone."""

_UNFINISHED = ".unfinished"
_MOST_NAME_BYTES = 100  # of the final name: with machine, process and random part it must fit into 255
_REST = re.compile(r"([0-9]{1,9})(?:\.[a-z0-9_]{8})?" + re.escape(_UNFINISHED))


def write_whole(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Write `content` to `path` in one step, also over a power cut; raise `OSError`."""
    descriptor, unfinished = create_unfinished(path, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def create_unfinished(path: Path, mode: int) -> tuple[int, Path]:
    """Create an empty file with these permissions that will replace `path`; raise `OSError`.

    Returns its descriptor, open for writing, and where it is. Also removes the unfinished versions of
    `path` whose writer on this machine has died.
    """
    with suppress(OSError):  # a folder that cannot be listed may still take the file
        _remove_abandoned(path)
    begin = f"{_begin(path)}{os.getpid()}."
    descriptor, name = tempfile.mkstemp(prefix=begin, suffix=_UNFINISHED, dir=path.parent)
    try:
        os.fchmod(descriptor, mode)
    except OSError:
        os.close(descriptor)
        Path(name).unlink(missing_ok=True)
        raise
    return descriptor, Path(name)


def mode_of(path: Path, default: int) -> int:
    """Return who may read the file at `path`; `default` when there is none or a link stands there.

    Nobody but the owner may write to a file that Demetra writes, whatever its permissions were.
    """
    try:
        found = path.lstat().st_mode
    except OSError:
        return default
    return PRIVATE | stat.S_IMODE(found) & PUBLIC if stat.S_ISREG(found) else default


def open_whole(path: Path) -> BufferedReader:
    """Open `path` to be read; raise `OSError` also for a pipe, which could hold us up for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file")


def _remove_abandoned(path: Path) -> None:
    begin = _begin(path)
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(begin)]
    for name in names:
        rest = _REST.fullmatch(name[len(begin) :])
        if rest and not psutil.pid_exists(int(rest[1])):
            with suppress(OSError):  # a folder of this name, or a file of another user: not ours to remove
                path.with_name(name).unlink()


def _begin(path: Path) -> str:
    """Return how the names of unfinished versions of `path` begin that are written on this machine."""
    name = os.fsdecode(os.fsencode(path.name)[:_MOST_NAME_BYTES])
    return f".{name}.{_machine()}."


def _machine() -> str:
    return socket.gethostname().replace("/", "-")
