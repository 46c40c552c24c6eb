"""Breakdowns over HTTP: pages, files, and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from services.database.engine import make_engine
from tests.api.clients import client_on
from tests.api.filling import publish_next
from tests.conftest import fresh_database
from tests.rows import add_campaigns

FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def client(server_url: str, template: str) -> Iterator[FlaskClient]:
    """A client on a database with three campaigns, one of which is named like a formula."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            for campaign, cost in (("Spring", 5), ("Summer", 3), (FORMULA, 1)):
                add_campaigns(
                    connection,
                    days=20,
                    campaign_id=campaign,
                    cost=[cost + n % 3 for n in range(20)],
                    attributes={"device": "tv"},
                )
            publish_next(connection)
        yield client_on(engine)
        engine.dispose()


def test_a_page_of_campaigns_adds_up_to_the_overview(client: FlaskClient) -> None:
    body = client.get("/api/breakdown?days=7&limit=2").get_json()
    whole = client.get("/api/overview?days=7").get_json()

    assert [row["key"] for row in body["rows"]] == ["Spring", "Summer"]
    assert (body["count"], body["others"]["parts"], body["others"]["key"]) == (3, 1, None)
    assert body["total"]["totals"] == whole["totals"]
    listed = [*body["rows"], body["others"]]
    assert sum(row["totals"]["cost"] for row in listed) == pytest.approx(whole["totals"]["cost"])
    assert sum(row["changes"]["spend"]["share"] for row in listed) == pytest.approx(1)
    assert len(body["rows"][0]["trend"]) == len(body["steps"]) == 7


def test_the_second_page_is_asked_for_by_its_offset(client: FlaskClient) -> None:
    body = client.get("/api/breakdown?limit=2&offset=2&trends=0&search=CMD").get_json()

    assert ([row["key"] for row in body["rows"]], body["count"]) == ([], 1)
    assert client.get("/api/breakdown?search=CMD").get_json()["rows"][0]["key"] == FORMULA


def test_dimensions_are_listed_with_their_number_of_values(client: FlaskClient) -> None:
    body = client.get("/api/dimensions").get_json()

    assert [(one["name"], one["values"]) for one in body["dimensions"]] == [
        ("channel", 1),
        ("campaign", 3),
        ("device", 1),
    ]


def test_csv_has_all_rows_and_no_formula(client: FlaskClient) -> None:
    answer = client.get("/api/breakdown.csv?days=7&by=campaign")

    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    body = client.get("/api/breakdown?days=7").get_json()
    assert [row["row"] for row in rows] == ["row", "row", "row", "total"]
    assert rows[2]["name"] == f"'{FORMULA}"
    assert [float(row["spend"]) for row in rows] == [
        row["totals"]["cost"] for row in (*body["rows"], body["total"])
    ]
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(("lang", "last"), [("en", "Total"), ("ru", "Всего")])
def test_a_workbook_has_the_figures_of_the_answer(client: FlaskClient, lang: str, last: str) -> None:
    answer = client.get(f"/api/breakdown.xlsx?days=7&lang={lang}")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    head, *rows = sheet.iter_rows()
    place = [str(cell.value).startswith(("Spend", "Расход")) for cell in head].index(True)
    body = client.get("/api/breakdown?days=7").get_json()
    expected: list[Any] = [row["totals"]["cost"] for row in (*body["rows"], body["total"])]
    assert [row[place].value for row in rows] == expected
    assert (rows[2][3].value, rows[2][3].data_type) == (FORMULA, "s")
    assert rows[-1][0].value == last


@pytest.mark.parametrize(
    ("asked", "status", "code", "parameter"),
    [
        ("by=planet", 422, "unknown_dimension", "by"),
        ("by=device&campaign=Spring", 422, "combination_not_kept", "by"),
        ("campaign=Autumn", 404, "unknown_value", "campaign"),
        ("by=channel&dimension=device&value=pc", 404, "unknown_value", "value"),
        ("dimension=device", 400, "invalid_parameter", "value"),
        ("value=tv", 400, "invalid_parameter", "dimension"),
        ("sort=luck", 400, "invalid_parameter", "sort"),
        ("limit=1001", 400, "invalid_parameter", "limit"),
        ("channel=TikTok", 404, "unknown_channel", "channel"),
        ("from=2020-01-01&to=2020-02-01", 400, "outside_data", "to"),
    ],
)
def test_a_question_that_cannot_be_answered_names_the_field(
    client: FlaskClient, asked: str, status: int, code: str, parameter: str
) -> None:
    for kind in ("", ".csv", ".xlsx"):
        answer = client.get(f"/api/breakdown{kind}?{asked}")

        if kind and parameter == "limit":  # a file has all rows
            continue
        body = answer.get_json()
        assert (answer.status_code, body["code"], body["parameter"]) == (status, code, parameter)


def test_an_answer_need_not_be_sent_twice(client: FlaskClient) -> None:
    first = client.get("/api/breakdown")

    again = client.get("/api/breakdown", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    other = client.get("/api/breakdown?sort=clicks", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_without_a_database_a_breakdown_says_so(without_database: FlaskClient) -> None:
    assert without_database.get("/api/breakdown").status_code == 503
    assert without_database.get("/api/dimensions").status_code == 503
