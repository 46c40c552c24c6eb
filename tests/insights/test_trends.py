"""A season is no trend where two years show it; a change beyond the season is one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.insights.simulated import Kind, account
from tests.insights.values import advised, of_rule


def seasonal(seed: int, days: int, fall: float = 0.0, swing: float = 0.4) -> pd.DataFrame:
    """An account whose conversions swing over the year and are at their lowest when it ends."""
    frame = account(seed, Kind(channels=2, days=days, orders_per_day=300, demand=0.03))
    age = (frame["date"].max() - frame["date"]).dt.days
    season = 1 - swing * np.cos(2 * np.pi * age / 364)
    new = np.where(frame["channel"] == "Channel 1", 1 - fall * (1 - age / 182).clip(lower=0), 1.0)
    factor = season * new
    return frame.assign(
        conversions=(frame["conversions"] * factor).round(), revenue=(frame["revenue"] * factor).round(2)
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_season_seen_for_two_years_is_no_trend(seed: int) -> None:
    two_years = seasonal(seed, 800)

    assert not of_rule(advised(two_years), "trend")
    assert of_rule(
        advised(two_years[two_years["date"] > two_years["date"].max() - pd.Timedelta(days=250)]), "trend"
    )


def test_a_fall_beyond_the_season_is_a_trend() -> None:
    [trend] = of_rule(advised(seasonal(3, 800, fall=0.5, swing=0.15)), "trend")

    assert trend["channel"] == "Channel 1"
    assert "same weeks of last year" in trend["caveat"]["en"]


def test_the_summary_takes_no_season_for_a_trend_either() -> None:
    summary = advised(seasonal(1, 800))[0]

    assert "no clear trend" in summary["ml_predictions"]["trend"]["en"]
