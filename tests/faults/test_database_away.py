"""PostgreSQL frozen or killed: readers get the last snapshot at once, marked, and later the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callbacks import dashboards, overview, syncs
from demetra_dash.app import page_setup
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.engine import make_engine
from services.database.health import LONGEST_SECONDS, DatabaseHealth
from services.snapshots.bundle import USUAL_SELECTIONS
from tests.api.filling import publish_next
from tests.faults.own_server import INTERVAL_SECONDS, Web, own_web, until, web_on

KEPT = [f"/api/ml-dashboard/{spec.slug}/{part}" for spec in DASHBOARDS for part in ("chart", "data")] + [
    "/api/ml-dashboard/roi-forecast/data?format=csv",
    "/api/overview",
    "/api/overview?days=7",
    "/api/overview?days=90",
    "/api/overview?days=all",
    "/api/recommendations",
    "/api/track-record",
]
OF_THE_MOMENT = ["/api/ml-dashboard/status", "/api/sync/status"]
pytestmark = pytest.mark.fault(
    "PostgreSQL frozen (SIGSTOP) or killed under readers",
    must="answers within 1 s, marked; nothing exhausted; all back within 10 s",
)
QUICK_SECONDS = 1.0
BACK_SECONDS = 10.0
SHORT, LONG = 3, 30


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """A web process whose database can be taken away."""
    with own_web() as web:
        yield web


@pytest.fixture(autouse=True)
def there(web: Web) -> None:
    """The database is there, and the process has read the newest snapshot whole."""
    until(lambda: web.client.get("/readyz").status_code == 200)
    until(partial(_is_read_whole, web.analytics))


def _is_read_whole(analytics: Analytics) -> bool:
    newest = analytics.snapshot()
    assert newest is not None
    assert analytics._live is not None
    return analytics._live.bundle(newest.run_id) is not None


def _get_as_new_client(web: Web, path: str) -> Any:
    return web.client.application.test_client().get(path)


def timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    start = monotonic()
    answer = ask()
    return answer, monotonic() - start


def ask_everything(client: FlaskClient, paths: list[str]) -> tuple[dict[str, TestResponse], float]:
    """Return the answers by path, and how long the slowest took."""
    answers = {path: timed(partial(client.get, path)) for path in paths}
    return {path: answer for path, (answer, _) in answers.items()}, max(s for _, s in answers.values())


@pytest.fixture(params=["frozen", "killed"])
def away(request: pytest.FixtureRequest, web: Web) -> Any:
    """Take the database away in one way or the other: a context manager."""
    return getattr(web.postgres, request.param)


def test_readers_get_the_last_snapshot_at_once_and_marked(web: Web, away: Any) -> None:
    before = {path: web.client.get(path).data for path in KEPT}

    with away():
        answers, slowest = ask_everything(web.client, OF_THE_MOMENT + KEPT)
        sleep(SHORT)
        later, later_slowest = ask_everything(web.client, OF_THE_MOMENT + KEPT)

    assert {answer.status_code for answer in [*answers.values(), *later.values()]} == {200}
    assert {path: later[path].data for path in KEPT} == before
    assert {answer.headers["Demetra-Stale"] for answer in later.values()} == {"database-unreachable"}
    assert later["/api/sync/status"].get_json()["unreachable_since"] is not None
    assert max(slowest, later_slowest) < QUICK_SECONDS


def test_it_is_alive_but_not_ready_and_says_so_at_once(web: Web, away: Any) -> None:
    with away():
        alive, _ = timed(lambda: web.client.get("/healthz"))
        ready, seconds = timed(lambda: web.client.get("/readyz"))

    assert (alive.status_code, ready.status_code, ready.get_json()["code"]) == (
        200,
        503,
        "database_unavailable",
    )
    assert seconds < QUICK_SECONDS


def test_the_metrics_say_so_at_once(web: Web, away: Any) -> None:
    with away():
        told, seconds = timed(lambda: web.client.get("/metrics"))

    assert "demetra_database_up 0.0" in told.text.splitlines()
    assert seconds < QUICK_SECONDS


def test_all_is_as_before_once_it_is_back(web: Web, away: Any) -> None:
    with away():
        until(lambda: web.analytics.unreachable_since is not None)

    seconds = until(lambda: web.client.get("/readyz").status_code == 200)
    answers, _ = ask_everything(web.client, OF_THE_MOMENT + KEPT)

    assert seconds < BACK_SECONDS
    assert not any("Demetra-Stale" in answer.headers for answer in answers.values())
    assert answers["/api/sync/status"].get_json()["unreachable_since"] is None


def test_a_snapshot_published_after_an_outage_is_shown(web: Web, away: Any) -> None:
    with away():
        until(lambda: web.analytics.unreachable_since is not None)
    until(lambda: web.client.get("/readyz").status_code == 200)
    with web.engine.begin() as connection:
        run_id = publish_next(connection)

    until(lambda: web.client.get(KEPT[0]).headers["Demetra-Run"] == str(run_id), seconds=3)


def test_a_crowd_of_readers_exhausts_nothing(web: Web) -> None:
    paths = 4 * (OF_THE_MOMENT + KEPT)
    with web.postgres.frozen(), ThreadPoolExecutor(32) as clients:
        asked = [clients.submit(timed, partial(_get_as_new_client, web, path))
                 for path in paths]  # fmt: skip
        answers = [future.result() for future in asked]

    assert {answer.status_code for answer, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < QUICK_SECONDS + 0.5  # 32 threads of one interpreter
    until(lambda: web.client.get("/readyz").status_code == 200, BACK_SECONDS)
    assert web.analytics.runs()


def test_the_page_keeps_its_figures_and_says_since_when(web: Web) -> None:
    setup = page_setup(Settings())
    snapshot = web.analytics.snapshot()
    assert snapshot is not None
    run_id = snapshot.run_id

    with web.postgres.frozen():
        until(lambda: web.analytics.unreachable_since is not None)
        drawn, seconds = timed(lambda: syncs.follow(web.analytics, setup, shown_run=None))
        cards = dashboards.show_cards(web.analytics, setup, run_id)
        record = dashboards.show_track_record(web.analytics, setup, run_id)
        figures = [overview.show_figures(web.analytics, setup, run_id, one) for one in USUAL_SELECTIONS]

    assert seconds < QUICK_SECONDS
    assert drawn[syncs.SNAPSHOT_LEAF] == run_id
    assert drawn[f"{ids.NOTICE_DOWN}.children"].startswith("The database has not answered since ")
    assert cards[ids.card("roi-forecast", "picture.src")].startswith("data:image/png")
    assert record
    assert all(figures)


def test_a_process_that_has_read_nothing_says_so_at_once(web: Web) -> None:
    with web.postgres.frozen(), web_on(web.postgres.url) as (_, client):
        answer, seconds = timed(lambda: client.get(KEPT[0]))

    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_unavailable")
    assert seconds < QUICK_SECONDS


def test_no_sync_is_promised_and_that_is_said_at_once(web: Web) -> None:
    with web.postgres.frozen():
        answer, seconds = timed(lambda: web.client.post("/api/sync/run-now?wait=60"))

    assert answer.status_code == 503
    assert seconds < QUICK_SECONDS


def test_a_slow_statement_of_a_living_server_is_waited_for(web: Web) -> None:
    health = DatabaseHealth(web.engine)

    with health.reading(), web.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(1.5)"))

    assert LONGEST_SECONDS > 1.5
    assert health.down_since is None


def test_a_lost_connection_is_not_noticed_by_a_reader(web: Web) -> None:
    engine = make_engine(web.postgres.url, name="demetra web 2")
    analytics = Analytics(engine, INTERVAL_SECONDS)
    analytics.start()
    analytics.runs()
    with web.engine.begin() as connection:
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )

    assert analytics.runs()
    assert analytics.status().unreachable_since is None
    analytics.close()


@pytest.mark.slow
def test_half_a_minute_is_no_different(web: Web, away: Any) -> None:
    with away():
        end = monotonic() + LONG
        while monotonic() < end:
            answers, slowest = ask_everything(web.client, OF_THE_MOMENT + KEPT)
            assert {answer.status_code for answer in answers.values()} == {200}
            assert slowest < QUICK_SECONDS

    assert until(lambda: web.client.get("/readyz").status_code == 200) < BACK_SECONDS
