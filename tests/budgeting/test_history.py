from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from services.budgeting.history import read_history
from services.forecasting.failures import CampaignDaysError


def days(
    *rows: tuple[str, str, float, float]
    | tuple[None, str, float, float]
    | tuple[str, None, float, float]
    | tuple[str, datetime, float, float],
) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["channel", "date", "cost", "revenue"])


def test_days_are_laid_side_by_side_with_gaps_as_days_without_spend() -> None:
    history = read_history(days(("a", "2026-01-03", 5.0, 9.0), ("a", "2026-01-01", 1.0, 2.0)))

    assert history.channels == ("a",)
    assert history.cost.tolist() == [[1.0], [0.0], [5.0]]
    assert history.revenue.tolist() == [[2.0], [0.0], [9.0]]


def test_rows_of_one_channel_and_day_are_added_up() -> None:
    history = read_history(days(("a", "2026-01-01", 1.0, 2.0), ("a", "2026-01-01", 3.0, 5.0)))

    assert history.cost.tolist() == [[4.0]]
    assert history.revenue.tolist() == [[7.0]]


@pytest.mark.parametrize("bad", [np.inf, -np.inf, -1000.0])
@pytest.mark.parametrize("column", ["cost", "revenue"])
def test_impossible_money_is_taken_from_the_day_before_and_counted(bad: float, column: str) -> None:
    rows = days(("a", "2026-01-01", 1.0, 2.0), ("a", "2026-01-02", 3.0, 4.0))
    rows.loc[1, column] = bad

    history = read_history(rows)

    assert getattr(history, column)[:, 0].tolist() == ([1.0, 1.0] if column == "cost" else [2.0, 2.0])
    assert history.repaired == 1


def test_days_whose_revenue_is_not_recorded_for_their_spend_are_unknown() -> None:
    rows = days(
        ("a", "2026-01-01", 10.0, 20.0),
        ("a", "2026-01-02", 10.0, np.nan),
        ("a", "2026-01-03", 10.0, 20.0),
        ("a", "2026-01-03", 10.0, np.nan),
        ("a", "2026-01-04", 99.0, 20.0),
        ("a", "2026-01-04", 1.0, np.nan),
        ("a", "2026-01-05", np.nan, 20.0),
    )

    history = read_history(rows)

    assert history.is_known[:, 0].tolist() == [True, False, False, True, True]
    assert history.revenue[:, 0].tolist() == [20.0, 0.0, 0.0, 20.0, 0.0]
    assert history.cost[:, 0].tolist() == [10.0, 10.0, 20.0, 100.0, 0.0]
    assert history.lacks_cost[:, 0].tolist() == [False, False, False, False, True]
    assert history.repaired == 0


@pytest.mark.parametrize("row", [(None, "2026-01-01", 1.0, 2.0), ("a", None, 1.0, 2.0)])
def test_rows_without_channel_or_date_are_refused(
    row: tuple[None, str, float, float] | tuple[str, None, float, float],
) -> None:
    with pytest.raises(CampaignDaysError):
        read_history(days(row, ("a", "2026-01-01", 1.0, 2.0)))


def test_channels_are_numbered_by_spend_not_by_name() -> None:
    history = read_history(days(("a", "2026-01-01", 1.0, 2.0), ("b", "2026-01-01", 9.0, 2.0)))

    assert history.channels == ("b", "a")


def test_times_with_a_zone_count_as_their_day() -> None:
    when = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)

    assert read_history(days(("a", when, 1.0, 2.0))).dates.tolist() == [pd.Timestamp("2026-01-01")]


def test_the_frame_stays_as_it_was() -> None:
    rows = days(("b", "2026-01-02", 1.0, 2.0), ("a", "2026-01-01", np.nan, 2.0))
    before = rows.copy(deep=True)

    read_history(rows)

    pd.testing.assert_frame_equal(rows, before)


def test_missing_columns_are_named() -> None:
    with pytest.raises(CampaignDaysError, match="revenue"):
        read_history(days(("a", "2026-01-01", 1.0, 2.0)).drop(columns="revenue"))
