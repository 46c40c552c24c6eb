"""The history with what each run brought, and two runs side by side, over the API and real runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import imports, sync_runs
from tests.api.clients import client_on
from tests.api.filling import CHANNELS, DAYS, publish_first, publish_next
from tests.api.test_openapi import check
from tests.rows import FIRST_DAY, add_campaigns

SUMS = {"cost_before": 0, "cost_after": 1, "revenue_before": 0, "revenue_after": 1}


def add_import(connection: sa.Connection, rows: int, corrected: int) -> int:
    counts = {f"rows_{name}": 0 for name in ("read", "unchanged", "combined", "rejected", "removed")}
    counts |= {"rows_imported": rows, "rows_updated": corrected}
    texts = {"file_name": "late.csv", "file_hash": "0", "layout": "x", "source": "file", "mode": "replace"}
    values = {"channels": [], "covers": [], "report": {}, "date_from": FIRST_DAY, "date_to": FIRST_DAY}
    statement = imports.insert().values(**texts, **values, **counts, **SUMS)
    return int(connection.scalar(statement.returning(imports.c.id)) or 0)


def note_inputs(connection: sa.Connection, run_id: int, newest_import: int | None) -> None:
    inputs = {"newest_import": newest_import, "undone": 0, "rules": None, "rates": None}
    inputs |= {"code": "a", "settings": {}}  # type: ignore[dict-item]
    connection.execute(sync_runs.update().where(sync_runs.c.id == run_id).values(inputs=inputs))


@pytest.fixture
def runs(engine: sa.Engine) -> tuple[FlaskClient, int, int]:
    """A client, and two runs; between them, 7 days came in."""
    with engine.begin() as connection:
        first = publish_first(connection)
        note_inputs(connection, first, None)
        newest = add_import(connection, 14, 3)
        days = {"days": 7, "first": FIRST_DAY + timedelta(days=DAYS), "cost": 20, "revenue": 90}
        for channel in CHANNELS:
            add_campaigns(connection, channel, **days)  # type: ignore[arg-type]
        second = publish_next(connection)
        note_inputs(connection, second, newest)
    return client_on(engine), first, second


@pytest.fixture
def document(without_database: FlaskClient) -> Any:
    return without_database.get("/api/openapi.json").get_json()


def test_the_history_tells_what_each_run_brought(runs: tuple[FlaskClient, int, int], document: Any) -> None:
    client, first, second = runs
    client.post("/api/pins", query_string={"run": first, "name": "Board"})

    answer = client.get("/api/sync/runs")

    check(document, answer)
    newest, oldest = answer.get_json()["runs"]
    assert (newest["run_id"], newest["imports"], newest["rows_new"], newest["rows_corrected"]) == (
        second,
        1,
        14,
        3,
    )
    assert (oldest["rows_new"], oldest["pin"], newest["pin"]) == (None, "Board", None)
    assert newest["kept"]
    assert oldest["kept"]


def test_two_runs_are_compared_in_either_order(runs: tuple[FlaskClient, int, int], document: Any) -> None:
    client, first, second = runs

    answer = client.get("/api/compare", query_string={"run": second, "with": first})

    check(document, answer)
    found = answer.get_json()
    assert (found["earlier"]["run_id"], found["later"]["run_id"], found["days"]) == (first, second, 28)
    revenue = next(moved for moved in found["figures"] if moved["name"] == "revenue")
    assert revenue["before"] == pytest.approx(28 * 2 * 20.02)
    assert revenue["after"] == pytest.approx(21 * 2 * 20.02 + 7 * 2 * 90)
    assert revenue["from_corrections"] == 0
    assert [cause["kind"] for cause in found["causes"]] == ["new_days", "imports"]
    assert "7 new days" in found["summary"]["en"]
    assert client.get("/api/compare", query_string={"run": first}).get_json() == found


@pytest.mark.parametrize("query", [{}, {"run": "99"}, {"run": "x y z"}])
def test_a_comparison_needs_a_run(runs: tuple[FlaskClient, int, int], query: dict[str, str]) -> None:
    assert runs[0].get("/api/compare", query_string=query).status_code in {400, 404}
