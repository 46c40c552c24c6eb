"""Amounts are stored in one currency: converted with the rates of their days, or refused by name."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.money import CurrencyError, RateMissingError, ReportingCurrencyError, stored_currency
from services.intake.rates import RatesFileError, list_rates, read_rates, set_fixed, store_rates
from services.intake.report import ImportReport
from tests.intake.files import load, rows, sums

HEADER = "date,channel,campaign,currency,impressions,clicks,conversions,cost,revenue"
ECB = """Date,USD,JPY,GBP,XYZ,
2026-09-04,1.1000,160.00,0.8500,1,
2026-09-03,1.0800,161.00,N/A,1,
2026-09-01,1.0500,162.00,0.8400,1,
"""


def codes(report: ImportReport) -> set[str]:
    return {remark.code for remark in report.remarks}


def rate_file(folder: Path, text: str = ECB, name: str = "eurofxref-hist.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def rated(connection: sa.Connection, tmp_path: Path) -> sa.Connection:
    """A connection with daily rates of three days."""
    store_rates(connection, read_rates(rate_file(tmp_path)))
    return connection


LINES = ("2026-09-01,A,One,EUR,1000,50,5,10.00,20.00", "2026-09-01,A,Two,JPY,1000,50,5,1620,3240")


def test_two_currencies_without_a_rate_are_refused_by_name(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(RateMissingError) as caught:
        load(connection, tmp_path, *LINES, header=HEADER)

    assert all(word in caught.value.text.en for word in ("EUR, JPY", "demetra rates", "--set JPY"))
    assert rows(connection, "id") == []


def test_each_row_is_converted_with_the_rate_of_its_day(rated: sa.Connection, tmp_path: Path) -> None:
    later = "2026-09-03,A,Two,JPY,1000,50,5,1610,161"
    report = load(rated, tmp_path, *LINES, later, header=HEADER)

    assert rows(rated, "cost", "revenue", "currency") == [
        (Decimal(10), Decimal(20), "EUR"),
        (Decimal(10), Decimal(20), "JPY"),
        (Decimal(10), Decimal(1), "JPY"),
    ]
    told = next(remark for remark in report.remarks if remark.code == "converted")
    assert "Amounts in JPY were converted to EUR" in told.text.en


@pytest.mark.parametrize(("day", "cost"), [("2026-09-05", 160), ("2026-09-11", 160), ("2026-09-02", 162)])
def test_a_day_without_a_rate_has_the_last_one_of_the_week_before(
    rated: sa.Connection, tmp_path: Path, day: str, cost: int
) -> None:
    load(rated, tmp_path, LINES[0], f"{day},A,Two,JPY,1000,50,5,{cost},0", header=HEADER)

    assert sums(rated).cost == 11


@pytest.mark.parametrize("day", ["2026-09-12", "2026-08-31"])
def test_an_older_rate_is_none(rated: sa.Connection, tmp_path: Path, day: str) -> None:
    with pytest.raises(RateMissingError) as caught:
        load(rated, tmp_path, LINES[0], f"{day},A,Two,JPY,1000,50,5,160,0", header=HEADER)

    assert day in caught.value.text.en


def test_currencies_other_than_the_euro_are_converted_through_it(
    rated: sa.Connection, tmp_path: Path
) -> None:
    line = "2026-09-01,A,One,USD,1000,50,5,10.50,21"
    load(rated, tmp_path, line, header=HEADER, currency="GBP")

    assert sums(rated).cost == Decimal("8.4")
    assert rows(rated, "currency") == ["USD"]


def test_a_fixed_rate_is_for_every_day(connection: sa.Connection, tmp_path: Path) -> None:
    set_fixed(connection, "JPY", "EUR", Decimal("0.006"))
    set_fixed(connection, "JPY", "EUR", Decimal("0.005"))
    load(connection, tmp_path, *LINES, header=HEADER)

    assert sums(connection).cost == Decimal("18.1")


@pytest.mark.parametrize("heading", ["Amount spent (AUD)", "Spend AUD", "Cost [AUD]"])
def test_one_currency_is_stored_as_it_is(connection: sa.Connection, tmp_path: Path, heading: str) -> None:
    header = f"date,channel,impressions,clicks,conversions,{heading},revenue"
    report = load(connection, tmp_path, "2026-09-01,A,1000,50,5,10.00,20.00", header=header)

    assert rows(connection, "cost", "currency") == [(Decimal(10), "AUD")]
    assert stored_currency(connection) == "AUD"
    assert "currency_label" in codes(report)


def test_later_files_are_converted_to_the_currency_of_the_first(rated: sa.Connection, tmp_path: Path) -> None:
    load(rated, tmp_path, LINES[0].replace("EUR", "USD"), header=HEADER)
    load(rated, tmp_path, LINES[0].replace("-01,", "-03,"), header=HEADER)

    assert sums(rated).cost == Decimal("20.8")


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("date,channel,clicks,Spend (USD),Revenue (EUR)", "2026-09-01,A,50,10.50,20"),
        ("date,channel,clicks,Spend,Revenue", "2026-09-01,A,50,USD 10.50,20 €"),
        ("date,channel,clicks,Spend US$,Revenue €", "2026-09-01,A,50,$10.50,€20"),
        ("date,channel,clicks,Avg. CPC (USD),Revenue (EUR)", "2026-09-01,A,50,0.21,20"),
    ],
)
def test_cost_and_revenue_in_two_currencies_are_converted_or_refused(
    connection: sa.Connection, tmp_path: Path, header: str, line: str
) -> None:
    with pytest.raises(RateMissingError) as caught:
        load(connection, tmp_path, line, header=header)
    assert "EUR, USD" in caught.value.text.en

    store_rates(connection, read_rates(rate_file(tmp_path)))
    load(connection, tmp_path, line, header=header)

    assert (sums(connection).cost, sums(connection).revenue) == (Decimal(10), Decimal(20))


def test_signs_of_single_cells_are_converted(rated: sa.Connection, tmp_path: Path) -> None:
    header = "date,channel,campaign,clicks,cost"
    load(rated, tmp_path, "2026-09-01,A,One,5,€5.00", "2026-09-01,A,Two,5,£8.40", header=header)

    assert rows(rated, "cost", "currency") == [(Decimal(5), "EUR"), (Decimal(10), "GBP")]


@pytest.mark.parametrize(
    ("header", "cell", "code"),
    [
        ("date,channel,clicks,Cost (AUD)", "$5.00", "AUD"),
        ("date,channel,clicks,Cost (NOK)", '"5,00 kr"', "NOK"),
        ("date,channel,clicks,Cost (CNY)", "¥5", "CNY"),
        ("date,channel,clicks,cost", "A$5", "AUD"),
        ("date,channel,clicks,cost", '"5,00 zł"', "PLN"),
        ("date,channel,clicks,cost", "₹5", "INR"),
        ("date,channel,clicks,cost", "5 CHF", "CHF"),
    ],
)
def test_a_sign_is_read_by_the_code_beside_it(
    connection: sa.Connection, tmp_path: Path, header: str, cell: str, code: str
) -> None:
    report = load(connection, tmp_path, f"2026-09-01,A,50,{cell}", header=header)

    assert rows(connection, "cost", "currency") == [(Decimal(5), code)]
    assert "currency_assumed" not in codes(report)


def test_a_sign_of_several_currencies_alone_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "2026-09-01,A,50,5 kr", header="date,channel,clicks,cost")

    assert "currency_assumed" in codes(report)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("date,channel,clicks,Cost (EUR)", "2026-09-01,A,50,$5"),
        ("date,channel,currency,clicks,cost", "2026-09-01,A,EUR,50,£5"),
        ("date,channel,currency,clicks,Cost (USD)", "2026-09-01,A,EUR,50,5"),
    ],
)
def test_contradicting_currencies_are_refused(
    connection: sa.Connection, tmp_path: Path, header: str, line: str
) -> None:
    with pytest.raises(CurrencyError):
        load(connection, tmp_path, line, header=header)

    assert rows(connection, "id") == []


def test_the_setting_is_the_reporting_currency(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(RateMissingError):
        load(connection, tmp_path, LINES[1], header=HEADER, currency="EUR")
    load(connection, tmp_path, LINES[0], header=HEADER, currency="EUR")
    with pytest.raises(ReportingCurrencyError):
        load(connection, tmp_path, LINES[0], header=HEADER, currency="USD")


def test_a_trial_leaves_no_currency(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, LINES[0].replace("EUR", "AUD"), header=HEADER, dry_run=True)

    assert stored_currency(connection) is None


def test_the_zip_of_the_bank_and_long_files_are_read(connection: sa.Connection, tmp_path: Path) -> None:
    wide = read_rates(rate_file(tmp_path))
    with zipfile.ZipFile(tmp_path / "eurofxref-hist.zip", "w") as archive:
        archive.writestr("eurofxref-hist.csv", ECB)
    long = "\n".join(["date,currency,rate", *(f"{one.day},{one.currency},{one.rate}" for one in wide)])

    assert read_rates(tmp_path / "eurofxref-hist.zip") == wide
    assert read_rates(rate_file(tmp_path, long, "long.csv")) == wide
    assert len(wide) == 8
    assert store_rates(connection, wide) == store_rates(connection, wide) == 8
    assert [(span.currency, span.days, span.last) for span in list_rates(connection)] == [
        ("GBP", 2, date(2026, 9, 4)),
        ("JPY", 3, date(2026, 9, 4)),
        ("USD", 3, date(2026, 9, 4)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "Date,USD\nsoon,1.1\n",
        "Date,USD\n2026-09-01,-1\n",
        "Date,USD\n2026-09-01,NaN\n",
        "date,currency,rate\n2026-09-01,QQQ,1\n",
        "date,currency,rate,base\n2026-09-01,USD,1,GBP\n",
    ],
)
def test_a_damaged_file_of_rates_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RatesFileError):
        read_rates(rate_file(tmp_path, text))


def test_a_long_history_is_read_in_a_moment(connection: sa.Connection, tmp_path: Path) -> None:
    days = [date(1999, 1, 4) + timedelta(days=at) for at in range(7_000)]
    text = "\n".join(["Date,USD,GBP,", *(f"{day},1.1,0.8," for day in days)])

    assert store_rates(connection, read_rates(rate_file(tmp_path, text))) == 14_000


@pytest.mark.parametrize("mark", ["-", "--", "—", "n/a", "None", ""])
def test_a_mark_for_no_value_is_no_unknown_currency(
    connection: sa.Connection, tmp_path: Path, mark: str
) -> None:
    row = "2026-09-01,A,{},{},1000,50,5,10.00,20.00"

    report = load(connection, tmp_path, row.format("One", "EUR"), row.format("Two", mark), header=HEADER)

    assert "currency_unknown" not in codes(report)


def test_a_word_that_is_no_currency_is_named(connection: sa.Connection, tmp_path: Path) -> None:
    row = "2026-09-01,A,{},{},1000,50,5,10.00,20.00"

    report = load(connection, tmp_path, row.format("One", "EUR"), row.format("Two", "Taler"), header=HEADER)

    told = next(remark.text for remark in report.remarks if remark.code == "currency_unknown")
    assert "“Taler”" in told.en
    assert "«Taler»" in told.ru


def test_without_a_rate_a_reader_without_a_shell_is_told_what_to_do(
    connection: sa.Connection, tmp_path: Path
) -> None:
    with pytest.raises(RateMissingError) as caught:
        load(connection, tmp_path, *LINES, header=HEADER)

    text = caught.value.page_text
    assert "export the report from the platform in EUR, or ask the administrator" in text.en
    assert "Выгрузите отчёт из кабинета в EUR или попросите администратора" in text.ru
    assert "--set" not in text.en + text.ru
