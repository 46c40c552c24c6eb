from __future__ import annotations

import random
from datetime import date
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.date_texts import EARLIEST, LATEST, Order
from services.intake.dates import DateEvidence, DateReader, date_stems, read_date
from services.intake.failures import MixedDatesError
from services.text import Text

days = st.dates(EARLIEST, LATEST)
FORMATS = {
    "year": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"),
    "day": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y %H:%M"),
    "month": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y, %I:%M %p"),
}


def evidence(*texts: str) -> DateEvidence:
    found = DateEvidence()
    found.add(date_stems(texts), range(2, 2 + len(texts)))
    return found


@given(days, st.sampled_from([(order, written) for order, many in FORMATS.items() for written in many]))
def test_a_day_written_in_any_format_reads_as_itself(day: date, how: tuple[str, str]) -> None:
    order, written = how

    assert read_date(day.strftime(written), cast("Order", order)) == day


@given(st.lists(days, min_size=1), st.sampled_from(FORMATS["day"]), st.randoms(use_true_random=False))
def test_one_day_above_twelve_anywhere_makes_every_row_day_first(
    many: list[date], written: str, random: random.Random
) -> None:
    texts = [day.strftime(written) for day in [*many, date(2025, 1, 13)]]
    random.shuffle(texts)

    assert evidence(*texts).order("file.csv") == "day"


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2025-1-5", "year", date(2025, 1, 5)),
        (" 2025-01-05 ", "year", date(2025, 1, 5)),
        ("2025-01-05T23:59:59.123+03:00", "year", date(2025, 1, 5)),
        ("5.1.25", "day", date(2025, 1, 5)),
        ("1/5/25 3:00 PM", "month", date(2025, 1, 5)),
        ("Jan 5, 2025", "year", date(2025, 1, 5)),
        ("5 January 2025", "day", date(2025, 1, 5)),
        ("05-Sep-25", "month", date(2025, 9, 5)),
        ("5 января 2025 г.", "day", date(2025, 1, 5)),
        ("20250105", "day", date(2025, 1, 5)),
        ("29.02.2024", "day", date(2024, 2, 29)),
    ],
)
def test_dates_are_read_as_people_mean_them(text: str, order: Order, day: date) -> None:
    assert read_date(text, order) == day


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("", "year", "the date is empty"),
        ("Total", "year", "“Total” is not a date"),
        ("45658", "year", "“45658” is not a date"),
        ("2025-13-01", "year", "there is no such day as “2025-13-01”"),
        ("2025-02-30", "year", "there is no such day as “2025-02-30”"),
        ("29.02.2025", "day", "there is no such day as “29.02.2025”"),
        ("0000-00-00", "year", "there is no such day as “0000-00-00”"),
        ("1925-01-01", "year", "the date “1925-01-01” is outside of 1990-01-01 to 2099-12-31"),
        ("2025-01-01 25:00", "year", "“2025-01-01 25:00” is not a date"),
        ("5 Foo 2025", "year", "“5 Foo 2025” is not a date"),
    ],
)
def test_what_is_no_day_says_why(text: str, order: Order, reason: str) -> None:
    found = read_date(text, order)

    assert isinstance(found, Text)
    assert found.en == reason


def test_a_reader_gives_iso_days_and_the_positions_of_what_is_none() -> None:
    days, problems = DateReader("day").read(["13.01.2025 10:00", "31.02.2025 10:00", "", "1.2.25"])

    assert days == ["2025-01-13", "", "", "2025-02-01"]
    assert {at: problem.en for at, problem in problems.items()} == {
        1: "there is no such day as “31.02.2025”",
        2: "the date is empty",
    }


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2025-01-02"], "year"),
        (["01/02/2025", "13/02/2025"], "day"),
        (["01/02/2025", "02/13/2025"], "month"),
        (["01/02/2025", "02/01/2025"], "day"),
        (["Jan 5, 2025"], "year"),
        (["13/13/2025", "02/13/2025"], "month"),
        (["nonsense", ""], "year"),
    ],
)
def test_the_order_is_decided_from_all_rows(texts: list[str], order: Order) -> None:
    assert evidence(*texts).order("file.csv") == order


def test_the_period_is_read_in_the_order_of_the_file() -> None:
    found = evidence("05/02/2025 10:00", "13/01/2025", "nonsense", "31/02/2025")

    assert found.period("day") == (date(2025, 1, 13), date(2025, 2, 5))
    assert evidence("nonsense").period("day") is None


def test_a_file_that_never_tells_day_and_month_apart_says_so() -> None:
    assert evidence("01/02/2025", "03/04/2025").is_silent
    assert not evidence("01/02/2025", "13/04/2025").is_silent
    assert not evidence("2025-01-02").is_silent


@pytest.mark.parametrize(
    "texts",
    [
        ["13/01/2025", "01/13/2025"],
        ["01/02/2025", "13.01.2025", "01/14/2025"],
        ["2025-01-02", "13/01/2025"],
        ["2025-01-02", "01/02/2025"],
    ],
)
def test_contradictory_orders_are_refused(texts: list[str]) -> None:
    with pytest.raises(MixedDatesError):
        evidence(*texts).order("file.csv")


def test_the_refusal_names_both_dates_and_their_lines() -> None:
    with pytest.raises(MixedDatesError) as caught:
        evidence("01/02/2025", "13/01/2025", "02/28/2025").order("ads.csv")

    assert (
        "line 3 has “13/01/2025” (day first), line 4 has “02/28/2025” (month first)" in caught.value.text.en
    )


def test_one_foreign_date_among_hundreds_is_only_rejected() -> None:
    found = evidence(*["2025-01-02"] * 200, "13/01/2025")

    assert found.order("file.csv") == "year"
    assert "another order" in str(read_date("13/01/2025", "year"))
