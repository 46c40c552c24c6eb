"""The type `folder`: files that other programs drop into a folder, also a mounted share.

A file is read when its writer is done with it, and copied before it is imported: the import reads it twice.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import sleep, time

from services.sources.failures import SourceMissingError, SourceOverdueError, SourceUnreachableError
from services.sources.kind import Fetch, NewFile, Option, SourceKind, revealed
from services.sources.patterns import Found, Pattern, mistake_in
from services.sources.writers import is_whole, is_written_to

LONGEST_WAIT_SECONDS = 3.0
"""A run waits for a file that was written to so shortly ago; others are left for a later run."""

UNFINISHED_SECONDS = 60.0
"""A file whose last line has no end is taken when it is unchanged for so long."""

_IGNORED = re.compile(
    r"(?:^~\$.*|.*~|.*\.(?:part|partial|tmp|temp|crdownload|download|swp|done|rejects\.csv))$", re.IGNORECASE
)
_PIECE_BYTES = 1 << 20


def _read(fetch: Fetch) -> Iterator[NewFile]:
    options = fetch.source.options
    pattern = Pattern(revealed(options["path"]))
    found = [one for one in _found(pattern) if fetch.seen.get(_key(one.path)) != _version(one)]
    if options["done_marker"]:
        ready = [one for one in found if _has_marker(one.path)]
    else:
        ready = list(_quiet(found, options["settle"].total_seconds(), fetch))
    # The oldest first: of two files with the same days, the newer one has the last word.
    denied: list[SourceUnreachableError] = []
    for number, one in enumerate(sorted(ready, key=lambda one: (one.modified_ns, str(one.path)))):
        if fetch.deadline.left() == 0:
            raise SourceOverdueError(seconds=f"{fetch.deadline.seconds:g}")
        if one.size > fetch.source.max_bytes:
            yield _new_file(one, one.path)  # refused by its size, and never opened
            continue
        try:
            copy = _copied(one, fetch.folder / str(number))
        except SourceUnreachableError as error:
            denied.append(error)  # the other files come first
            continue
        if copy is not None:
            yield _new_file(one, copy)
            shutil.rmtree(copy.parent, ignore_errors=True)
    if denied:
        raise denied[0]


def _found(pattern: Pattern) -> list[Found]:
    try:
        return [one for one in pattern.find() if not _IGNORED.fullmatch(one.path.name)]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceMissingError(place=pattern.text, reason=error.strerror) from error
    except OSError as error:
        raise SourceUnreachableError(host=pattern.text, reason=error.strerror) from error


def _new_file(one: Found, path: Path) -> NewFile:
    parts = one.parts
    name = os.fsencode(one.path.name).decode("utf-8", "replace")
    return NewFile(
        _key(one.path), _version(one), path, name, channel=parts.get("channel"), account=parts.get("account")
    )


def _key(path: Path) -> str:
    """Return the path as a text that a database can store."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _version(one: Found) -> str:
    return f"{one.size}-{one.modified_ns}"


def _has_marker(path: Path) -> bool:
    return path.with_name(f"{path.name}.done").exists() or path.with_suffix(".done").exists()


def _quiet(found: Iterable[Found], settle: float, fetch: Fetch) -> Iterator[Found]:
    """Yield the files that nothing writes to: none has them open, and they are unchanged for `settle`."""
    young = []
    for one in found:
        seconds = settle if is_whole(one.path) else max(settle, UNFINISHED_SECONDS)
        if is_written_to(one.path):
            continue
        if 0 <= seconds <= _age(one):
            yield one
        elif seconds <= LONGEST_WAIT_SECONDS:
            young.append(one)
    if young:
        sleep(min(settle, fetch.deadline.left()))
        yield from (one for one in young if _is_unchanged(one) and not is_written_to(one.path))


def _age(one: Found) -> float:
    """Return the seconds since the file was written to, or moved here; a copy keeps older times of writing.

    Negative if the clock of a share is ahead.
    """
    return time() - max(one.modified_ns, one.changed_ns) / 1e9


def _is_unchanged(one: Found) -> bool:
    try:
        return _state(one.path.lstat()) == one.state
    except OSError:
        return False


def _copied(one: Found, folder: Path) -> Path | None:
    """Return a copy of the file; None if it has vanished or was changed, so that a later run takes it."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        descriptor = os.open(one.path, flags)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise SourceUnreachableError(host=one.path, reason=error.strerror) from error
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not _is_same(one, descriptor):
            return None
        folder.mkdir()
        copy = folder / one.path.name
        with copy.open("xb") as to:
            shutil.copyfileobj(stream, to, _PIECE_BYTES)
        if _is_same(one, descriptor) and copy.stat().st_size == one.size:
            return copy
    with suppress(OSError):
        shutil.rmtree(folder)
    return None


def _is_same(one: Found, descriptor: int) -> bool:
    """Tell whether an open file is the one that was found, unchanged: no link was put in its place."""
    now = os.fstat(descriptor)
    return stat.S_ISREG(now.st_mode) and _state(now) == one.state


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


KIND = SourceKind(
    name="folder",
    options=(
        Option(
            "path",
            "path",
            "folder, file or pattern: `*`, `?` and `[abc]` as in a shell, `**` for folders of any depth, "
            "`{account}` and `{channel}` for parts of the path that name them",
            is_required=True,
            check=mistake_in,
        ),
        Option(
            "done_marker",
            "flag",
            "take a file only once an empty file of its name with `.done` at the end stands beside it",
            default=False,
        ),
        Option(
            "settle",
            "duration",
            "how long a file must be unchanged before it is taken (60 s if its last line has no end); not "
            "used with `done_marker`",
            default=timedelta(seconds=2),
        ),
    ),
    read=_read,
)
