"""Amounts in cents, thousands and millionths are read in the unit that their heading names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake import import_file
from services.intake.heading_unit import without_unit
from tests.intake.files import sums, write

UNITS = """
cost, k EUR = cost (EUR) 1000
Cost (k€) = Cost (€) 1000
Kosten (T€) = Kosten (€) 1000
Kosten (TEUR) = Kosten (EUR) 1000
Kosten in Tsd. € = Kosten (€) 1000
Cost ('000) = Cost 1000
Cost (000s) = Cost 1000
Расход, тыс. руб. = Расход (руб) 1000
Koszt (tys. zł) = Koszt (zł) 1000
Kostnad (tkr) = Kostnad (kr) 1000
費用(千円) = 費用 (円) 1000
費用(万円) = 費用 (円) 10000
Spend, crore = Spend 10000000
Revenue (in millions) = Revenue 1000000
Cost (M€) = Cost (€) 1000000
Доход, млн ₽ = Доход (₽) 1000000
Spend (cents) = Spend 0.01
cost_in_cents = cost 0.01
revenue_usd_cents = revenue (usd) 0.01
Revenue minor units = Revenue 0.01
Расход (коп.) = Расход 0.01
spend_in_micro_dollar = spend (dollar) 0.000001
"""
PLAIN = """
Cost
Cost (USD)
Cost 1000
Cost per 1,000 impressions
CPM (cost per thousand)
Clicks (all)
Spend MXN
Amount spent (kr)
Amount spent (MDL)
7 Day Total Orders (#)
k
"""


@pytest.mark.parametrize("case", UNITS.strip().splitlines())
def test_a_heading_names_the_unit_of_its_column(case: str) -> None:
    heading, _, expected = case.partition(" = ")
    rest, _, unit = expected.rpartition(" ")

    assert without_unit(heading) == (rest, Decimal(unit))


@pytest.mark.parametrize("heading", PLAIN.strip().splitlines())
def test_other_headings_name_no_unit(heading: str) -> None:
    assert without_unit(heading) == (heading, Decimal(1))


@pytest.mark.parametrize(
    ("cost", "revenue", "factor", "decimals"),
    [
        ("Cost (k EUR)", "Revenue (k EUR)", Decimal("0.001"), 5),
        ("Расход, тыс. руб.", "Доход, тыс. руб.", Decimal("0.001"), 5),
        ("Spend (cents)", "Revenue (cents)", Decimal(100), 0),
        ("spend_cents", "revenue_cents", Decimal(100), 0),
        ("cost_micros", "revenue_micros", Decimal(1_000_000), 0),
        ("Media cost (Mio. EUR)", "Revenue (Mio. EUR)", Decimal("0.000001"), 8),
    ],
)
def test_amounts_are_stored_in_whole_units_of_money(
    connection: sa.Connection, tmp_path: Path, cost: str, revenue: str, factor: Decimal, decimals: int
) -> None:
    amounts = [(Decimal(day * 1_037) / 100, Decimal(day * 2_111) / 100) for day in range(1, 11)]
    lines = [
        f"2026-09-{day:02};Search;1000;50;5;{one * factor:.{decimals}f};{other * factor:.{decimals}f}"
        for day, (one, other) in enumerate(amounts, start=1)
    ]
    header = f"date;channel;impressions;clicks;conversions;{cost};{revenue}"

    report = import_file(connection, write(tmp_path, *lines, header=header))

    found = sums(connection)
    assert found.cost == sum(one for one, _ in amounts)
    assert found.revenue == sum(other for _, other in amounts)
    assert {"unit_named", "micros"} & {one.code for one in report.remarks}


def test_counts_in_thousands_are_counts(connection: sa.Connection, tmp_path: Path) -> None:
    lines = [f"2026-09-0{day},Search,{day}.250,50,5,10.00,20.00" for day in range(1, 6)]

    import_file(
        connection,
        write(
            tmp_path,
            *lines,
            header="date,channel,Impressions (thousands),clicks,conversions,cost,revenue",
        ),
    )

    assert sums(connection).impressions == sum(1000 * day + 250 for day in range(1, 6))


def test_a_column_that_the_user_assigns_has_the_unit_of_its_heading(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"2026-09-0{day},Search,1000,50,{day}250" for day in range(1, 6)]
    path = write(tmp_path, *lines, header="date,channel,impressions,clicks,Werbung in cents")

    import_file(connection, path, mapping={"cost": "Werbung in cents"})

    assert sums(connection).cost == sum(Decimal(10 * day) + Decimal("2.5") for day in range(1, 6))


@pytest.mark.parametrize("sign", ["Rp", "₫", "₩", "JPY ", "Ft"])
@pytest.mark.parametrize("mark", [".", ","])
def test_amounts_in_currencies_without_cents_have_marks_of_thousands(
    connection: sa.Connection, tmp_path: Path, sign: str, mark: str
) -> None:
    amounts = [1_250 * day + 37 for day in range(1, 9)]
    written = [f"{sign}{amount:,}".replace(",", mark) for amount in amounts]
    lines = [f"2026-09-0{day};Search;{day}00;{day}0;{text}" for day, text in enumerate(written, start=1)]

    import_file(connection, write(tmp_path, *lines, header="date;channel;impressions;clicks;cost"))

    assert sums(connection).cost == sum(amounts)
