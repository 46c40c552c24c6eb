"""Sample campaigns are reproducible, plausible, and follow the curves that are said to be true."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from services.database.tables import campaigns
from services.intake import create_sample
from services.intake.demo import adstocked
from services.intake.failures import AllRowsRejectedError, RealCampaignsError
from services.intake.sample_channels import CURVES, DAYS, WEEKDAYS, ResponseCurve
from services.numerics import Floats
from tests.intake.files import ROW, load, rows

TODAY = date(2025, 11, 23)
FIGURES = (
    "channel",
    "date",
    "campaign_id",
    "impressions",
    "clicks",
    "conversions",
    "cost",
    "revenue",
    "attributes",
)


def channel_days(connection: sa.Connection, channel: str) -> Floats:
    """Return the daily cost and conversions of a channel."""
    days = (
        sa.select(sa.func.sum(campaigns.c.cost), sa.func.sum(campaigns.c.conversions))
        .where(campaigns.c.channel == channel)
        .group_by(campaigns.c.date)
        .order_by(campaigns.c.date)
    )
    return np.array(connection.execute(days).all(), dtype=float).T


def test_there_are_two_years_up_to_yesterday_for_six_channels(connection: sa.Connection) -> None:
    made = create_sample(connection, today=TODAY)

    dates = rows(connection, "date")
    assert made == len(dates)
    assert (dates[0], dates[-1]) == (TODAY - timedelta(days=DAYS), TODAY - timedelta(days=1))
    assert set(rows(connection, "channel")) == {
        "Instagram", "Facebook", "Google Ads", "TikTok", "Telegram", "Yandex Direct",
    }  # fmt: skip
    assert set(rows(connection, "source")) == {"demo"}


def test_the_same_day_and_seed_give_the_same_rows_and_others_do_not(connection: sa.Connection) -> None:
    create_sample(connection, today=TODAY, seed=7)
    first = rows(connection, *FIGURES)
    create_sample(connection, today=TODAY, seed=7)
    again = rows(connection, *FIGURES)
    create_sample(connection, today=TODAY, seed=8)

    assert again == first
    assert rows(connection, *FIGURES) != first


def test_every_row_is_a_plausible_funnel(connection: sa.Connection) -> None:
    create_sample(connection, today=TODAY)

    odd = sa.select(sa.func.count()).where(
        sa.or_(
            campaigns.c.cost <= 0,
            campaigns.c.clicks > campaigns.c.impressions,
            campaigns.c.conversions > campaigns.c.clicks,
            sa.and_(campaigns.c.conversions == 0, campaigns.c.revenue > 0),
        )
    )
    assert connection.execute(odd).scalar_one() == 0


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.channel)
def test_levels_are_those_of_real_accounts(connection: sa.Connection, curve: ResponseCurve) -> None:
    create_sample(connection, today=TODAY)
    total = {
        name: sa.func.sum(campaigns.c[name])
        for name in ("impressions", "clicks", "conversions", "cost", "revenue")
    }
    found = connection.execute(
        sa.select(
            (total["clicks"] / total["impressions"]).label("ctr"),
            (total["conversions"] / total["clicks"]).label("rate"),
            (total["revenue"] / total["cost"] - 1).label("roi"),
        ).where(campaigns.c.channel == curve.channel)
    ).one()

    assert 0.005 < found.ctr < 0.03
    assert 0.01 < found.rate < 0.08
    assert -0.3 < found.roi < 3
    assert float(found.roi) == pytest.approx(curve.roi(curve.daily_budget), abs=0.35)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.channel)
def test_conversions_follow_the_curve(connection: sa.Connection, curve: ResponseCurve) -> None:
    create_sample(connection, today=TODAY)
    cost, conversions = channel_days(connection, curve.channel)
    expected = curve.conversions(adstocked(cost, curve.adstock))

    assert conversions.sum() == pytest.approx(expected.sum(), rel=0.12)
    assert np.corrcoef(expected, conversions)[0, 1] > 0.25


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.channel)
def test_a_curve_tells_its_slope(curve: ResponseCurve) -> None:
    spend = curve.daily_budget
    step = np.array([spend * 0.999, spend * 1.001])
    slope = np.diff(curve.conversions(step))[0] / np.diff(step)[0] * curve.order_value

    assert curve.elasticity(spend) * (1 + curve.roi(spend)) == pytest.approx(slope, rel=1e-4)


def test_channels_are_unlike_on_purpose() -> None:
    roi = {curve.channel: curve.roi(curve.daily_budget) for curve in CURVES}
    marginal = {
        curve.channel: curve.elasticity(curve.daily_budget) * (1 + roi[curve.channel]) for curve in CURVES
    }

    assert marginal["Facebook"] < 0.5 < 1 < roi["Facebook"] + 1
    assert roi["TikTok"] < 0
    assert marginal["Telegram"] > 2


def test_spend_that_never_changes_stays_as_it_is_under_adstock() -> None:
    assert adstocked(np.full(9, 5.0), 0.6) == pytest.approx(np.full(9, 5.0))
    assert adstocked(np.array([0.0, 10.0, 0.0]), 0.4) == pytest.approx([0.0, 6.0, 2.4])


def test_weekdays_do_not_change_the_level() -> None:
    assert np.mean(WEEKDAYS) == pytest.approx(1)


def test_sample_rows_are_refused_beside_real_ones(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW)

    with pytest.raises(RealCampaignsError, match="1 real campaign rows"):
        create_sample(connection, today=TODAY)
    assert len(rows(connection, "id")) == 1


def test_the_first_import_removes_the_sample_rows_and_says_so(
    connection: sa.Connection, tmp_path: Path
) -> None:
    made = create_sample(connection, today=TODAY)
    report = load(connection, tmp_path, ROW)
    again = load(connection, tmp_path, ROW)

    assert (report.sample_rows_removed, again.sample_rows_removed) == (made, 0)
    assert rows(connection, "source") == ["file"]


def test_an_import_that_fails_keeps_the_sample_rows(connection: sa.Connection, tmp_path: Path) -> None:
    made = create_sample(connection, today=TODAY)
    with pytest.raises(AllRowsRejectedError):
        load(connection, tmp_path, "bad")
    trial = load(connection, tmp_path, ROW, dry_run=True)

    assert trial.sample_rows_removed == made
    assert len(rows(connection, "id")) == made
