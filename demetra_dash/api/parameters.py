"""Query and path parameters of the API: one object both describes and parses a parameter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from services.dashboards import DASHBOARDS
from services.errors import InvalidInputError
from services.reports.making import FILE_KINDS
from services.text import LANGS, Text, both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

LARGEST_ID = 2**63 - 1


class InvalidParameterError(InvalidInputError):
    """A parameter has a value that is not allowed."""

    code = "invalid_parameter"
    words = Text(
        en="The parameter “{parameter}” is “{value}”, but must be {allowed}.",
        ru="Параметр «{parameter}» равен «{value}», а должен быть: {allowed}.",
    )


class Parameter(Protocol):
    """One parameter of an address."""

    @property
    def name(self) -> str:
        """Its name in the address."""

    @property
    def description(self) -> str:
        """Its effect, for the API document."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""

    def parse(self, text: str | None) -> object:
        """Return the value of `text`; None is a missing parameter. Raise `InvalidParameterError`."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, or one of the `words`, each of which has a value."""

    name: str
    description: str
    low: int
    high: int
    default: int | None = None
    words: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        number: dict[str, Any] = {"type": "integer", "minimum": self.low, "maximum": self.high}
        schema = {"anyOf": [number, {"type": "string", "enum": list(self.words)}]} if self.words else number
        return schema if self.default is None else {**schema, "default": self.default}

    def parse(self, text: str | None) -> int | None:
        """Return the number; the default if `text` is None."""
        if text is None:
            return self.default
        return self.words[text] if text in self.words else self.number(text)

    def number(self, text: str) -> int:
        """Return the number in `text`; raise `InvalidParameterError`."""
        # Stricter than int(), which accepts spaces, signs, underscores and the digits of every script.
        if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)):
            value = int(text)
            if self.low <= value <= self.high:
                return value
        raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=self._allowed())

    def _allowed(self) -> Text:
        words = "".join(f", {word}" for word in self.words)
        return Text(
            en=f"a whole number from {self.low} to {self.high}{words and ' or' + words[1:]}",
            ru=f"целое число от {self.low} до {self.high}{words and ' или' + words[1:]}",
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words, each of which has a value; the first is the default."""

    name: str
    description: str
    values: Mapping[str, object]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "enum": list(self.values), "default": next(iter(self.values))}

    def parse(self, text: str | None) -> object:
        """Return the value of the word."""
        word = next(iter(self.values)) if text is None else text
        if word not in self.values:
            allowed = both(", ".join(self.values))
            raise InvalidParameterError(parameter=self.name, value=word[:80], allowed=allowed)
        return self.values[word]


@dataclass(frozen=True, slots=True)
class Line:
    """A text of one line, of at most `longest` characters; None without it."""

    name: str
    description: str
    longest: int

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "maxLength": self.longest}

    def parse(self, text: str | None) -> str | None:
        """Return the text; an empty one counts as missing."""
        if text and (len(text) > self.longest or not text.isprintable()):
            allowed = Text(
                en=f"one line of at most {self.longest} characters",
                ru=f"одна строка не длиннее {self.longest} символов",
            )
            raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=allowed)
        return text or None


@dataclass(frozen=True, slots=True)
class Day:
    """A day as ISO 8601 writes it; None without it."""

    name: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "format": "date"}

    def parse(self, text: str | None) -> date | None:
        """Return the day."""
        if not text:
            return None
        try:
            # Stricter than fromisoformat, which accepts weeks and dates without hyphens.
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        allowed = Text(en="a day such as 2026-11-27", ru="день, например 2026-11-27")
        raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=allowed)


@dataclass(frozen=True, slots=True)
class Pairs:
    """A JSON object whose values are texts; empty without it."""

    name: str
    description: str
    most: int

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"type": "object", "additionalProperties": {"type": "string"}},
        }

    def parse(self, text: str | None) -> dict[str, str]:
        """Return the object."""
        if not text:
            return {}
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if (
            isinstance(value, dict)
            and len(value) <= self.most
            and all(isinstance(one, str) for one in value.values())
        ):
            return value
        allowed = Text(
            en='a JSON object such as {"cost": "Kosten"}', ru='объект JSON, например {"cost": "Kosten"}'
        )
        raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=allowed)


def read(parameters: tuple[Parameter, ...], given: MultiDict[str, str]) -> dict[str, Any]:
    """Return the value of each parameter by name; raise `InvalidParameterError` for the first invalid one.

    A parameter given twice is refused: proxies and servers disagree on which one counts. Undeclared
    parameters are ignored, since portals add their own.
    """
    return {parameter.name: parameter.parse(_only(parameter.name, given)) for parameter in parameters}


def _only(name: str, given: MultiDict[str, str]) -> str | None:
    texts = given.getlist(name)
    if len(texts) > 1:
        raise InvalidParameterError(
            parameter=name,
            value=", ".join(texts)[:80],
            allowed=Text(en="given once", ru="указан один раз"),
        )
    return texts[0] if texts else None


SLUG = Choice("slug", "The dashboard.", {spec.slug: spec.slug for spec in DASHBOARDS})
RUN_ID = Whole("run_id", "The number of a run.", 1, LARGEST_ID)
RUN = Whole("run", "The run to read, by its number; without it, the newest snapshot.", 1, LARGEST_ID)
DAYS = Whole("days", "How many days up to the newest; “all” for all data.", 1, 3660, 28, {"all": None})
WAIT = Whole("wait", "Hold the answer until the run is over, at most so many seconds.", 0, 60, 0)
SECONDS = Whole("seconds", "How long the link is in force before it is renewed.", 10, 600, 600)
LIMIT = Whole("limit", "How many runs, newest first.", 1, 500, 50)
DOWNLOAD = Choice("download", "1 makes a browser save the answer as a file.", {"0": False, "1": True})
LANG = Choice(
    "lang",
    "Language of the report: auto (the language of this installation), en or ru.",
    {"auto": None, **{lang: lang for lang in LANGS}},
)
KIND = Choice("kind", "The kind of file.", {kind: kind for kind in FILE_KINDS})
FORMAT = Choice("format", "json, or csv for spreadsheets.", {"json": "json", "csv": "csv"})

CHANNEL = Line("channel", "Channel of the rows for which the file names none.", 200)
SOURCE = Line("source", "Name of the source: the account, or the export, that the file comes from.", 200)
MODE = Choice(
    "mode",
    "Where it is in doubt whether the rows replace those of the same days: ask, replace or append.",
    {"ask": None, "replace": "replace", "append": "append"},
)
MAPPING = Pairs("mapping", "Columns for figures, as JSON: the figure, and the heading in the file.", 100)
GRAIN = Choice(
    "grain",
    "What each row is, where the file does not tell: a day, a week or a month.",
    {"auto": None, "day": "day", "week": "week", "month": "month"},
)
DRY_RUN = Choice("dry_run", "1 reports what would happen, and stores nothing.", {"0": False, "1": True})
SHA256 = Line("sha256", "SHA-256 of the previewed file: another file is refused.", 64)
UPLOAD = Line("upload", "32 hexadecimal digits of your choice, to ask for the progress by.", 32)
UPLOAD_ID = Line("upload", "The name of an upload under way.", 32)
SOURCE_NAME = Line("name", "The name of a declared source.", 100)
IMPORT_ID = Whole("import_id", "The number of an import.", 1, LARGEST_ID)
FROM = Day("from", "The first day; without it, from the oldest one.")
TO = Day("to", "The last day; without it, to the newest one.")
ONE_CHANNEL = Line("channel", "Only this channel, written as on the page.", 200)
FETCHED_FROM = Line("fetched_from", "Only imports of files that were fetched from this source.", 100)
IMPORTS_LIMIT = Whole("limit", "How many imports, newest first.", 1, 500, 50)
