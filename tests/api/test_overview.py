"""The Overview and the recommendations over HTTP."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.api.clients import client_on
from tests.api.filling import CHANNELS, DAYS, RECOMMENDATION, SUMMARY


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
