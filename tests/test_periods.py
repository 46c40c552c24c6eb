"""Periods and comparisons mean the days that a calendar says, and nothing else is accepted as one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.periods import (
    COMPARISON_WORDS,
    PERIOD_WORDS,
    DateRange,
    Selection,
    comparison_of,
    period_of,
    text_of,
)

DATA = DateRange(date(2024, 2, 10), date(2026, 11, 27))
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


def days(text: str) -> DateRange:
    """Return `2026-11-01..27` as days: two ends, of which the second may leave out what is the same."""
    first, _, last = text.partition("..")
    return DateRange(date.fromisoformat(first), date.fromisoformat(first[: 10 - len(last)] + last))


@pytest.mark.parametrize(
    ("text", "meant", "before"),
    [
        ("7", "2026-11-21..27", "2026-11-14..20"),
        ("28", "2026-10-31..2026-11-27", "2026-10-03..30"),
        ("month", "2026-11-01..27", "2026-10-01..27"),
        ("last-month", "2026-10-01..31", "2026-09-01..30"),
        ("quarter", "2026-10-01..2026-11-27", "2026-07-01..2026-08-27"),
        ("last-quarter", "2026-07-01..2026-09-30", "2026-04-01..2026-06-30"),
        ("year", "2026-01-01..2026-11-27", "2025-01-01..2025-11-27"),
        ("2026-11-02,2026-11-08", "2026-11-02..08", "2026-10-26..2026-11-01"),
        ("2026-11-25,", "2026-11-25..27", "2026-11-22..24"),
        ("2026-11-25,2026-12-24", "2026-11-25..27", "2026-11-22..24"),
    ],
)
def test_a_period_and_the_one_before(text: str, meant: str, before: str) -> None:
    period = period_of(text)

    assert period is not None
    assert (period.within(DATA), period.before(DATA)) == (days(meant), days(before))
    assert Selection(period).compared_days(days(meant), DATA) == days(before)


@pytest.mark.parametrize(
    ("last", "before"), [("2026-09-30", "2026-08-01..31"), ("2026-03-30", "2026-02-01..28")]
)
def test_a_month_that_is_over_or_longer_is_compared_with_the_whole_one_before(last: str, before: str) -> None:
    period = period_of("month")

    assert period is not None
    assert period.before(DateRange(DATA.first, date.fromisoformat(last))) == days(before)


@pytest.mark.parametrize(
    "text", ["2024-02-10,2024-03-08", "all", "2024-02-01,", "3660", "2024-01-20,2024-02-20"]
)
def test_what_the_data_do_not_cover_is_not_compared(text: str) -> None:
    period = period_of(text)
    assert period is not None
    meant = period.within(DATA)
    assert meant is not None

    assert Selection(period).compared_days(meant, DATA) is None
    assert Selection(period, "year").compared_days(meant, DATA) is None


def test_a_year_ago_are_the_same_weekdays() -> None:
    meant = days("2026-11-02..08")

    before = Selection(comparison="year").compared_days(meant, DATA)

    assert before == days("2025-11-03..09")
    assert before.first.weekday() == meant.first.weekday()
    assert Selection(comparison="none").compared_days(meant, DATA) is None


def test_a_comparison_of_two_dates_is_all_of_them_or_nothing() -> None:
    inside, partly = comparison_of("2025-01-01,2025-01-28"), comparison_of("2024-01-01,2024-03-01")
    assert inside is not None
    assert partly is not None

    assert Selection(comparison=inside).compared_days(DATA, DATA) == days("2025-01-01..28")
    assert Selection(comparison=partly).compared_days(DATA, DATA) is None


@pytest.mark.parametrize("text", ["2023-01-01,2023-02-01", ",2024-02-09", "2026-11-28,"])
def test_days_outside_the_data_are_none_of_them(text: str) -> None:
    period = period_of(text)

    assert period is not None
    assert period.within(DATA) is None


@given(first=DAYS, length=st.integers(0, 400), last=DAYS)
def test_every_period_is_within_the_data_and_ends_with_the_newest_day_or_before(
    first: date, length: int, last: date
) -> None:
    data = DateRange(last - timedelta(days=length), last)
    for text in (*PERIOD_WORDS, "1", "90", f"{first},"):
        period = period_of(text)
        assert period is not None
        assert period.text == text
        meant = period.within(data)
        assert meant is None or (data.covers(meant) and period.before(data).last < meant.first)


@given(DAYS, DAYS)
def test_an_address_says_the_same_dates_again(one: date, other: date) -> None:
    text = f"{min(one, other)},{max(one, other)}"

    assert text_of(comparison_of(text) or "none") == text


def test_words_of_comparisons_are_themselves() -> None:
    assert [text_of(comparison_of(word) or "none") for word in COMPARISON_WORDS] == list(COMPARISON_WORDS)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-1", "3661", "28 ", "２８", "1_0", "yesterday", "last-year", ",", "2026-11-27"),
        *("2026-11-27,2026-11-01", "2026-13-01,", "20261101,20261127", "0001-01-01,", ",9999-12-31"),
        *("2026-11-01,2026-11-02,", "2026-W01-1,"),
    ],
)
def test_nothing_else_is_a_period(text: str) -> None:
    assert period_of(text) is None
    assert comparison_of(text) is None
