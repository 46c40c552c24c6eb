"""Answers made from a snapshot are given again, to the byte, until there is a newer one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callbacks import dashboards
from callbacks.dashboards import show_cards
from layouts import ids
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.tables import ml_charts, recommendations, snapshot_days, sync_runs
from tests.api.filling import png, publish_first, publish_next
from tests.faults.own_server import until, web_on

CHART = "/api/ml-dashboard/roi-forecast/chart"
DATA = "/api/ml-dashboard/roi-forecast/data"
PATHS = [CHART, DATA, "/api/overview?days=7", "/api/recommendations"]


@pytest.fixture
def web(engine: sa.Engine, database_url: str) -> Iterator[tuple[Analytics, FlaskClient]]:
    """The facade and a client of a web process on a fresh database with one snapshot."""
    with engine.begin() as connection:
        publish_first(connection)
    with web_on(database_url) as (analytics, client):
        until(lambda: analytics.known_snapshot is not None)
        yield analytics, client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["identity", "br"])
def test_the_second_answer_is_the_first_one_again(
    web: tuple[Analytics, FlaskClient], path: str, encoding: str
) -> None:
    _, client = web
    headers = {"Accept-Encoding": encoding}

    first, second = (client.get(path, headers=headers) for _ in range(2))

    assert (second.status, second.data, list(second.headers)) == (
        first.status,
        first.data,
        list(first.headers),
    )


def test_what_the_caller_has_is_not_sent_again(web: tuple[Analytics, FlaskClient]) -> None:
    _, client = web
    tag = client.get(CHART).headers["ETag"]

    answers = [client.get(CHART, headers={"If-None-Match": tag}) for _ in range(2)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(304, b"")] * 2


def test_a_new_snapshot_is_shown_although_the_old_answers_were_kept(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine
) -> None:
    _, client = web
    old = [client.get(path).data for path in PATHS for _ in range(2)]
    with engine.begin() as connection:
        run_id = publish_next(connection, "red")

    until(lambda: client.get(CHART).headers["Demetra-Run"] == str(run_id), 5)

    assert {client.get(path).headers["Demetra-Run"] for path in PATHS} == {str(run_id)}
    assert client.get(CHART).data not in old


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_kept_under_their_snapshot(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine, path: str
) -> None:
    _, client = web
    first = client.get(path).data
    with engine.begin() as connection:
        for table in (ml_charts, recommendations, snapshot_days, *(spec.table for spec in DASHBOARDS)):
            connection.execute(table.delete())

    assert client.get(path).data == first


def test_another_database_whose_runs_have_the_same_numbers_is_not_mixed_up(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine
) -> None:
    _, client = web
    first = client.get(DATA).get_json()
    later = sync_runs.c.finished_at + timedelta(1)
    with engine.begin() as connection:
        connection.execute(ml_charts.update().values(png=png("red")))
        connection.execute(sync_runs.update().values(finished_at=later))

    until(lambda: client.get(DATA).get_json()["created_at"] > first["created_at"], 5)

    assert client.get(CHART).data == png("red")


def test_whoever_was_told_of_a_run_sees_it(web: tuple[Analytics, FlaskClient], engine: sa.Engine) -> None:
    _, client = web
    for colour in ("red", "blue", "white"):
        client.get(CHART)
        with engine.begin() as connection:
            run_id = publish_next(connection, colour)

        told = client.get(f"/api/sync/runs/{run_id}").get_json()

        assert told["state"] == "succeeded"
        assert int(client.get(CHART).headers["Demetra-Run"]) == run_id


def test_the_status_never_tells_of_another_snapshot_than_is_shown(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine
) -> None:
    _, client = web
    for colour in ("red", "blue", "white"):
        with engine.begin() as connection:
            publish_next(connection, colour)
        for _ in range(20):
            told = client.get("/api/sync/status").get_json()["snapshot"]["run_id"]
            assert int(client.get(CHART).headers["Demetra-Run"]) >= told


def test_what_an_open_page_will_ask_of_a_new_snapshot_is_ready_before_it_asks(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    analytics, client = web
    snapshot = analytics.snapshot()
    assert snapshot is not None
    old = snapshot.run_id
    assert _cards(client, old).status_code == 200
    drawn: list[int] = []
    monkeypatch.setattr(dashboards, "show_cards", partial(_note_and_show, drawn))

    with engine.begin() as connection:
        new = publish_next(connection, "red")
    # A page asks for a run after the status has named it, which it does once the run is current.
    until(lambda: _current_run(analytics) == new, 5)
    assert drawn == [new]
    answer = _cards(client, new)

    assert drawn == [new]
    assert f"run={new}" in json.dumps(answer.get_json())


def test_nothing_is_foreseen_for_pages_that_have_been_closed(
    web: tuple[Analytics, FlaskClient], engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    analytics, client = web
    snapshot = analytics.snapshot()
    assert snapshot is not None
    assert _cards(client, snapshot.run_id).status_code == 200
    drawn: list[int] = []
    monkeypatch.setattr(dashboards, "show_cards", partial(_note_and_show, drawn))

    runs = []
    for colour in ("red", "blue", "white"):
        with engine.begin() as connection:
            runs.append(publish_next(connection, colour))
        until(lambda: _current_run(analytics) == runs[-1], 5)

    analytics.close()
    assert drawn == runs[:1]


def _current_run(analytics: Analytics) -> int | None:
    known = analytics.known_snapshot
    return None if known is None else known.run_id


def _note_and_show(drawn: list[int], *args: Any) -> Any:
    drawn.append(args[2])
    return show_cards(*args)


def _cards(client: FlaskClient, run_id: int) -> TestResponse:
    """Ask for the cards of a run as a page does: to the byte."""
    cards = next(spec for spec in client.get("/_dash-dependencies").get_json() if _is_of_cards(spec))
    outputs = [
        dict(zip(("id", "property"), leaf.rsplit(".", 1), strict=True))
        for leaf in cards["output"].strip(".").split("...")
    ]
    body = {
        "output": cards["output"],
        "outputs": outputs,
        "inputs": [
            {"id": ids.CARDS, "property": "data", "value": run_id},
            {"id": ids.PICTURE_THEME, "property": "data", "value": "light"},
        ],
        "changedPropIds": [f"{ids.CARDS}.data"],
    }
    asked = json.dumps(body, separators=(",", ":"))
    return client.post("/_dash-update-component", data=asked, content_type="application/json")


def _is_of_cards(spec: Any) -> bool:
    return [leaf["id"] for leaf in spec["inputs"]][:1] == [ids.CARDS] and "picture.src" in spec["output"]
