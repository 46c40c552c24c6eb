"""Targets and pacing over the API."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import incomplete_days, snapshot_days
from tests.api.clients import client_on
from tests.api.filling import CHANNELS, publish_first
from tests.api.test_openapi import check


@pytest.fixture(scope="module")
def document(without_database: FlaskClient) -> Any:
    return without_database.get("/api/openapi.json").get_json()


@pytest.fixture
def account(engine: sa.Engine) -> tuple[FlaskClient, int]:
    with engine.begin() as connection:
        run_id = publish_first(connection)
    return client_on(engine), run_id


def _put(client: FlaskClient, **target: Any) -> Any:
    return client.put("/api/targets", json={"month": _month(client), **target})


def _month(client: FlaskClient) -> str:
    return str(client.get("/api/pacing").get_json()["month"])


def _spend(client: FlaskClient, channel: str = "") -> Any:
    paces = client.get("/api/pacing").get_json()["paces"]
    return next(one for one in paces if (one["channel"], one["measure"]) == (channel, "spend"))


def test_targets_are_set_listed_replaced_and_deleted(account: tuple[FlaskClient, int], document: Any) -> None:
    client, _ = account
    first = _put(client, amount=100)
    second = _put(client, amount=130.555, measure="spend", channel="")
    third = client.put(
        "/api/targets", json={"targets": [{"month": "2027-01", "amount": 1, "channel": CHANNELS[0]}]}
    )

    assert [one.status_code for one in (first, second, third)] == [200, 200, 200]
    check(document, second)
    listed = client.get("/api/targets")
    check(document, listed)
    assert [one["amount"] for one in listed.get_json()["targets"]] == [1, 130.56]
    assert client.get("/api/targets?month=2027-01").get_json()["count"] == 1
    gone = client.delete("/api/targets", query_string={"month": _month(client), "measure": "spend"})
    check(document, gone)
    again = client.delete("/api/targets", query_string={"month": _month(client), "measure": "spend"})
    assert (gone.status_code, again.status_code, again.get_json()["code"]) == (200, 404, "unknown_target")
    check(document, again)


def test_the_sum_so_far_is_that_of_the_days_of_the_month(
    account: tuple[FlaskClient, int], engine: sa.Engine
) -> None:
    client, run_id = account
    _put(client, amount=5, channel=CHANNELS[0])
    answer = client.get("/api/pacing").get_json()
    d = snapshot_days.c
    days = (d.run_id == run_id, d.date >= date.fromisoformat(answer["date_from"]))
    with engine.connect() as connection:
        whole = connection.scalar(sa.select(sa.func.sum(d.cost)).where(*days))
        one = connection.scalar(sa.select(sa.func.sum(d.cost)).where(*days, d.channel == CHANNELS[0]))

    assert _spend(client)["so_far"] == pytest.approx(float(whole or 0))
    assert _spend(client, CHANNELS[0])["so_far"] == pytest.approx(float(one or 0))
    assert [one["channel"] for one in answer["paces"]] == ["", "", "", CHANNELS[0]]


def test_late_conversions_are_added_and_unusable_days_foretold(
    account: tuple[FlaskClient, int], engine: sa.Engine
) -> None:
    client, run_id = account
    before = {one["measure"]: one for one in client.get("/api/pacing").get_json()["paces"]}
    data_to = date.fromisoformat(client.get("/api/pacing").get_json()["data_to"])
    with engine.begin() as connection:
        connection.execute(
            incomplete_days.insert(),
            [
                {
                    "run_id": run_id,
                    "channel": CHANNELS[0],
                    "date": data_to,
                    "state": "coming_in",
                    "conversions": 0.5,
                    "revenue": 0.5,
                    "is_left_out": False,
                }
            ],
        )
    after = {one["measure"]: one for one in client.get("/api/pacing").get_json()["paces"]}

    assert after["spend"] == before["spend"]
    assert after["revenue"]["so_far"] == before["revenue"]["so_far"]
    assert after["revenue"]["expected"] > before["revenue"]["expected"]


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/pacing?month=2026-13", 400, "month"),
        ("/api/pacing?channel=Nowhere", 404, "channel"),
        ("/api/targets?month=November", 400, "month"),
    ],
)
def test_bad_questions_name_the_field(
    account: tuple[FlaskClient, int], document: Any, path: str, status: int, field: str
) -> None:
    answer = account[0].get(path)

    check(document, answer)
    assert (answer.status_code, answer.get_json().get("parameter")) == (status, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"{", "body"), (b"", "body"), (b'{"month": "2026-11", "amount": NaN}', "amount"), (b"[]", "body")],
)
def test_bad_targets_name_the_field(
    account: tuple[FlaskClient, int], document: Any, body: bytes, field: str
) -> None:
    answer = account[0].put("/api/targets", data=body)

    check(document, answer)
    assert (answer.status_code, answer.get_json()["parameter"]) == (400, field)


def test_another_site_cannot_set_or_delete_targets(account: tuple[FlaskClient, int]) -> None:
    client, _ = account
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    put = client.put("/api/targets", json={"month": "2026-11", "amount": 1}, headers=foreign)
    delete = client.delete("/api/targets?month=2026-11&measure=spend", headers=foreign)

    assert (put.status_code, delete.status_code) == (403, 403)
    assert client.get("/api/targets").get_json()["count"] == 0
