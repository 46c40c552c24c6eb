"""Recorded forecasts: how they turned out, and how long they are kept."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.database.tables import prediction_ledger, sync_runs
from services.snapshots import ledger, store
from services.views import RecordedMetric, TrackRecord, TrackScore
from tests.ledger.recorded import record_forecasts
from tests.rows import FIRST_DAY, add_campaigns, publish

BAND = (1000.0, 900.0, 1100.0)


def day(number: int) -> date:
    """Return the day with a number, counted from 1."""
    return FIRST_DAY + timedelta(days=number - 1)


def kept(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """Return the last days of data that recorded forecasts were made from, with their days and means."""
    c = prediction_ledger.c
    rows = connection.execute(sa.select(c.made_on, c.date, c.mean).order_by(c.made_on, c.date))
    return [tuple(row) for row in rows]


def publish_and_score(connection: sa.Connection) -> TrackRecord:
    """Publish the current campaign days, and return the scores of the forecasts for them."""
    return ledger.score(connection, store.find(connection, publish(connection)))


def score_of(found: TrackRecord, metric: RecordedMetric, week: int | None = None) -> TrackScore:
    return next(s for s in found.scores if (s.metric, s.lead_week) == (metric, week))


def test_a_repeated_sync_of_the_same_data_replaces_its_own_forecasts(connection: sa.Connection) -> None:
    record_forecasts(connection, day(10), {1: BAND, 2: BAND})

    record_forecasts(connection, day(10), {1: (1200.0, 900.0, 1300.0)}, run_id=2)

    assert kept(connection) == [(day(10), day(11), 1200.0)]
    assert connection.scalar(sa.select(prediction_ledger.c.run_id)) == 2


def test_newer_data_add_forecasts_beside_the_old_ones(connection: sa.Connection) -> None:
    record_forecasts(connection, day(10), {2: BAND})

    record_forecasts(connection, day(11), {1: (1200.0, 900.0, 1300.0)})

    assert kept(connection) == [(day(10), day(12), 1000.0), (day(11), day(12), 1200.0)]


def test_only_the_next_four_weeks_are_recorded_and_only_what_is_known(connection: sa.Connection) -> None:
    record_forecasts(
        connection, day(10), {28: BAND, 29: BAND, 3: (math.nan, 1.0, 2.0), 4: (1.0, 0.0, math.inf)}
    )

    assert kept(connection) == [(day(10), day(38), 1000.0)]


def test_a_forecast_of_nothing_keeps_nothing(connection: sa.Connection) -> None:
    record_forecasts(connection, day(10), {})

    assert kept(connection) == []


def test_forecasts_are_scored_when_their_days_have_come(connection: sa.Connection) -> None:
    add_campaigns(connection, days=16, impressions=[1000] * 10 + [1050, 1200, 700, 1000, 1000, 1000])
    record_forecasts(connection, day(10), {1: BAND, 2: BAND, 3: BAND, 7: BAND})

    found = publish_and_score(connection)

    assert (found.forecasts, found.days, found.inside80) == pytest.approx((3, 3, 1 / 3))
    assert (found.made_from, found.made_to) == (day(10), day(10))
    reach = score_of(found, "reach")
    assert reach.mean_absolute_error == pytest.approx((50 + 200 + 300) / 3)
    assert reach.relative_error == pytest.approx(1.0), "the same as last week was 1000 as well"


@pytest.mark.parametrize(("ahead", "week"), [(1, 1), (7, 1), (8, 2), (21, 3), (22, 4), (28, 4)])
def test_scores_tell_how_many_weeks_ahead_a_forecast_was_made(
    connection: sa.Connection, ahead: int, week: int
) -> None:
    add_campaigns(connection, days=40)
    record_forecasts(connection, day(10), {ahead: BAND})

    assert [score.lead_week for score in publish_and_score(connection).scores] == [None, week]


@pytest.mark.parametrize("ahead", range(1, 29))
def test_the_same_as_last_week_is_the_newest_same_weekday_that_was_known(
    connection: sa.Connection, ahead: int
) -> None:
    impressions = [100 * n for n in range(1, 41)]
    add_campaigns(connection, days=40, impressions=impressions)
    record_forecasts(connection, day(10), {ahead: (0.0, 0.0, 0.0)})
    known = max(n for n in range(1, 11) if (10 + ahead - n) % 7 == 0)

    reach = score_of(publish_and_score(connection), "reach")

    assert reach.relative_error == pytest.approx((10 + ahead) / (10 + ahead - known))


@pytest.mark.parametrize(
    ("metric", "came"), [("roi", 8 / 5 - 1), ("conversion", 0.2), ("reach", 1000.0), ("ctr", 0.01)]
)
def test_each_metric_is_measured_as_it_is_forecast(
    connection: sa.Connection, metric: RecordedMetric, came: float
) -> None:
    add_campaigns(connection, days=11)
    record_forecasts(connection, day(10), {1: (came, came - 1e-9, came + 1e-9)}, metric=metric)

    found = score_of(publish_and_score(connection), metric)

    assert (found.inside80, found.mean_absolute_error) == pytest.approx((1.0, 0.0), abs=1e-9)


def test_without_a_week_of_known_days_there_is_nothing_to_compare_with(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3)
    record_forecasts(connection, day(2), {1: BAND})

    assert score_of(publish_and_score(connection), "reach").relative_error is None


@pytest.mark.parametrize(("metric", "values"), [("roi", {"cost": 0}), ("ctr", {"impressions": 0})])
def test_a_ratio_of_nothing_is_not_scored(
    connection: sa.Connection, metric: RecordedMetric, values: dict[str, Any]
) -> None:
    add_campaigns(connection, days=11, **values)
    record_forecasts(connection, day(10), {1: (0.0, -1.0, 1.0)}, metric=metric)

    assert publish_and_score(connection).forecasts == 0


def test_a_day_without_campaigns_is_not_held_against_a_forecast(connection: sa.Connection) -> None:
    add_campaigns(connection, days=10)
    add_campaigns(connection, "Search", days=12)
    record_forecasts(connection, day(10), {1: BAND})

    found = publish_and_score(connection)

    assert (found.forecasts, found.inside80, found.made_from, found.scores) == (0, None, None, ())


def test_forecasts_of_the_sample_leave_when_real_data_come(connection: sa.Connection) -> None:
    record_forecasts(connection, day(10), {1: BAND}, is_sample=True)

    record_forecasts(connection, day(11), {1: BAND}, is_sample=False)

    assert kept(connection) == [(day(11), day(12), 1000.0)]


def test_forecasts_of_the_sample_are_not_scored_by_real_days(connection: sa.Connection) -> None:
    add_campaigns(connection, days=12)
    record_forecasts(connection, day(10), {1: BAND}, is_sample=True)
    run_id = publish(connection)

    assert ledger.score(connection, store.find(connection, run_id)).forecasts == 0

    connection.execute(sync_runs.update().values(is_sample=True))
    assert ledger.score(connection, store.find(connection, run_id)).forecasts == 1


def test_forecasts_made_of_days_that_were_taken_back_leave(connection: sa.Connection) -> None:
    record_forecasts(connection, day(300), {1: BAND})

    record_forecasts(connection, day(10), {1: BAND})

    assert kept(connection) == [(day(10), day(11), 1000.0)]


def test_forecasts_leave_180_days_after_their_day(connection: sa.Connection) -> None:
    record_forecasts(connection, day(10), {1: BAND, 2: BAND})

    record_forecasts(connection, day(11 + ledger.KEPT_DAYS + 1), {1: BAND})

    assert [date for _, date, _ in kept(connection)] == [day(12), day(11 + ledger.KEPT_DAYS + 2)]


@given(st.integers(0, 10**6))
def test_what_is_kept_is_bounded_whatever_the_number_of_channels(forecasts: int) -> None:
    days = ledger.kept_days(forecasts)

    assert ledger.FEWEST_KEPT_DAYS <= days <= ledger.KEPT_DAYS
    assert days == ledger.FEWEST_KEPT_DAYS or days * forecasts <= ledger.ENOUGH_ROWS


def test_scores_of_several_channels_are_brought_together(connection: sa.Connection) -> None:
    add_campaigns(connection, days=11)
    add_campaigns(connection, "Search", days=11, impressions=2000)
    record_forecasts(connection, day(9), {2: BAND})
    record_forecasts(connection, day(10), {1: BAND}, channel="Search")

    found = publish_and_score(connection)

    assert (found.forecasts, found.days, found.inside80) == (2, 1, 0.5)
    assert (found.made_from, found.made_to) == (day(9), day(10))
    assert score_of(found, "reach").mean_absolute_error == pytest.approx(500)


def test_a_score_of_an_older_run_does_not_know_later_days(connection: sa.Connection) -> None:
    add_campaigns(connection, days=11)
    record_forecasts(connection, day(10), {1: BAND, 2: BAND})
    earlier = publish(connection)
    add_campaigns(connection, days=1, first=day(12))

    assert publish_and_score(connection).days == 2
    assert ledger.score(connection, store.find(connection, earlier)).days == 1


def test_a_day_of_campaigns_that_record_different_figures_is_one_day(connection: sa.Connection) -> None:
    add_campaigns(connection, days=16, impressions=[1000] * 10 + [1050, 1200, 700, 1000, 1000, 1000])
    record_forecasts(connection, day(10), {1: BAND, 2: BAND, 3: BAND})
    whole = publish_and_score(connection)
    connection.execute(sa.text("UPDATE campaigns SET campaign_id = 'shop', impressions = impressions - 300"))
    add_campaigns(connection, days=16, impressions=300, revenue=None, clicks=None)

    found = publish_and_score(connection)

    assert score_of(found, "reach") == score_of(whole, "reach")
    assert (found.forecasts, found.days) == (3, 3)


def test_the_roi_of_a_day_is_that_of_the_rows_that_record_both(connection: sa.Connection) -> None:
    add_campaigns(connection, days=16, cost=5, revenue=8)
    connection.execute(sa.text("UPDATE campaigns SET campaign_id = 'shop'"))
    add_campaigns(connection, days=16, cost=95, revenue=None)
    record_forecasts(connection, day(10), {1: (0.6, 0.5, 0.7)}, metric="roi")

    roi = score_of(publish_and_score(connection), "roi")

    assert (roi.forecasts, roi.inside80) == (1, 1.0)
    assert roi.mean_absolute_error == pytest.approx(0.0)


def test_a_day_that_does_not_record_a_figure_is_not_scored(connection: sa.Connection) -> None:
    add_campaigns(connection, days=16, revenue=[8] * 10 + [None] * 6)
    record_forecasts(connection, day(10), {1: (0.6, 0.5, 0.7)}, metric="roi")

    assert publish_and_score(connection).forecasts == 0
