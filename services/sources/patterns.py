"""Patterns of paths, such as `/data/{account}/**/*.csv`: the files that they name, found in one walk."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PARTS = ("account", "channel")
"""What a part of a path in braces can be."""

_DEEPEST = 40
_MAGIC = re.compile(r"[*?\[{]")
_PART = re.compile(r"\{(\w+)\}")
_ANY_DEPTH = "**"


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file that a pattern names, as it was when the folder was read; `parts` by name."""

    path: Path
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    parts: Mapping[str, str]

    @property
    def state(self) -> tuple[int, ...]:
        """What differs if the file was written to or replaced."""
        return self.inode, self.size, self.modified_ns, self.changed_ns


@dataclass(frozen=True)
class Pattern:
    """A folder, a file, or a path with `*`, `?`, `[abc]`, `{account}`, `{channel}`, and `**` (any depth)."""

    text: str

    @cached_property
    def base(self) -> Path:
        """The folder that holds all files of the pattern."""
        path = Path(self.text).expanduser()
        if path.is_dir():
            return path
        plain = []
        for part in path.parts[:-1]:
            if _MAGIC.search(part):
                break
            plain.append(part)
        return Path(*plain)

    @cached_property
    def _segments(self) -> tuple[re.Pattern[str] | None, ...]:
        """The expressions for what follows the base, one for each level; None for any depth."""
        rest = Path(self.text).expanduser().parts[len(self.base.parts) :] or ("*",)
        return tuple(
            None if part == _ANY_DEPTH else _expression(part)
            for part, before in zip(rest, (None, *rest), strict=False)
            if not part == before == _ANY_DEPTH
        )

    def find(self) -> Iterator[Found]:
        """Yield the files; symbolic links below the base, and hidden files, are left out.

        Raises `OSError` if the base cannot be read, or if a path without wildcards leads to nothing. A folder
        below the base that vanishes meanwhile is left out.
        """
        with os.scandir(self.base):  # raises for the base, unlike `_walk`
            pass
        if not _MAGIC.search(self.text):
            Path(self.text).expanduser().stat()  # also of a link: its share may not be mounted
        yield from {one.path: one for one in _walk(self.base, self._segments, {}, _DEEPEST)}.values()


def mistake_in(text: str) -> str | None:
    """Return what a pattern must be if it is none."""
    if not text.strip() or "\0" in text:
        return "a path"
    named = _PART.findall(text)
    if set(named) - set(PARTS) or len(named) != len(set(named)):
        return "a path with {account} and {channel} at most once each, and no other braces"
    return None


def _expression(part: str) -> re.Pattern[str]:
    pieces = _PART.split(part)  # texts at even places, names at odd ones
    written = [
        f"(?P<{piece}>[^/]+?)" if place % 2 else _translated(piece) for place, piece in enumerate(pieces)
    ]
    return re.compile("".join(written), re.DOTALL)


def _translated(piece: str) -> str:
    """Return the expression for a text with wildcards, without the anchors that `fnmatch` adds."""
    return fnmatch.translate(piece).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")


def _walk(
    folder: Path, segments: tuple[re.Pattern[str] | None, ...], parts: Mapping[str, str], depth: int
) -> Iterator[Found]:
    segment, rest = segments[0], segments[1:]
    entries = _entries(folder)
    if segment is None:
        if rest:
            yield from _walk_entries(folder, entries, rest, parts, depth)
        for entry in entries if depth else ():
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _walk(folder / entry.name, segments if rest else (None,), parts, depth - 1)
        if not rest:
            yield from _files(entries, None, parts)
        return
    yield from _walk_entries(folder, entries, segments, parts, depth)


def _walk_entries(
    folder: Path,
    entries: list[os.DirEntry[str]],
    segments: tuple[re.Pattern[str] | None, ...],
    parts: Mapping[str, str],
    depth: int,
) -> Iterator[Found]:
    """Yield the files below the entries of one folder that match the first segment."""
    segment, rest = segments[0], segments[1:]
    assert segment is not None
    if not rest:
        yield from _files(entries, segment, parts)
        return
    for entry in entries if depth else ():
        matched = segment.fullmatch(entry.name)
        if matched is not None and entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _walk(folder / entry.name, rest, {**parts, **matched.groupdict()}, depth - 1)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # removed meanwhile, or not readable
        return []


def _files(
    entries: list[os.DirEntry[str]], segment: re.Pattern[str] | None, parts: Mapping[str, str]
) -> Iterator[Found]:
    for entry in entries:
        matched = None if segment is None else segment.fullmatch(entry.name)
        if entry.name.startswith(".") or (segment is not None and matched is None):
            continue
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:  # vanished
            continue
        if stat.S_ISREG(found.st_mode):
            named = parts if matched is None else {**parts, **matched.groupdict()}
            yield Found(
                path=Path(entry.path),
                inode=found.st_ino,
                size=found.st_size,
                modified_ns=found.st_mtime_ns,
                changed_ns=found.st_ctime_ns,
                parts=named,
            )
