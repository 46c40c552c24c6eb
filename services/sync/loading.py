"""Late imports of the pipeline: pandas, scikit-learn and matplotlib take seconds of processor time.

A worker process claims its first run before it imports them, so that a run that was queued while no worker
process was alive begins at once. Nothing heavy may be imported at the top of this module.
"""

from __future__ import annotations

import logging
import threading
from importlib import import_module

log = logging.getLogger("demetra.worker")


class PipelineLoader:
    """Imports the pipeline in a thread, while its process is idle."""

    def __init__(self) -> None:
        """Import nothing yet."""
        # Not a daemon: an interpreter that ends while a thread imports compiled modules may crash or hang.
        self._thread = threading.Thread(target=_import_pipeline, name="pipeline loader")

    def start(self) -> None:
        """Begin to import in the background, unless that was done before.

        A run that begins meanwhile waits at Python's import lock, for no longer than its own import would
        take.
        """
        if self._thread.ident is None:
            self._thread.start()


def warm_up() -> None:
    """Run all steps once on made-up days, see `steps.warm_up`.

    A pool process gets this function by its name: its parent need not have imported the pipeline.
    """
    from services.sync import steps

    steps.warm_up()


def _import_pipeline() -> None:
    try:
        import_module("services.sync.pipeline")
    except Exception:  # each run imports it again, fails for the same reason, and reports it
        log.exception("the pipeline cannot be imported")
