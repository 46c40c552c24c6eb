"""A failed run and the run in its place are recorded in one transaction."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from services.errors import DatabaseBusyError, DatabaseFullError, DatabaseUnavailableError, RunLostError
from services.sync import pipeline, queue, retries, run
from services.views import ALARMING_FAILURES, Run
from tests.options import sync_options


@pytest.fixture
def error(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the pipeline raises: the last one of the list."""
    raised: list[Exception] = [DatabaseBusyError(reason="x")]

    def fails(*_: object) -> None:
        raise raised[-1]

    monkeypatch.setattr(pipeline, "publish", fails)
    return raised


def _run_queued(engine: sa.Engine, folder: Path) -> tuple[Run, ...]:
    """Do a queued run, and return the history afterwards, newest first."""
    with engine.begin() as connection:
        queue.enqueue(connection, trigger="test")
    run.run_queued(engine, sync_options(folder))
    with engine.begin() as connection:
        return queue.history(connection, 10)


@pytest.mark.parametrize(
    "cause", [DatabaseBusyError(reason="x"), DatabaseUnavailableError(reason="x"), RunLostError()]
)
def test_a_passing_failure_leaves_a_queued_run(
    engine: sa.Engine, tmp_path: Path, error: list[Exception], cause: Exception
) -> None:
    """Without any step of the worker process after it, which may have been killed."""
    error.append(cause)
    again, failed = _run_queued(engine, tmp_path)
    assert (failed.state, failed.error_code) == ("failed", cause.code)  # type: ignore[attr-defined]
    assert (again.state, again.trigger) == ("queued", "retry")


@pytest.mark.parametrize("cause", [DatabaseFullError(reason="x"), ZeroDivisionError()])
def test_a_lasting_failure_is_not_repeated(
    engine: sa.Engine, tmp_path: Path, error: list[Exception], cause: Exception
) -> None:
    error.append(cause)
    assert [one.state for one in _run_queued(engine, tmp_path)] == ["failed"]


def test_a_failure_is_not_recorded_without_its_retry(
    engine: sa.Engine, tmp_path: Path, error: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the worker process dies between the two, the next one finds an interrupted run, and repeats it."""

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retries, "enqueue", dies)
        with pytest.raises(KeyboardInterrupt):
            _run_queued(engine, tmp_path)
    with engine.begin() as connection:
        assert [one.state for one in queue.history(connection, 10)] == ["running"]
        assert queue.mark_interrupted(connection) == [False]


def test_a_command_reports_its_failure_and_queues_nothing(
    engine: sa.Engine, tmp_path: Path, error: list[Exception]
) -> None:
    failed = run.run_now(engine, sync_options(tmp_path), trigger="test", requested_by=None)
    assert failed is not None
    assert failed.state == "failed"
    with engine.connect() as connection:
        assert not queue.has_queued(connection)


def test_repeated_failures_end_the_retries(engine: sa.Engine, tmp_path: Path, error: list[Exception]) -> None:
    for _ in range(ALARMING_FAILURES):
        history = _run_queued(engine, tmp_path)
    assert [one.state for one in history] == ["failed"] * ALARMING_FAILURES
