"""Files beyond all measure are refused with a sentence, in bounded memory and with bounded work."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import pytest
import sqlalchemy as sa

from services.intake import import_file, opening, survey
from services.intake.attributes import AttributeWriter
from services.intake.columns import recognise
from services.intake.failures import (
    CampaignFileError,
    LineTooLongError,
    MostlyBrokenError,
    TooManyColumnsError,
    UnpacksTooLargeError,
)
from services.intake.layout import MOST_COLUMNS
from services.intake.memo import Memo
from services.intake.opening import LONGEST_LINE, MOST_TIMES, UNPACKED_FREE_BYTES
from services.intake.records import Lines
from tests.intake.files import HEADER, ROW, load, rows, write

WIDTH = len(HEADER.split(","))


def work(function: Callable[[], object]) -> int:
    """Return how many lines of Python the function runs through: its work, whatever the machine."""
    lines = 0

    def count(_frame: FrameType, event: str, _value: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        function()
    finally:
        sys.settrace(before)
    return lines


def refuse(
    connection: sa.Connection,
    path: Path,
    failure: type[TooManyColumnsError]
    | tuple[type[UnpacksTooLargeError], type[LineTooLongError]]
    | type[LineTooLongError]
    | type[MostlyBrokenError],
) -> str:
    """Import a file that must be refused, with nothing written anywhere; return the sentence."""
    before = sorted(found.name for found in path.parent.iterdir())
    with pytest.raises(failure) as caught:
        import_file(connection, path)

    assert rows(connection, "id") == []
    assert sorted(found.name for found in path.parent.iterdir()) == before
    assert path.name in caught.value.text.en
    assert path.name in caught.value.text.ru
    return caught.value.text.en


def wide(columns: int, *, known_first: bool = True, name: str = "extra {}") -> tuple[str, str]:
    """Return header and rows of a file with this many columns."""
    more = [name.format(at) for at in range(columns - WIDTH)]
    header = [*HEADER.split(","), *more] if known_first else [*more, *HEADER.split(",")]
    cells = ROW.split(",")
    others = ["x"] * len(more)
    row = [*cells, *others] if known_first else [*others, *cells]
    return ",".join(header), ",".join(row)


@pytest.mark.parametrize("known_first", [True, False])
def test_a_table_of_five_hundred_columns_is_imported(
    connection: sa.Connection, tmp_path: Path, known_first: bool
) -> None:
    header, row = wide(MOST_COLUMNS, known_first=known_first)
    report = load(connection, tmp_path, row, header=header)

    assert report.rows_imported == 1
    assert len(report.attributes) == MOST_COLUMNS - WIDTH


@pytest.mark.parametrize("columns", [MOST_COLUMNS + 1, 20_000, 300_000])
@pytest.mark.parametrize("known_first", [True, False])
def test_a_wider_table_is_refused_with_its_number_of_columns(
    connection: sa.Connection, tmp_path: Path, columns: int, known_first: bool
) -> None:
    header, row = wide(columns, known_first=known_first)
    sentence = refuse(connection, write(tmp_path, row, header=header), TooManyColumnsError)

    assert f"has {columns} columns" in sentence
    assert str(MOST_COLUMNS) in sentence


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_wide_tables_are_refused_whatever_separates_their_columns(
    connection: sa.Connection, tmp_path: Path, delimiter: str
) -> None:
    header, row = (line.replace(",", delimiter) for line in wide(4_000))

    assert "has 4000 columns" in refuse(connection, write(tmp_path, row, header=header), TooManyColumnsError)


def test_empty_columns_at_the_end_do_not_count(connection: sa.Connection, tmp_path: Path) -> None:
    """A spreadsheet saves all of its 16,384 columns once a cell far to the right has been touched."""
    more = "," * (16_384 - WIDTH)
    report = load(connection, tmp_path, *[ROW + more] * 3, header=HEADER + more)

    assert report.rows_read == 3


def test_a_banner_with_many_commas_does_not_make_a_table_wide(
    connection: sa.Connection, tmp_path: Path
) -> None:
    report = load(connection, tmp_path, HEADER, ROW, header="a, banner" * 1_000)

    assert report.rows_imported == 1


@pytest.mark.parametrize(
    "name", ["same", "extra {}", "same_2", "", "Regions {}", "location", "a_{}_2"], ids=str
)
def test_twice_as_many_columns_are_twice_the_work(name: str) -> None:
    def header(columns: int) -> list[str]:
        return [*HEADER.split(","), *(name.format(at) for at in range(columns))]

    def recognise_made(columns: int) -> object:
        return recognise(header(columns))

    little, much = (work(partial(recognise_made, n)) for n in (1_000, 2_000))

    assert much < 2.2 * little


def test_names_that_stand_twice_are_numbered_and_no_name_is_taken_twice() -> None:
    columns = recognise(["date", "cost", "clicks", "a", "a_2", "a", "a", "a_2", "", "Location", "region"])

    assert columns.attributes == {
        "a": 3, "a_2": 4, "a_3": 5, "a_4": 6, "a_2_2": 7, "column_9": 8, "location": 9, "region": 10,
    }  # fmt: skip


@pytest.mark.parametrize("columns", [1, 50, 490])
def test_many_columns_remember_no_more_texts_than_a_few(columns: int) -> None:
    writer = AttributeWriter({f"c{at}": at for at in range(columns)}, ".")
    most = [memo._most for memo in writer._members.values()]

    assert sum(most) <= 1_000_000
    assert min(most) >= 1_000


def test_a_cache_of_texts_keeps_no_long_ones_and_starts_again_when_it_is_full() -> None:
    memo = Memo(len, most=3)
    found = [memo[text] for text in ("a", "bb", "ccc", "x" * 5_000, "dddd", "a")]

    assert found == [1, 2, 3, 5_000, 4, 1]
    assert dict(memo) == {"dddd": 4, "a": 1}


def zeros(mega: int) -> bytes:
    return gzip.compress(b"0" * 1_000_000 * mega)


def rows_of(mega: int) -> bytes:
    return gzip.compress(f"{HEADER}\n".encode() + b"0,0,0,0,0,0,0\n" * (1_000_000 * mega // 14))


BOMBS = {
    "one line": lambda: zeros(300),
    "one line behind a header": lambda: gzip.compress(f"{HEADER}\n{ROW}\n".encode()) + zeros(100),
    "an open quote": lambda: gzip.compress(f'{HEADER}\n"'.encode()) + zeros(100),
    "many lines": lambda: rows_of(100),
    "empty lines": lambda: gzip.compress(f"{HEADER}\n{ROW}\n".encode() + b"\n" * 100_000_000),
    "many members": lambda: gzip.compress(f"{HEADER}\n{ROW}\n".encode()) + zeros(1) * 100,
    "wide characters": lambda: gzip.compress("﻿".encode("utf-16-le") + "0".encode("utf-16-le") * 50_000_000),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_that_unpacks_to_a_large_one_is_refused(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(BOMBS[kind]())

    sentence = refuse(connection, path, (UnpacksTooLargeError, LineTooLongError))
    assert "times its size" in sentence or "characters" in sentence


def test_how_much_is_unpacked_is_bounded_by_the_size_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "UNPACKED_FREE_BYTES", 1_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(zeros(10))
    unpacked = []
    real = gzip.GzipFile.read

    def counting(self: gzip.GzipFile, size: int = -1) -> bytes:
        unpacked.append(len(found := real(self, size)))
        return found

    monkeypatch.setattr(gzip.GzipFile, "read", counting)
    with pytest.raises(UnpacksTooLargeError):
        opening.examine(path)

    assert sum(unpacked) < MOST_TIMES * path.stat().st_size + 2**21


def test_small_files_may_unpack_to_any_multiple_and_large_ones_to_what_tables_do(
    connection: sa.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "campaigns.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n".encode() + f"{ROW}\n".encode() * 100_000))

    assert path.stat().st_size * MOST_TIMES < 4_500_000 < UNPACKED_FREE_BYTES
    assert import_file(connection, path).rows_read == 100_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_line_beyond_the_limit_is_refused_with_its_number(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, end: str
) -> None:
    monkeypatch.setattr(opening, "LONGEST_LINE", 5_000)
    monkeypatch.setattr(opening, "_CHUNK_BYTES", 1_024)
    path = tmp_path / "campaigns.csv"
    lines = [HEADER, ROW, ROW.replace("Instagram", "я" * 5_000), ROW]
    path.write_bytes(end.join(lines).encode(encoding))

    assert "Line 3 of" in refuse(connection, path, LineTooLongError)


@pytest.mark.parametrize("size", [4_000, 4_950])
def test_a_line_within_the_limit_is_read_wherever_its_end_falls(
    connection: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(opening, "LONGEST_LINE", 5_000)
    monkeypatch.setattr(opening, "_CHUNK_BYTES", 512)
    report = load(connection, tmp_path, *[f"{ROW},{'x' * size}"] * 4, header=f"{HEADER},note")

    assert report.rows_read == 4


def test_cells_of_ten_megabytes_are_read(connection: sa.Connection, tmp_path: Path) -> None:
    report = load(
        connection, tmp_path, *[f"{ROW},{'x' * 10_000_000}"] * 2, ROW + ",", header=f"{HEADER},note"
    )

    assert (report.rows_read, report.rows_rejected) == (3, 0)


def test_long_lines_make_small_blocks_and_none_is_lost() -> None:
    lines = Lines(["x" * 3_000_000 + str(at) for at in range(7)])
    taken = []
    while block := lines.take(2_000):
        assert len(block) <= 2
        lines.put_back(block[1:])
        taken.append(block[0])

    assert [line[3_000_000:] for line in taken] == list("0123456")
    assert lines.number == 8


UNCLOSED = {
    "short lines": '"' + "a\n" * 5_000_000,
    "nothing but quotes": '"\n' * 5_000_000,
    "a quote in each row": (ROW.replace("Insta", '"Insta') + "\n") * 220_000,
    "two quotes": ('a"b"\n') * 2_000_000,
}


@pytest.mark.parametrize("kind", UNCLOSED)
def test_ten_megabytes_of_an_unclosed_quote_are_given_up_early(
    connection: sa.Connection, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "campaigns.csv"
    path.write_text(f"{HEADER}\n{ROW}\n{UNCLOSED[kind]}")
    with pytest.raises(MostlyBrokenError) as caught:
        import_file(connection, path)

    words = caught.value.text.en
    read = int(words.split("first ")[1].split(" rows")[0])
    assert survey.MOST_BROKEN < read < survey.MOST_BROKEN + 5_000
    assert "Line 3: " in words
    assert rows(connection, "id") == []


@pytest.mark.parametrize(("good", "broken", "is_read"), [(60, 60, True), (10, 50, True), (50, 60, False)])
def test_a_file_is_given_up_only_when_most_of_many_rows_are_broken(
    connection: sa.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    good: int,
    broken: int,
    is_read: bool,
) -> None:
    monkeypatch.setattr(survey, "MOST_BROKEN", 50)
    days = [ROW] * good
    path = write(tmp_path, *days, *["broken"] * broken)

    if is_read:
        assert import_file(connection, path).rows_rejected == broken
    else:
        assert "Most of the first 110 rows" in refuse(connection, path, MostlyBrokenError)


MEMORY = """
import resource, sys
from pathlib import Path
from services.intake.layout import find_layout
from services.intake.opening import examine
from services.intake.survey import survey
from services.errors import DemetraError

now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 500_000_000,) * 2)
try:
    file = examine(Path(sys.argv[1]))
    print(survey(file, find_layout(file), lambda *_: None).is_distinct)
except DemetraError as error:
    print(type(error).__name__)
"""
LARGE: dict[str, tuple[Callable[[TextIO], object], str]] = {
    "a line of 200 MB": (lambda f: f.write("x" * 200_000_000), "LineTooLongError"),
    "an open quote of 200 MB": (lambda f: f.write('"' + "x" * 200_000_000), "LineTooLongError"),
    "a header of 200 MB": (
        lambda f: (f.seek(0), f.write("date,cost,clicks," * 12_000_000)),
        "LineTooLongError",
    ),
    "60 lines of 10 MB": (
        lambda f: [f.write(f"{ROW},{'x' * 10_000_000}{at}\n") for at in range(60)],
        "True",
    ),
    "lines of many cells": (lambda f: [f.write("ab," * 1_300_000 + "\n") for _ in range(60)], "True"),
    "an open quote before long lines": (
        lambda f: (f.write('"\n'), [f.write("x" * 10_000_000 + "\n") for _ in range(60)]),
        "True",
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is one of Linux")
@pytest.mark.parametrize("kind", LARGE)
def test_large_files_need_little_memory(tmp_path: Path, kind: str) -> None:
    """Each of these has more characters than the process may have bytes."""
    write_it, outcome = LARGE[kind]
    path = tmp_path / "campaigns.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{HEADER},note\n{ROW},x\n")
        write_it(file)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == outcome, done.stderr[-500:]


def test_each_of_these_failures_says_in_both_languages_what_to_do() -> None:
    for failure in (TooManyColumnsError, LineTooLongError, UnpacksTooLargeError, MostlyBrokenError):
        assert issubclass(failure, CampaignFileError)
        assert "xport" in failure.words.en or "import" in failure.words.en
        assert "агрузите" in failure.words.ru or "ыгрузите" in failure.words.ru


def test_the_limit_of_a_line_leaves_room_for_the_cells_that_are_promised() -> None:
    assert LONGEST_LINE > 10_000_000
