"""Generated files and campaign rows: only our own refusals, and totals that agree."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.budgeting import plan
from services.errors import DemetraError
from services.forecasting import predict, train
from services.insights import advise
from services.intake import import_file
from services.intake.columns import Measure
from services.intake.date_texts import EARLIEST, LATEST
from services.sync.run import run_now
from tests.options import sync_options

FAULT = pytest.mark.fault("generated campaign rows and files", must="no exception, totals agree everywhere")
SUMS: tuple[Measure, ...] = ("impressions", "clicks", "conversions", "cost", "revenue")
quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
slow = settings(quick, max_examples=5_000)

evil = st.sampled_from(
    ["NaN", "inf", "-1", "1e308", "1e-308", "9" * 20, "0x10", "<script>", "a\0b", '"', "'", "\\N", "\\.", "–"]
)
numbers = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 10**6, places=4).map(str),
    st.floats().map(str),
    evil,
    st.text(max_size=8),
)
plain = st.one_of(st.integers(0, 10**6).map(str), st.decimals(0, 10**6, places=4).map(str))
dates = st.one_of(
    st.dates(EARLIEST, LATEST).map(str),
    st.dates().map(str),
    evil,
    st.sampled_from(["2025-02-30", "13/13/13"]),
)
names = st.one_of(
    st.sampled_from(["Instagram", "Дзен", "<script>alert(1)</script>", "🎯", "a\\tb"]),
    evil,
    st.text(max_size=8),
)
usual_dates = st.dates(EARLIEST, LATEST).map(str)
rows = st.one_of(
    st.tuples(dates, names, names, *[numbers] * 5),
    st.tuples(usual_dates, names, names, *[plain] * 5),
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251", "latin-1"])
headers = st.one_of(
    st.just(["date", "channel", "device", *SUMS]),
    st.just(["date", "channel", "cost", *SUMS]),
    st.just(["Day", "Platform", "", *SUMS]),
    st.lists(st.text(max_size=6), min_size=8, max_size=8),
)
damages = st.sampled_from(["", "", "", "huge", "cut", "mixed"])
delimiters = st.sampled_from([",", ";", "\t", "|"])
files = st.tuples(headers, st.lists(rows, max_size=12), encodings, delimiters, damages)
figures = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1e-300, 1e15, 1e308, np.nan, np.inf]), st.floats(), st.integers(0, 500)
)
frames = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "<script>"]),
        st.one_of(st.dates(), st.dates(pd.Timestamp("2025-01-01").date(), pd.Timestamp("2025-03-01").date())),
        *[figures] * 5,
    ),
    max_size=15,
    unique_by=lambda row: row[:2],
)


@FAULT
@quick
@given(files)
def test_a_generated_file_is_refused_in_our_words_or_adds_up(
    engine: sa.Engine,
    tmp_path_factory: pytest.TempPathFactory,
    file: tuple[list[str], list[tuple[Any, ...]], str, str, str],
) -> None:
    _judge(engine, tmp_path_factory.mktemp("in"), file)


@FAULT
@pytest.mark.slow
@slow
@given(files)
def test_five_thousand_generated_files(
    engine: sa.Engine,
    tmp_path_factory: pytest.TempPathFactory,
    file: tuple[list[str], list[tuple[Any, ...]], str, str, str],
) -> None:
    _judge(engine, tmp_path_factory.getbasetemp(), file)


@FAULT
@quick
@given(frames)
def test_generated_campaign_days_compute_to_numbers(frame: list[tuple[Any, ...]]) -> None:
    _compute(frame)


@FAULT
@pytest.mark.slow
@slow
@given(frames)
def test_five_thousand_generated_frames(frame: list[tuple[Any, ...]]) -> None:
    _compute(frame)


@FAULT
@settings(quick, max_examples=2)
@given(st.lists(rows.filter(lambda row: row[0][:2] in {"20", "19"}), min_size=3, max_size=12))
def test_a_sync_publishes_the_totals_of_the_imported_rows(
    engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory, table: list[tuple[Any, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    path = _write(folder, (["date", "channel", "device", *SUMS], table, "utf-8", ",", ""))
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE campaigns"))
        with suppress(DemetraError):
            import_file(connection, path)
        expected = _table_sums(connection, "campaigns")
    if not any(expected):
        return

    run = run_now(engine, sync_options(folder), trigger="test", requested_by=None)

    assert run is not None
    assert run.state == "succeeded" or run.error_code != "internal", run.error_text
    if run.state == "succeeded":
        with engine.connect() as connection:
            query = (
                f"SELECT {', '.join(f'sum({name})' for name in SUMS)} FROM snapshot_days WHERE run_id = :run"
            )
            assert run is not None
            assert list(connection.execute(sa.text(query), {"run": run.run_id}).one()) == expected


def _judge(
    engine: sa.Engine, folder: Path, file: tuple[list[str], list[tuple[Any, ...]], str, str, str]
) -> None:
    path = _write(folder, file)
    with engine.connect() as connection:
        try:
            report = import_file(connection, path)
        except DemetraError:
            assert not any(_table_sums(connection, "campaigns"))
            return

        stored = _table_sums(connection, "campaigns")
        assert [report.totals[name] for name in SUMS] == stored
        assert _table_sums(connection, "campaign_days") == stored
        rejected = 0 if report.rejects_file is None else _count_lines(Path(report.rejects_file))
        assert rejected == report.rows_rejected
        assert report.rows_read == report.rows_imported + report.rows_combined + report.rows_rejected
        by_value = connection.execute(
            sa.text(
                "SELECT coalesce(sum(s.cost), 0) = (SELECT coalesce(sum(cost), 0) FROM campaigns"
                " WHERE attributes ? 'device' AND length(attributes->>'device') <= 60)"
                " FROM segment_days AS s WHERE attribute = 'device'"
            )
        ).scalar_one()
        assert by_value
        if file[4] == "" and file[3] == "," and all(map(_is_usual, file[1])) and "device" in file[0]:
            assert stored == [sum(Decimal(row[3 + n]) for row in file[1]) for n in range(5)]


def _is_usual(row: tuple[str, ...]) -> bool:
    """Tell whether a row must be accepted as it is: a plain date, a name, counts without decimals."""
    is_name = row[1].isascii() and row[1].isalnum() and (row[2].isascii() and row[2].isalnum())
    return is_name and row[0][4:5] == "-" and _is_plain(row)


def _is_plain(row: tuple[str, ...]) -> bool:
    try:
        day_is_known = str(EARLIEST) <= row[0] <= str(LATEST) and bool(pd.Timestamp(row[0]))
        amounts = [Decimal(text) for text in row[3:]]
    except (InvalidOperation, ValueError):
        return False
    return day_is_known and all(text.isdigit() for text in row[3:]) and all(a < 10**12 for a in amounts)


def _write(folder: Path, file: tuple[list[str], list[tuple[Any, ...]], str, str, str]) -> Path:
    header, table, encoding, delimiter, damage = file
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    for number, row in enumerate(table):
        if damage == "mixed" and number % 2:
            writer = csv.writer(text, delimiter=";" if delimiter == "," else ",")
        writer.writerow([*row[:2], "x" * 10_000_000, *row[3:]] if damage == "huge" and number == 1 else row)
    content = text.getvalue().encode(encoding, "replace")
    path = folder / "generated.csv"
    path.write_bytes(content[: len(content) * 2 // 3] if damage == "cut" else content)
    return path


def _table_sums(connection: sa.Connection, table: str) -> list[Decimal | None]:
    """Return the sums of the five figures; None where no row records the figure."""
    query = f"SELECT {', '.join(f'sum({name})' for name in SUMS)} FROM {table}"
    return list(connection.execute(sa.text(query)).one())


def _count_lines(path: Path) -> int:
    csv.field_size_limit(20_000_000)
    with path.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def _compute(frame: list[tuple[Any, ...]]) -> None:
    days = pd.DataFrame(frame, columns=["channel", "date", *SUMS])
    days["date"] = pd.to_datetime(days["date"])
    days = days.sort_values(["channel", "date"], ignore_index=True).astype(dict.fromkeys(SUMS, float))
    with suppress(DemetraError):
        prediction = predict(days, 7, train(days, 7))
        budget = plan(days, None, 0.3)
        items = advise(days, prediction, budget, currency="EUR")
        assert not list(_nans(items))


def _nans(value: object) -> Iterator[float]:
    """Yield every number in a published value that JSON does not know."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _nans(one)
    elif isinstance(value, float) and not np.isfinite(value):
        yield value
