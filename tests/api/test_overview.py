"""The Overview and the recommendations over HTTP."""

from __future__ import annotations

import pytest

from tests.api.clients import client_on
from tests.api.filling import CHANNELS, DAYS, RECOMMENDATION, SUMMARY


def test_the_totals_are_those_of_the_period(reader, run_id):
    body = reader.get("/api/overview?days=7").json

    assert body["run_id"] == run_id
    assert body["totals"]["cost"] == pytest.approx(2 * 7 * 10.01, abs=1e-9)
    assert body["totals"]["roi"] == pytest.approx(1.0)
    assert body["previous"] == body["totals"]


@pytest.mark.parametrize(
    ("asked", "days", "seen"), [("", 28, 28), ("?days=1", 1, 1), ("?days=all", None, DAYS)]
)
def test_the_period_is_chosen_by_days(reader, asked, days, seen):
    body = reader.get(f"/api/overview{asked}").json

    assert body["days"] == days
    assert sum(point["totals"]["impressions"] for point in body["series"]) == 2 * 1000 * seen


def test_every_key_figure_has_its_value_and_its_course(reader):
    kpis = {kpi["name"]: kpi for kpi in reader.get("/api/overview?days=7").json["kpis"]}

    assert list(kpis) == ["spend", "revenue", "roi", "conversions", "acquisition_cost", "ctr"]
    assert kpis["ctr"]["value"] == kpis["ctr"]["previous"] == 0.01
    assert kpis["ctr"]["series"] == [0.01] * 7


def test_channels_carry_their_ratios_and_bounds(reader):
    channels = reader.get("/api/overview").json["channels"]

    assert {channel["channel"] for channel in channels} == set(CHANNELS)
    assert {channel["totals"]["acquisition_cost"] for channel in channels} == {5.005}
    assert all(channel["roi_low"] <= channel["totals"]["roi"] <= channel["roi_high"] for channel in channels)


def test_amounts_have_a_currency_and_samples_are_called_so(published):
    body = client_on(published, currency="RUB").get("/api/overview").json

    assert (body["currency"], body["is_sample"]) == ("RUB", False)


def test_recommendations_come_with_their_evidence(reader, run_id):
    body = reader.get("/api/recommendations").json

    assert (body["run_id"], body["count"]) == (run_id, 1)
    assert body["recommendations"] == [RECOMMENDATION]
    assert body["summary"] == SUMMARY


@pytest.mark.parametrize("path", ["/api/overview", "/api/recommendations"])
def test_before_the_first_run_there_is_nothing(client, path):
    answer = client.get(path)

    assert (answer.status_code, answer.json["code"]) == (404, "no_snapshot")
