"""Files that cannot be imported get a sentence that says what to do, and nothing else happens."""

from __future__ import annotations

import gzip
import os
import random
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.database.tables import campaigns
from services.intake import import_file
from services.intake.failures import (
    BinaryFileError,
    CampaignFileError,
    FileDamagedError,
    FileEmptyError,
    FileMissingError,
    FileUnreadableError,
    MixedDatesError,
    NoColumnsError,
    NoRowsError,
    NotAFileError,
    WorkbookDamagedError,
)
from tests.intake.files import HEADER, ROW, load, rows, write

NOISE = random.Random(1).randbytes(5_000)
UNUSABLE = {
    "no byte": (b"", FileEmptyError),
    "blank": (b" \n\r\n\t", FileEmptyError),
    "only a mark": (b"\xef\xbb\xbf\n", FileEmptyError),
    "only a wide mark": (b"\xff\xfe", FileEmptyError),
    "nothing packed": (gzip.compress(b""), FileEmptyError),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, BinaryFileError),
    "noise": (NOISE, BinaryFileError),
    "noise packed": (gzip.compress(NOISE), BinaryFileError),
    "cut short": (gzip.compress(f"{HEADER}\n{ROW}\n".encode() * 99)[:-20], FileDamagedError),
    "not packed": (b"\x1f\x8b\x08\x00 no gzip at all", FileDamagedError),
    "header": (HEADER.encode(), NoRowsError),
    "header and blank lines": (f"{HEADER}\n\n,,,,,,\n".encode(), NoRowsError),
    "other columns": (b"foo,bar\n1,2\n", NoColumnsError),
    "words": (b"just some words\nin two lines\n", NoColumnsError),
    "json": (b'{"date": "2025-01-01", "cost": 5}\n', NoColumnsError),
    "two orders": (f"{HEADER}\n13/01/2025{ROW[10:]}\n01/13/2025{ROW[10:]}\n".encode(), MixedDatesError),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_each_kind_of_unusable_file_has_a_failure_of_its_own(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    content, failure = UNUSABLE[kind]
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(failure) as caught:
        import_file(connection, path)
    assert "file.csv" in caught.value.text.en
    assert "file.csv" in caught.value.text.ru
    assert [found.name for found in tmp_path.iterdir()] == ["file.csv"]


def test_a_damaged_workbook_is_named_as_such(connection: sa.Connection, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")

    with pytest.raises(WorkbookDamagedError, match="save the sheet as CSV"):
        import_file(connection, path)


def test_a_missing_file_is_named(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"nothing\.csv"):
        import_file(connection, tmp_path / "nothing.csv")


def test_a_folder_and_a_pipe_are_no_files(connection: sa.Connection, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(NotAFileError):
            import_file(connection, path)


def test_a_name_that_the_system_refuses_is_no_crash(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        import_file(connection, tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told_by_its_reason(connection: sa.Connection, tmp_path: Path) -> None:
    path = write(tmp_path, ROW)
    path.chmod(0)

    with pytest.raises(FileUnreadableError, match="Permission denied"):
        import_file(connection, path)


def test_a_refused_permission_is_told_by_its_reason(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, ROW)

    def refuse(*_args: Any, **_options: Any) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(FileUnreadableError, match="Permission denied"):
        import_file(connection, path)


def test_missing_columns_are_told_with_what_was_found_and_what_is_needed(
    connection: sa.Connection, tmp_path: Path
) -> None:
    with pytest.raises(NoColumnsError) as caught:
        load(connection, tmp_path, "2025-01-01,Berlin,5", header="Date,Town,Clicks")

    assert "lacks a cost. Columns found: Date, Town, Clicks. Needed: a date; a cost" in caught.value.text.en


def test_nothing_of_an_unusable_file_is_stored(connection: sa.Connection, tmp_path: Path) -> None:
    load(connection, tmp_path, ROW)
    with pytest.raises(MixedDatesError):
        load(connection, tmp_path, "13/01/2025" + ROW[10:], "01/13/2025" + ROW[10:])

    assert len(rows(connection, "id")) == 1


random_bytes = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(alphabet="date,;\tcostclicks0123456789-./ \"'\n\r$%", max_size=300).map(str.encode),
)
printable = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
rows_of_junk = st.lists(
    st.text(alphabet=st.one_of(printable, st.sampled_from("\0\n\r\t,")), max_size=60), max_size=8
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random_bytes, st.booleans())
def test_random_bytes_are_imported_or_refused_and_never_crash(
    connection: sa.Connection, tmp_path_factory: pytest.TempPathFactory, content: bytes, packed: bool
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "file.csv"
    path.write_bytes(gzip.compress(content) if packed else content)

    rows_read = None
    with suppress(CampaignFileError):
        rows_read = import_file(connection, path).rows_read

    assert rows_read is None or rows_read > 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows_of_junk)
def test_junk_below_a_good_header_costs_only_itself(
    connection: sa.Connection, tmp_path_factory: pytest.TempPathFactory, junk: list[str]
) -> None:
    path = write(tmp_path_factory.mktemp("fuzz"), ROW, *(line.replace('"', "'") for line in junk))
    connection.execute(campaigns.delete())

    report = import_file(connection, path)

    assert ROW.split(",")[1] in report.channels
    assert report.rows_imported >= 1
