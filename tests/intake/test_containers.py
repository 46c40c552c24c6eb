"""Workbooks, archives, JSON and pages hold the same rows as a CSV file does."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import import_file
from services.intake.containers import sheets, workbooks
from services.intake.containers.pieces import Origin
from services.intake.failures import (
    ArchiveCrowdedError,
    ArchiveMethodError,
    ArchiveNestedError,
    CampaignFileError,
    EncryptedError,
    FileDamagedError,
    FileEmptyError,
    JsonShapeError,
    JsonUnreadableError,
    MarkupEntitiesError,
    NoColumnsError,
    NoTableError,
    ParquetError,
    SpreadsheetError,
    TooManyColumnsError,
    UnpacksTooLargeError,
    WorkbookDamagedError,
    WorkbookTooLargeError,
)
from services.intake.spool import Spool
from tests.intake.containers import (
    CONTAINERS,
    HEADER,
    ROWS,
    Row,
    csv_of,
    page_of,
    records_of,
    workbook_of,
    zip_of,
)
from tests.intake.files import ROW, Sums, rows, sums

SAMPLES = Path(__file__).parent / "samples"
CSV = csv_of(ROWS)
GZIP_BOMB = gzip.compress(CSV + b"0" * 60_000_000)
OLD = (SAMPLES / "daily.xls").read_bytes()
LONGS = [f"{n}" + "x" * 4_000 for n in range(1_100)]
SUMS = Sums(3100, 155, Decimal(15), Decimal("39.55"), Decimal("186.35"))
MANY = [f"c{n}" for n in range(16_000)]
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that must be empty after each test."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_the_same_rows(connection: sa.Connection, tmp_path: Path, name: str) -> None:
    report = import_file(connection, put(tmp_path, name, CONTAINERS[name](ROWS)))

    assert report.rows_rejected == 0
    assert sums(connection) == SUMS
    assert rows(connection, "date", "channel", "campaign_id") == [tuple(row[:3]) for row in ROWS]


def test_an_old_workbook_is_read(connection: sa.Connection) -> None:
    report = import_file(connection, SAMPLES / "daily.xls", dry_run=False)

    assert report.rows_rejected == 0
    assert sums(connection) == SUMS
    assert (report.date_from, report.date_to) == (date(2025, 3, 1), date(2025, 3, 3))


def test_the_report_says_which_sheets_were_read_and_which_not(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = import_file(connection, put(tmp_path, "b.xlsx", CONTAINERS["sheets.xlsx"](ROWS)))

    said = " ".join(one.en for one in report.warnings)
    assert "Read together, since their columns are equal: “One”, “Two”." in said
    assert "Left out, since their rows are already in another one: “Copy”." in said
    assert "Left out, since they are no campaign rows or have other columns: “About”." in said


def test_a_row_is_named_by_its_sheet_and_its_number_there(connection: sa.Connection, tmp_path: Path) -> None:
    bad = ("no day", *ROWS[0][1:])
    book = {"One": [["Export"], [], HEADER, *ROWS[:2]], "Two": [HEADER, ROWS[2], [], bad]}

    report = import_file(connection, put(tmp_path, "b.xlsx", workbook_of(book)))

    assert [one.line for one in report.first_rejected] == [4]
    assert report.first_rejected[0].reason.en == "“Two”: “no day” is not a date"


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl"])
def test_a_row_of_json_is_named_by_its_number(connection: sa.Connection, tmp_path: Path, name: str) -> None:
    bad = ("no day", *ROWS[0][1:])

    report = import_file(connection, put(tmp_path, name, CONTAINERS[name]([*ROWS, bad])))

    assert [one.line for one in report.first_rejected] == [4]


def test_bad_cells_are_named_by_their_row_in_the_sheet(connection: sa.Connection, tmp_path: Path) -> None:
    bad = (*ROWS[2][:6], "nothing", 5)
    book = {"One": [["Export"], [], HEADER, *ROWS[:2]], "Two": [HEADER, bad]}

    report = import_file(connection, put(tmp_path, "b.xlsx", workbook_of(book)))

    assert [one.lines for one in report.remarks if one.code == "cells_not_recorded"] == [(2,)]


def test_a_hidden_sheet_is_read_only_without_a_visible_one(connection: sa.Connection, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "hidden.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, row in (("Shown", ["2025-03-01", 5, 7]), ("Hidden", ["2025-03-02", 100, 100])):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Date", "Clicks", "Cost"])
            sheet.write_row(1, 0, row)
        sheet.hide()

    import_file(connection, path)

    assert sums(connection).clicks == 5


def test_a_sheet_of_all_rows_beside_sheets_of_months_counts_once(
    connection: sa.Connection, tmp_path: Path
) -> None:
    book = {"One": [HEADER, *ROWS[:2]], "Two": [HEADER, *ROWS[2:]], "All": [HEADER, *ROWS]}

    import_file(connection, put(tmp_path, "b.xlsx", workbook_of(book)))

    assert sums(connection).clicks == 155


def test_keys_of_nested_objects_are_columns(connection: sa.Connection, tmp_path: Path) -> None:
    row = {
        "segments": {"date": "2025-03-01"},
        "campaign": {"name": "Harbour", "status": "ENABLED"},
        "metrics": {"clicks": "5", "cost": 1.10},
    }

    import_file(connection, put(tmp_path, "api.json", as_json([{"results": [row]}])))

    assert rows(connection, "campaign_id", "clicks", "cost") == [("Harbour", 5, Decimal("1.10"))]


@pytest.mark.parametrize("digits", ["0.30000000000000004", "12345678901.1234", "5e2", "0.1"])
def test_json_numbers_keep_their_digits(connection: sa.Connection, tmp_path: Path, digits: str) -> None:
    text = f'[{{"date": "2025-03-01", "clicks": 1, "cost": {digits}}}]'

    import_file(connection, put(tmp_path, "a.json", text.encode()))

    assert sums(connection).cost == round(Decimal(digits), 4)


def test_long_json_is_read_in_pieces(connection: sa.Connection, tmp_path: Path) -> None:
    many = [
        {"date": "2025-03-01", "note": "é" * 99, "clicks": 1, "cost": 0.1, "campaign": f"C{n}"}
        for n in range(5_000)
    ]

    report = import_file(connection, put(tmp_path, "long.json", json.dumps(many).encode()))

    assert report.rows_read == 5_000
    assert sums(connection).cost == 500


def test_a_page_of_layout_tables_has_its_rows_in_one_of_them(
    connection: sa.Connection, tmp_path: Path
) -> None:
    page = b"<table><tr><td><table><tr><td>Menu<td>x<tr><td>a<td>b</table></td></tr></table>" + page_of(ROWS)

    import_file(connection, put(tmp_path, "page.html", page))

    assert sums(connection).clicks == 155


def bomb(ratio_of: bytes = b"0") -> bytes:
    return zip_of({"a.csv": csv_of(ROWS) + ratio_of * 60_000_000})


def wrong_size(content: bytes) -> bytes:
    """Return an archive that understates the size of its only file."""
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 24] + struct.pack("<I", 10) + content[at + 28 :]


def encrypted(content: bytes) -> bytes:
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 8] + b"\x01\x00" + content[at + 10 :]


def book_like(main: bytes) -> bytes:
    return zip_of({"[Content_Types].xml": b"<x", "xl/workbook.xml": main})


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def corner_book() -> bytes:
    """Return a workbook with a cell in each corner of a sheet: small, but a wide empty area."""
    book = workbook_of({"A": [HEADER, *ROWS]})
    files = {
        one: zipfile.ZipFile(io.BytesIO(book)).read(one)
        for one in zipfile.ZipFile(io.BytesIO(book)).namelist()
    }
    name = "xl/worksheets/sheet1.xml"
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    files[name] = files[name].replace(b"</sheetData>", corner)
    return zip_of(files)


HOSTILE: dict[str, tuple[str, Callable[[], bytes], type[CampaignFileError]]] = {
    "zip bomb": ("a.zip", bomb, UnpacksTooLargeError),
    "zip bomb of a wrong size": ("a.zip", lambda: wrong_size(bomb()), FileDamagedError),
    "workbook bomb": ("a.xlsx", lambda: book_like(b" " * 60_000_000), UnpacksTooLargeError),
    "many files": ("a.zip", lambda: zip_of({f"{n}.csv": b"x" for n in range(1_001)}), ArchiveCrowdedError),
    "long directory": ("a.zip", lambda: zip_of(dict.fromkeys(LONGS, b"")), ArchiveCrowdedError),
    "zip in a zip": ("a.zip", lambda: zip_of({"b.zip": zip_of({"c.csv": CSV})}), ArchiveNestedError),
    "gzip bomb in a zip": ("a.zip", lambda: zip_of({"b.csv.gz": GZIP_BOMB}), UnpacksTooLargeError),
    "encrypted zip": ("a.zip", lambda: encrypted(zip_of({"a.csv": CSV})), EncryptedError),
    "encrypted workbook": ("a.xlsx", (SAMPLES / "password.xlsx").read_bytes, EncryptedError),
    "empty zip": ("a.zip", lambda: zip_of({}), NoTableError),
    "zip of folders": ("a.zip", lambda: zip_of({"a/": b"", "__MACOSX/x": b"x", ".x": b"x"}), NoTableError),
    "zip of empty files": ("a.zip", lambda: zip_of({"a.csv": b""}), FileEmptyError),
    "cut zip": ("a.zip", lambda: zip_of({"a.csv": csv_of(ROWS * 99)})[:-40], FileDamagedError),
    "cut workbook": ("a.xlsx", lambda: workbook_of({"A": [HEADER, *ROWS]})[:-400], FileDamagedError),
    "damaged workbook": ("a.xlsx", lambda: book_like(b"<w/>"), WorkbookDamagedError),
    "cut old workbook": ("a.xls", lambda: OLD[:2_000], WorkbookDamagedError),
    "old noise": ("a.xls", lambda: OLD[:8] + random.Random(3).randbytes(9_000), WorkbookDamagedError),
    "open document": ("a.ods", lambda: zip_of({"mimetype": b"x", "content.xml": b"<x/>"}), SpreadsheetError),
    "binary workbook": ("a.xlsb", lambda: zip_of({"xl/workbook.bin": b"x"}), SpreadsheetError),
    "empty workbook": ("a.xlsx", lambda: workbook_of({"A": []}), FileEmptyError),
    "no campaigns": ("a.xlsx", lambda: workbook_of({"A": [["a"], ["b"]], "B": [["c"]]}), NoColumnsError),
    "many columns": ("a.xlsx", lambda: workbook_of({"A": [MANY, [1] * len(MANY)]}), TooManyColumnsError),
    "many keys": ("a.json", lambda: as_json([dict.fromkeys(MANY, 1)]), TooManyColumnsError),
    "many keys in rows": ("a.json", lambda: as_json([{one: 1} for one in MANY]), TooManyColumnsError),
    "cut json": ("a.json", lambda: as_json(records_of(ROWS))[:-30], JsonUnreadableError),
    "deep json": ("a.json", lambda: b'[{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}]", JsonUnreadableError),
    "long json value": ("a.json", lambda: b'[{"a":"' + b"x" * 40_000_000, JsonUnreadableError),
    "words behind json": ("a.json", lambda: b'{"a": 1, "b": [1, 2]} trailing', JsonUnreadableError),
    "no rows in json": ("a.json", lambda: b'{"data": [], "errors": [[1]]}', JsonShapeError),
    "entities": ("a.xls", lambda: ENTITIES + page_of(ROWS), MarkupEntitiesError),
    "no table": ("a.html", lambda: b"<html><body>Please log in</body></html>", NoTableError),
    "page of one row": ("a.html", lambda: b"<table><tr><td>Hello</table>", NoTableError),
    "unending comment": ("a.html", lambda: b"<table><!--" + b"<!-" * 1_000_000, NoTableError),
    "unending tag": ("a.html", lambda: b"<table><td " + b"a" * 3_000_000, NoTableError),
    "many marks": ("a.html", lambda: b"<table>" + b"<" * 3_000_000, NoTableError),
    "many quotes": ("a.html", lambda: b"<table>" + b"<a '" * 500_000, NoTableError),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_or_damaged_container_gets_a_sentence_and_leaves_nothing(
    connection: sa.Connection, tmp_path: Path, temporary: Path, kind: str
) -> None:
    name, content, failure = HOSTILE[kind]
    path = put(tmp_path, name, content())

    with pytest.raises(failure) as caught:
        import_file(connection, path)

    assert name in caught.value.text.en
    assert name in caught.value.text.ru
    assert rows(connection, "id") == []
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "a\\..\\evil.csv", "x" * 500 + ".csv"])
def test_names_in_an_archive_are_never_paths(
    connection: sa.Connection, tmp_path: Path, temporary: Path, name: str
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()

    import_file(connection, put(folder, "a.zip", zip_of({name: csv_of(ROWS)})))

    assert [one.name for one in folder.iterdir()] == ["a.zip"]
    assert [one.name for one in tmp_path.iterdir()] == ["inner"]
    assert list(temporary.iterdir()) == []


def test_a_method_of_packing_that_python_lacks_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    content = bytearray(zip_of({"a.csv": csv_of(ROWS)}))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.rindex(mark) + offset
        content[at : at + 2] = struct.pack("<H", 9)

    with pytest.raises(ArchiveMethodError):
        import_file(connection, put(tmp_path, "a.zip", bytes(content)))


def test_parquet_without_pyarrow_is_told(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ParquetError, match="pyarrow"):
        import_file(connection, put(tmp_path, "a.parquet", b"PAR1 and more PAR1"))


def test_parquet_is_read_where_pyarrow_is_installed(connection: sa.Connection, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {name: [row[at] for row in ROWS] for at, name in enumerate(HEADER)}
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")

    import_file(connection, tmp_path / "a.parquet")

    assert sums(connection) == SUMS
    assert rows(connection, "date") == [row[0] for row in ROWS]


def test_damaged_parquet_is_told(connection: sa.Connection, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")

    with pytest.raises(FileDamagedError):
        import_file(connection, put(tmp_path, "a.parquet", b"PAR1 and more PAR1"))


def test_a_temporary_file_is_private_and_has_no_name(temporary: Path) -> None:
    spool = Spool()
    spool.write(b"secret")

    assert os.fstat(spool.descriptor).st_mode & 0o777 == 0o600
    assert os.fstat(spool.descriptor).st_nlink == 0
    assert list(temporary.iterdir()) == []
    assert spool.whole().open().read() == b"secret"


def test_a_cell_in_the_far_corner_needs_no_memory(connection: sa.Connection, tmp_path: Path) -> None:
    report = import_file(connection, put(tmp_path, "a.xlsx", corner_book()))

    assert (sums(connection), report.rows_rejected) == (SUMS, 1)
    assert [one.line for one in report.first_rejected] == [1_048_576]


@pytest.mark.parametrize("name", ["book.xlsx", "sheets.xlsx", "right.xlsx"])
def test_a_large_workbook_is_read_row_by_row_with_the_same_result(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(workbooks, "_OUT_OF_MEMORY", {0})  # as if it needed too much memory as a whole
    run = workbooks._run

    def done(origin: Origin, spool: Spool, way: str, seconds: int) -> subprocess.CompletedProcess[bytes]:
        found = run(origin, spool, way, seconds)
        if way == "rows":
            monkeypatch.setattr(workbooks, "_OUT_OF_MEMORY", set())
        return found

    monkeypatch.setattr(workbooks, "_run", done)
    report = import_file(connection, put(tmp_path, name, CONTAINERS[name](ROWS)))

    assert (sums(connection), report.rows_rejected) == (SUMS, 0)
    assert rows(connection, "date", "channel", "campaign_id") == [tuple(row[:3]) for row in ROWS]


@pytest.mark.parametrize("code", [sheets.TOO_LARGE, -signal.SIGABRT, -signal.SIGKILL, -signal.SIGXCPU, 1])
def test_a_reader_of_workbooks_that_is_ended_is_told(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    ended: subprocess.CompletedProcess[bytes] = subprocess.CompletedProcess([], code, b"", b"")
    monkeypatch.setattr(workbooks, "_run", lambda *_: ended)

    with pytest.raises(WorkbookTooLargeError, match="Save the sheet as CSV"):
        import_file(connection, put(tmp_path, "a.xlsx", workbook_of({"A": [HEADER, *ROWS]})))


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]),
    min_size=1,
    max_size=20,
)
amounts = st.decimals(min_value=0, max_value=100_000, places=2).map(float)
row = st.tuples(
    st.dates(date(2024, 1, 1), date(2025, 12, 31)),
    st.sampled_from(["Search", "Social"]),
    texts.filter(lambda text: text.strip() == text and not text.startswith(("'", '"'))),
    st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 1_000), amounts, amounts,
)  # fmt: skip


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    st.lists(row, min_size=2, max_size=8, unique_by=lambda one: one[:3]), st.sampled_from(sorted(CONTAINERS))
)
def test_the_sums_do_not_depend_on_the_container(
    connection: sa.Connection, tmp_path_factory: pytest.TempPathFactory, found: list[Row], name: str
) -> None:
    folder = tmp_path_factory.mktemp("law")
    results = []
    for one in ("rows.csv", name):
        with connection.begin_nested() as savepoint:
            import_file(connection, put(folder, one, CONTAINERS[one](found)))
            results.append((sums(connection), rows(connection, "date", "channel", "clicks")))
            savepoint.rollback()

    assert sorted(results[0][1]) == sorted(results[1][1])
    assert results[0][0] == results[1][0]


damage = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(CONTAINERS)), damage)
def test_a_damaged_container_is_read_or_refused_and_never_crashes(
    connection: sa.Connection,
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    changes: list[tuple[float, int]],
) -> None:
    content = bytearray(CONTAINERS[name](ROWS))
    for place, byte in changes:
        content[int(place * len(content))] = byte
    path = put(tmp_path_factory.mktemp("fuzz"), name, bytes(content))

    with connection.begin_nested() as savepoint:
        with suppress(CampaignFileError):
            import_file(connection, path)
        savepoint.rollback()


@pytest.mark.parametrize("text", ["<!--" * 200_000, "<!-- a -->" * 50_000, "<!--" + "a" * 900_000])
def test_many_comments_take_no_time(connection: sa.Connection, tmp_path: Path, text: str) -> None:
    header = "date,channel,impressions,clicks,conversions,cost,revenue"
    cells = ["".join(f"<td>{cell}</td>" for cell in line.split(",")) for line in (header, ROW)]
    table = f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>"
    path = tmp_path / "page.xls"
    path.write_text(f"{table}{text}", encoding="utf-8")
    began = time.process_time()

    import_file(connection, path)

    assert time.process_time() - began < 5
    assert sums(connection).clicks == 50
