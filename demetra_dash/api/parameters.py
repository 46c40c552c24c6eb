"""Query and path parameters of the API: one object both describes and parses a parameter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from services.dashboards import DASHBOARDS
from services.errors import InvalidInputError
from services.pacing.targets import LONGEST_CHANNEL
from services.periods import (
    COMPARISON_WORDS,
    MOST_DAYS,
    PERIOD_WORDS,
    YEAR_DAYS,
    Comparison,
    DateRange,
    Dates,
    Period,
    comparison_of,
    month_of,
    period_of,
)
from services.planner.question import LONGEST, SHORTEST
from services.reports.making import FILE_KINDS
from services.snapshots.pins import LONGEST_NAME
from services.text import LANGS, Text, both
from services.views import BREAKDOWN_FIGURES, TARGET_MEASURES, THEMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

LARGEST_ID = 2**63 - 1
AskedRun = int | str | None
"""A run as a client asks for it: its number, the name that it is pinned under, or None for the newest."""
TWO_DATES = "2025-11-01,2025-11-28"


_MONTH = Text(en="a month such as 2026-11", ru="месяц, например 2026-11")


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

    def number(self, text: str, name: str | None = None) -> int:
        """Return the number in `text`; raise `InvalidParameterError`, about the parameter `name` if given."""
        # Stricter than int(), which accepts spaces, signs, underscores and the digits of every script.
        if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ID)):
            value = int(text)
            if self.low <= value <= self.high:
                return value
        raise InvalidParameterError(parameter=name or self.name, value=text[:80], allowed=self._allowed())

    def _allowed(self) -> Text:
        words = "".join(f", {word}" for word in self.words)
        return Text(
            en=f"a whole number from {self.low} to {self.high}{words and ' or' + words[1:]}",
            ru=f"целое число от {self.low} до {self.high}{words and ' или' + words[1:]}",
        )


@dataclass(frozen=True, slots=True)
class RunKey:
    """A run: by its number, or by the name that it is pinned under."""

    name: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        return {"anyOf": [number, {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}]}

    def parse(self, text: str | None) -> AskedRun:
        """Return the number or the name; None without a run."""
        if text is None:
            return None
        if text.isdecimal() or len(text) > LONGEST_NAME or not text.strip() or not text.isprintable():
            return RUN_ID.number(text, self.name)
        return text


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
class Name(Line):
    """A text of one line with a default."""

    default: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "maxLength": self.longest, "default": self.default}

    def parse(self, text: str | None) -> str:
        """Return the text; the default for an empty one, and without it."""
        return Line.parse(self, text) or self.default


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
class Month:
    """A month such as 2026-11; None without it."""

    name: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}

    def parse(self, text: str | None) -> DateRange | None:
        """Return the days of the month."""
        if text is None:
            return None
        month = month_of(text)
        if month is None:
            raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=_MONTH)
        return month


@dataclass(frozen=True, slots=True)
class PeriodWord:
    """A period: a number of the newest days, or a word; None without it."""

    name: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        number = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS}
        return {"anyOf": [number, {"type": "string", "enum": list(PERIOD_WORDS)}]}

    def parse(self, text: str | None) -> Period | None:
        """Return the period."""
        if not text:
            return None
        period = period_of(text)
        if period is None or isinstance(period, Dates):  # two dates have parameters of their own
            words = ", ".join(PERIOD_WORDS)
            allowed = Text(
                en=f"a number of days from 1 to {MOST_DAYS}, or one of: {words}",
                ru=f"число дней от 1 до {MOST_DAYS} или одно из: {words}",
            )
            raise InvalidParameterError(parameter=self.name, value=text[:80], allowed=allowed)
        return period


@dataclass(frozen=True, slots=True)
class ComparisonWord:
    """What a period is compared with: a word, or two dates; by default the period before."""

    name: str
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its allowed values."""
        return {"type": "string", "default": COMPARISON_WORDS[0], "examples": [*COMPARISON_WORDS, TWO_DATES]}

    def parse(self, text: str | None) -> Comparison:
        """Return the comparison."""
        comparison = comparison_of(text or COMPARISON_WORDS[0])
        if comparison is None:
            words = ", ".join(COMPARISON_WORDS)
            allowed = Text(
                en=f"one of {words}, or two dates, the earlier one first, such as {TWO_DATES}",
                ru=f"одно из {words} или две даты, сначала более ранняя, например {TWO_DATES}",
            )
            raise InvalidParameterError(parameter=self.name, value=(text or "")[:80], allowed=allowed)
        return comparison


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


def check_order(first: date | None, last: date | None) -> None:
    """Raise `InvalidParameterError` if the days from `first` to `last` end before they begin."""
    if first is not None and last is not None and first > last:
        allowed = Text(en=f"{first} or later", ru=f"{first} или позже")
        raise InvalidParameterError(parameter="to", value=str(last), allowed=allowed)


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
RUN = RunKey(
    "run",
    "The run to read, by its number or by the name that it is pinned under; without it, the newest snapshot.",
)
COMPARED_RUN = RunKey("run", "A run to compare, by its number or by the name that it is pinned under.")
COMPARED_WITH = RunKey("with", "The other run; without it, the newest snapshot.")
PINNED_RUN = Whole("run", "The number of the run to pin.", 1, LARGEST_ID)
MONTH = Month("month", "The month, such as 2026-11; without it, that of the newest day of the data.")
TARGETS_MONTH = Month("month", "Only the targets of this month, such as 2026-11.")
TARGET_MONTH = Month("month", "The month of the target, such as 2026-11.")
TARGET_CHANNEL = Line("channel", "The channel of the target; without it, the whole account.", LONGEST_CHANNEL)
TARGET_MEASURE = Choice("measure", "What is meant.", {name: name for name in TARGET_MEASURES})
HORIZON = Whole(
    "horizon_days",
    "The days that the plan is for; without it, those of the run's plan.",
    SHORTEST,
    LONGEST,
)
CHANGE_LIMIT = Whole(
    "change_limit_percent",
    "By how many percent each channel may differ from its spend today; without it, as in the run's plan.",
    0,
    100,
)
MOVES = Choice(
    "moves",
    "Which channels may leave their part of today's split: advised (as the run advises) or all.",
    {"advised": "advised", "all": "all"},
)
PIN_NAME = Line("name", "The name to keep it under, such as “Board, 24 Nov”.", LONGEST_NAME)
PIN_ID = Whole("pin_id", "The number of a pin.", 1, LARGEST_ID)
WAIT = Whole("wait", "Hold the answer until the run is over, at most so many seconds.", 0, 60, 0)
SECONDS = Whole("seconds", "How long the link is in force before it is renewed.", 10, 600, 600)
LIMIT = Whole("limit", "How many runs, newest first.", 1, 500, 50)
DOWNLOAD = Choice("download", "1 makes a browser save the answer as a file.", {"0": False, "1": True})
LANG = Choice(
    "lang",
    "Language: auto (the language of this installation), en or ru.",
    {"auto": None, **{lang: lang for lang in LANGS}},
)
THEME = Choice("theme", "Colours of the picture: light or dark.", {theme: theme for theme in THEMES})
KIND = Choice("kind", "The kind of file.", {kind: kind for kind in FILE_KINDS})
EXCEL = Choice(
    "excel",
    "1 writes the CSV for Excel: titles for headings, percents, separator and decimal sign of the language.",
    {"0": False, "1": True},
)
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
PERIOD = PeriodWord("period", "The period, up to the newest day of the data; 28 days without one.")
ALL_DAYS = 0
DAYS = Whole("days", "The same as `period`: a number of days, or all.", 1, MOST_DAYS, None, {"all": ALL_DAYS})
COMPARE = ComparisonWord(
    "compare",
    "What the period is compared with: before (the period before; a month or quarter with the one before),"
    f" year (the same weekdays a year ago, {YEAR_DAYS} days earlier), none, or two dates.",
)
_FIGURES = {str(figure): (figure, False) for figure in BREAKDOWN_FIGURES}
_CHANGES = {f"{figure}_change": (figure, True) for figure in BREAKDOWN_FIGURES}
BY = Name(
    "by", "What the figures are divided by: campaign, channel, or a name of /api/dimensions.", 60, "campaign"
)
CAMPAIGN = Line("campaign", "Only this campaign: the `key` of its row.", 500)
DIMENSION = Line("dimension", "The attribute that `value` is one of, such as device.", 60)
VALUE = Line("value", "Only rows with this value of the attribute `dimension`, such as mobile.", 60)
SORT = Choice(
    "sort",
    "The figure that orders the rows, or its change against the comparison; trends are of this figure.",
    {**_FIGURES, **_CHANGES},
)
ORDER = Choice("order", "desc: the highest first; asc: the lowest.", {"desc": False, "asc": True})
SEARCH = Line("search", "Only rows whose name contains this text, in any case.", 200)
ROWS = Whole("limit", "How many rows.", 1, 1000, 200)
OFFSET = Whole("offset", "How many rows before these.", 0, 10_000_000, 0)
TRENDS = Choice("trends", "0 leaves out the trend of each row.", {"1": True, "0": False})
FETCHED_FROM = Line("fetched_from", "Only imports of files that were fetched from this source.", 100)
IMPORTS_LIMIT = Whole("limit", "How many imports, newest first.", 1, 500, 50)
