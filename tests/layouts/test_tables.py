from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from layouts import tables
from layouts.reader import Reader
from services.text import NOTHING, Text
from services.views import Column
from tests.layouts.values import ENGLISH, RUSSIAN

COLUMNS = (
    Column("date", Text(en="Date", ru="Дата"), "date"),
    Column("channel", Text(en="Channel", ru="Канал")),
    Column("roi", Text(en="ROI", ru="ROI"), "percent"),
    Column("spend", Text(en="Spend", ru="Расход"), "money"),
)
NAME = '<img src=x onerror="alert(1)">'
ROW = {"date": date(2026, 11, 22), "channel": NAME, "roi": None, "spend": Decimal("12.3456")}


def drawn(rows: Sequence[Mapping[str, Any]], reader: Reader = ENGLISH) -> dict[str, Any]:
    return tables.draw("t", COLUMNS, rows, reader)


def column(name: str, values: Sequence[int | float | Decimal | None], reader: Reader = ENGLISH) -> Any:
    rows = [ROW | {name: value} for value in values]
    return next(c for c in drawn(rows, reader)["t.columns"] if c["id"] == name)


def test_what_is_drawn_are_the_leaves_of_a_table() -> None:
    assert set(drawn([ROW])) == set(tables.leaves("t"))


def test_numbers_stay_numbers_and_days_sort_as_text() -> None:
    assert drawn([ROW])["t.data"] == [
        {"date": "2026-11-22", "channel": NAME, "roi": None, "spend": 12.35},
    ]


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("roi", 2.5854614, 259.0),
        ("roi", 0.1234567, 12.3),
        ("roi", -0.0321, -3.21),
        ("roi", Decimal("0.999"), 99.9),
        ("spend", Decimal("1234.56"), 1235.0),
        ("spend", Decimal("0.005"), 0.01),
        ("spend", 0, 0.0),
    ],
)
def test_a_cell_has_the_unit_and_the_decimals_that_are_shown(
    name: str, value: float | Decimal, cell: float
) -> None:
    """A filter “= 259” finds the row that shows 259 %."""
    (row,) = drawn([ROW | {name: value}])["t.data"]

    assert row[name] == cell


def test_numbers_are_compared_as_numbers() -> None:
    """Where case does not matter, the component compares digits as letters: 8,816 would exceed 20,000."""
    assert column("spend", [5])["filter_options"] == {"case": "sensitive"}


def test_a_table_opens_at_the_page_of_a_row() -> None:
    rows = [ROW] * 25

    assert tables.draw("t", COLUMNS, rows, ENGLISH)["t-frame.data-opened"] == "0"
    assert tables.draw("t", COLUMNS, rows, ENGLISH, opened_at=21)["t-frame.data-opened"] == "2"


def test_no_column_is_ever_read_as_markup() -> None:
    made, *_ = tables.table("t", "en").children

    assert all(c.get("presentation", "input") == "input" for c in drawn([ROW])["t.columns"])
    assert not hasattr(made, "dangerously_allow_html")
    assert not hasattr(made, "markdown_options")


def test_titles_and_marks_are_the_readers() -> None:
    english, russian = column("spend", [5]), column("spend", [5], RUSSIAN)

    assert (english["name"], russian["name"]) == ("Spend, EUR", "Расход, EUR")
    assert english["format"]["locale"]["decimal"] == "."
    assert russian["format"]["locale"]["decimal"] == ","


def test_no_value_is_a_dash() -> None:
    assert column("roi", [None])["format"]["nully"] == NOTHING


@pytest.mark.parametrize(
    ("name", "values", "specifier"),
    [
        ("spend", [5, Decimal("999.99")], ",.2f"),
        ("spend", [5, Decimal(-1000)], ",.0f"),
        ("roi", [0.01, 0.05], "$,.2f"),
        ("roi", [0.01, 0.5], "$,.1f"),
        ("roi", [-2.5, 0.5], "$,.0f"),
        ("roi", [], "$,.2f"),
    ],
)
def test_a_column_has_the_decimals_that_its_largest_value_needs(
    name: str, values: list[int | Decimal] | list[float], specifier: str
) -> None:
    assert column(name, values)["format"]["specifier"] == specifier


def test_columns_of_one_figure_have_the_same_decimals() -> None:
    columns = (
        Column("roi_pred", Text(en="", ru=""), "percent"),
        Column("roi_low", Text(en="", ru=""), "percent"),
        Column("ctr_pred", Text(en="", ru=""), "percent"),
    )

    made = tables.draw("t", columns, [{"roi_pred": 2.5, "roi_low": 0.5, "ctr_pred": 0.02}], ENGLISH)

    assert [c["format"]["specifier"] for c in made["t.columns"]] == ["$,.0f", "$,.0f", "$,.2f"]


def test_codes_are_shown_as_words() -> None:
    action = Column(
        "action", Text(en="Action", ru="Действие"), words={"hold": Text(en="keep", ru="не менять")}
    )

    made = tables.draw("t", (action,), [{"action": "hold"}, {"action": "other"}], RUSSIAN)

    assert made["t.data"] == [{"action": "не менять"}, {"action": "other"}]


def test_words_start_at_the_left_and_numbers_end_at_the_right() -> None:
    left = [rule["if"]["column_id"] for rule in drawn([ROW])["t.style_cell_conditional"]]

    assert left == ["date", "channel"]


def test_a_channels_colour_goes_by_its_place_and_not_by_its_name() -> None:
    (mark,) = tables.colour_marks({3: "#123456"})
    (cells,) = tables.draw("t", COLUMNS, [ROW | {tables.POSITION: 3}], ENGLISH)["t.data"]

    assert mark["if"] == {"filter_query": "{_position} = 3", "column_id": "channel"}
    assert "#123456" in mark["boxShadow"]
    assert cells[tables.POSITION] == 3


def test_a_table_can_be_sorted_filtered_and_paged() -> None:
    made, no_match, _copy = tables.table("t", "ru").children

    assert (made.sort_action, made.filter_action, made.page_action) == ("native",) * 3
    assert made.page_size == 10
    assert made.sort_mode == "single"
    assert made.filter_options["placeholder_text"] == "Фильтр…"
    assert no_match.hidden
