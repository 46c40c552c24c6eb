"""CSV that opens well in a spreadsheet and cannot do anything there."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demetra_dash.api.spreadsheet import FORMULA_STARTS, csv_bytes

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(words)
def test_no_text_begins_like_a_formula(word):
    cell = read(csv_bytes(["channel"], [{"channel": word}]))[1][0]

    assert not cell.startswith(FORMULA_STARTS)
    assert cell.removeprefix("'") == word.removeprefix("'")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1"])
def test_formulas_become_text(name):
    assert read(csv_bytes([name], [])) == [["'" + name]]


def test_numbers_and_dates_are_written_raw():
    row = {"date": date(2026, 11, 23), "roi": -0.25, "cost": Decimal("1234.5"), "ctr": None}

    assert read(csv_bytes(list(row), [row]))[1] == ["2026-11-23", "-0.25", "1234.5", ""]


def test_it_begins_with_a_byte_order_mark():
    assert csv_bytes(["канал"], []).startswith(b"\xef\xbb\xbf")
