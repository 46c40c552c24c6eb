"""CSV that opens well in a spreadsheet and cannot do anything there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demetra_dash.api.csv_export import csv_bytes
from services.formulas import SIGNS, disarmed, disarmed_for_now, rearmed

UNSEEN = (
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00a0", "\u00ad", "\u061c", "\u180e", "\u3000"),
    *("\u202e", "\u2066", "\u2069", "\u3164", "\ufe0f", "\x00", "\x1f", "\x7f", "\x9f"),
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


nasty = st.text(st.sampled_from([*SIGNS, *";,|\t\r\n\"' a1", *UNSEEN]), min_size=1, max_size=12)


def split_as_programs_do(content: bytes, separator: str) -> Iterator[str]:
    """Yield the cells of all lines as programs cut them: quotation marks minded, and not minded."""
    text = content.decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        yield from row
    for line in re.split(r"[\r\n]", text):
        yield from line.split(separator)


def begins_like_a_formula(cell: str) -> bool:
    return cell.strip("".join(UNSEEN) + '" \t\r\n').startswith(tuple(SIGNS))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@given(first=words | nasty, second=words | nasty)
@settings(max_examples=400)
def test_no_cell_begins_like_a_formula_wherever_a_program_splits(
    separator: str, first: str, second: str
) -> None:
    content = csv_bytes(["channel", second], [{"channel": first, second: 7}, {"channel": second, second: 1}])

    assert not [cell for cell in split_as_programs_do(content, separator) if begins_like_a_formula(cell)]


@given(words | nasty)
def test_apostrophes_are_all_that_is_added(word: str) -> None:
    cell = read(csv_bytes(["channel"], [{"channel": word}]))[1][0]

    assert cell.replace("'", "") == word.replace("'", "")


@given(st.text("abc XYZ;,'|\u0430", min_size=1))
def test_a_text_without_formulas_stays_as_it_is(word: str) -> None:
    assert disarmed(word) == word


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "\u200b=1", '"=1', "\u2066 -1"]
)
def test_formulas_become_text(name: str) -> None:
    assert read(csv_bytes([name], [])) == [["'" + name]]


@pytest.mark.parametrize("separator", [*";,|\t\r\n", "; ", ";\u200b", ',"'])
@pytest.mark.parametrize("sign", SIGNS)
def test_formulas_behind_a_separator_become_text(separator: str, sign: str) -> None:
    cell = read(csv_bytes(["a"], [{"a": f"x{separator}{sign}cmd|'/C calc'!A0;y"}]))[1][0]

    assert cell == f"x{separator[0]}'{separator[1:]}{sign}cmd|'/C calc'!A0;y"


def test_disarming_is_quick_however_long_the_text() -> None:
    for text in ("\t" * 1_000_000, ";" * 1_000_000, " " * 1_000_000, ";\u200b" * 500_000, '"' * 1_000_000):
        assert disarmed(text).replace("'", "") == text


@given(words | nasty)
def test_what_is_disarmed_for_now_comes_back_as_it_was(word: str) -> None:
    assert rearmed(disarmed_for_now(word)) == word


def test_numbers_and_dates_are_written_raw() -> None:
    row = {"date": date(2026, 11, 23), "roi": -0.25, "cost": Decimal("1234.5"), "ctr": None}

    assert read(csv_bytes(list(row), [row]))[1] == ["2026-11-23", "-0.25", "1234.5", ""]


def test_it_begins_with_a_byte_order_mark() -> None:
    assert csv_bytes(["канал"], []).startswith(b"\xef\xbb\xbf")
