"""How numbers, dates, ratios and encodings of whole files are read."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import import_file
from tests.intake.files import HEADER, ROW, load, rows, sums, write


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("date,clicks,conversion_rate,cost,roi", "2025-03-01,500,0.15,500.0,5.79", (500, 75, 500, 3395)),
        ("date,clicks,conversion_rate,cost,roas", "2025-03-01,500,15 %,500,2", (500, 75, 500, 1000)),
        ("date,impressions,ctr,cost,roi", "2025-03-01,1000,2.5%,10,-35%", (25, None, 10, Decimal("6.5"))),
        ("date,clicks,conv. rate (%),cost", "2025-03-01,500,0.5,10", (500, Decimal("2.5"), 10, None)),
        ("date,clicks,conversions,cpa,roi", "2025-03-01,500,20,2.5,1", (500, 20, 50, 100)),
        ("date,clicks,conversion_rate,cpa,roi", "2025-03-01,500,0.1,300,1", (500, 50, 300, 600)),
    ],
)
def test_ratios_become_counts(
    connection: sa.Connection,
    tmp_path: Path,
    header: str,
    row: str,
    expected: tuple[int | Decimal | None, ...],
) -> None:
    load(connection, tmp_path, row, header=header)

    assert rows(connection, "clicks", "conversions", "cost", "revenue") == [expected]


def test_a_ratio_column_is_in_percent_if_some_of_it_is_above_one(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"2025-03-01,C{n},1000,{rate},1" for n, rate in enumerate([0.5, 0.9, 16.86])]
    report = load(connection, tmp_path, *lines, header="date,campaign,impressions,ctr,cost")

    assert rows(connection, "clicks") == [5, 9, 169]
    assert any("“ctr” was read as percent" in text.en for text in report.warnings)


def test_one_rate_above_one_in_hundreds_does_not_make_percents(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"2025-03-01,C{n},100,{1.2 if n == 7 else 0.12},1" for n in range(200)]
    load(connection, tmp_path, *lines, header="date,campaign,clicks,conversion_rate,cost")

    assert sums(connection).conversions == 199 * 12 + 120


@pytest.mark.parametrize(
    ("lines", "cost", "impressions"),
    [
        (["01.03.2025;A;1.234;1 234,50 €", "13.03.2025;A;12;0,5"], Decimal("1235"), 1246),
        (["03/13/2025;A;1,234;$1,234.50", "03/02/2025;A;12;.5"], Decimal("1235"), 1246),
        (["2025-03-01;A;1 234;1'234.5", "2025-03-02;A;1e1;0"], Decimal("1234.5"), 1244),
        (["2025-03-01;A;1,234;2,500", "2025-03-02;A;1;1,25"], Decimal("3.75"), 1235),
    ],
)
def test_numbers_are_read_in_the_style_of_their_column(
    connection: sa.Connection, tmp_path: Path, lines: list[str], cost: Decimal, impressions: int
) -> None:
    load(connection, tmp_path, *lines, header="Date;Channel;Impressions;Cost")

    assert (sums(connection).cost, sums(connection).impressions) == (cost, impressions)


def test_the_date_order_comes_from_a_row_far_below(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [f"0{n % 9 + 1}/02/2025,C{n},1,1" for n in range(3_000)]
    report = load(connection, tmp_path, *lines, "13/02/2025,C,1,1", header="date,campaign,cost,clicks")

    assert (report.date_from, report.date_to) == (date(2025, 2, 1), date(2025, 2, 13))
    assert not any("tells day and month apart" in text.en for text in report.warnings)


def test_an_assumed_date_order_is_said(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, ROW.replace("2025-03-01", "01/03/2025"))

    assert report.date_from == date(2025, 3, 1)
    assert report.warnings[0].en.startswith("No date tells day and month apart; they were read day first.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_every_encoding_reads_the_same(connection: sa.Connection, tmp_path: Path, encoding: str) -> None:
    header = "Дата;Канал;Показы;Клики;Конверсии;Расход;Доход"
    path = write(
        tmp_path, ROW.replace(",", ";").replace("Instagram", "Дзен"), header=header, encoding=encoding
    )
    import_file(connection, path)

    assert rows(connection, "channel", "clicks") == [("Дзен", 50)]


def test_one_bad_byte_does_not_spoil_a_utf_8_file(connection: sa.Connection, tmp_path: Path) -> None:
    path = write(tmp_path, *(ROW.replace("Instagram", f"Дзен {n}") for n in range(50)))
    path.write_bytes(path.read_bytes() + ROW.replace("Instagram", "D\xe9zen").encode("latin-1"))
    report = import_file(connection, path)

    assert (report.rows_imported, report.rows_rejected) == (50, 1)
    assert report.first_rejected[0].reason.en == "the row contains bytes that are not utf-8 text"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_reads_the_same(connection: sa.Connection, tmp_path: Path, end: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(end.join([HEADER, ROW, ROW.replace("Instagram", "TikTok")]).encode())

    assert import_file(connection, path).rows_imported == 2


def test_a_packed_file_is_unpacked(connection: sa.Connection, tmp_path: Path) -> None:
    path = tmp_path / "Telegram.csv.gz"
    path.write_bytes(gzip.compress(b"date,cost,clicks\n2025-03-01,5,1\n"))

    assert import_file(connection, path).channels == ("Telegram",)


def test_lines_above_the_header_are_passed_over(connection: sa.Connection, tmp_path: Path) -> None:
    path = write(tmp_path, "Campaign report", "All time", "", HEADER, ROW, "bad,row", header="sep=,")
    report = import_file(connection, path)

    assert (report.rows_read, report.rows_imported) == (2, 1)
    assert report.first_rejected[0].line == 7
