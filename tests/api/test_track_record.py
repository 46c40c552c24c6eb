"""How earlier forecasts turned out, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from demetra_dash.api.schemas import components
from services.views import TrackScore
from tests.api.filling import publish_first, publish_next
from tests.ledger.recorded import record_forecasts
from tests.rows import FIRST_DAY, add_campaigns


@pytest.fixture
def scored(engine: sa.Engine) -> int:
    """A database whose data include the day of one recorded forecast."""
    with engine.begin() as connection:
        publish_first(connection)
        add_campaigns(connection, days=14)
        record_forecasts(connection, FIRST_DAY + timedelta(days=6), {7: (0.6, 0.5, 0.7)}, metric="roi")
        return publish_next(connection)


def test_recorded_forecasts_and_backtest_are_shown_beside_each_other(
    client: FlaskClient, scored: int
) -> None:
    body = client.get("/api/track-record").get_json()

    assert (body["run_id"], body["forecasts"], body["days"], body["inside80"]) == (scored, 1, 1, 1.0)
    assert body["made_from"] == body["made_to"] == "2026-09-07"
    assert [(score["metric"], score["lead_week"]) for score in body["scores"]] == [("roi", None), ("roi", 1)]
    assert body["scores"][0]["mean_absolute_error"] == pytest.approx(0.0, abs=1e-12)
    assert body["backtest"] == {}


def test_before_any_day_has_come_there_is_nothing_to_tell(reader: FlaskClient, run_id: int) -> None:
    body = reader.get(f"/api/track-record?run={run_id}").get_json()

    assert (body["forecasts"], body["made_from"], body["inside80"], body["scores"]) == (0, None, None, [])


def test_before_the_first_run_there_is_no_record(client: FlaskClient) -> None:
    answer = client.get("/api/track-record")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_snapshot")


def test_every_score_is_described() -> None:
    _, shared = components([TrackScore])

    assert shared["TrackScore"]["required"] == list(TrackScore.__dataclass_fields__)
