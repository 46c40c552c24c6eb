"""Plans over the API: the decided one, one for a question, the frontier, and what cannot be planned."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import plan_curves
from services.planner.curves import from_document
from tests.api.filling import CURVES
from tests.api.test_openapi import check


@pytest.fixture(scope="module")
def document(without_database: FlaskClient) -> Any:
    return without_database.get("/api/openapi.json").get_json()


def test_without_a_question_the_plan_of_the_run_comes(document: Any, reader: FlaskClient) -> None:
    answer = reader.post("/api/plan")

    assert answer.status_code == 200
    check(document, answer)
    plan = answer.get_json()["plan"]
    assert plan["is_decided"]
    assert [round(100 * one["amount"]) for one in plan["channels"]] == [c.planned for c in CURVES.channels]


def test_the_curves_are_those_of_the_run(document: Any, reader: FlaskClient) -> None:
    answer = reader.get("/api/plan/curves")

    check(document, answer)
    assert from_document(answer.get_json()) == CURVES


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"total": 1e15}', 400, "total"),
        (b'{"total": NaN}', 400, "total"),
        (b"{", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b"[" * 90_000, 400, "body"),
        (b'{"total": 1}', 422, None),
        (b'{"target": {"kind": "roi", "value": 1e6}}', 422, None),
    ],
)
def test_what_cannot_be_planned_is_a_problem(
    document: Any, reader: FlaskClient, body: bytes, status: int, field: str | None
) -> None:
    answer = reader.post("/api/plan", data=body)

    assert answer.status_code == status
    check(document, answer)
    found = answer.get_json()
    assert found.get("parameter") == field
    if status == 422:
        assert found["nearest"]["channels"]


def test_a_run_without_curves_says_so(document: Any, client: FlaskClient, engine: sa.Engine) -> None:
    from tests.api.filling import publish_first

    with engine.begin() as connection:
        publish_first(connection)
        connection.execute(plan_curves.delete())
    for answer in (
        client.post("/api/plan"),
        client.get("/api/plan/curves"),
        client.get("/api/plan/frontier"),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no_curves")
        check(document, answer)
