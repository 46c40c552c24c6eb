"""Values of options in `sources.toml`, by kind: texts, durations such as "36 h", sizes such as "200 MB"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from services.sources.kind import OptionKind, Secret
from services.text import Text

_NUMBER_AND_UNIT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604_800.0),
}
_BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_LONGEST_SECONDS = 10 * 366 * 86_400.0

EXPECTED: Mapping[OptionKind, Text] = {
    "text": Text(en="a text in quotes", ru="текст в кавычках"),
    "path": Text(en="a path in quotes", ru="путь в кавычках"),
    "number": Text(en="a number", ru="число"),
    "flag": Text(en="true or false", ru="true или false"),
    "list": Text(en='a list, such as ["one", "two"]', ru='список, например ["one", "two"]'),
    "table": Text(en='a table, such as { key = "value" }', ru='таблица, например { key = "value" }'),
    "duration": Text(
        en='a time such as "36 h" or "2 days", or a number of seconds',
        ru='время, например "36 h" или "2 days", или число секунд',
    ),
    "size": Text(
        en='a size such as "200 MB", or a number of bytes', ru='размер, например "200 MB", или число байт'
    ),
}


def value_of(kind: OptionKind, given: Any) -> Any:
    """Return a value of the TOML document as an option of this kind has it; ValueError for another kind."""
    return _READERS[kind](given)


def _text(given: Any) -> str | Secret:
    if not isinstance(given, str | Secret):
        raise ValueError  # noqa: TRY004 - like all readers
    return given


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < float("inf"):
        raise ValueError
    return given


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError  # noqa: TRY004 - like all readers
    return given


def _list(given: Any) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise ValueError  # noqa: TRY004 - like all readers
    return tuple(given)


def _table(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError  # noqa: TRY004 - like all readers
    return given


def _duration(given: Any) -> timedelta:
    seconds = _measured(given, _SECONDS) if isinstance(given, str) else _number(given)
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError
    return timedelta(seconds=seconds)


def _size(given: Any) -> int:
    size = int(_measured(given, _BYTES) if isinstance(given, str) else _number(given))
    if size <= 0:
        raise ValueError
    return size


def _measured(text: str, units: Mapping[str, float]) -> float:
    found = _NUMBER_AND_UNIT.fullmatch(text)
    if found is None or found[2].lower() not in units:
        raise ValueError
    return float(found[1]) * units[found[2].lower()]


_READERS: Mapping[OptionKind, Callable[[Any], Any]] = {
    "text": _text,
    "path": _text,
    "number": _number,
    "flag": _flag,
    "list": _list,
    "table": _table,
    "duration": _duration,
    "size": _size,
}
