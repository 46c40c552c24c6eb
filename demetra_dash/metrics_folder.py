"""The folder in which the web processes of one server keep their numbers for `/metrics`.

A scrape reaches any of the processes, so each writes into files that the others read: the multiprocess
mode of prometheus-client. A file belongs to a slot and not to a process id. The process that replaces a
dead one takes its slot and counts on, so no count is lost and crashes do not add files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # the library's name; from the server to its processes

FILE_BYTES = {"counter": 1 << 16, "histogram": 1 << 20}
"""The size of each file of a process. `metrics.MAX_SERIES` keeps the histogram within it."""

_PREFIX = "demetra-metrics-"
_NEW_SECONDS = 60  # a server has locked its folder by then


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make an empty folder for the processes that this one starts; remove it at the end."""
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))  # readable for its owner alone
    # The lock also keeps systemd-tmpfiles from removing the files of a server that runs for weeks.
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        del os.environ[VARIABLE]
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def take_slot(folder: Path) -> int:
    """Return the lowest slot that no living process has; it is this process's own until it ends.

    Raises `OSError` where the folder is missing or its disk is full.
    """
    for slot in count():
        lock = os.open(folder / f"slot-{slot}", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        _make_files(folder, slot)
        return slot  # the lock stays open, and ends with the process
    raise AssertionError  # `count` does not end


def _make_files(folder: Path, slot: int) -> None:
    """Make the slot's files unless there are some from an earlier process.

    They are written in full: a process that touches a hole in a mapped file while the disk is full is
    killed. They are renamed into place, so that no scrape reads an empty file.
    """
    for kind, size in FILE_BYTES.items():
        path = folder / f"{kind}_{slot}.db"
        if not path.exists():
            new = path.with_suffix(".new")
            new.write_bytes(bytes(size))
            new.replace(path)


def _remove_abandoned() -> None:
    """Remove the folders of servers that were killed: no process holds their locks any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # it is locked, or gone
            _remove_unless_locked(folder)


def _remove_unless_locked(folder: Path) -> None:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(lock)
        if status.st_uid == os.getuid() and time.time() - status.st_mtime > _NEW_SECONDS:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    finally:
        os.close(lock)
