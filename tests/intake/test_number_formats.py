"""Decimal mark, percent and millionths are decided from the whole file; what nothing proves is told."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.intake.columns import Field
from services.intake.report import ImportReport
from services.intake.row_sample import MOST_ROWS, RowSample
from tests.intake.files import Sums, load, sums

RANDOM = random.Random(7)
Row = tuple[int, int, int, int, int]
"""Impressions, clicks, conversions, cost and revenue, both in cents."""


def made(days: int = 20, *, cents: bool = True, cost: int = 500_000) -> list[Row]:
    scale = 1 if cents else 100
    return [
        (
            impressions := RANDOM.randrange(50_000, 900_000),
            impressions // RANDOM.randrange(40, 200),
            RANDOM.randrange(10, 90),
            RANDOM.randrange(cost // scale, 3 * cost // scale) * scale,
            RANDOM.randrange(cost // scale, 3 * cost // scale) * scale,
        )
        for _ in range(days)
    ]


def truth(rows: Sequence[Row]) -> Sums:
    impressions, clicks, conversions, cost, revenue = (sum(column) for column in zip(*rows, strict=True))
    return Sums(impressions, clicks, Decimal(conversions), Decimal(cost) / 100, Decimal(revenue) / 100)


def dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def codes(report: ImportReport) -> set[str]:
    return {remark.code for remark in report.remarks}


def lines(rows: Sequence[Row], write: object) -> list[str]:
    assert callable(write)
    return [f"2026-09-{day:02};A;" + ";".join(write(*row)) for day, row in enumerate(rows, start=1)]


HEADER = "date;channel;impressions;clicks;conversions;cost;revenue"


@pytest.mark.parametrize("more", ["ctr", "cpc", "cpm", "ctr and cpc"])
def test_whole_euros_with_dots_are_read_by_the_ratios_beside_them(
    connection: sa.Connection, tmp_path: Path, more: str
) -> None:
    rows = made(cents=False)
    ratios = {
        "ctr": lambda i, k, n, c, r: [f"{100 * k / i:.2f}%".replace(".", ",")],
        "cpc": lambda i, k, n, c, r: [f"{c / 100 / k:.2f}".replace(".", ",")],
        "cpm": lambda i, k, n, c, r: [f"{c * 10 / i:.2f}".replace(".", ",")],
    }
    chosen = more.split(" and ")
    header = ";".join([HEADER, *chosen])
    written = lines(
        rows,
        lambda i, k, n, c, r: [
            dotted(i), dotted(k), str(n), dotted(c // 100), dotted(r // 100),
            *(cell for one in chosen for cell in ratios[one](i, k, n, c, r)),
        ],
    )  # fmt: skip
    report = load(connection, tmp_path, *written, header=header)

    assert sums(connection) == truth(rows)
    assert "decimal_mark_assumed" not in codes(report)


def test_whole_euros_are_read_by_prices_that_have_a_dot_themselves(
    connection: sa.Connection, tmp_path: Path
) -> None:
    """The file mixes two programs: its counts prove what its numerals contradict."""
    rows = made(cents=False)
    written = lines(
        rows,
        lambda i, k, n, c, r: [
            str(i),
            str(k),
            str(n),
            dotted(c // 100),
            f"{r / 100:.2f}",
            f"{c / 100 / k:.2f}",
        ],
    )
    load(connection, tmp_path, *written, header=f"{HEADER};cpc")

    assert sums(connection) == truth(rows)


def test_counts_with_dots_between_thousands_tell_the_mark_of_money(
    connection: sa.Connection, tmp_path: Path
) -> None:
    rows = made(cents=False)
    written = lines(
        rows, lambda i, k, n, c, r: [dotted(i), dotted(k), str(n), dotted(c // 100), dotted(r // 100)]
    )
    report = load(connection, tmp_path, *written, header=HEADER)

    assert sums(connection) == truth(rows)
    assert "decimal_mark_assumed" not in codes(report)


def test_money_that_nothing_tells_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "2026-09-01;A;10;2;1;6.635;8.467", header=HEADER)

    assert "decimal_mark_assumed" in codes(report)


@pytest.mark.parametrize(("digits", "scale"), [(8, 100), (6, 100), (8, 1), (10, 1)])
def test_a_ctr_is_read_in_the_unit_that_gives_whole_clicks(
    connection: sa.Connection, tmp_path: Path, digits: int, scale: int
) -> None:
    rows = made()
    written = lines(
        rows,
        lambda i, k, n, c, r: [str(i), f"{scale * k / i:.{digits}f}", str(n), f"{c / 100}", f"{r / 100}"],
    )
    report = load(connection, tmp_path, *written, header=HEADER.replace("clicks", "CTR (all)"))

    assert sums(connection) == truth(rows)
    assert not codes(report) & {"fraction_assumed", "percent_assumed"}


@pytest.mark.parametrize("scale", [100, 1])
def test_a_short_ctr_is_read_in_the_unit_that_agrees_with_the_price_of_a_click(
    connection: sa.Connection, tmp_path: Path, scale: int
) -> None:
    rows = [(i, i // 250, n, c, r) for i, _, n, c, r in made()]
    written = lines(
        rows,
        lambda i, k, n, c, r: [
            str(i), f"{scale * k / i:.3f}", str(n), f"{c / 100}", f"{r / 100}", f"{c / 100 / k:.4f}",
        ],
    )  # fmt: skip
    load(connection, tmp_path, *written, header=f"{HEADER.replace('clicks', 'CTR')};CPC")

    assert float(sums(connection).clicks) == pytest.approx(truth(rows).clicks, rel=0.1)


def test_a_conversion_rate_is_read_in_the_unit_that_gives_whole_conversions(
    connection: sa.Connection, tmp_path: Path
) -> None:
    rows = made()
    written = lines(
        rows, lambda i, k, n, c, r: [str(i), str(k), f"{100 * n / k:.7f}", f"{c / 100}", f"{r / 100}"]
    )
    load(connection, tmp_path, *written, header=HEADER.replace("conversions", "conversion_rate"))

    assert float(sums(connection).conversions) == pytest.approx(float(truth(rows).conversions), rel=1e-4)


@pytest.mark.parametrize(
    ("column", "values"), [("roi", (0.4, 0.5)), ("ctr", (0.05, 0.06)), ("ctr", (0.4, 0.5))]
)
def test_a_ratio_whose_unit_nothing_proves_is_told(
    connection: sa.Connection, tmp_path: Path, column: str, values: tuple[float, float]
) -> None:
    written = [f"2026-09-0{day};A;1000;10;{value}" for day, value in enumerate(values, start=1)]
    report = load(connection, tmp_path, *written, header=f"date;channel;impressions;cost;{column}")

    assert codes(report) & {"fraction_assumed", "percent_assumed"}


@pytest.mark.parametrize("heading", ["cost", "spend"])
@pytest.mark.parametrize("unit", [1, 7])
def test_millionths_are_read_by_their_name_or_by_the_price_of_a_click(
    connection: sa.Connection, tmp_path: Path, heading: str, unit: int
) -> None:
    rows = made(cost=5_000_000)
    written = lines(
        rows, lambda i, k, n, c, r: [str(i), str(k), str(n), str(c * 10_000 + unit - 1), f"{r / 100}"]
    )
    report = load(connection, tmp_path, *written, header=HEADER.replace("cost", heading))

    assert float(sums(connection).cost) == pytest.approx(float(truth(rows).cost))
    assert sums(connection).revenue == truth(rows).revenue
    assert "micros" in codes(report)


def test_revenue_in_millionths_beside_such_a_cost_is_read_alike(
    connection: sa.Connection, tmp_path: Path
) -> None:
    rows = made(cost=5_000_000)
    written = lines(rows, lambda i, k, n, c, r: [str(i), str(k), str(n), str(c * 10_000), f"{r * 10_000}.0"])
    load(connection, tmp_path, *written, header=HEADER)

    assert sums(connection) == truth(rows)


def test_a_high_price_of_a_click_is_told_and_not_changed(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, "2026-09-01;A;1000;10;1;40000.50;9", header=HEADER)

    assert sums(connection).cost == Decimal("40000.5")
    assert "price_improbable" in codes(report)


def test_dear_clicks_are_no_millionths(connection: sa.Connection, tmp_path: Path) -> None:
    rows = made()
    load(
        connection,
        tmp_path,
        *lines(rows, lambda i, k, n, c, r: [str(i), str(k), str(n), f"{c / 100}", f"{r / 100}"]),
        header=HEADER,
    )

    assert sums(connection) == truth(rows)


@pytest.mark.parametrize("blocks", [[3, 5], [2_000] * 9, [2_000] * 40, [1_999, 7] * 60, [1] * 50_000])
def test_a_sample_takes_rows_at_equal_distances_from_the_whole_file(blocks: list[int]) -> None:
    name: Field = "cost"
    sample, row = RowSample(), 0
    for rows in blocks:
        sample.add([[str(row + at) for at in range(rows)]], {name: 0}, rows)
        row += rows

    taken = [int(text) for text in sample.texts(name)]
    steps = {after - before for before, after in pairwise(taken)}
    assert taken[0] == 0
    assert len(steps) == 1
    assert row / 4 < len(taken) * steps.pop() < row + MOST_ROWS
    assert len(taken) <= MOST_ROWS + 2_000


def test_one_number_in_another_mark_does_not_turn_its_column(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines_ = [
        f"2026-09-{day:02};A;10;2;1;{cost};5" for day, cost in enumerate(("1,091", "2,500", "3,000"), 1)
    ]
    report = load(connection, tmp_path, *lines_, '2026-09-04;A;10;2;1;"12.345,67";5', header=HEADER)

    assert sums(connection).cost == Decimal(6_591)
    assert {"decimal_mark_assumed", "cells_not_recorded"} <= codes(report)
