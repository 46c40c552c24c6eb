from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.charts.dates import day_label, marks
from services.charts.style import SMALL_SIZE
from services.charts.typeface import width
from services.text import LANGS, Lang


@given(
    first=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    days=st.integers(0, 5000),
    wide=st.floats(1.2, 11),
    lang=st.sampled_from(LANGS),
)
@settings(max_examples=60, deadline=None)
def test_marks_are_inside_in_order_and_do_not_touch(first: date, days: int, wide: float, lang: Lang) -> None:
    last = first + timedelta(days=days)

    found = marks(first, last, wide, lang)

    assert found
    assert first <= found[0].day <= found[-1].day <= last
    for one, other in pairwise(found):
        apart = (other.day - one.day).days * wide / (days + 1)
        assert apart > (width(one.label, SMALL_SIZE) + width(other.label, SMALL_SIZE)) / 2


@pytest.mark.parametrize(
    ("first", "last", "wide", "lang", "labels"),
    [
        (date(2026, 11, 3), date(2026, 11, 5), 5, "en", ["3\u00a0Nov", "4\u00a0Nov", "5\u00a0Nov"]),
        (
            date(2026, 11, 3),
            date(2026, 11, 20),
            5,
            "ru",
            ["7\u00a0ноя", "11\u00a0ноя", "15\u00a0ноя", "19\u00a0ноя"],
        ),
        (date(2026, 8, 24), date(2026, 12, 20), 1.5, "ru", ["сен", "ноя"]),
        (date(2026, 10, 5), date(2027, 3, 20), 4, "en", ["Nov", "Dec", "2027", "Feb", "Mar"]),
        (date(2020, 2, 1), date(2026, 9, 1), 2.5, "en", ["2022", "2024", "2026"]),
        (date(2026, 11, 3), date(2026, 11, 3), 1.5, "en", ["3\u00a0Nov"]),
    ],
)
def test_marks_suit_the_length_of_time_and_the_language(
    first: date, last: date, wide: float, lang: Lang, labels: list[str]
) -> None:
    assert [mark.label for mark in marks(first, last, wide, lang)] == labels


def test_a_day_is_written_with_its_year_on_request() -> None:
    assert day_label(date(2026, 11, 3), "ru", with_year=True) == "3\u00a0ноя\u00a02026"
