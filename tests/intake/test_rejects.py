"""Rows that cannot be used are told with line and reason, and wait in a file beside."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.formulas import SIGNS
from services.intake import import_file
from services.intake.failures import AllRowsRejectedError
from tests.intake.files import HEADER, ROW, load, rows

BAD_ROWS = [
    ("2025-02-30,A,1,1,1,1,1", "there is no such day as “2025-02-30”"),
    (",A,1,1,1,1,1", "the date is empty"),
    ("2025-03-01,,1,1,1,1,1", "the channel is empty"),
    (f"2025-03-01,{'x' * 201},1,1,1,1,1", "channel is longer than 200 characters"),
    ("2025-03-01,A,1,1,1,1", "the row has 6 fields, the header has 7"),
    ("2025-03-01,A,1,1,1,1,1,1", "the row has 8 fields, the header only 7"),
    ("2025-03-01,A\0,1,1,1,1,1", "the row contains a NUL character"),
    ('2025-03-01,"A,1,1,1,1,1', "a quotation mark is opened and not closed, or a field is too long"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_ROWS)
def test_one_bad_row_is_rejected_with_its_line_and_reason(
    connection: sa.Connection, tmp_path: Path, bad: str, reason: str
) -> None:
    report = load(connection, tmp_path, ROW, bad, ROW.replace("-01,", "-02,"))

    assert (report.rows_read, report.rows_imported, report.rows_rejected) == (3, 2, 1)
    assert [(one.line, one.reason.en) for one in report.first_rejected] == [(3, reason)]


def test_all_bad_rows_are_in_the_file_beside(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(connection, tmp_path, *(bad for bad, _ in BAD_ROWS), ROW)

    assert report.rejects_file == str(tmp_path / "campaigns.csv.rejects.csv")
    with Path(report.rejects_file).open(encoding="utf-8", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["line", "reason", *HEADER.split(",")]
    assert [(int(row[0]), row[1]) for row in written[1:]] == [
        (line, reason) for line, (_, reason) in enumerate(BAD_ROWS, start=2)
    ]


def test_reasons_are_written_in_the_chosen_language(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW, "вчера" + ROW[10:], lang="ru")

    assert "«вчера» — не дата" in (tmp_path / "campaigns.csv.rejects.csv").read_text(encoding="utf-8")


def test_a_mended_rejects_file_can_be_imported(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW, ROW.replace("2025-03-01", "2025-02-30"))
    beside = tmp_path / "campaigns.csv.rejects.csv"
    beside.write_text(beside.read_text().replace("2025-02-30", "2025-02-28"))
    report = import_file(connection, beside)

    assert report.rows_imported == 1
    assert rows(connection, "attributes") == [{}, {}]


def test_rejects_of_an_earlier_import_do_not_stay(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW, "bad")
    report = load(connection, tmp_path, ROW)

    assert report.rejects_file is None
    assert [path.name for path in tmp_path.iterdir()] == ["campaigns.csv"]


def test_rejects_that_cannot_be_written_are_reported_and_hold_nothing_up(
    connection: sa.Connection, tmp_path: Path
) -> None:
    (tmp_path / "campaigns.csv.rejects.csv").mkdir()
    report = load(connection, tmp_path, ROW, "bad")

    assert (report.rows_imported, report.rows_rejected, report.rejects_file) == (1, 1, None)
    assert "could not be written to a file beside this one" in report.warnings[-1].en
    assert sorted(path.name for path in tmp_path.iterdir()) == ["campaigns.csv", "campaigns.csv.rejects.csv"]


def test_a_file_without_a_good_row_changes_nothing(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(AllRowsRejectedError) as caught:
        load(connection, tmp_path, "bad", "2025-02-30" + ROW[10:])

    assert "None of the 2 rows" in caught.value.text.en
    assert "campaigns.csv.rejects.csv" in caught.value.text.en
    assert (tmp_path / "campaigns.csv.rejects.csv").exists()
    assert rows(connection, "id") == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_rejects_are_readable_for_those_who_may_read_the_file(
    connection: sa.Connection, tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "campaigns.csv"
    file.write_text(f"{HEADER}\n{ROW}\nbad\n")
    file.chmod(mode)
    report = import_file(connection, file)

    assert report.rejects_file is not None
    assert Path(report.rejects_file).stat().st_mode & 0o777 == mode


FORMULAS = ["=cmd|'/C calc'!A0", "x;=1+1;y", "+Brand", "'-Brand", "-5", "@me", "x\t=1", '"=1+1"']


def test_no_cell_of_the_rejects_is_a_formula_unless_it_is_a_number(
    connection: sa.Connection, tmp_path: Path
) -> None:
    lines = [f"never,{name},1,1,1,-1.50,1" for name in FORMULAS]
    report = load(connection, tmp_path, ROW, *lines)
    assert report.rejects_file is not None
    written = Path(report.rejects_file).read_text(encoding="utf-8")
    cells = [cell.strip('" ') for line in written.splitlines() for cell in re.split("[,;\t|]", line)]

    assert {cell for cell in cells if cell.startswith(tuple(SIGNS))} == {"-1.50", "-5"}


def test_a_mended_rejects_file_brings_the_names_as_they_were(
    connection: sa.Connection, tmp_path: Path
) -> None:
    names = [name.strip('"') for name in FORMULAS]
    load(connection, tmp_path, ROW, *(f"never,{name},1,1,1,1,1" for name in FORMULAS))
    beside = tmp_path / "campaigns.csv.rejects.csv"
    beside.write_text(beside.read_text().replace("never", "2025-04-01"))
    import_file(connection, beside)

    found = set(rows(connection, "channel"))
    assert found == {"Instagram", *(" ".join(name.split()) for name in names)}
