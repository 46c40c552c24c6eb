"""Whatever is in a file, and however it is cut or shuffled, the table adds up to it."""

from __future__ import annotations

import csv
import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import import_file
from tests.intake.files import HEADER, added, sums

quick = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
counts = st.integers(0, 10**7)
# Whole ten thousands for a click are read as millionths, with a remark.
money = st.decimals(0, 10**6, places=2).filter(lambda amount: amount < 10_000 or amount % 1 > 0)
figures = st.tuples(counts, counts, st.decimals(0, 10**5, places=4), money, money)
keys = st.tuples(
    st.dates(date(2024, 1, 1), date(2025, 12, 31)).map(date.isoformat),
    st.sampled_from(["Instagram", "Google Ads", 'Say "hi"', "Дзен", "🎯, ads", "back\\slash", "<script>"]),
    st.sampled_from(["C1", "C2", ""]),
    st.sampled_from(["18-24", "", "7", "007"]),
)
tables = st.lists(st.tuples(keys, figures), min_size=1, max_size=30)
TABLE_HEADER = ["date", "channel", "campaign_id", "audience", *HEADER.split(",")[2:]]


def save(
    path: Path,
    table: list[tuple[tuple[str, str, str, str], tuple[int, int, Decimal, Decimal, Decimal]]],
    delimiter: str = ",",
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(TABLE_HEADER)
        writer.writerows([*key, *values] for key, values in table)
    return path


class Afresh:
    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def __enter__(self) -> sa.Connection:
        self.savepoint = self.connection.begin_nested()
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.savepoint.rollback()


@pytest.fixture
def afresh(connection: sa.Connection) -> Afresh:
    """Undo what one example has done, so that the next starts on an empty table."""
    return Afresh(connection)


@quick
@given(tables, st.sampled_from([",", ";", "\t", "|"]))
def test_the_table_adds_up_to_the_file(
    afresh: Afresh,
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[tuple[str, str, str, str], tuple[int, int, Decimal, Decimal, Decimal]]],
    delimiter: str,
) -> None:
    path = save(tmp_path_factory.mktemp("in") / "file.csv", table, delimiter)

    with afresh as connection:
        report = import_file(connection, path)

        assert sums(connection) == added(values for _, values in table)
        assert tuple(report.totals.values()) == tuple(sums(connection))
        assert report.rows_read == len(table)
        assert report.rows_imported + report.rows_combined == len(table)


@quick
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    afresh: Afresh,
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[tuple[str, str, str, str], tuple[int, int, Decimal, Decimal, Decimal]]],
    random: random.Random,
) -> None:
    folder = tmp_path_factory.mktemp("in")
    shuffled = random.sample(table, len(table))

    with afresh as connection:
        import_file(connection, save(folder / "one.csv", table))
        report = import_file(connection, save(folder / "two.csv", shuffled))

    assert (report.rows_imported, report.rows_updated) == (0, 0)


@quick
@given(tables, st.integers(1, 5))
def test_parts_of_a_file_add_up_to_the_whole(
    afresh: Afresh,
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[tuple[str, str, str, str], tuple[int, int, Decimal, Decimal, Decimal]]],
    parts: int,
) -> None:
    folder = tmp_path_factory.mktemp("in")
    keys_in_order = sorted({key for key, _ in table})
    by_key = [[row for row in table if keys_in_order.index(row[0]) % parts == part] for part in range(parts)]

    with afresh as connection:
        for number, part in enumerate(part for part in by_key if part):
            import_file(connection, save(folder / f"{number}.csv", part), mode="append")

        assert sums(connection) == added(values for _, values in table)
