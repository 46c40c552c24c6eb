"""Probes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

READING = [
    "/readyz",
    "/api/ml-dashboard/roi-forecast/chart",
    "/api/ml-dashboard/roi-forecast/data?run=1",
    "/api/ml-dashboard/status",
    "/api/overview",
    "/api/recommendations",
    "/api/sync/status",
    "/api/sync/runs",
    "/api/sync/runs/1",
]


def test_the_process_is_alive_without_a_database(without_database: FlaskClient) -> None:
    answer = without_database.get("/healthz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", READING)
def test_without_a_database_every_answer_says_so(without_database: FlaskClient, path: str) -> None:
    answer = without_database.get(path)

    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.get_json()["code"] == "database_unavailable"
    assert answer.headers["Retry-After"] == "5"


def test_without_a_database_no_sync_is_promised(without_database: FlaskClient) -> None:
    assert without_database.post("/api/sync/run-now?wait=60").status_code == 503


def test_it_is_ready_with_a_snapshot(reader: FlaskClient) -> None:
    answer = reader.get("/readyz")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_it_is_not_ready_without_a_snapshot(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.get_json()["code"]) == (503, "no_snapshot")


def test_it_is_not_ready_with_another_schema(client: FlaskClient, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.get_json()["code"]) == (503, "database_outdated")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_no_probe_is_answered_from_a_cache(reader: FlaskClient, path: str) -> None:
    assert reader.get(path).headers["Cache-Control"] == "no-store"
