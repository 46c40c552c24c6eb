"""Parent watchdog: the child processes of `demetra run` end when their parent has ended.

The parent holds the other end of each child's standard input. The end of that input is the signal to end, so
it works even if the parent was killed.
"""

from __future__ import annotations

import os
import signal
import threading

PARENT_VARIABLE = "DEMETRA_PARENT"


def exit_with_parent() -> bool:
    """Send this process SIGTERM when its parent has ended; False if `demetra run` has not started it."""
    has_parent = bool(os.environ.pop(PARENT_VARIABLE, None))
    if has_parent:
        threading.Thread(target=_watch, name="parent", daemon=True).start()
    return has_parent


def _watch() -> None:
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
