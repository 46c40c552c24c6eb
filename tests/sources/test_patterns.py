"""Which files a pattern of a folder source names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.sources.patterns import Pattern, mistake_in

FILES = (
    "a.csv",
    "b.CSV",
    "note.txt",
    ".hidden.csv",
    "sub/c.csv",
    "sub/deep/d.csv",
    ".git/e.csv",
    "x[1]/f.csv",
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def names(base: Path, pattern: str) -> set[str]:
    found = [one.path.relative_to(base).as_posix() for one in Pattern(f"{base}{pattern}").find()]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", {"a.csv", "b.CSV", "note.txt"}),
        ("/", {"a.csv", "b.CSV", "note.txt"}),
        ("/*.csv", {"a.csv"}),
        ("/*.[cC][sS][vV]", {"a.csv", "b.CSV"}),
        ("/?.csv", {"a.csv"}),
        ("/a.csv", {"a.csv"}),
        ("/sub", {"sub/c.csv"}),
        ("/x[1]", {"x[1]/f.csv"}),
        ("/**/*.csv", {"a.csv", "sub/c.csv", "sub/deep/d.csv", "x[1]/f.csv"}),
        ("/**/**/*.csv", {"a.csv", "sub/c.csv", "sub/deep/d.csv", "x[1]/f.csv"}),
        ("/**/deep/**/*.csv", {"sub/deep/d.csv"}),
        ("/**", {"a.csv", "b.CSV", "note.txt", "sub/c.csv", "sub/deep/d.csv", "x[1]/f.csv"}),
        ("/*/*.csv", {"sub/c.csv", "x[1]/f.csv"}),
        ("/none/*.csv", set()),
    ],
)
def test_a_pattern_names_its_files_once_and_no_hidden_ones(
    base: Path, pattern: str, expected: set[str]
) -> None:
    if pattern == "/none/*.csv":
        (base / "none").mkdir()

    assert names(base, pattern) == expected


def test_parts_of_the_path_are_the_account_and_the_channel(tmp_path: Path) -> None:
    for name in ("shop one/Meta/a.csv", "shop two/TikTok/b.csv", "c.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    found = Pattern(f"{tmp_path}/{{account}}/{{channel}}/*.csv").find()

    assert {one.path.name: dict(one.parts) for one in found} == {
        "a.csv": {"account": "shop one", "channel": "Meta"},
        "b.csv": {"account": "shop two", "channel": "TikTok"},
    }


def test_a_part_of_a_name_can_be_the_channel(tmp_path: Path) -> None:
    (tmp_path / "meta_2026-05.csv").write_text("x")

    (one,) = Pattern(f"{tmp_path}/{{channel}}_*.csv").find()

    assert dict(one.parts) == {"channel": "meta"}


def test_symbolic_links_below_the_folder_are_left_out_and_pipes_too(
    base: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text("x")
    (base / "link.csv").symlink_to(outside / "secret.csv")
    (base / "linked").symlink_to(outside)
    (base / "loop").symlink_to(base)
    os.mkfifo(base / "pipe.csv")

    assert names(base, "/**/*.csv") == {"a.csv", "sub/c.csv", "sub/deep/d.csv", "x[1]/f.csv"}


def test_a_linked_folder_that_the_pattern_names_is_read(
    base: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("other") / "link"
    link.symlink_to(base)

    assert {one.path.name for one in Pattern(f"{link}/*.csv").find()} == {"a.csv"}


@pytest.mark.parametrize("pattern", ["/nothing", "/nothing/*.csv", "/nothing.csv", "/a.csv/*.csv"])
def test_a_base_that_is_not_there_is_an_error(base: Path, pattern: str) -> None:
    with pytest.raises(OSError, match=r"No such file|Not a directory"):
        list(Pattern(f"{base}{pattern}").find())


@pytest.mark.parametrize("pattern", ["", " ", "/in/{campaign}/*.csv", "/{account}/{account}.csv", "/in\0"])
def test_a_pattern_that_cannot_be_used_is_a_mistake(pattern: str) -> None:
    assert mistake_in(pattern) is not None


@pytest.mark.parametrize("pattern", ["/in", "/in/*.csv", "/{account}/**/{channel}-*.csv"])
def test_a_usable_pattern_is_no_mistake(pattern: str) -> None:
    assert mistake_in(pattern) is None
