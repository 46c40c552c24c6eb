"""What a type of source declares, what it is given for one fetch, and what it returns.

A type reads and nothing else: the stage that reads all sources imports the files, keeps the versions, and
records failures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from services.text import Text

if TYPE_CHECKING:  # the web process lists sources, and has no numpy
    from services.executors.base import Deadline
    from services.intake.grain import Grain
    from services.intake.transfer import Mode

OptionKind = Literal["text", "path", "number", "flag", "list", "table", "duration", "size"]
"""The kinds of values: a path, relative to the folder of `sources.toml`, arrives as an absolute one, a list
as a tuple, a duration (`"36 h"`, or seconds) as a `timedelta`, a size (`"200 MB"`, or bytes) in bytes."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no log, page, error or listing may show; `reveal` is the only way to it.

    `values` are the credentials that were put into the text, such as the password in an address.
    """

    _text: str = field(repr=False)
    values: tuple[str, ...] = field(default=(), repr=False)

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __str__(self) -> str:
        return "***"


@overload
def revealed(value: str | Secret) -> str: ...
@overload
def revealed(value: Any) -> Any: ...
def revealed(value: Any) -> Any:
    """Return the value of an option with the texts of all secrets in it."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, tuple):
        return tuple(map(revealed, value))
    return {name: revealed(one) for name, one in value.items()} if isinstance(value, dict) else value


def secrets_in(value: Any) -> Iterator[Secret]:
    """Yield the secrets in the value of an option, or in all options."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, Mapping | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from secrets_in(one)


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a type in `sources.toml`: its name, the kind of its value, and a sentence on it.

    Texts (also those in lists and tables) that contain `${NAME}` arrive as `Secret`, all others as they are.
    `check` gets the value with secrets revealed, and returns what the value must be where it is unusable,
    otherwise None; it never repeats the value.
    """

    name: str
    kind: OptionKind
    help: str
    is_required: bool = False
    default: Any = None
    check: Callable[[Any], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One declared source, checked.

    `options` has the values of its type's options by name, defaults included. `line` is the line of its
    `[[source]]` in the file. `account` separates its rows from those of other sources (in
    `campaigns`, column `source`); it is the name of the source unless declared otherwise.
    `max_age`: data older than this are late. `internal`: addresses in private networks and plain HTTP are
    allowed. `every`: the least time between two fetches that no user asked for.
    """

    name: str
    type: str
    line: int
    options: Mapping[str, Any] = field(hash=False)
    account: str
    channel: str | None = None
    mode: Mode = "ask"
    mapping: Mapping[str, str] | None = field(default=None, hash=False)
    grain: Grain | None = None
    max_age: timedelta | None = None
    internal: bool = False
    deadline_seconds: float = 60.0
    max_bytes: int = 200_000_000
    every: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One fetch of one source: what is known of it, and its limits.

    `seen` maps the key of each file that was dealt with to its version then. `folder` is a temporary folder
    of this fetch, removed at its end. `now` is the time of the database's clock. Long work must check
    `deadline` between its steps and raise `SourceOverdueError` once `deadline.left()` is 0.
    """

    source: Source
    seen: Mapping[str, str] = field(hash=False)
    folder: Path
    deadline: Deadline
    now: datetime


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is new or changed since it was last dealt with.

    `key` identifies it within the source (a path, an address, a message); `version` tells a change (ETag,
    size and time, high-water mark) and is stored once the file was imported or refused. `path` is where its
    content is on this machine; `name` is the name that is shown. `channel` and `account` override those of
    the source. `after_import` is called once the import is committed, such as to mark a message as read;
    when it fails, the file stays imported.
    """

    key: str
    version: str
    path: Path
    name: str
    channel: str | None = None
    account: str | None = None
    after_import: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A type of source: its name in `sources.toml`, its options, and its reading.

    `read` yields the new and changed files of a fetch one by one, in the order in which they are to be
    imported; each may be removed when the next one is asked for. Nothing new: it yields nothing. It raises a
    `SourceError` when the source cannot be read; files that it yielded before stay imported.
    `is_beta`: not yet confirmed with a live account of the platform. `check` gets all options, secrets
    revealed, and returns the name of an option and what is wrong with it beside the others, None if nothing.
    """

    name: str
    options: tuple[Option, ...]
    read: Callable[[Fetch], Iterator[NewFile]]
    is_beta: bool = False
    check: Callable[[Mapping[str, Any]], tuple[str, Text] | None] | None = None
