"""The status is read once for all requests, and is never older than what a client has been told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import NoReturn, cast

import pytest

from services.errors import DatabaseUnavailableError
from services.live import status_cache
from services.live.snapshot_watcher import POLL_SECONDS, SnapshotWatcher
from services.live.status_cache import MIN_REFRESH_SECONDS, StatusCache
from services.views import Snapshot, SyncStatus
from tests.faults.own_server import until
from tests.layouts.values import SNAPSHOT, run, status

NEXT = replace(SNAPSHOT, run_id=SNAPSHOT.run_id + 1)
IDLE, QUEUED = status(), status(active=run(NEXT.run_id, "queued"))
RUNNING = status(active=run(NEXT.run_id, "running"))
DONE = status(snapshot=NEXT, last_success=run(NEXT.run_id))


@dataclass
class FakeWatcher:
    """Stands for a watcher: what it knows, and whether a request had to wait for it."""

    newest: Snapshot | None = SNAPSHOT
    changes: int = 0
    waited_for: list[int] = field(default_factory=list)

    def known(self) -> Snapshot | None:
        return self.newest

    def wait_for_run(self, snapshot: Snapshot) -> None:
        self.waited_for.append(snapshot.run_id)
        self.newest = NEXT


def _signal_and_wait(signal: threading.Event, other: threading.Event) -> None:
    signal.set()
    other.wait(10)


@dataclass
class ADatabase:
    """Stands for the database: what it says, how often it was asked, and whether it is known to be away."""

    says: SyncStatus | Exception = IDLE
    reads: int = 0
    is_away: bool = False
    meanwhile: Callable[[], object] = lambda: None

    def __call__(self) -> SyncStatus:
        self.reads += 1
        said = self.says
        self.meanwhile()
        if isinstance(said, Exception):
            raise said
        return said


@dataclass
class CountingLock:
    """Stands for a lock, and counts the attempts to acquire it."""

    lock: threading.Lock
    attempts: int = 0

    def acquire(self, *, blocking: bool) -> bool:
        self.attempts += 1
        return self.lock.acquire(blocking=blocking)

    def release(self) -> None:
        self.lock.release()


@pytest.fixture
def watcher() -> FakeWatcher:
    """A watcher that knows the snapshot."""
    return FakeWatcher()


@pytest.fixture
def database() -> ADatabase:
    """A database in which nothing goes on."""
    return ADatabase()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, in a list, to be moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(status_cache, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def ours(watcher: FakeWatcher, database: ADatabase, clock: list[float]) -> StatusCache:
    """What is tested."""
    return status_cache_on(watcher, database)


def status_cache_on(watcher: FakeWatcher, database: ADatabase) -> StatusCache:
    return StatusCache(cast("SnapshotWatcher", watcher), database, is_away=lambda: database.is_away)


def later(status: SyncStatus, seconds: float) -> SyncStatus:
    return replace(status, server_now=status.server_now + timedelta(seconds=seconds))


def test_whoever_asks_a_moment_later_is_told_what_was_seen(ours: StatusCache, database: ADatabase) -> None:
    assert [ours.status() for _ in range(5)] == 5 * [IDLE]
    assert database.reads == 1


def test_what_is_old_is_looked_at_again(ours: StatusCache, database: ADatabase, clock: list[float]) -> None:
    ours.status()
    clock[0] += status_cache.IDLE_SECONDS + 0.01

    database.says = QUEUED
    assert ours.status() == QUEUED
    clock[0] += status_cache.RUNNING_SECONDS + 0.01
    database.says = RUNNING
    assert ours.status() == RUNNING


def test_what_has_changed_is_looked_at_again(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    ours.status()
    database.says = RUNNING
    watcher.changes += 1

    assert ours.status() == RUNNING


def test_nobody_waits_while_a_new_snapshot_is_read(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    database.says = RUNNING
    ours.status()
    database.says = DONE
    watcher.changes += 1

    assert [ours.status() for _ in range(5)] == 5 * [RUNNING]
    assert (watcher.waited_for, database.reads) == ([], 2)

    watcher.newest = NEXT
    assert ours.status() == DONE


def test_a_snapshot_that_nobody_has_read_for_long_is_waited_for(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher, clock: list[float]
) -> None:
    database.says = RUNNING
    ours.status()
    database.says = DONE
    clock[0] += status_cache.MAX_AGE_SECONDS + 0.1

    assert ours.status() == DONE
    assert watcher.waited_for == [NEXT.run_id]


def test_before_anything_was_seen_the_snapshot_is_waited_for(database: ADatabase, clock: list[float]) -> None:
    watcher = FakeWatcher(newest=None)
    database.says = DONE

    assert status_cache_on(watcher, database).status() == DONE
    assert watcher.waited_for == [NEXT.run_id]


def test_a_run_whose_snapshot_is_known_is_never_said_to_be_under_way(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    database.says = RUNNING
    ours.status()
    database.says, watcher.newest = DONE, NEXT

    assert ours.status() == DONE


def test_who_has_asked_for_a_run_is_told_of_it(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    ours.status()
    clock[0] += 0.01
    database.says = QUEUED
    ours.invalidate()

    assert ours.status() == QUEUED


def test_who_has_asked_for_a_run_while_a_snapshot_is_read_is_told_of_it_too(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher, clock: list[float]
) -> None:
    ours.status()
    clock[0] += 0.01
    database.says = replace(QUEUED, snapshot=NEXT)
    watcher.changes += 1
    assert ours.status() == later(IDLE, 0.01)

    ours.invalidate()
    assert ours.status() == database.says
    assert watcher.waited_for == [NEXT.run_id]


def test_what_was_being_read_during_a_change_does_not_count(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    def change() -> None:
        clock[0] += 0.01
        database.says, database.meanwhile = QUEUED, lambda: None
        ours.invalidate()

    database.meanwhile = change
    ours.status()

    assert ours.status() == QUEUED


def test_many_who_ask_at_once_cause_one_look(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    ours.status()
    goes_on, looks = threading.Event(), threading.Event()
    database.meanwhile = partial(_signal_and_wait, looks, goes_on)
    database.says = RUNNING
    watcher.changes += 1

    with ThreadPoolExecutor(1) as first:
        looking = first.submit(ours.status)
        assert looks.wait(10)
        assert [ours.status() for _ in range(5)] == 5 * [IDLE]
        goes_on.set()
        assert looking.result(10) == RUNNING
    assert (ours.status(), database.reads) == (RUNNING, 2)


def test_without_a_database_it_is_told_what_was_seen_last(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    ours.status()
    database.says, database.is_away = DatabaseUnavailableError(reason="gone"), True
    clock[0] += 60

    assert ours.status() == later(IDLE, 60)


def test_a_database_that_goes_while_a_snapshot_is_waited_for_is_no_different(
    ours: StatusCache,
    database: ADatabase,
    watcher: FakeWatcher,
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(_: object) -> NoReturn:
        database.is_away = True
        raise DatabaseUnavailableError(reason="gone")

    ours.status()
    database.says = DONE
    monkeypatch.setattr(watcher, "wait_for_run", lose)
    clock[0] += 60

    assert ours.status() == later(IDLE, 60)


def test_one_that_lives_but_does_not_say_is_not_spoken_for(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    ours.status()
    database.says = DatabaseUnavailableError(reason="all connections are in use")
    clock[0] += status_cache.IDLE_SECONDS + 0.01
    assert ours.status() == later(IDLE, status_cache.IDLE_SECONDS + 0.01)  # that may still be so

    clock[0] += 1
    with pytest.raises(DatabaseUnavailableError):
        ours.status()


def test_many_who_wait_in_vain_do_not_wait_one_after_the_other(
    ours: StatusCache, database: ADatabase, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.status()
    goes_on, looks = threading.Event(), threading.Event()
    database.meanwhile = partial(_signal_and_wait, looks, goes_on)
    database.says = DatabaseUnavailableError(reason="given up")
    clock[0] += 60

    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(ours.status)
        assert looks.wait(10)
        monkeypatch.setattr(ours, "_looking", counting_lock := CountingLock(ours._looking))
        others = [threads.submit(ours.status) for _ in range(5)]
        until(lambda: counting_lock.attempts == 5)
        assert ours.poll() == POLL_SECONDS  # nor does the thread that looks for all
        clock[0] += 20
        goes_on.set()
        assert all(isinstance(one.exception(10), DatabaseUnavailableError) for one in [first, *others])
    assert database.reads == 2


def test_the_time_is_that_of_the_database(ours: StatusCache, clock: list[float]) -> None:
    ours.status()
    clock[0] += 0.5

    assert ours.status() == later(IDLE, 0.5)


def test_a_run_that_somebody_was_told_is_over_is_never_said_to_be_under_way(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    database.says = RUNNING
    ours.status()
    clock[0] += 0.01
    failed = run(NEXT.run_id, "failed")
    database.says = status(last_failure=failed)

    ours.note_finished([run(SNAPSHOT.run_id), run(NEXT.run_id), replace(failed, state="running")])
    assert ours.status() == later(RUNNING, 0.01)
    ours.note_finished([failed])
    assert ours.status() == database.says


@pytest.mark.parametrize("seen_before", [status(), status(active=run(NEXT.run_id, "queued")), RUNNING])
def test_a_look_that_began_before_somebody_was_told_that_a_run_is_over_does_not_count(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher, clock: list[float], seen_before: SyncStatus
) -> None:
    def note_finished() -> None:
        clock[0] += 0.01
        database.says, database.meanwhile = status(last_failure=failed), lambda: None
        ours.note_finished([failed])

    failed = run(NEXT.run_id, "failed")
    database.says = seen_before
    ours.status()
    watcher.changes += 1
    database.says, database.meanwhile = RUNNING, note_finished
    ours.status()

    assert ours.status() == database.says
    reads = database.reads
    ours.note_finished([failed, run(SNAPSHOT.run_id - 1, "failed")])  # which is known by now
    assert (ours.status(), database.reads) == (database.says, reads)


def test_without_a_database_there_is_nothing_to_tell_at_first(ours: StatusCache, database: ADatabase) -> None:
    database.says = DatabaseUnavailableError(reason="gone")

    with pytest.raises(DatabaseUnavailableError):
        ours.status()


def test_a_run_that_somebody_follows_is_looked_at_often(
    ours: StatusCache, database: ADatabase, clock: list[float]
) -> None:
    assert ours.poll() == POLL_SECONDS
    ours.status()
    assert ours.poll() == POLL_SECONDS
    database.says = RUNNING
    assert ours.poll() == MIN_REFRESH_SECONDS

    clock[0] += status_cache.WATCHED_SECONDS
    assert ours.poll() == POLL_SECONDS


def test_a_snapshot_that_came_between_two_looks_is_read_soon(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    database.says = RUNNING
    ours.status()
    watcher.changes += 1
    database.says, database.meanwhile = DONE, lambda: setattr(watcher, "changes", watcher.changes + 1)

    assert ours.poll() == MIN_REFRESH_SECONDS
    assert watcher.waited_for == []


def test_nobody_follows_and_nothing_has_changed(
    ours: StatusCache, database: ADatabase, watcher: FakeWatcher
) -> None:
    ours.poll()
    ours.poll()
    assert database.reads == 1

    watcher.changes += 1
    ours.poll()
    assert database.reads == 2
