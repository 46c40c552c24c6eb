"""The one rule for numbers that cannot be, and that forecasts, plan and recommendations go by it alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting.history import read_history as budget_history
from services.forecasting.campaign_days import (
    COUNTS,
    LARGEST,
    REFUND_DAYS,
    REPAIRED,
    clean_days,
    pair_sums,
)
from services.forecasting.panel import read_panel
from services.insights.history import read_history as insight_history
from tests.forecasting.accounts import account, constant

REFUND = -1.0  # of money, see `test_refunds`
IMPOSSIBLE = [np.inf, -np.inf, REFUND, LARGEST * 1.001, 5e13, 1e300]
POSSIBLE = [0.0, 1e-9, -1e-9, 0.5, LARGEST]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (column, value)
        for column in ("cost", "revenue")
        for value in (*IMPOSSIBLE, *POSSIBLE)
        if value != REFUND
    ],
)
def test_forecasts_plan_and_recommendations_see_the_same_number(column: str, value: float) -> None:
    days = account(channels=1, days=60)
    days.loc[50, column] = value

    panel, plan, rules = read_panel(days), budget_history(days), insight_history(days)

    assert rules is not None
    seen = {panel.counts[column][0, 50], getattr(plan, column)[50, 0], rules.counts[column][0, 50]}
    assert len(seen) == 1
    assert panel.repaired == plan.repaired == rules.repaired == (value in IMPOSSIBLE)
    if panel.repaired:
        assert seen == {days[column][43]}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.integers(0, 20),
            st.sampled_from([*IMPOSSIBLE, *POSSIBLE, np.nan, 3.0, 7.0]),
        ),
        min_size=1,
        max_size=40,
    )
)
@settings(deadline=None)
def test_a_clean_frame_has_possible_numbers_and_stays_as_it_is(
    rows: list[tuple[str, int, float]],
) -> None:
    days = pd.DataFrame(rows, columns=["channel", "day", "cost"])
    days["date"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(days.pop("day"), unit="D")
    for name in COUNTS:
        days[name] = days["cost"]

    clean = clean_days(days)

    assert not clean.duplicated(["channel", "date"]).any()
    assert clean.equals(clean.sort_values(["channel", "date"], ignore_index=True))
    values = clean[list(COUNTS)].to_numpy()
    least = np.where(np.array(COUNTS) == "revenue", -REFUND_DAYS * LARGEST, 0.0)
    assert (np.isnan(values) | ((values >= least) & (values <= LARGEST))).all()
    assert clean_days(clean) is clean
    bad = ~days["cost"].between(-1e-4, LARGEST) & days["cost"].notna()
    assert clean[REPAIRED].ge(3).sum() >= days[bad].drop_duplicates(["channel", "date"]).shape[0]


def test_repairs_build_on_repairs_and_count_from_the_channels_own_first_day() -> None:
    days = pd.concat([constant(days=30), constant(days=30, channel="Later").iloc[10:]], ignore_index=True)
    days.loc[days["channel"] == "Later", "cost"] = [
        np.inf,
        5.0,
        np.inf,
        *[1.0] * 6,
        -np.inf,
        *[2.0] * 6,
        *[np.inf] * 4,
    ]

    clean = clean_days(days).query("channel == 'Later'")["cost"].tolist()

    assert clean[:3] == [0.0, 5.0, 5.0]
    assert clean[9] == 5.0
    assert clean[16:] == [5.0, 2.0, 2.0, 2.0]


def test_what_no_row_of_a_day_records_is_not_a_number() -> None:
    days = constant(days=3)
    days.loc[1, "revenue"] = np.nan

    clean = clean_days(days)

    assert clean["revenue"].isna().tolist() == [False, True, False]
    assert clean[REPAIRED].tolist() == [0, 0, 0]


def test_pairs_are_summed_over_the_rows_that_record_both() -> None:
    shop, brand = constant(days=2), constant(days=2)
    brand["revenue"] = np.nan
    shop.loc[1, ["revenue", "conversions"]] = np.nan

    clean = clean_days(pd.concat([shop, brand]))

    assert clean["cost"].tolist() == (2 * shop["cost"]).tolist()
    revenue, cost = pair_sums(clean, "revenue", "cost")
    assert (revenue[0], cost[0]) == (shop["revenue"][0], shop["cost"][0])
    assert np.isnan([revenue[1], cost[1]]).all()
    assert pair_sums(clean, "clicks", "impressions")[0].tolist() == clean["clicks"].tolist()


def test_a_frame_that_records_everything_needs_no_columns_for_pairs() -> None:
    clean = clean_days(constant(days=3))

    assert not [name for name in clean.columns if "_with_" in name]
    assert pair_sums(clean, "revenue", "cost")[1].equals(clean["cost"])


def test_the_given_frame_stays_as_it_was() -> None:
    days = constant(days=10)
    days.loc[3, "cost"] = np.nan
    before = days.copy(deep=True)

    clean_days(days)

    pd.testing.assert_frame_equal(days, before)


def test_the_order_of_rows_and_how_a_day_is_split_change_nothing() -> None:
    days = account(channels=3, days=40)
    days.loc[5, "revenue"] = np.nan
    shuffled = days.sample(frac=1, random_state=2)
    halves = days.assign(**{name: days[name] / 2 for name in COUNTS})

    clean = clean_days(days)

    pd.testing.assert_frame_equal(clean_days(shuffled), clean)
    pd.testing.assert_frame_equal(clean_days(pd.concat([halves, halves])), clean)
