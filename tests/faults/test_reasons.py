"""Every way a run can end badly has a code, words in both languages, and a line in the log."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from services.analytics import Analytics
from services.errors import DemetraError
from services.sync import pipeline, queue
from services.sync.options import SyncOptions
from services.sync.run import run_now
from services.views import ALARMING_FAILURES, Run
from tests.faults.conftest import Seen
from tests.faults.oracle import INTERVAL_SECONDS, Oracle


def test_every_failure_of_our_own_has_a_code_of_its_own_and_both_languages() -> None:
    classes = _all(DemetraError)
    leaves = [kind for kind in classes if "code" in vars(kind)]

    assert len({kind.code for kind in leaves}) == len(leaves) > 20
    for kind in leaves:
        assert kind.words.en
        assert kind.words.ru
        assert kind.words.en != kind.words.ru, kind.code


@pytest.mark.fault(
    "three failed runs in a row", must="code, words, log line with the run id; an alarm; goes on"
)
def test_failures_are_told_counted_and_end_by_themselves(
    published: sa.Engine,
    options: SyncOptions,
    oracle: Oracle,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    seen: Seen,
) -> None:
    analytics = Analytics(published, INTERVAL_SECONDS)
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(pipeline, "_collect", _break)
        failed = [_sync(published, options) for _ in range(ALARMING_FAILURES)]
    alarmed = analytics.status()
    told = oracle.get("/api/sync/status")["failures_in_a_row"]
    good = _sync(published, options)

    assert {run.error_code for run in failed} == {"internal"}
    assert all(any(f"run {run.run_id} " in line for line in caplog.messages) for run in failed)
    assert (told, alarmed.is_alarming, analytics.status().failures_in_a_row) == (ALARMING_FAILURES, True, 0)
    assert oracle.assert_sound() == good.run_id
    seen(f"{told} in a row told, then none")


@pytest.mark.fault(
    "three failed runs in a row", must="code, words, log line with the run id; an alarm; goes on"
)
def test_an_interrupted_run_has_its_line_in_the_log(
    published: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with published.begin() as connection, caplog.at_level(logging.WARNING):
        run = queue.enqueue(connection, trigger="test").run
        queue.claim(connection)
        queue.mark_interrupted(connection)

    assert any(f"run {run.run_id} " in line for line in caplog.messages)


def _all(kind: type[DemetraError]) -> list[type[DemetraError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in _all(child))]


def _break(*_args: object) -> None:
    raise ZeroDivisionError


def _sync(engine: sa.Engine, options: SyncOptions) -> Run:
    run = run_now(engine, options, trigger="test", requested_by=None)
    assert run is not None
    return run
