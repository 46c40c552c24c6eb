"""One sync run, from its claim to its end; `pipeline` makes what it publishes.

One transaction holds the sync lock from the first read to the commit. So a run is published completely or not
at all, and a worker process that dies releases the lock. Progress is written on a second connection, since
other sessions do not see the first transaction before its commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from services.database.engine import brief
from services.errors import DemetraError, NoCampaignsError, NothingFetchedError, SyncLockError
from services.executors.base import INLINE, CallCancelledError, Deadline, Executor
from services.snapshots import pictures, store
from services.snapshots.chart_files import ChartCopyError, copy_charts
from services.sync import fingerprint, queue, retries
from services.sync.fetch import FetchStage
from services.sync.options import SyncOptions
from services.sync.progress import Progress
from services.text import Text
from services.views import Run, Variant

log = logging.getLogger("demetra.sync")

IDLE_MARGIN_SECONDS = 30.0

_Claim = Callable[[sa.Connection], Run | None]

_BUG = Text(
    en="Unexpected failure in stage “{stage}” ({kind}). The log has the details under run {run_id}.",
    ru="Неожиданный сбой на этапе «{stage}» ({kind}). Подробности — в журнале, запуск {run_id}.",
)


def run_queued(
    engine: sa.Engine,
    options: SyncOptions,
    executor: Executor | None = None,
    fetch: FetchStage | None = None,
) -> Run | None:
    """Do the queued run and return it as it ended; None if no run is queued or another process works.

    When it fails for a passing cause, another run is queued.

    The executor does the computations; without one, this process does. `fetch` reads the sources before.
    """
    return _work(engine, options, executor or INLINE, queue.claim, fetch, retries_later=True)


def run_now(
    engine: sa.Engine,
    options: SyncOptions,
    executor: Executor | None = None,
    fetch: FetchStage | None = None,
    *,
    trigger: str,
    requested_by: str | None,
    redraw: bool = False,
) -> Run | None:
    """Enqueue a run and do it at once; None if another process is doing one already."""

    def ask_and_claim(connection: sa.Connection) -> Run | None:
        queue.enqueue(connection, trigger=trigger, requested_by=requested_by, redraw=redraw)
        return queue.claim(connection)

    return _work(engine, options, executor or INLINE, ask_and_claim, fetch, retries_later=False)


def _work(
    engine: sa.Engine,
    options: SyncOptions,
    executor: Executor,
    claim: _Claim,
    fetch: FetchStage | None,
    *,
    retries_later: bool,
) -> Run | None:
    with engine.connect() as work:
        if not queue.try_lock(work):
            return None
        if not queue.holds_lock(work):
            return _refuse(engine, work, claim, retries_later=retries_later)
        _limit_idling(work, options.deadline_seconds)
        with brief(engine) as connection:
            queue.mark_orphaned(connection)
            run = claim(connection)
        if run is None:
            return None
        progress = Progress(engine, run.run_id)
        try:
            has_sources = fetch is not None and fetch.run(engine, work, progress)
            if not _holds(work, run, options):
                _publish(work, options, progress, executor, has_sources=has_sources)
        except Exception as error:  # noqa: BLE001 - a bug ends the run, not the worker; it is logged
            executor.cancel_all()
            _roll_back(work)
            _record_failure(engine, run, progress.stage, error, retries_later=retries_later)
        else:
            _note(engine, run.run_id, executor)
            _copy_charts(engine, run.run_id, options.chart_dir)
    with engine.connect() as connection:
        return queue.find(connection, run.run_id)


def _publish(
    work: sa.Connection,
    options: SyncOptions,
    progress: Progress,
    executor: Executor,
    *,
    has_sources: bool,
) -> None:
    """Publish the run; it fails when the pipeline cannot be imported."""
    executor.start()  # pool processes load the same libraries meanwhile
    # Imported after the claim: its libraries take seconds of processor time to load.
    from services.sync.pipeline import publish

    try:
        with executor.until(Deadline.after(options.deadline_seconds)):
            publish(work, options, progress, executor)
    except NoCampaignsError as error:
        if has_sources:
            raise NothingFetchedError from error
        raise


def _refuse(engine: sa.Engine, work: sa.Connection, claim: _Claim, *, retries_later: bool) -> Run | None:
    """Fail the queued run before it begins, since `work` cannot hold the sync lock; return it."""
    work.invalidate()
    error = SyncLockError()
    log.error("no run can begin: %s", error)
    with brief(engine) as connection:
        run = claim(connection)
        if run is None:
            return None
        _fail(connection, run, error.code, error.text, retries_later=retries_later)
        return queue.find(connection, run.run_id)


def _roll_back(work: sa.Connection) -> None:
    """Roll back the run; if that fails, close the connection, and the server rolls back."""
    try:
        work.rollback()
    except (DemetraError, sa.exc.SQLAlchemyError) as error:
        log.info("the connection of the run is lost: %s", error)
        work.invalidate()


def _holds(work: sa.Connection, run: Run, options: SyncOptions) -> bool:
    """Tell whether nothing has changed since the snapshot; if so, mark the run as unchanged and commit it."""
    same = None if run.redraw else store.newest_of(work, options.fingerprint)
    if same is None or fingerprint.has_changes(work):
        return False
    if pictures.lacks(work, same, Variant(options.lang)):
        return False
    queue.forget_old(work, keep_run_id=same)
    queue.mark_unchanged(work, run.run_id, same)
    queue.commit_run(work)
    return True


def _limit_idling(work: sa.Connection, deadline_seconds: float) -> None:
    """Limit how long the server keeps the transaction open while the worker process sends no statement.

    A worker process that is frozen for longer loses the transaction and the lock, and another one can take
    over. One that is alive stops earlier, at its own deadline, and reports the reason.
    """
    milliseconds = round(1000 * (deadline_seconds + IDLE_MARGIN_SECONDS))
    work.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"))


def _record_failure(
    engine: sa.Engine, run: Run, stage: str, error: Exception, *, retries_later: bool
) -> None:
    if isinstance(error, CallCancelledError):  # the worker process was asked to stop
        log.warning("run %s was stopped in %s", run.run_id, stage)
        with brief(engine) as connection:
            queue.interrupt(connection, run.run_id)
        return
    if isinstance(error, DemetraError):
        log.warning("run %s failed in %s: %s", run.run_id, stage, error)
        code, text = error.code, error.text
    else:
        log.error("run %s failed in %s", run.run_id, stage, exc_info=error)
        code = "internal"
        text = _BUG.format(stage=stage, kind=type(error).__name__, run_id=run.run_id)
    with brief(engine) as connection:
        _fail(connection, run, code, text, retries_later=retries_later)


def _fail(connection: sa.Connection, run: Run, code: str, text: Text, *, retries_later: bool) -> None:
    queue.fail(connection, run.run_id, code=code, text=text)
    if retries_later:
        retries.enqueue_after(connection, run, code)


def renew_chart_files(engine: sa.Engine, options: SyncOptions) -> None:
    """Copy the charts of the newest snapshot to the folder: the worker process may have died before that."""
    with engine.connect() as connection:
        newest = queue.newest(connection, "succeeded")
    if newest is not None:
        _copy_charts(engine, newest.run_id, options.chart_dir)


def _note(engine: sa.Engine, run_id: int, executor: Executor) -> None:
    """Record on the succeeded run what did not work, if anything."""
    warning = executor.warning()
    if warning is not None:
        with brief(engine) as connection:
            queue.add_warning(connection, run_id, code=warning.code, text=warning.text)


def _copy_charts(engine: sa.Engine, run_id: int, folder: Path | None) -> None:
    """Write the charts to the folder. If that fails, the run stays succeeded, with a warning."""
    if folder is None:
        return
    try:
        copy_charts(engine, folder)
    except ChartCopyError as error:
        log.warning("run %s: %s", run_id, error)
        with brief(engine) as connection:
            queue.add_warning(connection, run_id, code=error.code, text=error.text)
