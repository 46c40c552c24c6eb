"""A run works in one transaction that holds the sync lock, or it does not work at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from services.database.engine import make_engine
from services.database.tables import campaign_changes, ml_charts, snapshot_days
from services.errors import SyncLockError
from services.sync import pipeline, queue
from services.sync.options import SyncOptions
from services.sync.run import run_now, run_queued
from tests.options import sync_options
from tests.rows import add_campaigns


@pytest.fixture
def options(tmp_path: Path) -> SyncOptions:
    return sync_options(tmp_path)


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        add_campaigns(connection, days=30)
    return engine


def _poison(engine: sa.Engine) -> None:
    """Put a connection into the pool that commits by itself."""
    with engine.connect() as connection:
        assert connection.connection.driver_connection is not None
        connection.connection.driver_connection.autocommit = True


def _is_whole_or_nothing(engine: sa.Engine, *, published: bool) -> bool:
    with engine.connect() as connection:
        rows = [bool(connection.scalar(sa.select(sa.func.count()).select_from(table)))
                for table in (ml_charts, snapshot_days)]  # fmt: skip
        changes = connection.scalar(sa.select(sa.func.count()).select_from(campaign_changes))
    return rows == [published, published] and bool(changes) is not published


def test_a_run_holds_the_lock_until_its_commit(
    filled: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(work: sa.Connection, *arguments: Any, **values: Any) -> None:
        with filled.connect() as outside:
            seen.append(outside.scalars(sa.select(queue._HOLDERS.c.pid)).all())
        seen.append([work.scalar(sa.text("SELECT pg_backend_pid()"))])
        return save(work, *arguments, **values)

    save = pipeline._save
    monkeypatch.setattr(pipeline, "_save", look)
    run = run_now(filled, options, trigger="test", requested_by=None)

    assert run is not None
    assert run.state == "succeeded", run.error_text
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


def test_a_poisoned_connection_of_the_pool_does_not_reach_a_run(
    database_url: str, filled: sa.Engine, options: SyncOptions
) -> None:
    engine = make_engine(database_url, name="demetra tests", pool_size=1)
    _poison(engine)
    with engine.begin() as connection:
        queue.enqueue(connection, trigger="button")
    _poison(engine)

    run = run_queued(engine, options)

    assert run is not None
    assert run.state == "succeeded", run.error_text
    engine.dispose()


@pytest.fixture
def unguarded(database_url: str) -> Iterator[sa.Engine]:
    """An engine whose every connection commits by itself, past the guard of the pool."""
    engine = sa.create_engine(sa.make_url(database_url).set(drivername="postgresql+psycopg"))
    sa.event.listen(engine, "checkout", lambda driver, *_: setattr(driver, "autocommit", True))
    yield engine
    engine.dispose()


def test_a_run_in_autocommit_is_refused_and_says_why(
    filled: sa.Engine, unguarded: sa.Engine, options: SyncOptions
) -> None:
    with filled.begin() as connection:
        asked = queue.enqueue(connection, trigger="button").run

    run = run_queued(unguarded, options)

    assert run is not None
    assert run.run_id == asked.run_id
    assert (run.state, run.error_code) == ("failed", "sync_lock")
    assert run.error_text is not None
    assert set(run.error_text) == {"en", "ru"}
    assert run.stage_seconds is None
    assert _is_whole_or_nothing(filled, published=False)
    again = run_queued(unguarded, options)  # the pool may have replaced the connection by then
    assert again is not None
    assert (again.trigger, again.error_code) == ("retry", "sync_lock")


def test_a_command_in_autocommit_is_refused_and_says_why(
    filled: sa.Engine, unguarded: sa.Engine, options: SyncOptions
) -> None:
    run = run_now(unguarded, options, trigger="command", requested_by=None)

    assert run is not None
    assert (run.state, run.error_code) == ("failed", "sync_lock")
    assert _is_whole_or_nothing(filled, published=False)


def test_a_refused_run_touches_no_run_of_another_worker(
    filled: sa.Engine, unguarded: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.connect() as other:
        assert queue.try_lock(other)
        with filled.begin() as connection:
            queue.enqueue(connection, trigger="button")
            at_work = queue.claim(connection)
        # As if the other one had taken the lock only after this one had asked for it.
        monkeypatch.setattr("services.sync.queue.try_lock", lambda connection: True)

        assert run_queued(unguarded, options) is None
        with filled.connect() as connection:
            assert at_work is not None
            assert queue.find(connection, at_work.run_id).state == "running"


@pytest.mark.parametrize("end", ["rollback", "commit"])
@pytest.mark.parametrize("redraw", [True, False])
def test_a_run_whose_transaction_ended_on_the_way_is_not_published(
    filled: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch, end: str, redraw: bool
) -> None:
    """`redraw` or not: also a run that finds nothing new commits only while it holds the lock."""
    first = run_now(filled, options, trigger="test", requested_by=None)
    if redraw:
        with filled.begin() as connection:
            add_campaigns(connection, "TikTok", days=30)

    def lose(work: sa.Connection, *arguments: Any, **values: Any) -> None:
        getattr(work, end)()
        return finish(work, *arguments, **values)

    finish = queue.finish
    monkeypatch.setattr(queue, "finish", lose)
    lost = run_now(filled, options, trigger="test", requested_by=None, redraw=redraw)
    monkeypatch.undo()

    assert lost is not None
    assert (lost.state, lost.error_code) == ("failed", "sync_lock")
    again = run_now(filled, options, trigger="test", requested_by=None, redraw=redraw)
    assert again is not None
    assert again.state == "succeeded"
    with filled.connect() as connection:
        shown = queue.newest(connection, "succeeded")
    assert shown is not None
    assert first is not None
    assert shown.run_id == again.run_id > first.run_id


def test_the_changes_are_there_again_after_a_run_that_lost_its_lock(
    filled: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(work: sa.Connection, *arguments: Any, **values: Any) -> None:
        work.rollback()
        return save(work, *arguments, **values)

    save = pipeline._save
    monkeypatch.setattr(pipeline, "_save", lose)
    lost = run_now(filled, options, trigger="test", requested_by=None)

    assert lost is not None
    assert lost.state == "failed"
    assert _is_whole_or_nothing(filled, published=False)
    monkeypatch.undo()
    again = run_now(filled, options, trigger="test", requested_by=None)
    assert again is not None
    assert (again.state, again.no_new_data) == ("succeeded", False)
    assert _is_whole_or_nothing(filled, published=True)


def test_only_its_own_lock_lets_a_run_commit(engine: sa.Engine) -> None:
    with engine.connect() as holder, engine.connect() as other:
        assert queue.try_lock(holder)

        assert queue.holds_lock(holder)
        assert not queue.holds_lock(other)
        with pytest.raises(SyncLockError):
            queue.commit_run(other)
        queue.commit_run(holder)
        assert not queue.holds_lock(holder)


def test_another_lock_of_the_same_session_is_not_taken_for_it(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0, queue.SYNC_LOCK)))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(queue.SYNC_LOCK - 1)))

        assert not queue.holds_lock(connection)


def test_a_run_that_cannot_be_rolled_back_is_recorded_all_the_same(
    filled: sa.Engine, options: SyncOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_session(work: sa.Connection, *_: object, **__: object) -> NoReturn:
        pid = work.scalar(sa.text("SELECT pg_backend_pid()"))
        with filled.begin() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(pid)))
        raise ValueError("of the figures, not of the database")

    monkeypatch.setattr(pipeline, "_save", end_session)
    run = run_now(filled, options, trigger="test", requested_by=None)

    assert run is not None
    assert (run.state, run.error_code) == ("failed", "internal")
    assert _is_whole_or_nothing(filled, published=False)
