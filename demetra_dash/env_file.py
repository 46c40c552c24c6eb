"""The file `.env` of the working folder: read only if this user owns it, without settings that run code.

A user who unpacks a folder and works in it has not read its `.env`. Other users may be able to write to the
folder, but they cannot create a file that this user owns. So only the file is checked.
"""

from __future__ import annotations

import errno
import grp
import io
import os
import pwd
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from services.text import Text

_FOREIGN = Text(
    en="it belongs to another user; make it yours if you trust it",
    ru="файл принадлежит другому пользователю; если вы ему доверяете, сделайте файл своим",
)
_WRITABLE = Text(
    en="others may write to it; run “chmod go-w .env” if you trust what it says",
    ru="в файл могут писать другие; если вы доверяете содержимому, выполните «chmod go-w .env»",
)
_UNREADABLE = Text(en="it cannot be read ({reason})", ru="файл не читается ({reason})")
_NO_FILE = Text(en="it is no file", ru="это не файл")
_NO_TEXT = Text(en="it is no UTF-8 text", ru="это не текст в UTF-8")


@dataclass(frozen=True, slots=True)
class EnvFile:
    """The values of a `.env` by variable; empty if the file is `ignored`, for that reason."""

    values: Mapping[str, str] = field(default_factory=dict)
    ignored: Text | None = None


def read_env_file(path: Path) -> EnvFile:
    """Return the values in the file; no values if there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        is_missing = error.errno in {errno.ENOENT, errno.ENOTDIR} and not path.is_symlink()
        return EnvFile() if is_missing else EnvFile(ignored=_UNREADABLE.format(reason=error.strerror))
    reason = _distrust(path, os.fstat(descriptor))
    if reason is not None:
        os.close(descriptor)
        return EnvFile(ignored=reason)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read()
    try:
        values = dotenv_values(stream=io.StringIO(content.decode("utf-8")))
    except UnicodeDecodeError:
        return EnvFile(ignored=_NO_TEXT)
    return EnvFile({name: value for name, value in values.items() if value})


def _distrust(path: Path, found: os.stat_result) -> Text | None:
    """Return why the file is not trusted, or None; for a symbolic link, its own owner counts too."""
    owners = {found.st_uid}
    with suppress(OSError):  # the file was removed after it was opened: only its own owner counts
        owners.add(path.lstat().st_uid)
    if not stat.S_ISREG(found.st_mode):
        return _NO_FILE
    if not owners <= {0, os.geteuid()}:
        return _FOREIGN
    if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and not _is_own_group(found)):
        return _WRITABLE
    return None


def _is_own_group(found: os.stat_result) -> bool:
    """Tell whether the file's group has its owner as the only member, as many systems set it up."""
    try:
        owner, group = pwd.getpwuid(found.st_uid), grp.getgrgid(found.st_gid)
    except KeyError:
        return False
    return owner.pw_gid == found.st_gid and set(group.gr_mem) <= {owner.pw_name}
