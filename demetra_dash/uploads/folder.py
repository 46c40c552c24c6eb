"""The private folder of one upload.

It is in DEMETRA_HOME, because /tmp of a container is often small and in memory. While an upload is under way,
its folder is locked (`flock`). The operating system releases the lock when the process ends, however it ends.
So an unlocked folder belongs to no upload, and the next upload or web process removes it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import InvalidInputError, UnavailableError
from services.text import Text

FOLDER = "uploads"  # in DEMETRA_HOME
PROGRESS = "progress"
SPARE_BYTES = 100_000_000  # that must stay free on the disk, for the database and the model
NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_FULL = (errno.ENOSPC, errno.EDQUOT)


class NoRoomError(UnavailableError):
    """The disk has no room for the upload."""

    code = "upload_no_room"
    words = Text(
        en="The server has no room for this file: {folder} is on a disk with {free} MB free. Nothing was "
        "stored. Make room there (DEMETRA_HOME), then send the file again.",
        ru="На сервере нет места для файла: на диске с {folder} свободно {free} МБ. Ничего не сохранено. "
        "Освободите место (DEMETRA_HOME) и отправьте файл снова.",
    )


class FolderError(UnavailableError):
    """The folder of uploads cannot be written."""

    code = "upload_folder"
    words = Text(
        en="The server cannot write to {folder} ({reason}), so it takes no files. Give the web process a "
        "folder that it may write to (DEMETRA_HOME).",
        ru="Сервер не может писать в {folder} ({reason}) и поэтому не принимает файлы. Дайте веб-процессу "
        "папку, в которую он может писать (DEMETRA_HOME).",
    )


class UploadNameError(InvalidInputError):
    """The client's name of the upload is no name, or in use."""

    code = "upload_name"
    words = Text(
        en="“upload” must be 32 hexadecimal digits that no other upload uses at this moment.",
        ru="«upload» — это 32 шестнадцатеричные цифры, не занятые сейчас другой загрузкой.",
    )


@contextmanager
def upload_folder(home: Path, name: str | None = None) -> Iterator[Path]:
    """Yield a new, locked folder with this name (a random one without it), and remove it at the end.

    Raises `FolderError`, `NoRoomError`, `UploadNameError`.
    """
    if name is not None and not NAME.fullmatch(name):
        raise UploadNameError
    sweep(home)
    parent = _parent(home)
    folder = parent / (name or secrets.token_hex(16))
    with failing_in_words(parent):
        lock = _create_locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(home: Path) -> None:
    """Remove the folders of uploads whose process has ended."""
    with suppress(OSError):
        for folder in (home / FOLDER).iterdir():
            if NAME.fullmatch(folder.name):
                _remove_if_abandoned(folder)


def check_room(folder: Path, size: int) -> None:
    """Raise `NoRoomError` unless the disk of `folder` has room for `size` more bytes."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE_BYTES:
        raise NoRoomError(folder=folder.parent, free=free // 1_000_000)


def create_private(path: Path) -> int:
    """Create a file that only this user may read; return its descriptor, open for writing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE_FILE)


@contextmanager
def failing_in_words(folder: Path) -> Iterator[None]:
    """Raise `NoRoomError` or `FolderError` in place of an `OSError`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoomError(folder=folder, free=shutil.disk_usage(folder).free // 1_000_000) from error
        raise FolderError(folder=folder, reason=error.strerror or error) from error


def _parent(home: Path) -> Path:
    parent = home / FOLDER
    with failing_in_words(parent):
        parent.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(_PRIVATE_FOLDER)
    return parent


def _create_locked(folder: Path) -> int:
    """Create `folder` and return a descriptor that holds its lock; raise `UploadNameError` if it exists."""
    while True:
        try:
            folder.mkdir(_PRIVATE_FOLDER)
        except FileExistsError as error:
            raise UploadNameError from error
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Another process may have removed the folder while it was not locked yet.
            if folder.is_dir() and os.path.samestat(folder.stat(), os.fstat(lock)):
                return lock
            os.close(lock)


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
