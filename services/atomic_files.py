"""Atomic writing of files, and reading of regular files only.

Readers see the old file or the new one. The writer creates the unfinished file under a random name and never
opens an existing one, because other users may write to the same folder and place a symbolic link there. The
name also contains the machine and the process id, so the next writer can remove the file of a killed process.
A symbolic link at the final path is replaced, not followed.
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
"""Permissions of a file that all users of the machine may read."""

PRIVATE = 0o600
"""Permissions of a file that only its owner may read."""

_UNFINISHED = ".unfinished"
_MOST_NAME_BYTES = 100  # of the final name: with machine, process and random part it must fit into 255
_REST = re.compile(r"([0-9]{1,9})(?:\.[a-z0-9_]{8})?" + re.escape(_UNFINISHED))


def write_whole(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Replace the file at `path` atomically, also if power fails; raise `OSError`."""
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

    Return its descriptor, open for writing, and its path. Also remove the unfinished versions of `path` whose
    writer process on this machine has ended.
    """
    with suppress(OSError):  # a folder that cannot be listed may still accept the file
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
    """Return the permissions for a new version of the file at `path`.

    They are `default` where there is no regular file. Otherwise the readers of the file stay, and only the
    owner may write, whatever the permissions were.
    """
    try:
        found = path.lstat().st_mode
    except OSError:
        return default
    return PRIVATE | stat.S_IMODE(found) & PUBLIC if stat.S_ISREG(found) else default


def open_whole(path: Path) -> BufferedReader:
    """Open the regular file at `path` for reading; raise `OSError`, also for a pipe, which could block."""
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
            with suppress(OSError):  # a folder, or a file of another user, may have this name: keep it
                path.with_name(name).unlink()


def _begin(path: Path) -> str:
    """Return the prefix of the names of unfinished versions of `path` from this machine."""
    name = os.fsdecode(os.fsencode(path.name)[:_MOST_NAME_BYTES])
    return f".{name}.{_machine()}."


def _machine() -> str:
    return socket.gethostname().replace("/", "-")
