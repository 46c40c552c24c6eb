"""Files in a folder: which are taken, when, and as what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import time

import pytest

from services.executors.base import Deadline
from services.sources.failures import SourceMissingError, SourceUnreachableError
from services.sources.kind import Fetch, NewFile, Source
from services.sources.kinds import folder
from services.sources.writers import is_whole, is_written_to
from tests.sources.files import drop, folder_source

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def read(
    source: Source, work: Path, seen: Mapping[str, str] | None = None
) -> dict[str, tuple[NewFile, bytes]]:
    """Return the new files by name, each with its content while it could be read."""
    fetch = Fetch(source, seen or {}, work, Deadline.after(30), NOW)
    return {one.name: (one, one.path.read_bytes()) for one in folder.KIND.read(fetch)}


def versions(source: Source, work: Path) -> dict[str, str]:
    return {one.key: one.version for one, _ in read(source, work).values()}


def test_files_are_copied_and_the_copies_are_gone_afterwards(data: Path, work: Path) -> None:
    file = drop(data, "a.csv", "one\n")

    found = read(folder_source(data), work)

    one, content = found["a.csv"]
    assert (content, one.key) == (b"one\n", str(file))
    assert one.path.is_relative_to(work)
    assert list(work.iterdir()) == []
    assert list(data.iterdir()) == [file]


def test_only_new_and_rewritten_files_are_taken(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n")
    drop(data, "b.csv", "two\n")
    source = folder_source(data)
    seen = versions(source, work)

    drop(data, "b.csv", "two again\n")
    drop(data, "c.csv", "three\n")

    assert set(read(source, work, seen)) == {"b.csv", "c.csv"}


def test_the_oldest_file_comes_first(data: Path, work: Path) -> None:
    drop(data, "a.csv", age=10)
    drop(data, "b.csv", age=1000)

    assert list(read(folder_source(data), work)) == ["b.csv", "a.csv"]


@pytest.mark.parametrize(
    "name",
    [
        *(".hidden.csv", "a.csv.part", "a.csv.tmp", "a.csv.crdownload", "a.rejects.csv", "a.csv.done"),
        *("~$a.xlsx", "a.csv~", "A.CSV.PART"),
    ],
)
def test_unfinished_and_hidden_files_are_left_alone(data: Path, work: Path, name: str) -> None:
    drop(data, name)

    assert read(folder_source(data), work) == {}


def test_with_markers_a_file_is_taken_once_its_marker_is_there(data: Path, work: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        drop(data, name, age=0)
    drop(data, "a.csv.done", "")
    drop(data, "b.done", "")

    assert set(read(folder_source(data, done_marker="true"), work)) == {"a.csv", "b.csv"}


def test_a_file_that_a_program_has_open_for_writing_is_left_alone(data: Path, work: Path) -> None:
    file = drop(data, "a.csv", "one\n")
    source = folder_source(data)

    with file.open("ab"):
        if not is_written_to(file):
            pytest.skip("this file system grants leases on files that are open for writing")
        while_open = read(source, work)

    assert while_open == {}
    assert set(read(source, work)) == {"a.csv"}


def test_a_file_that_was_just_written_to_is_left_for_a_later_run(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n", age=0)

    assert read(folder_source(data, settle='"5 min"'), work) == {}


def test_a_copy_that_keeps_an_old_time_counts_as_written_now(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n", age=86_400)

    assert read(folder_source(data, settle='"5 min"'), work) == {}


def test_a_file_that_stands_still_for_a_moment_is_taken_in_the_same_run(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n", age=0)

    assert set(read(folder_source(data, settle='"0.2 s"'), work)) == {"a.csv"}


def test_a_file_that_grows_meanwhile_is_not_taken(
    data: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = drop(data, "a.csv", "one\n", age=0)
    monkeypatch.setattr(folder, "sleep", lambda _seconds: file.write_text("one\ntwo\n"))

    assert read(folder_source(data, settle='"2 s"'), work) == {}


def test_a_file_that_ends_within_a_line_waits_longer(
    data: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(data, "a.csv", "one,1\ntwo,")
    source = folder_source(data)

    early = read(source, work)
    monkeypatch.setattr(folder, "time", lambda: time() + folder.UNFINISHED_SECONDS)

    assert early == {}
    assert set(read(source, work)) == {"a.csv"}


def test_a_clock_of_a_share_that_is_ahead_delays_nothing(
    data: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(data, "a.csv", "one\n", age=-3600)

    assert set(read(folder_source(data, settle='"0.1 s"'), work)) == {"a.csv"}


def test_a_file_that_is_replaced_by_a_link_meanwhile_is_not_followed(
    data: Path, work: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n")
    drop(data, "a.csv", "one\n", age=100)
    drop(data, "b.csv", "two\n", age=50)
    fetch = Fetch(folder_source(data), {}, work, Deadline.after(30), NOW)
    reading = folder.KIND.read(fetch)

    first = next(reading)
    (data / "b.csv").unlink()
    (data / "b.csv").symlink_to(secret)

    assert first.name == "a.csv"
    assert list(reading) == []


def test_a_file_that_vanishes_meanwhile_is_left_out(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n", age=100)
    drop(data, "b.csv", "two\n", age=50)
    reading = folder.KIND.read(Fetch(folder_source(data), {}, work, Deadline.after(30), NOW))

    next(reading)
    (data / "b.csv").unlink()

    assert list(reading) == []


def test_a_file_that_is_too_large_is_not_copied(data: Path, work: Path) -> None:
    file = drop(data, "a.csv", "x" * 1001 + "\n")
    fetch = Fetch(folder_source(data, max_size=1000), {}, work, Deadline.after(30), NOW)

    (one,) = folder.KIND.read(fetch)

    assert one.path == file


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, work: Path) -> None:
    with pytest.raises(SourceMissingError, match="/nothing"):
        read(folder_source(tmp_path / "nothing"), work)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read_come_last_and_are_told(data: Path, work: Path) -> None:
    drop(data, "a.csv", "one\n", age=100).chmod(0)
    drop(data, "b.csv", "two\n", age=50)
    reading = folder.KIND.read(Fetch(folder_source(data), {}, work, Deadline.after(30), NOW))

    assert next(reading).name == "b.csv"
    with pytest.raises(SourceUnreachableError, match=r"a\.csv"):
        next(reading)


def test_names_that_are_no_text_are_read(data: Path, work: Path) -> None:
    Path(os.fsdecode(os.fsencode(data) + b"/caf\xe9.csv")).write_bytes(b"one\n")
    source = folder_source(data)

    (one,) = (found for found, _ in read(source, work).values())

    assert one.name == "caf\ufffd.csv"
    assert one.key.endswith(r"/caf\xe9.csv")
    assert read(source, work, {one.key: one.version}) == {}


def test_a_relative_path_is_relative_to_the_file_of_the_declaration(tmp_path: Path) -> None:
    source = folder_source("in/*.csv")

    assert source.options["path"] == str(Path("in/*.csv").absolute())
    assert replace(source).options["path"].endswith("/in/*.csv")


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b"a\n", True),
        (b"a\r\n", True),
        ("a\r\n".encode("utf-16"), True),
        (b'[{"a": 1}]', True),
        (b"<table></table>", True),
        (b"a\nb,1", False),
        (b"", False),
        (b"PK\x03\x04 half", False),
        (b"PK\x03\x04...PK\x05\x06" + bytes(18), True),
        (b"\x1f\x8b half", True),
    ],
)
def test_content_that_ends_within_a_line_is_not_whole(tmp_path: Path, content: bytes, whole: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)

    assert is_whole(file) is whole
