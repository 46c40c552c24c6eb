"""Parameters of addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from demetra_dash.api.parameters import (
    ALL_DAYS,
    DAYS,
    FORMAT,
    LIMIT,
    WAIT,
    InvalidParameterError,
    Whole,
    read,
)


@given(st.integers(-10, 100), st.integers(-5, 5), st.integers(0, 60))
def test_whole_numbers_are_read_within_their_bounds(number: int, low: int, more: int) -> None:
    parameter = Whole("n", "", low, low + more)

    if max(low, 0) <= number <= low + more:
        assert parameter.parse(str(number)) == number
    else:
        with pytest.raises(InvalidParameterError):
            parameter.parse(str(number))


@given(st.text().filter(lambda text: not (text.isascii() and text.isdigit())))
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        LIMIT.parse(text)

    assert refused.value.values["parameter"] == "limit"


@pytest.mark.parametrize("text", ["1_0", " 1", "+1", "1.0", "1e1", "٣", "", "9" * 10_000])
def test_python_reads_more_than_we_do(text: str) -> None:
    with pytest.raises(InvalidParameterError):
        LIMIT.parse(text)


def test_a_word_stands_for_a_value() -> None:
    assert (DAYS.parse("all"), DAYS.parse("7"), DAYS.parse(None)) == (ALL_DAYS, 7, None)


def test_a_choice_is_one_of_its_words() -> None:
    assert (FORMAT.parse(None), FORMAT.parse("csv")) == ("json", "csv")
    with pytest.raises(InvalidParameterError, match="json, csv"):
        FORMAT.parse("xml")


def test_parameters_that_nobody_declared_are_ignored() -> None:
    assert read((WAIT,), MultiDict({"utm_source": "portal"})) == {"wait": 0}


def test_a_parameter_given_twice_is_refused() -> None:
    with pytest.raises(InvalidParameterError, match="given once"):
        read((WAIT,), MultiDict([("wait", "1"), ("wait", "2")]))


def test_a_long_value_is_not_repeated_in_full() -> None:
    with pytest.raises(InvalidParameterError) as refused:
        FORMAT.parse("x" * 5000)

    assert len(str(refused.value)) < 200
