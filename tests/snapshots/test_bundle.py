"""What is usually asked of a snapshot is read part by part, and takes no more bytes than it may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database import health
from services.database.tables import ml_charts, sync_runs
from services.errors import DatabaseBusyError, DatabaseUnavailableError
from services.live import live_data
from services.live.live_data import LiveData
from services.periods import Selection
from services.snapshots import bundle, store
from services.snapshots.bundle import ADVICE, USUAL_PARTS, USUAL_SELECTIONS, Part, SnapshotBundle, size_of
from services.views import MOST_SHOWN_ROWS, Snapshot
from tests.api.filling import publish_first, publish_next
from tests.faults.own_server import until

INTERVAL_SECONDS = 1800.0


@pytest.fixture
def snapshot(engine: sa.Engine) -> Snapshot:
    """The snapshot of a fresh database."""
    with engine.begin() as connection:
        publish_first(connection)
        return store.find(connection)


def loaded(engine: sa.Engine, snapshot: Snapshot) -> SnapshotBundle:
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    return bundle.load(snapshot, live.query, live._health.is_up)


def test_it_has_all_that_page_and_api_usually_ask_for(engine: sa.Engine, snapshot: Snapshot) -> None:
    held = loaded(engine, snapshot)
    facade = Analytics(engine, INTERVAL_SECONDS)

    assert set(held.parts) == set(USUAL_PARTS)
    for spec in DASHBOARDS:
        assert held.get(bundle.charts(spec.slug)) == (facade.chart(spec.slug),)
        assert held.get(bundle.dashboard(spec.slug, MOST_SHOWN_ROWS)) == facade.dashboard(spec.slug)
    assert [held.get(bundle.figures(one)) for one in USUAL_SELECTIONS] == list(
        map(facade.overview, USUAL_SELECTIONS)
    )
    assert held.get(ADVICE) == facade.advice()
    assert held.get(bundle.TRACK_RECORD) == facade.track_record()
    assert held.get(bundle.SIZES) == facade.sizes(snapshot.run_id)


@pytest.mark.parametrize("statements", [2, 3, 4])
def test_a_part_that_is_deleted_while_it_is_read_is_read_whole(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, statements: int
) -> None:
    part = bundle.dashboard(DASHBOARDS[0].slug, MOST_SHOWN_ROWS)
    monkeypatch.setattr(bundle, "USUAL_PARTS", (part,))
    whole = loaded(engine, snapshot)
    seen: list[object] = []

    def delete(*_: object) -> None:
        seen.append(None)
        if len(seen) == statements:  # the first one sets the isolation level
            with engine.begin() as other:
                for table in (ml_charts, *(spec.table for spec in DASHBOARDS)):
                    other.execute(table.delete().where(table.c.run_id == snapshot.run_id))

    sa.event.listen(engine, "after_cursor_execute", delete)
    held = loaded(engine, snapshot)

    assert held.parts == whole.parts != {}


def test_a_dashboard_that_is_newer_than_the_snapshot_is_left_out(
    engine: sa.Engine, snapshot: Snapshot
) -> None:
    slug = DASHBOARDS[0].slug
    with engine.begin() as connection:
        connection.execute(ml_charts.delete().where(ml_charts.c.slug == slug))

    held = loaded(engine, snapshot)

    assert held.get(bundle.charts(slug)) is None
    assert set(USUAL_PARTS) - set(held.parts) == {
        bundle.charts(slug),
        bundle.dashboard(slug, MOST_SHOWN_ROWS),
    }


def test_it_takes_no_more_bytes_than_it_may_and_the_rest_comes_from_the_database(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loaded(engine, snapshot)
    most = size_of(whole.parts) // 2
    monkeypatch.setattr(bundle, "MAX_BYTES", most)

    held = loaded(engine, snapshot)
    analytics = Analytics(engine, INTERVAL_SECONDS)
    analytics._live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    analytics._live._load(snapshot)

    assert 0 < len(held.parts) < len(whole.parts)
    assert sum(map(size_of, held.parts.values())) <= most
    assert analytics._part(USUAL_PARTS[-1], snapshot.run_id) == whole.get(USUAL_PARTS[-1])


def _bytes_of(size: int, _connection: sa.Connection, _run_id: int | None) -> bytes:
    return size * b"x"


def test_a_part_that_is_too_large_leaves_room_for_the_smaller_ones_after_it(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [Part(size, partial(_bytes_of, size)) for size in (1000, 50_000, 2000)]
    monkeypatch.setattr(bundle, "USUAL_PARTS", parts)
    monkeypatch.setattr(bundle, "MAX_BYTES", 10_000)

    held = loaded(engine, snapshot)

    assert held.parts == {parts[0]: 1000 * b"x", parts[2]: 2000 * b"x"}
    assert held.failed == ()


def test_the_start_page_is_read_before_the_dashboards() -> None:
    dashboards = [bundle.dashboard(spec.slug, MOST_SHOWN_ROWS) for spec in DASHBOARDS]

    assert USUAL_PARTS.index(bundle.figures(Selection())) < min(map(USUAL_PARTS.index, dashboards))


def test_what_is_being_read_is_waited_for_and_not_read_again(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    reads: list[int | None] = []

    def read(_connection: sa.Connection, run_id: int | None) -> bool:
        reads.append(run_id)
        return goes_on.wait(10)

    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    monkeypatch.setattr(bundle, "USUAL_PARTS", (Part("first", read),))

    with ThreadPoolExecutor(4) as threads:
        loading = threads.submit(live._load, snapshot)
        until(lambda: reads)
        readers = [threads.submit(live.bundle, snapshot.run_id) for _ in range(3)]
        assert not any(reader.done() for reader in readers)
        goes_on.set()
        loading.result(10)

    bundles = [reader.result() for reader in readers]
    assert [held.snapshot for held in bundles if held is not None] == 3 * [snapshot]
    assert reads == [snapshot.run_id]


def test_a_long_loading_is_waited_for_once_and_not_in_each_request(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    monkeypatch.setattr(live_data, "LOADING_SECONDS", 0.5)
    monkeypatch.setattr(bundle, "USUAL_PARTS", (Part("first", lambda *_: goes_on.wait(10)),))

    with ThreadPoolExecutor(1) as threads:
        loading = threads.submit(live._load, snapshot)
        until(lambda: live._loading is not None)
        start = monotonic()
        held = [live.bundle(snapshot.run_id) for _ in range(5)]
        seconds = monotonic() - start
        goes_on.set()
        loading.result(10)

    assert held == 5 * [None]
    assert seconds < 2 * live_data.LOADING_SECONDS


def _raise_unavailable(*_: object) -> NoReturn:
    raise DatabaseUnavailableError(reason="gone")


def test_a_loading_that_fails_is_waited_for_no_longer(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    monkeypatch.setattr(bundle, "USUAL_PARTS", (Part("first", _raise_unavailable),))
    monkeypatch.setattr(live._health, "is_up", lambda: False)

    with pytest.raises(DatabaseUnavailableError):
        live._load(snapshot)

    assert live._loading is None
    assert live.bundle(snapshot.run_id) is None


def _raise_key_error(_connection: sa.Connection, _run_id: int | None) -> NoReturn:
    raise KeyError("severity")


def _raise_busy(_connection: sa.Connection, _run_id: int | None) -> NoReturn:
    raise DatabaseBusyError(reason="lock timeout")


def _read_unknown_column(connection: sa.Connection, _run_id: int | None) -> Any:
    return connection.scalar(sa.text("SELECT no_such_column FROM ml_charts"))


def _take_too_long(connection: sa.Connection, _run_id: int | None) -> Any:
    return connection.scalar(sa.text("SELECT pg_sleep(5)"))


@pytest.mark.parametrize("fail", [_raise_key_error, _raise_busy, _read_unknown_column, _take_too_long])
def test_a_part_that_cannot_be_read_is_left_out_alone_and_read_later(
    engine: sa.Engine,
    snapshot: Snapshot,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[[sa.Connection, int | None], Any],
) -> None:
    monkeypatch.setattr(health, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(health, "LONGEST_SECONDS", 1.2)  # longer than a lost connection is retried
    whole = loaded(engine, snapshot)
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    reads: list[int | None] = []

    def read(connection: sa.Connection, run_id: int | None) -> Any:
        reads.append(run_id)
        return fail(connection, run_id) if len(reads) == 1 else ADVICE.read(connection, run_id)

    parts = [Part(ADVICE.name, read), *(part for part in USUAL_PARTS if part != ADVICE)]
    monkeypatch.setattr(bundle, "USUAL_PARTS", parts)

    live._watcher._refresh_and_prepare()
    live._poll()

    first = live.bundle(snapshot.run_id)
    assert live.known_snapshot == snapshot
    assert first is not None
    assert first.failed == (ADVICE,)
    assert first.parts == {part: value for part, value in whole.parts.items() if part != ADVICE}

    live._retry_at = 0.0  # 30 s later
    live._poll()

    assert live.bundle(snapshot.run_id) == whole
    assert len(reads) == 2


def test_each_part_has_the_time_of_a_query(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SLOW_SECONDS", 0.1)
    monkeypatch.setattr(health, "LONGEST_SECONDS", 1.0)
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    wait = sa.text("SELECT pg_sleep(0.4)")
    parts = [Part(n, lambda connection, _: connection.scalar(wait)) for n in range(4)]
    monkeypatch.setattr(bundle, "USUAL_PARTS", parts)

    live._load(snapshot)

    held = live.bundle(snapshot.run_id)
    assert held is not None
    assert set(held.parts) == set(parts)


def test_two_are_held_at_most_the_current_one_among_them(engine: sa.Engine, snapshot: Snapshot) -> None:
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)

    def held() -> list[int]:
        return [one.snapshot.run_id for one in live._bundles]

    runs = [snapshot.run_id]
    for _ in range(3):
        live._watcher._refresh_and_prepare()
        assert held() == runs[-1:-3:-1]
        with engine.begin() as connection:
            runs.append(publish_next(connection, "red"))

    for colour in ("blue", "white"):  # they are loaded, and never become current
        with engine.begin() as connection:
            publish_next(connection, colour)
            next_one = store.find(connection)
        live._load(next_one)
        assert held() == [next_one.run_id, runs[-2]]


def test_the_bundle_before_is_held_while_a_snapshot_that_is_already_current_is_loaded(
    engine: sa.Engine, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    live._watcher._refresh_and_prepare()
    before = live.bundle(snapshot.run_id)
    assert before is not None
    with engine.begin() as connection:
        publish_next(connection, "red")
    newest = live._watcher.refresh()  # as for a client that knows of its run
    assert newest is not None
    monkeypatch.setattr(live._health, "is_up", lambda: False)
    monkeypatch.setattr(bundle, "USUAL_PARTS", (Part("first", _raise_unavailable),))

    for _ in range(2):
        with pytest.raises(DatabaseUnavailableError):
            live._load(newest)

    assert live._bundles == (before,)


def test_after_a_restore_a_run_is_the_one_that_was_read_last(engine: sa.Engine, snapshot: Snapshot) -> None:
    live = LiveData(engine, INTERVAL_SECONDS, lambda _: None)
    live._watcher._refresh_and_prepare()
    with engine.begin() as connection:
        later = sa.func.now()
        connection.execute(sync_runs.update().values(finished_at=later))
        restored = store.find(connection)
    assert restored.run_id == snapshot.run_id

    live._watcher._refresh_and_prepare()

    assert live.known_snapshot == restored != snapshot
    held = live.bundle(snapshot.run_id)
    assert held is not None
    assert held.snapshot == restored


@given(st.recursive(st.text(max_size=50) | st.binary(max_size=50), st.lists, max_leaves=40))
def test_a_value_is_at_least_as_large_as_its_text(value: list[Any] | str | bytes) -> None:
    def texts(part: list[Any] | str | bytes) -> int:
        return sum(map(texts, part)) if isinstance(part, list) else len(part)

    assert size_of(value) >= texts(value)


def test_the_size_of_a_long_table_is_estimated_from_some_of_its_rows() -> None:
    rows = tuple({"channel": f"channel {n}" * 10, "roi": n / 7} for n in range(5000))

    exact = sum(size_of(row) for row in rows)

    assert size_of(rows) == pytest.approx(exact, rel=0.1)
