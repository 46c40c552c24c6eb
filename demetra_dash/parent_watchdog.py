"""The tie between `demetra run` and the parts it starts: when it is gone, they go too.

It holds the other end of each part's standard input; the end of that input is the sign, even when
the parent was killed and could not say anything.
"""

from __future__ import annotations

import os
import signal
import threading

PARENT_VARIABLE = "DEMETRA_PARENT"


def exit_with_parent() -> None:
    """End this process through SIGTERM once its parent is gone (only when started by `demetra run`)."""
    if os.environ.pop(PARENT_VARIABLE, None):
        threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
