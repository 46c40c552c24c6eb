from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts import numbers
from layouts.reader import Reader
from services.text import NOTHING
from tests.layouts.values import ENGLISH, NOW, RUSSIAN


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2026, 11, 1), date(2026, 11, 28), "1–28 Nov 2026"),
        (date(2026, 10, 30), date(2026, 11, 26), "30 Oct – 26 Nov 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec 2025 – 2 Jan 2026"),
        (date(2026, 11, 1), date(2026, 11, 1), "1 Nov 2026"),
    ],
)
def test_a_span_repeats_nothing_that_is_the_same_at_both_ends(first: date, last: date, written: str) -> None:
    assert numbers.span(first, last, "en").replace("\u00a0", " ") == written


def test_a_time_of_today_has_no_date_and_an_older_one_has() -> None:
    today = numbers.clock(NOW, ENGLISH, now=NOW)
    yesterday = numbers.clock(NOW - timedelta(days=1), RUSSIAN, now=NOW)

    assert today == "14:33"
    assert yesterday.replace("\u00a0", " ") == "21 ноя, 14:33"


def test_today_is_the_readers_day_and_not_the_servers() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the 23rd in Berlin

    assert numbers.clock(late, ENGLISH, now=late + timedelta(hours=1)) == "00:30"


@pytest.mark.parametrize(
    ("zone", "name"), [("Europe/Berlin", "CET"), ("Asia/Dubai", "UTC+04"), ("UTC", "UTC")]
)
def test_a_zone_is_written_with_letters(zone: str, name: str) -> None:
    assert numbers.zone(NOW, Reader("en", "EUR", zone)) == name


@pytest.mark.parametrize(
    ("seconds", "en", "ru"),
    [
        (0, "just now", "только что"),
        (59.9, "just now", "только что"),
        (60, "1 min ago", "1 мин назад"),
        (7199, "1 h ago", "1 ч назад"),
        (200_000, "2 d ago", "2 дн. назад"),
    ],
)
def test_an_age_is_written_in_its_largest_whole_unit(seconds: float, en: str, ru: str) -> None:
    assert numbers.age(seconds, "en").replace("\u00a0", " ") == en
    assert numbers.age(seconds, "ru").replace("\u00a0", " ") == ru


@pytest.mark.parametrize(
    ("now", "before", "written"),
    [
        (104.1, 100, "+4.1\u00a0%"),
        (98.1, 100, "−1.9\u00a0%"),
        (100, 100, "0.0\u00a0%"),
        (300, 100, "+200\u00a0%"),
        (1, 0, NOTHING),
        (1, None, NOTHING),
        (None, 1, NOTHING),
    ],
)
def test_a_change_has_a_sign_unless_it_is_zero_or_unknown(
    now: float | None, before: int | None, written: str
) -> None:
    assert numbers.change(now, before, "en") == written


def test_ratios_change_in_points() -> None:
    assert numbers.change_in_points(2.15, 2.01, "en") == "+14\u00a0pp"
    assert numbers.change_in_points(0.0192, 0.0197, "ru") == "−0,05\u00a0п.п."
    assert numbers.change_in_points(None, 2.0, "en") == NOTHING


@settings(deadline=None)
@given(st.floats(0.01, 1e9), st.floats(0.01, 1e9))
def test_the_sign_of_a_change_is_that_of_the_difference(now: float, before: float) -> None:
    written = numbers.change(now, before, "en")

    assert not (written.startswith("+") and now <= before)
    assert not (written.startswith("−") and now >= before)


def test_large_figures_are_shortened_from_a_million() -> None:
    assert numbers.large(999_999, "en") == "999,999"
    assert numbers.large(12_400_000, "en") == "12.4\u00a0m"
    assert numbers.large(None, "en") == NOTHING


def test_a_day_of_another_year_carries_its_year() -> None:
    def written(day: date) -> str:
        return numbers.day_near(day, date(2026, 11, 25), "en").replace("\u00a0", " ")

    assert written(date(2025, 2, 21)) == "21 Feb 2025"
    assert written(date(2026, 2, 21)) == "21 Feb"
