"""Pictures and rows of a snapshot, and what lets browsers keep them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from hashlib import sha256

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from services.dashboards import DASHBOARDS
from services.dashboards.spec import Dashboard
from services.database.tables import ml_charts
from services.snapshots import pictures, store
from services.text import Text
from tests.api.filling import CHANNELS, CREATED_AT, png, publish_first, publish_next

SLUGS = [spec.slug for spec in DASHBOARDS]
PARTS = [f"{slug}/{part}" for slug in SLUGS for part in ("chart", "data")]


def address(part: str) -> str:
    return f"/api/ml-dashboard/{part}"


def publish(engine: sa.Engine, colour: str) -> int:
    with engine.begin() as connection:
        return publish_next(connection, colour)


@pytest.fixture
def first_run(engine: sa.Engine) -> int:
    """The run of the one snapshot on the fresh database of a test."""
    with engine.begin() as connection:
        return publish_first(connection)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_chart_is_the_picture_of_the_snapshot(reader: FlaskClient, slug: str) -> None:
    answer = reader.get(address(f"{slug}/chart"))

    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/png", png("green"))


@pytest.mark.parametrize("spec", DASHBOARDS, ids=SLUGS)
def test_the_data_are_all_rows_with_all_columns(reader: FlaskClient, run_id: int, spec: Dashboard) -> None:
    body = reader.get(address(f"{spec.slug}/data")).get_json()

    assert list(body) == ["slug", "run_id", "created_at", "worth", "count", "rows"]
    assert (body["slug"], body["run_id"], body["count"]) == (spec.slug, run_id, 2)
    assert [list(row) for row in body["rows"]] == [[column.name for column in spec.table.c]] * 2
    assert body["rows"][0]["channel"] == CHANNELS[1]
    assert body["rows"][0]["created_at"] == CREATED_AT.isoformat()


def test_nothing_is_null_and_not_zero(reader: FlaskClient) -> None:
    rows = reader.get(address("roi-forecast/data")).get_json()["rows"]

    assert [row["roi_forecast"] for row in rows] == [0.25, None]


def test_all_charts_and_data_come_from_the_newest_run(
    client: FlaskClient, engine: sa.Engine, first_run: int
) -> None:
    newest = publish(engine, "red")

    runs = {client.get(address(part)).headers["Demetra-Run"] for part in PARTS}

    assert runs == {str(newest)} != {str(first_run)}


def test_an_earlier_run_can_be_asked_for(client: FlaskClient, engine: sa.Engine, first_run: int) -> None:
    before = [client.get(address(part)).data for part in PARTS]
    publish(engine, "red")

    then = [client.get(address(f"{part}?run={first_run}")).data for part in PARTS]
    now = [client.get(address(part)).data for part in PARTS]

    assert then == before
    assert not set(now) & set(before)


@pytest.mark.parametrize("part", PARTS)
def test_a_named_run_may_be_kept_and_the_newest_must_be_asked_for(
    reader: FlaskClient, run_id: int, part: str
) -> None:
    named, newest = reader.get(address(f"{part}?run={run_id}")), reader.get(address(part))

    assert named.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert newest.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("part", PARTS)
def test_what_the_caller_has_already_is_not_sent_again(reader: FlaskClient, part: str, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    tag = reader.get(address(part), headers=headers).headers["ETag"]

    again = reader.get(address(part), headers={**headers, "If-None-Match": tag})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def test_a_new_picture_has_a_new_tag(client: FlaskClient, engine: sa.Engine, first_run: int) -> None:
    tag = client.get(address("roi-forecast/chart")).headers["ETag"]
    publish(engine, "red")

    again = client.get(address("roi-forecast/chart"), headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (200, png("red"))


@pytest.mark.parametrize("part", PARTS)
def test_head_answers_like_get_without_the_body(reader: FlaskClient, run_id: int, part: str) -> None:
    head, get = reader.head(address(part)), reader.get(address(part))

    assert (head.status_code, head.data) == (200, b"")
    assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("chart?download=1", "demetra-roi-forecast.png"),
        ("data?download=1", "demetra-roi-forecast.json"),
        ("data?format=csv", "demetra-roi-forecast.csv"),
    ],
)
def test_downloads_have_a_file_name(reader: FlaskClient, asked: str, name: str) -> None:
    answer = reader.get(address(f"roi-forecast/{asked}"))

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_otherwise_the_browser_shows_the_answer(reader: FlaskClient) -> None:
    assert "Content-Disposition" not in reader.get(address("roi-forecast/chart?download=0")).headers


@pytest.mark.parametrize("spec", DASHBOARDS, ids=SLUGS)
def test_the_csv_has_the_rows_of_the_json_and_no_formula(reader: FlaskClient, spec: Dashboard) -> None:
    answer = reader.get(address(f"{spec.slug}/data?format=csv"))

    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert [list(row) for row in rows] == [[column.name for column in spec.table.c]] * 2
    assert [row["channel"] for row in rows] == ["'" + CHANNELS[1]] * 2


def test_before_the_first_run_there_is_nothing_to_show(client: FlaskClient) -> None:
    answers = [client.get(address(part)) for part in PARTS]

    assert {(answer.status_code, answer.get_json()["code"]) for answer in answers} == {(404, "no_snapshot")}


@pytest.mark.parametrize("part", ["no-such/chart", "no-such/data", "%00/chart", "Ä/data"])
def test_an_unknown_dashboard_is_named_with_those_that_are_known(reader: FlaskClient, part: str) -> None:
    answer = reader.get(address(part))

    assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_dashboard")
    assert "roi-forecast" in answer.get_json()["detail"]


@pytest.mark.parametrize("part", PARTS)
def test_a_run_without_a_snapshot_is_not_found(reader: FlaskClient, run_id: int, part: str) -> None:
    answer = reader.get(address(f"{part}?run={run_id + 1}"))

    assert (answer.status_code, answer.get_json()["code"]) == (404, "unknown_run")


def test_the_status_has_every_dashboard(reader: FlaskClient, run_id: int) -> None:
    body = reader.get(address("status")).get_json()

    assert list(body) == SLUGS
    assert {(state["run_id"], state["rows"], state["stale"]) for state in body.values()} == {
        (run_id, 2, False)
    }
    assert all(state["age_seconds"] >= 0 for state in body.values())


def test_the_status_has_the_checksum_of_each_chart(reader: FlaskClient) -> None:
    body = reader.get(address("status")).get_json()

    for slug, state in body.items():
        assert state["chart_sha256"] == sha256(reader.get(address(f"{slug}/chart")).data).hexdigest()


def test_before_the_first_run_the_status_says_so(client: FlaskClient) -> None:
    body = client.get(address("status")).get_json()

    assert list(body) == SLUGS
    assert all(state["run_id"] is None and state["stale"] for state in body.values())


def test_a_chart_names_its_language_and_theme_and_is_not_kept_while_another_was_asked_for(
    client: FlaskClient, engine: sa.Engine, first_run: int
) -> None:
    with engine.begin() as connection:
        second = publish_next(connection, "red")
        usual = store.chart(connection, "roi-forecast", second)
        said = Text(en=usual.alt, ru="ROI растёт.")
        connection.execute(ml_charts.update().values(headline={"en": said.en, "ru": said.ru}))
        drawn = replace(usual, png=png("black"), alt=said.ru, headline=said, theme="dark")
        pictures.publish(connection, [drawn])
    before, after = (
        client.get(address(f"roi-forecast/chart?lang=ru&theme=dark&run={run}")) for run in (first_run, second)
    )

    told = [(a.headers["Content-Language"], a.headers["Demetra-Theme"], a.data) for a in (before, after)]
    assert told == [("en", "light", png("green")), ("ru", "dark", png("black"))]
    assert "no-store" in before.headers["Cache-Control"]
    assert "no-store" not in after.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["theme=blue", "lang=de", "theme="])
def test_an_unknown_language_or_theme_is_refused(reader: FlaskClient, query: str) -> None:
    assert reader.get(address(f"roi-forecast/chart?{query}")).status_code == 400
