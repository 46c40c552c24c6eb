"""Asking for a run, watching it, looking back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.security.setting_values import networks
from services.analytics import Analytics
from services.errors import NoCampaignsError
from services.sync import queue, restarts
from services.views import Run
from tests.api.clients import INTERVAL_SECONDS, client_of, client_on
from tests.api.filling import publish_first

ASKING = ["/api/sync/run-now", "/api/ml-dashboard/generate-all"]


class WithWorker(Analytics):
    """A facade whose queued run is done and finished while a client waits for it."""

    def __init__(self, engine: sa.Engine, error: NoCampaignsError | None = None) -> None:
        super().__init__(engine, INTERVAL_SECONDS)
        self.engine, self.error = engine, error

    def wait_for(self, run_id: int, seconds: float) -> Run:
        with self.engine.begin() as connection:
            queue.claim(connection)
            if self.error is None:
                queue.finish(connection, run_id, {})
            else:
                queue.fail(connection, run_id, code=self.error.code, text=self.error.text)
        return super().wait_for(run_id, seconds)


@pytest.mark.parametrize("path", ASKING)
def test_asking_queues_a_run(client: FlaskClient, path: str) -> None:
    answer = client.post(path)

    run_id = answer.get_json()["run_id"]
    url = f"/api/sync/runs/{run_id}"
    assert answer.status_code == 202
    assert answer.get_json() == {"run_id": run_id, "state": "queued", "joined": False, "status_url": url}
    assert answer.headers["Location"] == url
    assert client.get(url).get_json()["trigger"] == "api"


def test_a_second_asker_joins(client: FlaskClient) -> None:
    first, second = client.post(ASKING[0]), client.post(ASKING[0])

    assert second.status_code == 202
    assert (second.get_json()["run_id"], second.get_json()["joined"]) == (first.get_json()["run_id"], True)


@pytest.mark.parametrize("path", ASKING)
def test_waiting_gives_the_outcome(engine: sa.Engine, path: str) -> None:
    answer = client_of(WithWorker(engine)).post(f"{path}?wait=5")

    assert (answer.status_code, answer.get_json()["state"], answer.get_json()["error_code"]) == (
        200,
        "succeeded",
        None,
    )
    assert answer.get_json()["run"]["run_id"] == answer.get_json()["run_id"]


def test_waiting_for_a_run_that_fails_gives_the_reason(engine: sa.Engine) -> None:
    answer = client_of(WithWorker(engine, NoCampaignsError())).post(f"{ASKING[0]}?wait=5")

    assert (answer.status_code, answer.get_json()["state"]) == (200, "failed")
    assert answer.get_json()["error_code"] == "no_campaigns"
    assert set(answer.get_json()["error_text"]) == {"en", "ru"}


def test_a_run_that_is_not_over_in_time_is_accepted(engine: sa.Engine) -> None:
    class WithoutWaiting(Analytics):
        def wait_for(self, run_id: int, seconds: float) -> Run:
            return self.run(run_id)

    answer = client_of(WithoutWaiting(engine, INTERVAL_SECONDS)).post(f"{ASKING[0]}?wait=60")

    assert (answer.status_code, answer.get_json()["state"]) == (202, "queued")


@pytest.mark.parametrize(
    ("proxies", "asked", "held"), [("127.0.0.1", 60, 25), ("127.0.0.1", 10, 10), ("192.0.2.1", 60, 60)]
)
def test_behind_a_proxy_the_answer_comes_before_the_proxy_gives_up(
    engine: sa.Engine, proxies: str, asked: int, held: int
) -> None:
    seconds = []

    class Listening(Analytics):
        def wait_for(self, run_id: int, waited: float) -> Run:
            seconds.append(waited)
            return self.run(run_id)

    client = client_of(
        Listening(engine, INTERVAL_SECONDS), trusted_proxies=networks(proxies), allow_anonymous=True
    )
    client.post(f"{ASKING[0]}?wait={asked}")

    assert seconds == [held]


@pytest.mark.parametrize("wait", ["61", "-1", "1.5", "soon", ""])
def test_a_wait_that_cannot_be_is_refused_before_anything_starts(
    without_database: FlaskClient, wait: str
) -> None:
    answer = without_database.post(f"{ASKING[0]}?wait={wait}")

    assert (answer.status_code, answer.get_json()["parameter"], answer.get_json()["value"]) == (
        400,
        "wait",
        wait,
    )


def test_addresses_carry_the_prefix(engine: sa.Engine) -> None:
    answer = client_on(engine, path_prefix="/marketing/roi/").post("/marketing/roi/api/sync/run-now")

    assert answer.get_json()["status_url"].startswith("/marketing/roi/api/sync/runs/")
    assert answer.headers["Location"] == answer.get_json()["status_url"]


def test_the_status_of_a_fresh_database_is_idle(client: FlaskClient) -> None:
    body = client.get("/api/sync/status").get_json()

    assert (body["state"], body["stage"], body["run_id"]) == ("idle", None, None)
    assert (body["last_success"], body["last_failure"], body["snapshot"]) == (None, None, None)
    assert (body["interval_seconds"], body["scheduler"]) == (INTERVAL_SECONDS, "stopped")
    assert body["server_now"] < body["next_run_at"]


def test_the_status_shows_the_run_under_way_and_the_last_success(
    client: FlaskClient, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        run_id = publish_first(connection)
    asked = client.post(ASKING[0]).get_json()["run_id"]

    body = client.get("/api/sync/status").get_json()

    assert (body["state"], body["run_id"]) == ("queued", asked)
    assert body["last_success"]["run_id"] == body["snapshot"]["run_id"] == run_id
    assert (body["stale"], body["failing"], body["has_campaigns"]) == (False, False, True)


def test_the_status_tells_of_a_worker_that_is_being_restarted(client: FlaskClient, engine: sa.Engine) -> None:
    assert client.get("/api/sync/status").get_json()["worker_restarts"] is None
    with engine.begin() as connection:
        restarts.record(connection, "host 1", ended=3, seconds=8.0)

    body = client.get("/api/sync/status").get_json()

    assert body["worker_restarts"]["ended"] == 3
    assert body["server_now"] < body["worker_restarts"]["back_at"]


def test_the_history_begins_with_the_newest_and_can_be_shortened(
    client: FlaskClient, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        run_id = publish_first(connection)
    asked = client.post(ASKING[0]).get_json()["run_id"]

    everything, newest = (
        client.get("/api/sync/runs").get_json(),
        client.get("/api/sync/runs?limit=1").get_json(),
    )

    assert (everything["count"], [run["run_id"] for run in everything["runs"]]) == (2, [asked, run_id])
    assert newest == {"count": 1, "runs": everything["runs"][:1]}


@pytest.mark.parametrize("number", ["1000", "9223372036854775807"])
def test_a_run_that_never_was_is_not_found(reader: FlaskClient, number: str) -> None:
    answer = reader.get(f"/api/sync/runs/{number}")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_run")


@pytest.mark.parametrize("number", ["0", "-1", "x", "9223372036854775808", "1" * 5000, "١", "%00"])
def test_what_is_no_run_number_is_refused(without_database: FlaskClient, number: str) -> None:
    answer = without_database.get(f"/api/sync/runs/{number}")

    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_parameter")


@pytest.mark.parametrize(("address", "redraws"), zip(ASKING, [False, True], strict=True))
def test_only_generate_all_wants_everything_drawn_anew(
    client: FlaskClient, address: str, redraws: bool
) -> None:
    run_id = client.post(address).get_json()["run_id"]

    assert client.get(f"/api/sync/runs/{run_id}").get_json()["redraw"] is redraws
