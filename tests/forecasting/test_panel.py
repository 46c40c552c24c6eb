"""How campaign days are read: gaps, ends, duplicates and impossible numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.errors import NoCampaignsError
from services.forecasting import forecast
from services.forecasting.panel import read_panel
from tests.forecasting.accounts import account, constant


def test_rows_of_the_same_day_add_up() -> None:
    days = constant(days=10)

    panel = read_panel(pd.concat([days, days]))

    assert panel.counts["cost"][0].tolist() == [80.0] * 10


def test_a_day_without_a_row_is_a_day_without_activity() -> None:
    days = constant(days=10).drop(index=[4, 5])

    panel = read_panel(days)

    assert panel.counts["clicks"][0].tolist() == [50.0] * 4 + [0.0, 0.0] + [50.0] * 4


def test_a_younger_channel_is_unseen_before_its_first_day() -> None:
    days = pd.concat([constant(days=10), constant(days=10, channel="Young").iloc[7:]])

    panel = read_panel(days)

    assert panel.observed.sum(axis=1).tolist() == [10, 3]
    assert panel.observed[1].tolist() == [False] * 7 + [True] * 3


@pytest.mark.parametrize(
    ("missing", "delay_days", "stopped", "last_cost"),
    [(0, 0, False, 40.0), (7, 7, False, 40.0), (8, 0, False, 0.0), (28, 0, False, 0.0), (29, 29, True, 40.0)],
)
def test_missing_days_at_the_end_are_late_then_idle_then_the_end(
    missing: int, delay_days: int, stopped: bool, last_cost: float
) -> None:
    ended = constant(days=60, channel="Ended").iloc[: 60 - missing]

    panel = read_panel(pd.concat([constant(days=60), ended]))
    at = panel.channels.index("Ended")

    assert (panel.delay_days[at], bool(panel.stopped[at]), panel.counts["cost"][at, -1]) == (
        delay_days,
        stopped,
        last_cost,
    )


def test_a_stopped_channel_is_forecast_as_nothing() -> None:
    table = forecast(pd.concat([constant(days=90), constant(days=40, channel="Ended")]), 7)
    ended = table[table["channel"] == "Ended"].groupby("metric")["mean"]

    assert ended.max()[["cost", "clicks", "revenue"]].eq(0).all()
    assert ended.count()[["roi", "ctr", "conversion"]].eq(0).all()


def test_a_channel_of_zeros_is_forecast_as_nothing() -> None:
    zeros: dict[str, Any] = dict.fromkeys(["impressions", "clicks", "conversions", "cost", "revenue"], 0.0)

    table = forecast(constant(**zeros), 7).set_index("metric")

    assert table["high95"].loc[["cost"]].eq(0).all()
    assert table["mean"].loc[["roi"]].isna().all()


def test_late_data_are_bridged_by_the_forecast() -> None:
    whole = account(channels=1, days=100)
    delay_days = pd.concat([whole.iloc[:-5], constant(days=100, channel="Other")])

    table = forecast(delay_days, 7).query("channel == 'Channel 0' and metric == 'cost'")

    assert table["date"].min() == whole["date"].max() + pd.Timedelta(days=1)
    assert table["mean"].between(40, 200).all()


def test_an_impossible_number_is_taken_from_the_week_before() -> None:
    days = constant(days=21)
    days["revenue"] = np.arange(21.0)
    days.loc[[3, 15], "revenue"] = [np.inf, -1e9]

    panel = read_panel(days)

    assert panel.repaired == 2
    assert panel.counts["revenue"][0, [3, 15]].tolist() == [2.0, 8.0]


def test_numbers_as_the_database_gives_them_are_read() -> None:
    days = constant(days=3).astype({"cost": object})
    days["cost"] = pd.Series([Decimal("1.50"), Decimal("2.50"), None], index=days.index, dtype=object)

    panel = read_panel(days)

    assert panel.counts["cost"][0].tolist() == [1.5, 2.5, 0.0]
    assert panel.is_recorded("cost")[0].tolist() == [True, True, False]


def test_a_figure_is_recorded_from_the_first_row_that_has_it() -> None:
    days = constant(days=20).drop(index=[2, 15]).reset_index(drop=True)
    days.loc[:9, "revenue"] = np.nan
    days.loc[12, "revenue"] = np.nan

    panel = read_panel(days)

    assert panel.is_recorded("revenue")[0].tolist() == [*[False] * 11, *[True] * 2, False, *[True] * 6]
    assert panel.is_recorded("cost").all()
    revenue, cost = panel.pair("revenue", "cost")
    assert ((revenue[0] > 0) == (cost[0] > 0)).all()
    assert cost[0].astype(bool).sum() == 7
    assert panel.counts["cost"][0].astype(bool).sum() == 18


def test_a_channel_that_never_records_a_figure_records_it_on_no_day() -> None:
    days = constant(days=20).drop(index=[4]).assign(revenue=np.nan)

    panel = read_panel(days)

    assert not panel.is_recorded("revenue").any()
    assert panel.is_recorded("clicks").all()


def test_times_of_day_and_zones_do_not_matter() -> None:
    days = constant(days=3)
    days["date"] = (days["date"] + pd.Timedelta(hours=13)).dt.tz_localize("Asia/Tokyo")

    assert str(read_panel(days).data_to) == "2026-01-03"


def test_only_the_newest_four_years_are_used() -> None:
    old = constant(days=1).assign(date=pd.Timestamp("1970-01-01"))

    assert read_panel(pd.concat([old, constant(days=30)])).observed.shape == (1, 1461)


def test_without_rows_there_is_nothing_to_read() -> None:
    with pytest.raises(NoCampaignsError):
        read_panel(constant().iloc[:0])
