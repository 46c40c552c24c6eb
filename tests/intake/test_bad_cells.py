"""A cell that tells no number is not recorded; the rest of its row, with its spend, stays."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.failures import ColumnUnreadableError
from tests.intake.files import HEADER, ROW, Sums, load, rows, sums

NO_VALUES = (
    *("NULL", "null", "(null)", "<null>", "None", "NaN", "nan", "#N/A", "N/A", "n/a", "na", "#NV", "k. A."),
    *("-", "--", " --", "—", "…", "...", "undefined", "#DIV/0!", "#VALUE!", "нет данных", "?", "\\N"),
)
DAMAGED = (
    ("conversions", "2025-03-02,A,100,10,inf,5,7", "conversions: “inf” is not a finite number"),
    ("revenue", "2025-03-02,A,100,10,1,5,12 %", "revenue: “12 %” is not a number"),
    ("clicks", "2025-03-02,A,100,one,1,5,7", "clicks: “one” is not a number"),
    ("clicks", "2025-03-02,A,100,1.2k,1,5,7", "clicks: “1.2k” is not a number"),
    ("revenue", "2025-03-02,A,100,10,1,5,1.2M", "revenue: “1.2M” is not a number"),
    ("revenue", "2025-03-02,A,100,10,1,5,(7", "revenue: “(7” is not a number"),
    ("impressions", "2025-03-02,A,-1,10,1,5,7", "impressions: “-1” is below zero"),
    ("revenue", "2025-03-02,A,100,10,1,5,1e14", "revenue: “1e14” is larger than can be stored"),
    ("revenue", "2025-03-02,A,100,10,1,5,-1e14", "revenue: “-1e14” is larger than can be stored"),
    ("impressions", f"2025-03-02,A,{93 * 10**17},10,1,5,7", "impressions: “9300000000000000000” is larger"),
)


@pytest.mark.parametrize("cell", NO_VALUES)
def test_a_cell_without_a_value_leaves_the_spend_of_its_row(
    connection: sa.Connection, tmp_path: Path, cell: str
) -> None:
    report = load(connection, tmp_path, ROW, f"2025-03-02,Instagram,100,10,{cell},5.25,{cell}")

    assert (report.rows_imported, report.rows_rejected) == (2, 0)
    assert sums(connection) == Sums(1100, 60, Decimal(5), Decimal("25.75"), Decimal("61.25"))
    told = [text.en for text in report.warnings if "not recorded" in text.en]
    assert [text.split(":")[0] for text in told] == ["“conversions”", "“revenue”"]
    assert "not recorded: 1 (lines 3;" in told[0]


@pytest.mark.parametrize(("column", "line", "reason"), DAMAGED)
def test_a_damaged_cell_is_told_with_line_and_reason(
    connection: sa.Connection, tmp_path: Path, column: str, line: str, reason: str
) -> None:
    report = load(connection, tmp_path, ROW, line, ROW.replace("-01,", "-03,"))

    assert (report.rows_read, report.rows_imported, report.rows_rejected) == (3, 3, 0)
    assert sums(connection).cost == Decimal("46")
    assert any(
        text.en.startswith(f"“{column}”: cells without") and reason in text.en for text in report.warnings
    )


def test_the_first_lines_of_many_bad_cells_are_told(connection: sa.Connection, tmp_path: Path) -> None:
    bad = [f"2025-04-{day:02},A,100,10,NULL,1,NULL" for day in range(1, 10)]
    report = load(connection, tmp_path, ROW, *bad)

    assert "not recorded: 9 (lines 3, 4, 5, 6, 7, …; conversions: “NULL” is no value)" in (
        " ".join(text.en for text in report.warnings)
    )
    assert sums(connection).cost == Decimal("29.50")


@pytest.mark.parametrize("cells", [["x", "y", "z"], ["1.50", "x", "y"], ["x", "", "NULL"], ["Website"] * 5])
def test_a_column_of_words_is_refused_and_nothing_is_stored(
    connection: sa.Connection, tmp_path: Path, cells: list[str]
) -> None:
    lines = [f"2025-03-{day:02},A,100,10,1,5,{cell}" for day, cell in enumerate(cells, start=1)]
    with pytest.raises(ColumnUnreadableError) as caught:
        load(connection, tmp_path, *lines)

    assert "“revenue”" in caught.value.text.en
    assert rows(connection, "id") == []


@pytest.mark.parametrize(
    ("cost", "revenue"),
    [
        ("-4.75", "-12.50"),
        ("(4.75)", "(12.50)"),
        ("4.75-", "12.50-"),
        ("−4.75", "-$12.50"),
        ("$-4.75", "$(12.50)"),
        ("–4.75", "- 12.50"),
    ],
)
def test_credits_and_refunds_are_amounts_and_are_told(
    connection: sa.Connection, tmp_path: Path, cost: str, revenue: str
) -> None:
    report = load(connection, tmp_path, ROW, f"2025-03-02,Instagram,100,10,-1,{cost},{revenue}")

    assert sums(connection) == Sums(1100, 60, Decimal(4), Decimal("15.75"), Decimal("48.75"))
    told = [text.en for text in report.warnings if "below zero (refunds, credits)" in text.en]
    assert [text.split(":")[0] for text in told] == ["“conversions”", "“cost”", "“revenue”"]


def test_german_credits_have_a_comma(connection: sa.Connection, tmp_path: Path) -> None:
    header = HEADER.replace(",", ";")
    load(connection, tmp_path, "2025-03-02;A;1.100;10;1;−12,50 €;1.234,-", header=header)

    assert sums(connection) == Sums(1100, 10, Decimal(1), Decimal("-12.50"), Decimal("1234"))


def test_an_empty_cell_is_nothing_bought_and_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, ROW, "2025-03-02,Instagram,100,10,,5,")

    assert sums(connection).cost == Decimal("25.50")
    assert "“revenue”: empty cells read as 0: 1." in [text.en for text in report.warnings]


def test_a_column_without_any_value_is_not_recorded(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "2025-03-02,A,100,10,1,5,", "2025-03-03,A,100,10,1,5,  ")

    assert any("“revenue”: cells without a readable number" in text.en for text in report.warnings)
    assert not any("“revenue”: empty" in text.en for text in report.warnings)


def test_an_unknown_price_makes_no_cost_and_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    header = "date,channel,clicks,cpc"
    report = load(connection, tmp_path, "2025-03-01,A,10,0.5", "2025-03-02,A,10,--", "2025-03-03,A,10,",
                  header=header)  # fmt: skip

    assert sums(connection).cost == Decimal("5")
    assert any(
        "“cpc”: cells without a readable number, not recorded: 2" in text.en for text in report.warnings
    )


def test_an_impossible_derived_figure_leaves_its_row(connection: sa.Connection, tmp_path: Path) -> None:
    header = "date,channel,clicks,cost,roi"
    lines = ["2025-03-01,A,10,5,0.5", "2025-03-02,A,10,5,1", "2025-03-03,A,10,5,0.2"]
    report = load(connection, tmp_path, *lines * 40, "2025-03-04,A,10,5,-7", header=header)

    assert report.rows_rejected == 0
    assert sums(connection).cost == 605
