"""`sources.toml` -> the declared sources, checked; each mistake is an error with the file and the line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any, get_args

from services.intake import names
from services.intake.failures import MappingFieldError
from services.intake.grain import Grain
from services.intake.mapping import checked
from services.intake.sources import EARLIER, SAMPLE
from services.sources.failures import SourcesFileError
from services.sources.intervals import every_option
from services.sources.kind import Option, Secret, Source, SourceKind, revealed
from services.sources.kinds import KINDS, kind_of
from services.sources.secrets import SecretError, refuse_literals, with_references
from services.sources.toml_lines import Path, lines_of
from services.sources.values import EXPECTED, value_of
from services.text import Text, both, tidy

NAME_LIMIT = 60
TABLE = "source"

_MODES = ("ask", "replace", "append")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")

_NO_TOML = Text(en="this is no valid TOML ({reason})", ru="это не TOML ({reason})")
_NO_TEXT = Text(en="this is no UTF-8 text", ru="это не текст в UTF-8")
_UNREADABLE = Text(en="the file cannot be read ({reason})", ru="файл не читается ({reason})")
_ONLY_SOURCES = Text(
    en="“{key}” does not belong here: each source is a table of its own, which begins with [[source]]",
    ru="«{key}» здесь не к месту: каждый источник — отдельная таблица, которая начинается с [[source]]",
)
_BRACKETS = Text(
    en="write [[source]] in double brackets, since there can be several",
    ru="напишите [[source]] в двойных скобках: источников может быть несколько",
)
_UNKNOWN = Text(
    en="“{key}” is unknown in a source of type {type}. {hint}",
    ru="ключа «{key}» нет у источника типа {type}. {hint}",
)
_NEAREST = Text(en="Is “{name}” meant?", ru="Имеется в виду «{name}»?")
_KNOWN = Text(en="Known: {names}", ru="Есть: {names}")
_MISSING = Text(
    en="“{key}” is missing, which a source of type {type} needs ({help})",
    ru="нет ключа «{key}», который нужен источнику типа {type} ({help})",
)
_WRONG = Text(en="“{key}” must be {expected}", ru="«{key}»: нужно {expected}")
_NO_TYPE = Text(
    en="“type” is missing, which says what kind of source this is. Known: {names}",
    ru="нет ключа «type»: какого типа этот источник. Есть: {names}",
)
_UNKNOWN_TYPE = Text(en="there is no type “{type}”. {hint}", ru="типа «{type}» нет. {hint}")
_NO_NAME = Text(
    en="“name” is missing, which the page and the commands call this source by",
    ru="нет ключа «name», которым источник называют страница и команды",
)
_BAD_NAME = Text(
    en="“{key}” must be a name of 1 to {limit} characters, without “/”, “\\” and line breaks, and not "
    "“{reserved}”",
    ru="«{key}»: нужно имя из 1–{limit} символов, без «/», «\\» и переносов строк, и не «{reserved}»",
)
_TAKEN = Text(
    en="the name “{name}” is taken by the source in line {line}",
    ru="имя «{name}» уже занято источником в строке {line}",
)
_SHOWN = Text(
    en="“{key}” is shown on the page, so it cannot come from ${{...}}",
    ru="«{key}» виден на странице, поэтому не может браться из ${{...}}",
)
_NO_FIELD = Text(
    en="{reason} Fields on the left, columns of the file on the right",
    ru="{reason} Слева поля, справа столбцы файла",
)


class SourcesFileMissingError(SourcesFileError):
    """The file that DEMETRA_SOURCES names does not exist."""

    code = "sources_file_missing"
    words = Text(
        en="There is no file {file}, which DEMETRA_SOURCES names. Correct the path, or create the file.",
        ru="Файла {file}, указанного в DEMETRA_SOURCES, нет. Исправьте путь или создайте файл.",
    )


def _one_of(*names: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in names else "one of: " + ", ".join(names)


def _at_least(shortest: timedelta, words: str) -> Callable[[Any], str | None]:
    return lambda value: None if value >= shortest else words


def _channel_name(value: Any) -> str | None:
    return None if names.is_name(value) else f"a name of 1 to {names.NAME_LIMIT} characters"


COMMON = (
    Option("name", "text", "what the page and the commands call the source", is_required=True),
    Option("type", "text", "what kind of source it is", is_required=True),
    Option("channel", "text", "channel of rows for which a file names none", check=_channel_name),
    Option("account", "text", "name that keeps its rows apart from those of other sources; unset: `name`"),
    Option(
        "mode",
        "text",
        "what becomes of the rows that a file covers: `ask` refuses a file that may not be a correction of "
        "them, `replace` replaces them in any case, `append` keeps them",
        default="ask",
        check=_one_of(*_MODES),
    ),
    Option("map", "table", 'columns of the files by field, such as `{ cost = "Kosten" }`'),
    Option("grain", "text", "what a row is, where a file does not tell", check=_one_of(*get_args(Grain))),
    Option(
        "max_age",
        "duration",
        "data that end longer ago are late, which the page says; unset: never",
        check=_at_least(timedelta(hours=1), '1 hour or more, such as "2 days"'),
    ),
    every_option(),
    Option("internal", "flag", "allow addresses in private networks and plain HTTP", default=False),
    Option("deadline", "duration", "how long a fetch may take", default=timedelta(seconds=60)),
    Option("max_size", "size", "the largest file", default=200_000_000),
)
"""The options that every type has."""


def read_sources(
    path: FilePath, environment: Mapping[str, str] = os.environ, *, may_be_missing: bool = False
) -> tuple[Source, ...]:
    """Return the sources that the file declares, in its order; none if it does not exist and may be missing.

    `environment` has the values of `${NAME}`. Raises `SourcesFileError` for the first mistake.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        if may_be_missing:
            return ()
        raise SourcesFileMissingError(file=path, line=0, reason="") from error
    except OSError as error:
        raise SourcesFileError(file=path, line=1, reason=_UNREADABLE.format(reason=error.strerror)) from error
    return parse_sources(path, content, environment)


def parse_sources(path: FilePath, content: bytes, environment: Mapping[str, str]) -> tuple[Source, ...]:
    """Return the sources that the content of a file declares; raise `SourcesFileError`."""
    text = _decoded(path, content)
    document = _parsed(path, text)
    file = _File(path, lines_of(text), environment)
    for key in document:
        if key != TABLE:
            raise file.error((key,), _ONLY_SOURCES.format(key=key))
    tables = document.get(TABLE, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise file.error((TABLE,), _BRACKETS)
    found: list[Source] = []
    for number, table in enumerate(tables):
        found.append(_Table(file, (TABLE, number), table).source(found))
    return tuple(found)


def _decoded(path: FilePath, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourcesFileError(file=path, line=line, reason=_NO_TEXT) from error


def _parsed(path: FilePath, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        line = place[1] if place is not None and place[1] else text.count("\n") + 1
        reason = _AT_LINE.sub("", str(error))
        raise SourcesFileError(file=path, line=line, reason=_NO_TOML.format(reason=reason)) from None


@dataclass(frozen=True, slots=True)
class _File:
    """The file with the lines of its keys."""

    path: FilePath
    lines: Mapping[Path, int]
    environment: Mapping[str, str]

    def line(self, path: Path) -> int:
        """Return the line of the key, or of the nearest table around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path, reason: Text) -> SourcesFileError:
        """Return the error of a key."""
        return SourcesFileError(file=self.path, line=self.line(path), reason=reason)


@dataclass(frozen=True, slots=True)
class _Table:
    """One `[[source]]`: checks its keys and values."""

    file: _File
    path: Path
    table: Mapping[str, Any]

    def source(self, others: Collection[Source]) -> Source:
        """Return the source; raise `SourcesFileError`."""
        name = self._name(others)
        kind = self._kind()
        options = {option.name: option for option in (*COMMON, *kind.options)}
        self._refuse_unknown(kind, options)
        values = {option.name: self._value(option, kind, name) for option in options.values()}
        self._refuse_together(kind, values)
        return Source(
            name=name,
            type=kind.name,
            line=self.file.line(self.path),
            options={option.name: values[option.name] for option in kind.options},
            account=self._account(values["account"] or name),
            channel=values["channel"],
            mode=values["mode"],
            mapping=self._mapping(values["map"]),
            grain=values["grain"],
            max_age=values["max_age"],
            internal=values["internal"],
            deadline_seconds=values["deadline"].total_seconds(),
            max_bytes=values["max_size"],
            every=values["every"],
        )

    def _name(self, others: Collection[Source]) -> str:
        name = self.table.get("name")
        if name is None:
            raise self._error((), _NO_NAME)
        if not isinstance(name, str) or not _is_name(name):
            raise self._error(("name",), _bad_name("name"))
        taken = next((one for one in others if one.name.casefold() == name.casefold()), None)
        if taken is not None:
            raise self._error(("name",), _TAKEN.format(name=name, line=taken.line))
        return name

    def _account(self, account: str) -> str:
        if not _is_name(account):
            raise self._error(("account",), _bad_name("account"))
        return account

    def _kind(self) -> SourceKind:
        name = self.table.get("type")
        if name is None:
            raise self._error((), _NO_TYPE.format(names=", ".join(KINDS)))
        if not isinstance(name, str) or name not in KINDS:
            raise self._error(("type",), _UNKNOWN_TYPE.format(type=name, hint=_hint(str(name), KINDS)))
        return kind_of(name)

    def _refuse_unknown(self, kind: SourceKind, options: Collection[str]) -> None:
        for key in self.table:
            if key not in options:
                hint = _hint(key, options)
                raise self._error((key,), _UNKNOWN.format(key=key, type=kind.name, hint=hint))

    def _refuse_together(self, kind: SourceKind, values: Mapping[str, Any]) -> None:
        found = None if kind.check is None else kind.check(revealed(dict(values)))
        if found is not None:
            key, reason = found
            raise self._error((key,), reason)

    def _value(self, option: Option, kind: SourceKind, source: str) -> Any:
        if option.name not in self.table:
            if option.is_required:
                values = {"key": option.name, "type": kind.name, "help": option.help}
                raise self._error((), _MISSING.format(**values))
            return option.default
        given = self._with_references((option.name,), self.table[option.name], source)
        if isinstance(given, Secret) and option in COMMON:
            raise self._error((option.name,), _SHOWN.format(key=option.name))
        try:
            value = value_of(option.kind, given)
        except ValueError:
            wrong = _WRONG.format(key=option.name, expected=EXPECTED[option.kind])
            raise self._error((option.name,), wrong) from None
        if option.kind == "path" and isinstance(value, str):
            value = str(self.file.path.absolute().parent / FilePath(value).expanduser())
        expected = None if option.check is None else option.check(revealed(value))
        if expected is not None:
            raise self._error((option.name,), _WRONG.format(key=option.name, expected=expected))
        return value

    def _with_references(self, path: Path, given: Any, source: str) -> Any:
        """Return a value whose texts have their references replaced; raise for a literal credential."""
        if isinstance(given, dict):
            return {key: self._with_references((*path, key), one, source) for key, one in given.items()}
        if isinstance(given, list):
            return [self._with_references((*path, at), one, source) for at, one in enumerate(given)]
        if not isinstance(given, str):
            return given
        key = next(str(part) for part in reversed(path) if isinstance(part, str))
        try:
            refuse_literals(key, given, source)
            return with_references(key, given, self.file.environment, self.file.path.parent)
        except SecretError as error:
            raise self._error(path, error.reason) from None

    def _mapping(self, mapping: Mapping[str, Any] | None) -> Mapping[str, str] | None:
        for key, heading in (mapping or {}).items():
            if not isinstance(heading, str):
                raise self._error(("map", key), _WRONG.format(key=key, expected=EXPECTED["text"]))
            try:
                checked({key: heading})
            except MappingFieldError as error:
                raise self._error(("map", key), _NO_FIELD.format(reason=error.text)) from error
        return mapping or None

    def _error(self, path: Path, reason: Text) -> SourcesFileError:
        return self.file.error((*self.path, *path), reason)


def _is_name(text: str) -> bool:
    is_plain = text == tidy(text) and text.isprintable() and not set(text) & set("/\\")
    return is_plain and 0 < len(text) <= NAME_LIMIT and text.casefold() not in {SAMPLE, EARLIER}


def _bad_name(key: str) -> Text:
    return _BAD_NAME.format(key=key, limit=NAME_LIMIT, reserved=both(f"{SAMPLE}, {EARLIER}"))


def _hint(name: str, known: Collection[str]) -> Text:
    near = get_close_matches(name.casefold(), known, n=1)
    return _NEAREST.format(name=near[0]) if near else _KNOWN.format(names=", ".join(known))
