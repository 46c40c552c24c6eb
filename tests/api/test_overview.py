"""The Overview and the recommendations over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.api.clients import client_on
from tests.api.filling import CHANNELS, DAYS, RECOMMENDATION, SUMMARY
from tests.rows import FIRST_DAY

LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
A_WEEK_AGO = LAST_DAY - timedelta(days=6)


def test_the_totals_are_those_of_the_period(reader: FlaskClient, run_id: int) -> None:
    body = reader.get("/api/overview?days=7").get_json()

    assert body["run_id"] == run_id
    assert body["totals"]["cost"] == pytest.approx(2 * 7 * 10.01, abs=1e-9)
    assert body["totals"]["roi"] == pytest.approx(1.0)
    assert body["previous"] == body["totals"]


@pytest.mark.parametrize(
    ("asked", "days", "seen"), [("", 28, 28), ("?days=1", 1, 1), ("?days=all", None, DAYS)]
)
def test_the_period_is_chosen_by_days(reader: FlaskClient, asked: str, days: int | None, seen: int) -> None:
    body = reader.get(f"/api/overview{asked}").get_json()

    assert body["days"] == days
    assert sum(point["totals"]["impressions"] for point in body["series"]) == 2 * 1000 * seen


@pytest.mark.parametrize(
    "same",
    [
        "period=7",
        "days=7",
        f"from={LAST_DAY - timedelta(days=6)}",
        f"from={LAST_DAY - timedelta(days=6)}&to={LAST_DAY}",
    ],
)
def test_a_period_is_given_in_several_ways(reader: FlaskClient, same: str) -> None:
    body = reader.get(f"/api/overview?{same}").get_json()
    usual = reader.get("/api/overview?days=7").get_json()

    how = {"days", "period"}
    assert {k: v for k, v in body.items() if k not in how} == {k: v for k, v in usual.items() if k not in how}


def test_the_answer_says_what_it_is_compared_with(reader: FlaskClient) -> None:
    dates = f"{LAST_DAY - timedelta(days=20)},{LAST_DAY - timedelta(days=15)}"

    body = reader.get(f"/api/overview?period=7&compare={dates}").get_json()
    without = reader.get("/api/overview?period=7&compare=none").get_json()

    assert (body["period"], body["compare"], f"{body['previous_from']},{body['previous_to']}") == (
        "7",
        dates,
        dates,
    )
    assert len(body["series_previous"]) == 6
    assert (without["previous"], without["series_previous"]) == (None, [])


def test_one_channel_can_be_asked_for(reader: FlaskClient) -> None:
    body = reader.get(f"/api/overview?channel={CHANNELS[0]}").get_json()
    whole = reader.get("/api/overview").get_json()

    assert (body["channel"], whole["channel"]) == (CHANNELS[0], None)
    assert body["totals"] == whole["channels"][0]["totals"]


@pytest.mark.parametrize(
    ("asked", "status", "parameter"),
    [
        ("period=fortnight", 400, "period"),
        ("period=2026-01-01,2026-02-01", 400, "period"),
        ("period=7&days=7", 400, "period"),
        ("days=7&from=2026-01-01", 400, "period"),
        ("from=2026-02-01&to=2026-01-01", 400, "to"),
        ("from=1990-01-01&to=1990-02-01", 400, "to"),
        ("from=2099-01-01", 400, "from"),
        ("to=0001-01-01", 400, "to"),
        ("from=yesterday", 400, "from"),
        ("compare=budget", 400, "compare"),
        ("compare=1990-01-01,1990-02-01", 400, "compare"),
        ("channel=Nowhere", 404, "channel"),
    ],
)
def test_what_is_wrong_is_named(reader: FlaskClient, asked: str, status: int, parameter: str) -> None:
    for lang in ("en", "ru"):
        answer = reader.get(f"/api/overview?{asked}", headers={"Accept-Language": lang})

        body = answer.get_json()
        assert (answer.status_code, body["parameter"]) == (status, parameter)
        assert body["detail"]


def test_every_key_figure_has_its_value_and_its_course(reader: FlaskClient) -> None:
    kpis = {kpi["name"]: kpi for kpi in reader.get("/api/overview?days=7").get_json()["kpis"]}

    assert list(kpis) == ["spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr"]
    assert kpis["ctr"]["value"] == kpis["ctr"]["previous"] == 0.01
    assert kpis["ctr"]["series"] == [0.01] * 7


def test_channels_carry_their_ratios_and_bounds(reader: FlaskClient) -> None:
    channels = reader.get("/api/overview").get_json()["channels"]

    assert {channel["channel"] for channel in channels} == set(CHANNELS)
    assert {channel["totals"]["acquisition_cost"] for channel in channels} == {5.005}
    assert all(channel["roi_low"] <= channel["totals"]["roi"] <= channel["roi_high"] for channel in channels)


def test_amounts_have_a_currency_and_samples_are_called_so(published: sa.Engine) -> None:
    body = client_on(published, currency="RUB").get("/api/overview").get_json()

    assert (body["currency"], body["is_sample"]) == ("RUB", False)


def test_recommendations_come_with_their_evidence(reader: FlaskClient, run_id: int) -> None:
    body = reader.get("/api/recommendations").get_json()

    assert (body["run_id"], body["count"]) == (run_id, 1)
    assert body["recommendations"] == [RECOMMENDATION]
    assert body["summary"] == SUMMARY


@pytest.mark.parametrize("path", ["/api/overview", "/api/recommendations"])
def test_before_the_first_run_there_is_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_snapshot")
