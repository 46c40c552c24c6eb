"""The pace of a month: sums, range, probabilities, the day a budget is used up, and what cannot be told."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pacing import words
from services.pacing.outlook import LEAST_DAYS, each_day, outlook
from services.pacing.pace import Daily, pace
from services.periods import DateRange, month_of

NOVEMBER = DateRange(date(2026, 11, 1), date(2026, 11, 30))
FIRST = date(2026, 3, 2)  # a Monday
WEEKDAYS = (100.0, 110.0, 120.0, 110.0, 100.0, 40.0, 20.0)


def daily(last: date, noise: float = 0.0, unsettled: int = 0, first: date = FIRST) -> Daily:
    """Return days with a profile of weekdays; the last `unsettled` ones cannot be used."""
    chance = random.Random(1)
    days = list(DateRange(first, last).each_day())
    values = tuple(WEEKDAYS[day.weekday()] * chance.lognormvariate(0, noise) for day in days)
    return Daily(first, values, values[: len(values) - unsettled])


def true_sum(first: date, last: date) -> float:
    return sum(WEEKDAYS[day.weekday()] for day in DateRange(first, last).each_day())


def test_a_month_is_foretold_by_its_weekdays_and_not_by_a_straight_line() -> None:
    at = date(2026, 11, 13)  # a Friday: of the rest of the month, 6 days are a weekend's
    found = pace(daily(at), NOVEMBER, "", "spend", 2500)

    whole = true_sum(NOVEMBER.first, NOVEMBER.last)
    assert found.so_far == pytest.approx(true_sum(NOVEMBER.first, at))
    assert found.expected == pytest.approx(whole, rel=0.02)
    straight = true_sum(NOVEMBER.first, at) / 13 * 30
    assert abs(straight - whole) > 3 * abs((found.expected or 0) - whole)


def test_a_budget_is_used_up_on_the_day_on_which_the_sum_exceeds_it() -> None:
    found = pace(daily(date(2026, 11, 13)), NOVEMBER, "", "spend", 2000)

    summed, expected = 0.0, None
    for day in NOVEMBER.each_day():
        summed += WEEKDAYS[day.weekday()]
        expected = day if summed > 2000 and expected is None else expected
    assert found.runs_out_on == expected
    assert found.per_day == pytest.approx((2000 - (found.so_far or 0)) / 17)
    assert found.days_left == 17


def test_a_month_that_is_over_has_its_result() -> None:
    over = pace(daily(date(2026, 12, 10)), NOVEMBER, "", "spend", 2000)
    goal = pace(daily(date(2026, 12, 10)), NOVEMBER, "", "revenue", 9999)

    whole = true_sum(NOVEMBER.first, NOVEMBER.last)
    assert (over.state, over.expected, over.low, over.high, over.above) == ("final", whole, whole, whole, 1.0)
    assert (goal.above, goal.runs_out_on, goal.days_left, goal.per_day) == (0.0, None, 0, None)


def test_days_that_cannot_be_used_yet_are_foretold() -> None:
    at = date(2026, 11, 13)
    known = daily(at)
    broken = Daily(FIRST, (*known.recorded[:-3], 0.0, 0.0, 0.0), known.recorded[:-3])

    found = pace(broken, NOVEMBER, "", "conversions", 2500)

    assert found.so_far == pytest.approx(true_sum(NOVEMBER.first, date(2026, 11, 10)))
    assert found.expected == pytest.approx(true_sum(NOVEMBER.first, NOVEMBER.last), rel=0.02)
    needed = 2500 - true_sum(NOVEMBER.first, at)  # the three days will have come
    assert found.per_day == pytest.approx(needed / 17, rel=0.05)


def test_a_month_over_with_late_conversions_is_settling() -> None:
    known = daily(date(2026, 12, 1))
    settled = tuple(value * 1.1 for value in known.recorded)

    found = pace(Daily(FIRST, known.recorded, settled), NOVEMBER, "", "revenue", 1.0)
    assert (found.state, found.note) == ("settling", words.SETTLING)
    assert found.expected == pytest.approx(1.1 * (found.so_far or 0))
    cut = pace(Daily(FIRST, known.recorded, known.recorded[:-4]), NOVEMBER, "", "revenue", 1.0)
    assert cut.state == "settling"
    assert cut.low is not None
    assert cut.low <= (cut.expected or 0)


@pytest.mark.parametrize(
    ("found", "state", "note"),
    [
        (pace(None, NOVEMBER, "TikTok", "spend", 10), "untold", words.NO_ROWS),
        (
            pace(Daily(FIRST, (0.0,) * 90, (0.0,) * 90, is_recorded=False), NOVEMBER, "", "revenue", 1),
            "untold",
            words.NOT_RECORDED,
        ),
        (pace(daily(date(2026, 8, 1)), NOVEMBER, "", "spend", 1), "untold", words.TOO_FAR.format(days=62)),
        (
            pace(daily(date(2026, 11, 13), first=date(2026, 11, 4)), NOVEMBER, "New", "spend", 1000),
            "untold",
            words.TOO_SHORT.format(days=10, needed=28),
        ),
        (
            pace(daily(date(2027, 3, 1), first=date(2026, 12, 4)), NOVEMBER, "", "spend", 1),
            "untold",
            words.BEFORE_DATA,
        ),
        (
            pace(daily(date(2026, 11, 16), first=date(2026, 10, 17)), NOVEMBER, "", "spend", 1000),
            "running",
            words.FEW_WINDOWS,
        ),
    ],
)
def test_what_cannot_be_told_is_said(found: object, state: str, note: object) -> None:
    assert (found.state, found.note) == (state, note)  # type: ignore[attr-defined]


def test_a_channel_that_started_within_the_month_still_has_its_sum_and_rate() -> None:
    found = pace(daily(date(2026, 11, 13), first=date(2026, 11, 4)), NOVEMBER, "New", "spend", 2000)

    assert found.so_far == pytest.approx(true_sum(date(2026, 11, 4), date(2026, 11, 13)))
    assert found.per_day == pytest.approx((2000 - (found.so_far or 0)) / 17)
    assert (found.expected, found.above) == (None, None)


def test_a_channel_that_has_paused_is_expected_to_stay_so() -> None:
    values = tuple([50.0] * 200 + [0.0] * 40)
    at = FIRST + timedelta(days=len(values) - 1)
    month = DateRange(at.replace(day=1), date(2026, 10, 31))

    found = pace(Daily(FIRST, values, values), month, "", "spend", 100)

    assert found.note == words.PAUSED.format(days=LEAST_DAYS)
    assert (found.low, found.above) == (None, None)


def test_no_budget_at_all_is_exceeded_by_the_first_spend() -> None:
    found = pace(daily(date(2026, 11, 13)), NOVEMBER, "", "spend", 0)

    assert (found.above, found.runs_out_on, found.per_day) == (1.0, NOVEMBER.first, 0.0)


def test_a_future_month_is_foretold_within_the_horizon() -> None:
    december = month_of("2026-12")
    assert december is not None
    found = pace(daily(date(2026, 11, 13), noise=0.1), december, "", "spend", 2500)

    assert (found.state, found.so_far, found.days_left) == ("future", 0, 31)
    assert found.low is not None
    assert found.high is not None
    assert found.low < true_sum(december.first, december.last) < found.high


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(0, 1e9), min_size=28, max_size=200),
    gap=st.integers(0, 30),
    days=st.integers(1, 31),
    scale=st.floats(0.01, 100),
    amounts=st.lists(st.floats(0, 1e12), min_size=2, max_size=2),
)
def test_laws_of_the_outlook(
    values: list[float], gap: int, days: int, scale: float, amounts: list[float]
) -> None:
    found = outlook(values, gap, days)
    assert found is not None
    scaled = outlook([scale * value for value in values], gap, days)

    assert found.mean >= 0
    assert scaled is not None
    assert scaled.mean == pytest.approx(scale * found.mean, rel=1e-6, abs=1e-6)
    assert sum(each_day(values, gap, days)) == pytest.approx(1)
    if found.ratios:
        assert 0 <= found.quantile(0.1) <= found.quantile(0.9)
        low, high = sorted(amounts)
        assert 1 >= found.above(low) >= found.above(high) >= 0


def test_probability_and_range_agree() -> None:
    known = daily(date(2026, 11, 13), noise=0.3)
    told = pace(known, NOVEMBER, "", "spend", 1)
    assert told.low is not None
    assert told.high is not None

    assert pace(known, NOVEMBER, "", "spend", told.low).above == pytest.approx(0.9, abs=0.02)
    assert pace(known, NOVEMBER, "", "spend", told.high).above == pytest.approx(0.1, abs=0.02)
