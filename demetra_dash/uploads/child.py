"""The child process of an import: reads one task from its standard input, writes its outcome."""

from __future__ import annotations

import json
import logging
import os
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa

from demetra_dash.uploads.jobs import ImportJob, Outcome, Task, UndoJob, failure_of
from services.database.engine import make_engine
from services.errors import DemetraError
from services.intake import Progress, import_file, undo

NICER_BY = 5  # than the web process, which answers pages meanwhile
TELL_SECONDS = 0.2
_UNTOLD = {"rejects_file"}  # on the server, and removed at the end of the request


def main() -> None:
    """Do one task."""
    logging.basicConfig(level=logging.WARNING)
    os.nice(NICER_BY)
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for the outcome
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    with outbox:
        pickle.dump(outcome_of(task), outbox)


def outcome_of(task: Task) -> Outcome:
    """Do the task in one transaction."""
    engine = make_engine(task.database_url, name="demetra import", pool_size=1)
    try:
        with engine.begin() as connection:
            return Outcome(_do(connection, task))
    except DemetraError as error:
        return Outcome(failure=failure_of(error, task.lang))
    finally:
        engine.dispose()


def _do(connection: sa.Connection, task: Task) -> Any:
    if isinstance(task.job, UndoJob):
        return undo(connection, task.job.import_id, task.who).to_json()
    return [_import(connection, file, task.job, task) for file in task.job.files]


def _import(connection: sa.Connection, file: Path, job: ImportJob, task: Task) -> dict[str, Any]:
    report = import_file(
        connection,
        file,
        dry_run=job.dry_run,
        lang=task.lang,
        imported_by=task.who,
        on_page=True,
        on_progress=_teller(task.progress),
        **job.options,
    )
    values = {name: value for name, value in report.to_json(task.lang).items() if name not in _UNTOLD}
    return values | {"file": file.name, "rejects_file": None}


def _teller(progress: Path | None) -> Callable[[Progress], None] | None:
    """Return a function that writes the progress to a file, a few times a second."""
    if progress is None:
        return None
    told = 0.0

    def tell(now: Progress) -> None:
        nonlocal told
        if monotonic() - told < TELL_SECONDS:
            return
        told = monotonic()
        values = {"stage": now.stage, "done": now.done, "total": now.total, "rows": now.rows}
        unfinished = progress.with_suffix(".new")
        unfinished.write_text(json.dumps(values))
        unfinished.replace(progress)

    return tell


def _exit_with_parent() -> None:
    while os.read(0, 1024):
        continue
    os._exit(1)


if __name__ == "__main__":
    main()
