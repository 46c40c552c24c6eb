"""Which snapshot is the newest is decided by when the database was asked, not by the numbers of runs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.analytics import Analytics
from services.database.engine import make_engine
from services.errors import DatabaseUnavailableError
from services.live import snapshot_watcher
from services.live.live_data import _is_newer
from services.live.snapshot_watcher import SnapshotWatcher
from services.views import Snapshot
from tests.layouts.values import NOW, SNAPSHOT, run

RESTORED = replace(SNAPSHOT, run_id=7, created_at=SNAPSHOT.created_at - timedelta(days=1))
NEXT = replace(SNAPSHOT, run_id=SNAPSHOT.run_id + 1)


@pytest.mark.parametrize("found", [RESTORED, NEXT])
def test_who_was_told_of_a_snapshot_is_not_shown_another_one_because_of_its_number(
    monkeypatch: pytest.MonkeyPatch, found: Snapshot
) -> None:
    monkeypatch.setattr(snapshot_watcher, "PREPARE_SECONDS", 0.0)
    says = [SNAPSHOT]
    watcher = SnapshotWatcher(
        cast("Any", None), cast("Any", None), read=lambda: says[0], prepare=lambda _: None, polled=lambda: 1.0
    )
    watcher.refresh()
    says[0] = found

    watcher.wait_for_run(found)

    assert watcher.known() == found


@pytest.mark.parametrize(
    ("run_id", "minutes", "newer"),
    [(42, 1, True), (42, -1, True), (7, 1, True), (7, -1, False), (41, 1, False)],
)
def test_a_run_is_newer_than_a_snapshot_by_its_number_or_after_a_restore_by_its_time(
    run_id: int, minutes: int, newer: bool
) -> None:
    known = replace(SNAPSHOT, created_at=NOW)

    assert _is_newer(run(run_id, finished_at=NOW + timedelta(minutes=minutes)), known) == newer


def test_a_second_start_ends_the_first_watcher(database_url: str) -> None:
    analytics = Analytics(make_engine(database_url, name="demetra web"), 1800.0)
    before = set(threading.enumerate())
    analytics.start()
    (first,) = set(threading.enumerate()) - before

    analytics.start()

    assert not first.is_alive()
    assert analytics.status()
    analytics.close()


def test_a_watch_that_fails_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_watcher, "PREPARE_SECONDS", 60.0)
    goes_on = threading.Event()

    def fail() -> None:
        goes_on.wait(10)
        raise DatabaseUnavailableError(reason="gone")

    health = cast("Any", SimpleNamespace(probe=lambda: None))
    watcher = SnapshotWatcher(
        cast("Any", None), health, read=lambda: NEXT, prepare=lambda _: None, polled=lambda: 1.0
    )
    monkeypatch.setattr(watcher, "_listen", fail)
    watcher.start()

    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(watcher.wait_for_run, NEXT)
        assert not waiting.done()
        goes_on.set()
        waiting.result(10)
    watcher.stop()

    assert watcher.known() == NEXT
