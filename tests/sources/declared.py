"""A type of source for tests, and the declaration of sources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from services.sources import declaring
from services.sources.kind import Fetch, NewFile, Option, Source, SourceKind
from services.sources.kinds import KINDS

OPTIONS = (
    Option("place", "text", "where the files are", is_required=True),
    Option("token", "text", "the credential"),
    Option("headers", "table", "headers"),
    Option("hosts", "list", "hosts", default=()),
    Option("window", "duration", "days to read again"),
    Option("limit", "number", "rows", check=lambda value: None if value > 0 else "a number above 0"),
)


def declare_type(
    monkeypatch: pytest.MonkeyPatch, name: str, read: Callable[[Fetch], Iterator[NewFile]]
) -> None:
    """Register a type of source whose files `read` yields."""
    module = ModuleType(name)
    module.KIND = SourceKind(name, OPTIONS, read)  # type: ignore[attr-defined]
    monkeypatch.setitem(KINDS, name, name)
    monkeypatch.setitem(sys.modules, f"services.sources.kinds.{name}", module)


def parsed(
    text: str, environment: Mapping[str, str] | None = None, path: Path = Path("sources.toml")
) -> tuple[Source, ...]:
    """Return the sources that a text declares."""
    return declaring.parse_sources(path, text.encode(), environment or {})
