"""Campaign days as CSV: exact, of one moment, limited to a period, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.api import exports
from services.database.tables import campaigns
from services.intake import export
from tests.api.clients import client_on
from tests.api.test_openapi import check
from tests.security.test_roles import BORIS, SIGNED_IN, THROUGH

PATH = "/api/export/campaign-days.csv"


def store(engine: sa.Engine, *rows: dict[str, Any]) -> None:
    usual = {"source": "meta", "campaign_id": "A", "channel": "Meta", "date": date(2026, 10, 1)}
    with engine.begin() as connection:
        for row in rows:
            connection.execute(campaigns.insert().values({**usual, **row}))


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_amounts_keep_all_of_their_digits(client: FlaskClient, engine: sa.Engine) -> None:
    store(engine, {"cost": Decimal("12345678901234.5678"), "revenue": None, "impressions": 100, "clicks": 0})

    answer = client.get(PATH)
    (row,) = rows_of(answer.data)

    assert answer.content_type == "text/csv; charset=utf-8"
    assert (row["cost"], row["revenue"], row["impressions"], row["clicks"]) == (
        "12345678901234.5678",
        "",
        "100",
        "0",
    )
    assert (row["date"], row["grain"], row["is_sample"]) == ("2026-10-01", "day", "false")


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ["01", "02", "03"]),
        ("?from=2026-10-02", ["02", "03"]),
        ("?to=2026-10-02", ["01", "02"]),
        ("?from=2026-10-02&to=2026-10-02", ["02"]),
        ("?from=2026-11-01", []),
        ("?channel=Meta&from=2026-10-03", ["03"]),
        ("?channel=meta", []),
    ],
)
def test_both_ends_of_the_period_are_included(
    client: FlaskClient, engine: sa.Engine, query: str, days: list[str]
) -> None:
    store(engine, *({"date": date(2026, 10, day), "cost": 1} for day in (1, 2, 3)))

    found = client.get(PATH + query)

    assert found.status_code == 200
    assert [row["date"][-2:] for row in rows_of(found.data)] == days
    assert found.data.decode("utf-8-sig").splitlines()[0] == ",".join(export.COLUMNS)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?from=yesterday", "from"),
        ("?to=20261001", "to"),
        ("?to=2026-02-30", "to"),
        ("?from=2026-10-02&to=2026-10-01", "to"),
        ("?from=2026-10-02&from=2026-10-03", "from"),
    ],
)
def test_a_period_that_is_none_is_refused(client: FlaskClient, query: str, parameter: str) -> None:
    answer = client.get(PATH + query)

    assert (answer.status_code, answer.get_json()["parameter"]) == (400, parameter)


def test_names_that_look_like_formulas_are_made_safe(client: FlaskClient, engine: sa.Engine) -> None:
    store(
        engine, {"campaign_id": '=HYPERLINK("x")', "cost": 1}, {"campaign_id": "-5 %", "cost": Decimal("-2")}
    )

    rows = rows_of(client.get(PATH).data)

    assert [row["campaign"] for row in rows] == ["'-5 %", '\'=HYPERLINK("x")']
    assert rows[0]["cost"] == "-2"


def test_many_blocks_are_one_file_in_order(
    client: FlaskClient, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK_ROWS", 3)
    store(engine, *({"campaign_id": f"{number:02}", "cost": number} for number in range(10)))

    rows = rows_of(client.get(PATH).data)

    assert [row["campaign"] for row in rows] == [f"{number:02}" for number in range(10)]


def test_rows_that_come_in_between_are_not_in_the_file(
    engine: sa.Engine, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BLOCK_ROWS", 2)
    store(engine, *({"campaign_id": f"{number:02}", "cost": number} for number in range(6)))

    answer = client.get(PATH, buffered=False)
    parts = answer.iter_encoded()
    first = next(parts)
    store(engine, {"campaign_id": "99", "cost": 1})
    rest = b"".join(parts)
    answer.close()

    assert [row["campaign"] for row in rows_of(first + rest)] == [f"{number:02}" for number in range(6)]


def test_only_a_few_are_sent_at_once_and_places_are_given_back(
    client: FlaskClient, engine: sa.Engine
) -> None:
    store(engine, {"cost": 1})

    held = [client.get(PATH, buffered=False) for _ in range(exports.MOST_AT_ONCE)]
    refused = client.get(PATH)
    for answer in held:
        answer.close()
    later = client.get(PATH)

    assert [answer.status_code for answer in held] == [200] * exports.MOST_AT_ONCE
    assert (refused.status_code, refused.get_json()["code"]) == (503, "exports_busy")
    assert refused.headers["Retry-After"]
    assert later.status_code == 200


def test_a_head_request_holds_no_place(client: FlaskClient) -> None:
    for _ in range(exports.MOST_AT_ONCE + 1):
        assert client.head(PATH).status_code == 200


def test_a_database_that_is_down_is_said_before_anything_is_sent(without_database: FlaskClient) -> None:
    answers = [without_database.get(PATH) for _ in range(exports.MOST_AT_ONCE + 1)]

    assert {(answer.status_code, answer.get_json()["code"]) for answer in answers} == {
        (503, "database_unavailable")
    }


def test_viewers_may_export_and_strangers_may_not(engine: sa.Engine) -> None:
    client = client_on(engine, **SIGNED_IN)

    answers = [client.get(PATH, headers=headers, environ_base=THROUGH) for headers in ({}, BORIS)]

    assert [answer.status_code for answer in answers] == [401, 200]


def test_the_answers_are_as_described(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()

    for query in ("", "?from=x"):
        check(document, client.get(PATH + query))
