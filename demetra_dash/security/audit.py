"""The audit log: which user changed something, or tried to, when, and from where; one JSON object per line.

Each line is one `write` to a file opened for appending, so several processes can share the file. A symbolic
link at its path is not followed if another user made it. JSON escapes line breaks, so no name or path can
forge a line. Queries of addresses are not logged: they may contain links.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import TextIOWrapper

log = logging.getLogger("demetra.audit")

LONGEST_VALUE = 300


def open_log(path: Path | None) -> None:
    """Write the audit log to `path` from now on; to the ordinary log if `path` is None.

    Raises `OSError` if the file cannot be opened.
    """
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    log.setLevel(logging.INFO)
    log.propagate = path is None
    if path is not None:
        handler = _LogFile(path, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)


def note(**facts: object) -> None:
    """Write one line: the time, and all facts that are not None."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds")}
    known = {name: _short(value) for name, value in facts.items() if value is not None}
    log.info("%s", json.dumps(line | known))


class _LogFile(WatchedFileHandler):
    """A log file readable for its owner and group only; logrotate may move it away at any time."""

    def _open(self) -> TextIOWrapper:
        _refuse_link_of_another_user(Path(self.baseFilename))
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        return os.fdopen(descriptor, "a", encoding=self.encoding)


def _refuse_link_of_another_user(path: Path) -> None:
    """Raise `OSError` for a symbolic link, unless this user or root made it (such as /dev/stdout)."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) and found.st_uid not in {0, os.geteuid()}:
            raise OSError(errno.ELOOP, "a link of another user", str(path))


def _short(value: object) -> object:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value
