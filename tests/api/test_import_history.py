"""What was imported over HTTP: listed, undone, and in doubt decided by the user."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.database.tables import campaigns, imports
from tests.api.clients import client_on
from tests.api.test_imports import CSV, HEADER, NAME, PATH, send
from tests.api.test_imports import client as client
from tests.api.test_imports import home as home
from tests.api.test_openapi import check
from tests.security.test_roles import ANNA, BORIS, SIGNED_IN, THROUGH


def take_in(client: FlaskClient, *files: bytes, **fields: str) -> list[dict[str, Any]]:
    answer = send(client, *files, **fields)
    assert answer.status_code == 200
    reports: list[dict[str, Any]] = answer.get_json()["files"]
    return reports


def sums(engine: sa.Engine) -> tuple[Any, ...]:
    """Return the number of rows and their cost."""
    with engine.connect() as connection:
        return tuple(connection.execute(sa.select(sa.func.count(), sa.func.sum(campaigns.c.cost))).one())


def other_account() -> bytes:
    """Return a file of the same days and campaigns with quite different figures."""
    days = (f"2026-10-{day:02},Brand,{9000 + 7 * day},{400 + day},9,{71 + 3 * day}.17,20\n" for day in (1, 2))
    return (HEADER + "".join(days)).encode()


def test_a_preview_has_headings_first_rows_and_new_channels(client: FlaskClient) -> None:
    take_in(client, CSV)
    rows = "".join(f"2026-11-{day:02},B,1,1,1,1.5,1\n" for day in range(1, 20))

    known = take_in(client, CSV, dry_run="1")[0]["preview"]
    new = take_in(client, (HEADER + rows).encode(), dry_run="1", channel="TikTok")[0]["preview"]

    assert known["headings"] == HEADER.strip().split(",")
    assert (known["new_channels"], new["new_channels"]) == ([], ["TikTok"])
    assert len(new["rows"]) == 10
    assert list(known["rows"][0])[:3] == ["date", "channel", "campaign_id"]
    assert (known["rows"][0]["date"], known["rows"][0]["campaign_id"]) == ("2026-10-01", "Brand")
    assert float(known["rows"][0]["cost"]) == 12.5


def test_imports_are_listed_newest_first_with_who_and_what(engine: sa.Engine, home: Path) -> None:
    client = client_on(engine, home=home, **SIGNED_IN)
    for content in (CSV, CSV.replace(b"12.50", b"13.50")):
        parts = {"file": (io.BytesIO(content), "Meta.csv")}
        client.post(PATH, data=parts, content_type="multipart/form-data", headers=ANNA, environ_base=THROUGH)

    listed = client.get(PATH, headers=BORIS, environ_base=THROUGH).get_json()
    first = listed["imports"][-1]
    one = client.get(f"{PATH}/{first['id']}", headers=BORIS, environ_base=THROUGH).get_json()

    assert [listed["count"], len(listed["imports"])] == [2, 2]
    assert (first["file_name"], first["imported_by"]) == ("Meta.csv", "anna")
    assert (first["rows_imported"], first["cost_after"]) == (2, 25.75)
    assert (listed["imports"][0]["cost_before"], listed["imports"][0]["cost_after"]) == (25.75, 26.75)
    assert one["report"]["rows_read"] == 2
    assert "rejects_file" not in one["report"]
    assert str(home) not in json.dumps(one)


def test_who_imported_is_not_told_to_strangers(engine: sa.Engine, home: Path) -> None:
    client = client_on(engine, home=home, allow_anonymous=True)
    take_in(client, CSV)

    listed = client.get(PATH, environ_base={"REMOTE_ADDR": "203.0.113.9"}).get_json()

    assert listed["imports"][0]["imported_by"] is None


def test_undoing_restores_what_was_there(client: FlaskClient, engine: sa.Engine) -> None:
    take_in(client, CSV)
    before = sums(engine)
    second = take_in(client, CSV.replace(b"12.50", b"13.50"))[0]["import_id"]
    changed = sums(engine)

    undone = client.post(f"{PATH}/{second}/undo")
    again = client.post(f"{PATH}/{second}/undo")

    assert changed != before
    assert sums(engine) == before
    assert (undone.status_code, undone.get_json()["import_id"]) == (200, second)
    assert (again.status_code, again.get_json()["code"]) == (409, "undone_already")
    assert client.get(f"{PATH}/{second}").get_json()["undone_at"] is not None


def test_an_import_that_another_one_stands_on_is_not_undone(client: FlaskClient, engine: sa.Engine) -> None:
    first = take_in(client, CSV)[0]["import_id"]
    take_in(client, CSV.replace(b"12.50", b"13.50"))
    before = sums(engine)

    refused = client.post(f"{PATH}/{first}/undo")

    assert (refused.status_code, refused.get_json()["code"]) == (409, "undo_needs_later")
    assert sums(engine) == before


@pytest.mark.parametrize("number", ["0", "x", "99999999999999999999"])
def test_a_number_that_is_none_is_named(client: FlaskClient, number: str) -> None:
    for answer in (client.get(f"{PATH}/{number}"), client.post(f"{PATH}/{number}/undo")):
        assert (answer.status_code, answer.get_json()["parameter"]) == (400, "import_id")


def test_an_unknown_import_is_not_found(client: FlaskClient) -> None:
    for answer in (client.get(f"{PATH}/77"), client.post(f"{PATH}/77/undo")):
        assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_import")


def test_only_operators_undo(engine: sa.Engine, home: Path) -> None:
    client = client_on(engine, home=home, **SIGNED_IN)

    answers = [
        client.post(f"{PATH}/1/undo", headers=headers, environ_base=THROUGH)
        for headers in ({}, BORIS, {**ANNA, "Origin": "https://evil.example"}, ANNA)
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 403, 404]


def test_in_doubt_nothing_is_stored_until_the_user_decides(client: FlaskClient, engine: sa.Engine) -> None:
    take_in(client, CSV)
    before = sums(engine)

    seen = take_in(client, other_account(), dry_run="1")[0]
    refused = send(client, other_account())
    unchanged = sums(engine)
    take_in(client, other_account(), source="North")

    assert len(seen["doubts"]) == 1
    assert (refused.status_code, refused.get_json()["code"]) == (409, "replacement_in_doubt")
    assert refused.get_json()["decisions"] == ["mode=replace", "mode=append", "source"]
    assert refused.get_json()["doubts"] == seen["doubts"]
    assert {"kind", "channel", "date_from", "date_to", "rows", "text"} <= set(seen["doubts"][0])
    assert before == unchanged
    assert sums(engine)[0] == 4


@pytest.mark.parametrize(("mode", "rows"), [("replace", 2), ("append", 4)])
def test_a_decision_is_followed(client: FlaskClient, engine: sa.Engine, mode: str, rows: int) -> None:
    take_in(client, CSV)

    take_in(client, other_account(), mode=mode)

    assert sums(engine)[0] == rows


def test_answers_about_imports_are_as_described(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    number = take_in(client, CSV)[0]["import_id"]

    for answer in (
        send(client, CSV, dry_run="1"),
        send(client, other_account()),
        send(client, CSV, dry_run="?"),
        client.get(PATH),
        client.get(f"{PATH}?limit=0"),
        client.get(f"{PATH}/{number}"),
        client.get(f"{PATH}/77"),
        client.post(f"{PATH}/{number}/undo"),
        client.post(f"{PATH}/{number}/undo"),
        client.get(f"/api/uploads/{NAME}"),
    ):
        check(document, answer)


def test_a_file_that_is_not_recognised_is_read_once_its_columns_are_assigned(
    client: FlaskClient, engine: sa.Engine
) -> None:
    strange = CSV.replace(b"Date,", b"Wann,").replace(b",Cost,", b",Aufwand,")

    refused = send(client, strange, dry_run="1").get_json()
    mapping = json.dumps({"date": "Wann", "cost": "Aufwand"})
    (report,) = take_in(client, strange, mapping=mapping)
    (again,) = take_in(client, strange, dry_run="1")

    assert refused["code"] == "columns_missing"
    assert refused["headings"] == [
        "Wann",
        "Campaign",
        "Impressions",
        "Clicks",
        "Conversions",
        "Aufwand",
        "Revenue",
    ]
    assert refused["columns"]["clicks"] == "Clicks"
    assert (report["columns"]["cost"], again["columns"]["cost"]) == ("Aufwand", "Aufwand")
    assert sums(engine)[0] == 2


def test_a_heading_that_the_file_lacks_is_named(client: FlaskClient) -> None:
    answer = send(client, CSV, mapping='{"cost": "Kosten"}')

    assert (answer.status_code, answer.get_json()["code"]) == (400, "mapping_heading")
    assert "Kosten" in answer.get_json()["detail"]


def test_imports_of_one_source_are_listed_alone(client: FlaskClient, engine: sa.Engine) -> None:
    number = take_in(client, CSV)[0]["import_id"]
    take_in(client, CSV.replace(b"12.50", b"13.50"))
    with engine.begin() as connection:
        connection.execute(imports.update().where(imports.c.id == number).values(fetched_from="exports"))

    of_all = client.get(PATH).get_json()["imports"]
    of_source = client.get(f"{PATH}?fetched_from=exports").get_json()["imports"]
    of_other = client.get(f"{PATH}?fetched_from=other").get_json()

    assert [one["fetched_from"] for one in of_all] == [None, "exports"]
    assert [one["id"] for one in of_source] == [number]
    assert of_other == {"count": 0, "imports": []}
