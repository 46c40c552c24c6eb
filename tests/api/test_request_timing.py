"""Each request is timed under the template of its route, whichever layer answers it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from demetra_dash.app import build
from demetra_dash.metrics import MAX_SERIES, Metrics
from demetra_dash.request_timing import ROUTE, timed
from demetra_dash.settings import Settings
from tests.api.clients import down
from tests.api.filling import publish_first
from tests.faults.own_server import until, web_on
from tests.scraping import numbers, requests

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CHART = "/api/ml-dashboard/<slug>/chart"
PAGE_ANSWERS = "/_dash-update-component"


@pytest.fixture
def client(engine: sa.Engine, database_url: str) -> Iterator[FlaskClient]:
    """Return a client of a web process with one snapshot."""
    with engine.begin() as connection:
        publish_first(connection)
    with web_on(database_url) as (analytics, client):
        until(lambda: analytics.known_snapshot is not None)
        yield client


@pytest.fixture
def without_database() -> FlaskClient:
    server: Flask = build(down(), Settings()).server
    return server.test_client()


def timed_requests(found: dict[str, float]) -> dict[str, float]:
    return {
        name: count for name, count in found.items() if name.startswith("demetra_http_request_seconds_count")
    }


def test_first_and_cached_answers_count_under_the_same_route(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/api/ml-dashboard/roi-forecast/chart")
    monkeypatch.setattr(client.application, "full_dispatch_request", None)  # no answer of Flask from now on

    answers = [client.get("/api/ml-dashboard/roi-forecast/chart") for _ in range(3)]
    monkeypatch.undo()

    assert [answer.status_code for answer in answers] == [200] * 3
    assert timed_requests(numbers(client)) == {requests("GET", CHART, "2xx"): 4}


def test_an_answer_that_the_client_has_already_is_a_3xx(client: FlaskClient) -> None:
    tag = client.get("/api/ml-dashboard/roi-forecast/chart").headers["ETag"]

    for _ in range(2):
        client.get("/api/ml-dashboard/roi-forecast/chart", headers={"If-None-Match": tag})

    found = timed_requests(numbers(client))
    assert found == {requests("GET", CHART, "2xx"): 1, requests("GET", CHART, "3xx"): 2}


def test_answers_to_the_page_count_under_their_own_route(client: FlaskClient) -> None:
    answers = [
        client.post(PAGE_ANSWERS, data=json.dumps({"output": "nothing"}), content_type="application/json")
        for _ in range(2)
    ]

    found = timed_requests(numbers(client))
    assert found == {requests("POST", PAGE_ANSWERS, f"{answers[0].status[0]}xx"): 2}


def test_errors_count_under_the_route_that_failed(without_database: FlaskClient) -> None:
    without_database.get("/api/overview")
    without_database.get("/api/ml-dashboard/roi-forecast/chart?run=0")

    found = timed_requests(numbers(without_database))

    assert found == {requests("GET", "/api/overview", "5xx"): 1, requests("GET", CHART, "4xx"): 1}


def test_a_mistake_in_the_code_counts_as_5xx(monkeypatch: pytest.MonkeyPatch) -> None:
    analytics = down()
    client = build(analytics, Settings()).server.test_client()
    monkeypatch.setattr(analytics, "status", lambda: 1 / 0)

    status = client.get("/api/sync/status").status_code
    monkeypatch.undo()

    assert status == 500
    assert timed_requests(numbers(client)) == {requests("GET", "/api/sync/status", "5xx"): 1}


def test_an_application_that_raises_counts_as_5xx() -> None:
    metrics = Metrics()

    def failing(environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        environ[ROUTE] = "/fails"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        timed(failing, metrics.observe_request)(
            {"REQUEST_METHOD": "GET"}, cast("StartResponse", lambda *_: None)
        )

    counted = {
        s.labels["status"] for family in metrics.collect() for s in family.samples if "route" in s.labels
    }
    assert counted == {"5xx"}


def test_a_refused_request_counts_under_its_route(without_database: FlaskClient) -> None:
    without_database.post("/api/sync/run-now", headers={"Origin": "https://evil.example"})

    assert timed_requests(numbers(without_database)) == {requests("POST", "/api/sync/run-now", "4xx"): 1}


def test_a_path_prefix_is_no_part_of_the_route() -> None:
    client = build(down(), Settings(path_prefix="/roi/")).server.test_client()

    client.get("/roi/healthz")

    assert timed_requests(numbers(client)) == {requests("GET", "/healthz", "2xx"): 1}


@pytest.mark.parametrize(
    "path", ["/api/nothing/{}", "/wp-login/{}.php", "/assets/{}.css", "/api/sync/runs/{}"]
)
def test_no_path_becomes_a_label(without_database: FlaskClient, path: str) -> None:
    without_database.get(path.format(1))
    before = len(timed_requests(numbers(without_database)))

    for number in range(2, 30):
        without_database.get(path.format(number))
    found = timed_requests(numbers(without_database))

    assert before == 1
    assert sorted(found.values())[-1] == 29
    assert len(found) == 2  # the other one is the first scrape


def test_unknown_addresses_and_methods_have_one_label(without_database: FlaskClient) -> None:
    for method in ("PATCH", "BREW", "X1", "X2"):
        without_database.open("/api/overview", method=method)
    without_database.get("/nothing")

    found = timed_requests(numbers(without_database))

    assert found == {requests("other", "unmatched", "4xx"): 4, requests("GET", "unmatched", "4xx"): 1}


def test_the_number_of_series_is_bounded_and_nothing_is_lost() -> None:
    metrics = Metrics()
    for number in range(MAX_SERIES + 100):
        metrics.observe_request("GET", f"/route/{number}", "200 OK", 0.1)

    counts = {
        sample.labels["route"]: sample.value
        for family in metrics.collect()
        for sample in family.samples
        if sample.name == "demetra_http_request_seconds_count"
    }

    assert len(counts) == MAX_SERIES + 1
    assert counts["other"] == 100


def test_a_request_falls_into_the_bucket_of_its_duration() -> None:
    metrics = Metrics()
    for seconds in (0.0004, 0.004, 0.004, 0.4, 60.0):
        metrics.observe_request("GET", "/", "200 OK", seconds)

    buckets = {
        float(sample.labels["le"]): sample.value
        for family in metrics.collect()
        for sample in family.samples
        if sample.name == "demetra_http_request_seconds_bucket"
    }

    expected = {0.001: 1, 0.0025: 1, 0.005: 3, 0.25: 3, 0.5: 4, 30.0: 4, float("inf"): 5}
    assert {bound: buckets[bound] for bound in expected} == expected
