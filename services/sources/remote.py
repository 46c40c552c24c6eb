"""Files in places that can be listed: object stores and SFTP servers. New and changed ones are read."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from services.sources.bodies import size_text
from services.sources.dated import check_dates, filled
from services.sources.failures import (
    SourceError,
    SourceMissingError,
    SourceOverdueError,
    SourceServerError,
    SourceTooLargeError,
)
from services.sources.kind import Fetch, NewFile, Option, revealed
from services.sources.remote_names import safe_name
from services.text import Text

_PART = re.compile(r"\{(account|channel)\}")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file in a place. `version` differs once its content does; `order` sorts by age, as text."""

    path: str
    size: int
    version: str
    order: str = ""


class Place(Protocol):
    """Where files are: `name` is shown in errors. All its methods raise a `SourceError` and nothing else."""

    name: str

    def find(self, pattern: str) -> list[RemoteFile]:
        """Return the files that match a path with `*`, `?`, `[abc]` and `**`."""

    def opened(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Return the content of a file."""

    def finished(self, file: RemoteFile) -> bool:
        """Tell whether a file that was read is still as it was when it was found."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path with wildcards, dates and the parts `{account}` and `{channel}`, for one day."""

    text: str
    glob: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "glob", _PART.sub("*", self.text))

    def parts(self, path: str) -> Mapping[str, str]:
        """Return account and channel as they are named in a path; the path may have a longer beginning."""
        names = [segment for segment in self.text.split("/") if segment]
        found = [segment for segment in path.split("/") if segment]
        named: dict[str, str] = {}
        for step in _aligned(names, found):
            named.update(step)
        return named


def path_option(help_text: str) -> Option:
    """Return the option for the path of the files."""
    parts = (
        "`*`, `?` and `[abc]` as in a shell, `**` for folders of any depth, dates as in `{yesterday}`, "
        "`{account}` and `{channel}` for parts that name them"
    )
    return Option("path", "text", f"{help_text}; {parts}", is_required=True, check=check_path)


def check_path(text: str) -> str | None:
    """Return what a path must be where it is unusable, otherwise None."""
    if not text.strip("/ "):
        return "a path"
    return check_dates(_PART.sub("", text))


def read_files(fetch: Fetch, opening: Callable[[], AbstractContextManager[Place]]) -> Iterator[NewFile]:
    """Yield the new and changed files of a place, the oldest first.

    One that is too large is told after the others; one that changes while it is read is left for later.
    """
    path = re.sub(r"^\w+://", "", revealed(fetch.source.options["path"]))
    pattern = Pattern(filled(path, fetch.now.date()).text)
    failure: SourceError | None = None
    with opening() as place:
        for file in _news(place, pattern, fetch):
            try:
                yield from _new_file(place, pattern, file, fetch)
            except SourceTooLargeError as error:
                failure = error
            except SourceMissingError:  # removed meanwhile
                continue
    if failure is not None:
        raise failure


def _news(place: Place, pattern: Pattern, fetch: Fetch) -> list[RemoteFile]:
    found = [file for file in place.find(pattern.glob) if fetch.seen.get(file.path) != file.version]
    return sorted(found, key=lambda file: (file.order, file.path))


def _new_file(place: Place, pattern: Pattern, file: RemoteFile, fetch: Fetch) -> Iterator[NewFile]:
    name = safe_name(file.path)
    if file.size > fetch.source.max_bytes:
        raise SourceTooLargeError(place=name, limit=size_text(fetch.source.max_bytes))
    path = fetch.folder / "file"
    try:
        size = _copy(place, file, path, fetch)
        if not place.finished(file):
            return
        if size != file.size:
            raise SourceServerError(host=place.name, reason=_CUT_OFF)
        parts = pattern.parts(file.path)
        yield NewFile(
            file.path, file.version, path, name, channel=parts.get("channel"), account=parts.get("account")
        )
    finally:
        path.unlink(missing_ok=True)


def _copy(place: Place, file: RemoteFile, to: Path, fetch: Fetch) -> int:
    size = 0
    with place.opened(file.path) as source, to.open("wb") as stream:
        while chunk := source.read(_CHUNK_BYTES):
            if fetch.deadline.left() == 0:
                raise SourceOverdueError(seconds=f"{fetch.deadline.seconds:g}")
            size += len(chunk)
            if size > fetch.source.max_bytes:
                raise SourceTooLargeError(place=safe_name(file.path), limit=size_text(fetch.source.max_bytes))
            stream.write(chunk)
    return size


def _aligned(names: list[str], found: list[str]) -> Iterator[Mapping[str, str]]:
    """Yield the parts that segments of a pattern name: before `**` from the left, then from the right."""
    deep = names.index("**") if "**" in names else len(names)
    extra = 0 if deep < len(names) else len(found) - len(names)
    before = zip(names[:deep], found[max(extra, 0) :], strict=False)
    after = zip(reversed(names[deep + 1 :]), reversed(found), strict=False)
    for name, segment in (*before, *after):
        matched = re.fullmatch(_expression(name), segment, re.DOTALL)
        yield {} if matched is None else matched.groupdict()


def _expression(segment: str) -> str:
    pieces = _PART.split(segment)  # texts at even places, names at odd ones
    return "".join(
        f"(?P<{piece}>.+?)" if at % 2 else fnmatch.translate(piece).removeprefix("(?s:").removesuffix(r")\Z")
        for at, piece in enumerate(pieces)
    )


_CUT_OFF = Text(en="a file breaks off", ru="файл обрывается")
