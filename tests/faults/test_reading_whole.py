"""Whatever happens while a snapshot is read: soon it is completely in memory, for the next outage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database import health
from services.database.engine import make_engine
from services.database.health import DatabaseHealth
from services.errors import DatabaseUnavailableError
from services.live.live_data import LiveData
from services.snapshots.bundle import USUAL_SELECTIONS
from services.views import Snapshot
from tests.api.filling import publish_next
from tests.faults.own_server import INTERVAL_SECONDS, Web, own_web, until

pytestmark = pytest.mark.fault(
    "PostgreSQL frozen or killed while a new snapshot is read",
    must="the one before is told; then the new one, whole",
)


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """A server with a snapshot."""
    with own_web() as web:
        yield web


@contextmanager
def another_process(web: Web) -> Iterator[Analytics]:
    """Yield the facade of another web process, which is not started yet."""
    analytics = Analytics(make_engine(web.postgres.url, name="demetra web 2"), INTERVAL_SECONDS)
    yield analytics
    analytics.close()


def _is_down(server_health: DatabaseHealth) -> bool:
    return server_health.down_since is not None


def everything(analytics: Analytics) -> set[int]:
    """Return of which runs all that is usually asked for is."""
    views: list[Any] = [
        *(analytics.dashboard(spec.slug) for spec in DASHBOARDS),
        *(analytics.overview(selection) for selection in USUAL_SELECTIONS),
        analytics.advice(),
        analytics.track_record(),
    ]
    charts = [analytics.chart(spec.slug) for spec in DASHBOARDS]
    return {view.snapshot.run_id for view in views} | {chart.run_id for chart in charts}


def test_a_snapshot_whose_first_reader_came_before_the_watch_is_read_whole(web: Web) -> None:
    whole: list[Snapshot] = []
    with another_process(web) as analytics:
        live = analytics._live = LiveData(analytics._engine, INTERVAL_SECONDS, whole.append)
        live._watcher.refresh()  # as a reader does whose question comes before the thread's first look
        live.start()
        until(lambda: whole)

        with web.postgres.frozen():
            assert everything(analytics) == {whole[0].run_id}


@pytest.mark.parametrize("way", ["frozen", "killed"])
def test_a_snapshot_during_whose_reading_the_database_went_away_is_told_afterwards(
    web: Web, way: str
) -> None:
    away = getattr(web.postgres, way)()
    prepared: list[int] = []

    def lose(snapshot: Snapshot) -> None:
        prepared.append(snapshot.run_id)
        if len(prepared) == 2:
            away.__enter__()
            analytics.runs()

    with another_process(web) as analytics:
        analytics.start(lose)
        until(lambda: analytics.known_snapshot is not None)
        (before,) = prepared
        with web.engine.begin() as connection:
            new = publish_next(connection)

        until(lambda: analytics.unreachable_since is not None)
        try:
            assert everything(analytics) == {before}
        finally:
            away.__exit__(None, None, None)

        until(lambda: prepared == [before, new, new])
        with web.postgres.frozen():
            until(lambda: analytics.unreachable_since is not None)
            assert everything(analytics) == {new}


def test_a_database_that_cannot_be_asked_for_lack_of_handles_is_away(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_handles(*_: object) -> None:
        raise OSError(24, "Too many open files")

    server_health = DatabaseHealth(web.engine)
    with monkeypatch.context() as patched:
        patched.setattr(health, "open_connection", no_handles)
        server_health.probe()
        assert _is_down(server_health)
        with pytest.raises(DatabaseUnavailableError, match="Too many open files"), server_health.reading():
            pass

    server_health.probe()
    assert not _is_down(server_health)
    assert server_health.is_recovering


def test_whatever_goes_wrong_the_watch_goes_on(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    with another_process(web) as analytics:
        analytics.start(lambda _: 1 / 0)
        until(lambda: "ZeroDivisionError" in caplog.text)
        with web.engine.begin() as connection:
            new = publish_next(connection)

        until(lambda: analytics.known_snapshot is not None and analytics.known_snapshot.run_id == new)
        assert everything(analytics) == {new}
