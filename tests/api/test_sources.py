"""The declared sources over HTTP: what is known of each, and a fetch on request."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import imports, sources
from services.sync import queue
from tests.api.clients import client_on
from tests.api.test_openapi import check
from tests.security.test_roles import ANNA, BORIS, SIGNED_IN, THROUGH

PATH = "/api/sources"
REASON = {
    "en": "crm.example refuses the credentials (401).",
    "ru": "crm.example не принимает учётные данные.",
}


def declare(engine: sa.Engine, name: str = "Meta", data_age: int | None = None, **values: Any) -> None:
    """Add a source; with `data_age`, its import of so many days ago."""
    now = datetime.now(UTC)
    declared = {"position": 0, "account": name, "place": "/data/in/*.csv", **values.pop("declared", {})}
    with engine.begin() as connection:
        connection.execute(
            sources.insert().values({"name": name, "type": "folder", "declared": declared, **values})
        )
        if data_age is not None:
            counts = ("read", "imported", "updated", "unchanged", "combined", "rejected", "removed")
            texts = ("file_name", "file_hash", "layout", "source")
            day = (now - timedelta(days=data_age)).date()
            row: dict[str, Any] = {f"rows_{count}": 1 for count in counts} | dict.fromkeys(texts, "x")
            row |= {"mode": "replace", "channels": [], "covers": [], "report": {}, "fetched_from": name}
            connection.execute(imports.insert().values(row | {"date_from": day, "date_to": day}))


def listed(client: FlaskClient, **headers: str) -> list[dict[str, Any]]:
    answer = client.get(PATH, headers=headers)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()["sources"]
    return found


def test_without_sources_the_list_is_empty(client: FlaskClient) -> None:
    assert client.get(PATH).get_json() == {"count": 0, "sources": [], "file_problem": None}


def test_a_late_source_tells_its_age(client: FlaskClient, engine: sa.Engine) -> None:
    now = datetime.now(UTC)
    declare(engine, data_age=5, declared={"max_age_seconds": 2 * 86_400}, succeeded_at=now, tried_at=now)

    (one,) = listed(client)

    assert (one["state"], one["late"], one["age_days"], one["max_age_days"]) == ("late", True, 5, 2)
    assert one["late_days"] in {2, 3}
    assert (one["imports"], one["place"], one["beta"]) == (1, "/data/in/*.csv", False)


def test_the_reason_of_a_failure_is_in_the_language_of_the_reader(
    client: FlaskClient, engine: sa.Engine
) -> None:
    now = datetime.now(UTC)
    failing: dict[str, Any] = {
        "failing_since": now,
        "tried_at": now,
        "failures": 3,
        "next_at": now + timedelta(minutes=5),
    }
    declare(engine, error_code="source_denied", error_text=REASON, **failing)

    english, russian = listed(client)[0], listed(client, **{"Accept-Language": "ru"})[0]

    assert (english["state"], english["error_code"], english["failures"]) == ("failing", "source_denied", 3)
    assert (english["reason"], russian["reason"]) == (REASON["en"], REASON["ru"])
    assert english["next_at"] is not None


def test_an_unchanged_list_is_not_sent_again(client: FlaskClient, engine: sa.Engine) -> None:
    declare(engine)
    first = client.get(PATH)

    again = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    with engine.begin() as connection:
        connection.execute(sources.update().values(failures=1, failing_since=sa.func.now()))
    changed = client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert "Accept-Language" in first.headers["Vary"]


def test_where_a_source_is_stands_only_for_known_users(engine: sa.Engine) -> None:
    declare(engine)

    stranger = client_on(engine, allow_anonymous=True).get(PATH, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    boris = client_on(engine, **SIGNED_IN).get(PATH, headers=BORIS, environ_base=THROUGH)

    assert stranger.get_json()["sources"][0]["place"] is None
    assert "/data/in" not in stranger.text
    assert boris.get_json()["sources"][0]["place"] == "/data/in/*.csv"


def test_fetch_now_marks_the_source_and_queues_a_run(client: FlaskClient, engine: sa.Engine) -> None:
    declare(engine, "Meta, North")

    answer = client.post(f"{PATH}/Meta%2C%20North/fetch")

    assert answer.status_code == 202
    run_id = answer.get_json()["run_id"]
    assert answer.headers["Location"] == f"/api/sync/runs/{run_id}"
    assert client.get(f"/api/sync/runs/{run_id}").get_json()["trigger"] == "fetch"
    assert listed(client)[0]["wanted"] is True


def test_two_requests_share_a_queued_run_but_not_a_running_one(
    client: FlaskClient, engine: sa.Engine
) -> None:
    declare(engine)

    first, second = (client.post(f"{PATH}/Meta/fetch").get_json() for _ in range(2))
    with engine.connect() as worker:
        assert queue.try_lock(worker)
        with engine.begin() as connection:
            queue.claim(connection)
        third = client.post(f"{PATH}/Meta/fetch").get_json()

    assert (first["joined"], second["joined"]) == (False, True)
    assert first["run_id"] == second["run_id"]
    assert third["run_id"] != first["run_id"]


def test_an_unknown_source_is_not_found_and_starts_nothing(client: FlaskClient, engine: sa.Engine) -> None:
    declare(engine)
    declare(engine, "Gone", is_declared=False)

    answers = [client.post(f"{PATH}/{name}/fetch") for name in ("Other", "Gone")]

    assert {(answer.status_code, answer.get_json()["code"]) for answer in answers} == {
        (404, "unknown_source")
    }
    assert client.get("/api/sync/runs").get_json()["count"] == 0


def test_only_operators_fetch_and_the_audit_log_names_them(
    engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    declare(engine)
    client = client_on(engine, **SIGNED_IN)
    path = f"{PATH}/Meta/fetch"

    with caplog.at_level(logging.INFO, "demetra.audit"):
        answers = [
            client.post(path, headers=headers, environ_base=THROUGH)
            for headers in ({}, BORIS, {**ANNA, "Origin": "https://evil.example"}, ANNA)
        ]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 202]
    lines = [json.loads(record.message) for record in caplog.records if record.name == "demetra.audit"]
    (fetch,) = [line for line in lines if line["action"] == "fetch"]
    assert (fetch["who"], fetch["source"], fetch["outcome"]) == ("anna", "Meta", "asked")


def test_the_answers_are_as_described(client: FlaskClient, engine: sa.Engine) -> None:
    declare(engine, data_age=1, error_code="source_denied", error_text=REASON, failing_since=sa.func.now())
    document = client.get("/api/openapi.json").get_json()

    for answer in (
        client.get(PATH),
        client.post(f"{PATH}/Meta/fetch"),
        client.post(f"{PATH}/Other/fetch"),
        client.post(f"{PATH}/{'x' * 101}/fetch"),
    ):
        check(document, answer)


def test_a_database_that_is_down_is_said(without_database: FlaskClient) -> None:
    answers = without_database.get(PATH), without_database.post(f"{PATH}/Meta/fetch")

    assert {answer.status_code for answer in answers} == {503}
