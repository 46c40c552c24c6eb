from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.figures import COUNT_LIMIT, MONEY_LIMIT, NOT_RECORDED, ColumnReader, Style, read_cell

styles = st.builds(
    Style,
    name=st.just("cost"),
    mark=st.sampled_from([".", ","]),
    is_count=st.booleans(),
    is_ratio=st.just(False),
)
plain = st.decimals(0, 10**6, places=2).map(str)
numbers = st.one_of(
    plain,
    st.integers(0, 10**16).map(str),
    st.decimals(0, 10**6, places=2).map(lambda value: f"${value:,}"),
    st.decimals(0, 10**6, places=2).map(
        lambda value: f"{value:,} €".replace(",", "\u00a0").replace(".", ",")
    ),
    st.text(alphabet="0123456789.,-+eE ()$%\n\r\x01٣", max_size=12),
)


@settings(max_examples=300)
@given(styles, st.one_of(st.lists(plain, min_size=1), st.lists(numbers, min_size=1)))
def test_a_column_reads_as_its_cells_do_one_by_one(style: Style, texts: list[str]) -> None:
    column = ColumnReader(style).read(texts)
    cells = [read_cell(text, style) for text in texts]

    assert column.values == pytest.approx([cell.value for cell in cells], nan_ok=True)
    assert list(map(_number, column.texts)) == [_number(cell.text) for cell in cells]
    assert column.problems == {at: cell.problem for at, cell in enumerate(cells) if cell.problem}
    assert column.empty == sum(cell.is_empty for cell in cells)
    assert column.rounded == sum(cell.is_rounded for cell in cells)


def _number(text: str) -> Decimal | None:
    return None if text == NOT_RECORDED else Decimal(text)


@pytest.mark.parametrize(
    ("text", "is_count", "written"),
    [
        ("12", True, "12"),
        ("12.0", True, "12"),
        ("12.5", True, "12"),
        ("13.5", True, "14"),
        ("1e3", True, "1000"),
        ("", True, "0"),
        ("-3.5", False, "-3.5000"),
        ("12.5", False, "12.5000"),
        ("0.00005", False, "0.0000"),
        ("1e-300", False, "0.0000"),
        ("99999999999999.99", False, "99999999999999.9900"),
    ],
)
def test_a_cell_is_written_as_the_table_holds_it(text: str, is_count: bool, written: str) -> None:
    cell = read_cell(text, Style("x", ".", is_count=is_count))

    assert (cell.text, cell.problem) == (written, None)


@pytest.mark.parametrize(
    ("text", "is_count"),
    [
        ("99999999999999.99999", False),
        (str(int(MONEY_LIMIT)), False),
        (str(int(COUNT_LIMIT)), True),
        ("9" * 40, True),
    ],
)
def test_what_the_table_cannot_hold_is_too_large(text: str, is_count: bool) -> None:
    cell = read_cell(text, Style("x", ".", is_count=is_count))

    assert cell.problem is not None
    assert "larger than can be stored" in cell.problem.en


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("12 %", 1, 0.12),
        ("12 %", 100, 0.12),
        ("12", 100, 0.12),
        ("0.12", 1, 0.12),
        ("-35%", 1, -0.35),
        ("-", 1, 0),
    ],
)
def test_a_ratio_is_a_fraction(text: str, unit: int, value: float) -> None:
    cell = read_cell(text, Style("ROI", ".", is_ratio=True, unit=unit))

    assert cell.value == pytest.approx(value)
    assert cell.problem is None
