"""The audit log: who changed something, or tried to, when, and from where; one JSON object a line.

Lines are written whole (one `write` to a file opened for appending), so that several processes can
share the file. JSON escapes line breaks, so no name or path can forge a line. Queries of addresses are
left out: they may hold links.
"""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("demetra.audit")

LONGEST_VALUE = 300


def open_log(path: Path | None) -> None:
    """Write the audit log to `path` from now on; to the ordinary log when there is none."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    log.setLevel(logging.INFO)
    log.propagate = path is None
    if path is not None:
        # Readable for its owner and group only. Watched: logrotate may move it away at any time.
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640))
        handler = WatchedFileHandler(path, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)


def note(**facts: object) -> None:
    """Write one line: the time, and the facts that are not None."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds")}
    known = {name: _short(value) for name, value in facts.items() if value is not None}
    log.info("%s", json.dumps(line | known))


def _short(value: object) -> object:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value
