"""The one rule for numbers that cannot be, and that forecasts, plan and recommendations go by it alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.budgeting.history import read_history as budget_history
from services.forecasting.campaign_days import COUNTS, LARGEST, REPAIRED, clean_days
from services.forecasting.panel import read_panel
from services.insights.history import read_history as insight_history
from tests.forecasting.accounts import account, constant

IMPOSSIBLE = [np.nan, np.inf, -np.inf, -1.0, LARGEST * 1.001, 5e13, 1e300]
POSSIBLE = [0.0, 1e-9, -1e-9, 0.5, LARGEST]


@pytest.mark.parametrize("value", [*IMPOSSIBLE, *POSSIBLE])
@pytest.mark.parametrize("column", ["cost", "revenue"])
def test_forecasts_plan_and_recommendations_see_the_same_number(value: float, column: str) -> None:
    days = account(channels=1, days=60)
    days.loc[50, column] = value

    panel, plan, rules = read_panel(days), budget_history(days), insight_history(days)

    assert rules is not None
    seen = {panel.counts[column][0, 50], getattr(plan, column)[50, 0], rules.counts[column][0, 50]}
    assert len(seen) == 1
    assert panel.repaired == plan.repaired == rules.repaired == (value in IMPOSSIBLE or np.isnan(value))
    if panel.repaired:
        assert seen == {days[column][43]}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b"]),
            st.integers(0, 20),
            st.sampled_from([*IMPOSSIBLE, *POSSIBLE, 3.0, 7.0]),
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
    assert ((values >= 0) & (values <= LARGEST)).all()
    assert clean_days(clean) is clean
    bad = ~days["cost"].between(-1e-4, LARGEST)
    assert clean[REPAIRED].ge(len(COUNTS)).sum() >= days[bad].drop_duplicates(["channel", "date"]).shape[0]


def test_repairs_build_on_repairs_and_count_from_the_channels_own_first_day() -> None:
    days = pd.concat([constant(days=30), constant(days=30, channel="Later").iloc[10:]], ignore_index=True)
    days.loc[days["channel"] == "Later", "cost"] = [
        np.nan,
        5.0,
        np.nan,
        *[1.0] * 6,
        np.nan,
        *[2.0] * 6,
        *[np.nan] * 4,
    ]

    clean = clean_days(days).query("channel == 'Later'")["cost"].tolist()

    assert clean[:3] == [0.0, 5.0, 5.0]
    assert clean[9] == 5.0
    assert clean[16:] == [5.0, 2.0, 2.0, 2.0]


def test_the_given_frame_stays_as_it_was() -> None:
    days = constant(days=10)
    days.loc[3, "cost"] = np.nan
    before = days.copy(deep=True)

    clean_days(days)

    pd.testing.assert_frame_equal(days, before)
