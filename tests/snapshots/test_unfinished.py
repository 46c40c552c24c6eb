"""Unfinished days of a snapshot, and the comparison of a period without them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.database.tables import incomplete_days
from services.forecasting.settling import NEARLY_COMPLETE
from services.periods import last_days
from services.snapshots import ledger, store
from services.snapshots.overview import overview
from services.snapshots.unfinished import SHOWN_BELOW
from tests.ledger.recorded import record_forecasts
from tests.rows import FIRST_DAY, add_campaigns, publish

DAYS = 28


def mark(connection: sa.Connection, run_id: int, back: int, channel: str, **values: Any) -> None:
    """Mark the day `back` days before the last one as unfinished."""
    usual = {"state": "coming_in", "conversions": 0.8, "revenue": 0.8, "is_left_out": False}
    day = FIRST_DAY + timedelta(days=DAYS - 1 - back)
    row = {"run_id": run_id, "channel": channel, "date": day, **usual, **values}
    connection.execute(incomplete_days.insert().values(row))


@pytest.fixture
def run_id(connection: sa.Connection) -> int:
    """A snapshot of four weeks; revenue of the newest two days is half of what it will be."""
    add_campaigns(connection, "A", days=DAYS, cost=30, revenue=[60] * (DAYS - 2) + [30] * 2)
    add_campaigns(connection, "B", days=DAYS, cost=10, revenue=20)
    return publish(connection)


def test_without_unfinished_days_nothing_is_said(connection: sa.Connection, run_id: int) -> None:
    found = overview(connection, last_days(7), run_id)

    assert (found.unfinished, found.settled_to) == ((), None)
    assert all(kpi.compared is None for kpi in found.kpis)


def test_the_share_of_the_account_is_weighted_by_cost(connection: sa.Connection, run_id: int) -> None:
    mark(connection, run_id, 0, "A", revenue=0.4, is_left_out=True)

    (day,) = overview(connection, last_days(7), run_id).unfinished

    assert day.share == pytest.approx((30 * 0.4 + 10 * 1.0) / 40)
    assert (day.state, day.is_left_out) == ("coming_in", True)


def test_a_day_that_is_nearly_complete_is_not_shown(connection: sa.Connection, run_id: int) -> None:
    mark(connection, run_id, 0, "B", revenue=0.9)

    assert overview(connection, last_days(7), run_id).unfinished == ()


def test_periods_are_compared_up_to_the_last_complete_day(connection: sa.Connection, run_id: int) -> None:
    for back in (0, 1):
        mark(connection, run_id, back, "A", revenue=0.5)

    found = overview(connection, last_days(7), run_id)
    kpis = {kpi.name: kpi for kpi in found.kpis}

    assert found.settled_to == FIRST_DAY + timedelta(days=DAYS - 3)
    assert kpis["roi"].value == pytest.approx((60 * 5 + 30 * 2 + 20 * 7) / 280 - 1)
    assert kpis["roi"].compared is not None
    assert (kpis["roi"].compared.value, kpis["roi"].compared.previous) == (1.0, 1.0)
    assert kpis["revenue"].compared is not None
    assert kpis["revenue"].compared.previous == 80 * 5
    assert kpis["spend"].compared is None


def test_a_period_of_unfinished_days_is_not_compared(connection: sa.Connection, run_id: int) -> None:
    for back in range(8):
        mark(connection, run_id, back, "A", state="not_learned", revenue=None, conversions=None)

    found = overview(connection, last_days(7), run_id)
    (roi,) = (kpi for kpi in found.kpis if kpi.name == "roi")

    assert {day.share for day in found.unfinished} == {None}
    assert roi.compared is not None
    assert roi.compared.value is None
    assert found.date_from == date(2026, 9, 22)


def test_the_page_and_the_method_call_the_same_days_complete() -> None:
    assert SHOWN_BELOW == NEARLY_COMPLETE


@pytest.mark.parametrize(
    ("state", "scored"), [("coming_in", {"reach"}), ("not_learned", {"reach"}), ("not_over", set())]
)
def test_forecasts_are_scored_when_their_days_are_complete(
    connection: sa.Connection, state: str, scored: set[str]
) -> None:
    add_campaigns(connection, "A", days=DAYS, cost=30, revenue=60)
    made_on = FIRST_DAY + timedelta(days=DAYS - 3)
    record_forecasts(connection, made_on - timedelta(days=1), {2: (1000.0, 900.0, 1100.0)}, channel="A")
    record_forecasts(connection, made_on, {1: (1.0, 0.5, 1.5)}, metric="roi", channel="A")
    run_id = publish(connection)
    snapshot = store.find(connection, run_id)
    assert {score.metric for score in ledger.score(connection, snapshot).scores} == {"roi", "reach"}

    mark(connection, run_id, 1, "A", state=state, revenue=None, conversions=None)

    assert {score.metric for score in ledger.score(connection, snapshot).scores} == scored
