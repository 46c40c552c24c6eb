"""Pinning a run over the API, and reading it by its number and by its name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.dashboards import DASHBOARDS
from services.snapshots import store
from tests.api.clients import client_on
from tests.api.filling import publish_first, publish_next
from tests.api.test_openapi import check

NAME = "Board, 24 Nov <b>"
READ = (
    *(f"/api/ml-dashboard/{spec.slug}/data" for spec in DASHBOARDS),
    f"/api/ml-dashboard/{DASHBOARDS[0].slug}/chart",
    "/api/overview",
    "/api/recommendations",
    "/api/track-record",
)


@pytest.fixture
def pinned(engine: sa.Engine) -> tuple[FlaskClient, int]:
    """A client, and a pinned run whose rows are no longer stored."""
    with engine.begin() as connection:
        run_id = publish_first(connection)
    client = client_on(engine)
    assert client.post("/api/pins", query_string={"run": run_id, "name": NAME}).status_code == 201
    with engine.begin() as connection:
        for colour in ("red", "blue", "black"):
            publish_next(connection, colour)
        store.prune(connection, retention_rows=1)
    return client, run_id


def test_a_pinned_run_is_read_by_number_and_by_name(pinned: tuple[FlaskClient, int]) -> None:
    client, run_id = pinned
    for path in READ:
        by_number = client.get(path, query_string={"run": run_id, "days": 13})
        by_name = client.get(path, query_string={"run": NAME.upper(), "days": 13})

        assert (by_number.status_code, by_name.status_code) == (200, 200), path
        assert by_number.get_data() == by_name.get_data()
        assert {by_number.headers["Demetra-Run"], by_name.headers["Demetra-Run"]} == {str(run_id)}
        assert "immutable" in by_number.headers["Cache-Control"]
        assert by_name.headers["Cache-Control"] == "private, no-cache"


def test_a_report_of_a_pinned_run_is_made(pinned: tuple[FlaskClient, int]) -> None:
    client, run_id = pinned

    answer = client.get("/api/report.xlsx", query_string={"run": NAME})

    assert (answer.status_code, answer.headers["Demetra-Run"]) == (200, str(run_id))


def test_pins_are_listed_and_deleted(pinned: tuple[FlaskClient, int], document: object) -> None:
    client, run_id = pinned
    listed = client.get("/api/pins")
    (pin,) = listed.get_json()["pins"]
    assert (pin["run_id"], pin["name"]) == (run_id, NAME)
    check(document, listed)

    gone = client.delete(f"/api/pins/{pin['id']}")

    check(document, gone)
    assert client.get("/api/pins").get_json() == {"count": 0, "pins": []}
    assert client.get("/api/overview", query_string={"run": NAME}).status_code == 404
    assert client.get("/api/overview", query_string={"run": run_id}).status_code == 404
    again = client.delete(f"/api/pins/{pin['id']}")
    assert (again.status_code, again.get_json()["code"]) == (404, "unknown_pin")


@pytest.fixture
def document(without_database: FlaskClient) -> object:
    return without_database.get("/api/openapi.json").get_json()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"name": "Board"}, 400, "invalid_parameter"),
        ({"run": "x", "name": "Board"}, 400, "invalid_parameter"),
        ({"run": "1"}, 400, "pin_name"),
        ({"run": "1", "name": "17"}, 400, "pin_name"),
        ({"run": "1", "name": "x" * 81}, 400, "invalid_parameter"),
        ({"run": "99", "name": "Board"}, 404, "unknown_run"),
    ],
)
def test_what_cannot_be_pinned_is_refused(
    client: FlaskClient, document: object, query: dict[str, str], status: int, code: str
) -> None:
    answer = client.post("/api/pins", query_string=query)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    check(document, answer)


@pytest.mark.parametrize("run", ["no such name", "٣", "0", "", "x" * 81])
def test_a_run_that_does_not_exist_is_no_bug(reader: FlaskClient, run: str) -> None:
    assert reader.get("/api/overview", query_string={"run": run}).status_code in {400, 404}
