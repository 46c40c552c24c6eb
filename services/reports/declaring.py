"""`reports.toml` -> the scheduled reports, checked; each mistake is an error with the file and the line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from services.errors import InvalidInputError, NotFoundError
from services.periods import period_of
from services.reports.calendar import EXAMPLES, Schedule, schedule_of
from services.reports.making import FILE_KINDS
from services.sources.toml_lines import lines_of
from services.text import LANGS, Text
from services.views import Theme

TABLE = "report"
MOST_RECIPIENTS = 20

_NAME = re.compile(r"[^\W_][\w .-]{0,59}")
_MAIL = re.compile(r"[^\s@,<>\"]+@[^\s@,<>\"]+", re.ASCII)
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_THEMES: tuple[Theme, ...] = get_args(Theme)

_NO_TOML = Text(en="this is no valid TOML in UTF-8", ru="это не TOML в UTF-8")
_UNREADABLE = Text(en="the file cannot be read ({reason})", ru="файл не читается ({reason})")
_BRACKETS = Text(
    en="each report is a table of its own, which begins with [[report]]",
    ru="каждый отчёт — отдельная таблица, которая начинается с [[report]]",
)
_UNKNOWN = Text(en="“{key}” is unknown. Known: {known}", ru="ключа «{key}» нет. Есть: {known}")
_WRONG = Text(en="“{key}” must be {expected}", ru="«{key}»: нужно {expected}")
_TAKEN = Text(en="there is a report “{name}” already", ru="отчёт «{name}» уже есть")

_EXPECTED: Mapping[str, Text] = {
    "name": Text(
        en="a name of 1 to 60 letters, digits, spaces, “.”, “-” and “_”",
        ru="имя из 1–60 букв, цифр, пробелов, «.», «-» и «_»",
    ),
    "schedule": Text(en=f"a time such as {EXAMPLES}", ru=f"время, например {EXAMPLES}"),
    "to": Text(
        en=f"“mailto:” with 1 to {MOST_RECIPIENTS} addresses between commas, or a folder",
        ru=f"«mailto:» и 1–{MOST_RECIPIENTS} адресов через запятую либо папка",
    ),
    "format": Text(en="one of: " + ", ".join(FILE_KINDS), ru="одно из: " + ", ".join(FILE_KINDS)),
    "lang": Text(en="one of: " + ", ".join(LANGS), ru="одно из: " + ", ".join(LANGS)),
    "period": Text(
        en="a period as in the page's address, such as “28”, “month”, “all”",
        ru="период, как в адресе страницы: «28», «month», «all»",
    ),
    "theme": Text(en="one of: " + ", ".join(_THEMES), ru="одно из: " + ", ".join(_THEMES)),
}


class ReportsFileError(InvalidInputError):
    """`reports.toml` cannot be used; `line` is where."""

    code = "reports_file"
    words = Text(en="{file}, line {line}: {reason}.", ru="{file}, строка {line}: {reason}.")


class UnknownScheduledReportError(NotFoundError):
    """No report of this name is declared."""

    code = "unknown_scheduled_report"
    words = Text(
        en="There is no scheduled report “{name}”. Declared in {file}: {known}.",
        ru="Отчёта по расписанию «{name}» нет. В {file} есть: {known}.",
    )


@dataclass(frozen=True, slots=True)
class ScheduledReport:
    """One entry of `reports.toml`, with its values as they are written there. `lang` "": the settings'."""

    name: str
    schedule: str
    to: str
    format: str = "pdf"
    lang: str = ""
    period: str = "28"
    theme: str = "light"

    @property
    def times(self) -> Schedule:
        """When the report is due."""
        found = schedule_of(self.schedule)
        assert found is not None, self.schedule
        return found

    @property
    def recipients(self) -> tuple[str, ...]:
        """The mail addresses; none for a folder."""
        return tuple(recipients_of(self.to)) if self.to.startswith("mailto:") else ()


KEYS = tuple(item.name for item in fields(ScheduledReport))


def recipients_of(to: str) -> list[str]:
    """Return the addresses of a `mailto:`."""
    return [one.strip() for one in to.removeprefix("mailto:").split(",")]


def read_reports(path: Path) -> tuple[ScheduledReport, ...]:
    """Return the reports that the file declares, none without a file; raise `ReportsFileError`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ReportsFileError(file=path, line=1, reason=_UNREADABLE.format(reason=error.strerror)) from error
    return parse_reports(path, content)


def parse_reports(path: Path, content: bytes) -> tuple[ScheduledReport, ...]:
    """Return the reports that the content of a file declares; raise `ReportsFileError`."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        document = tomllib.loads(text)
    except ValueError as error:  # also of the decoding
        line = _AT_LINE.search(str(error))
        raise ReportsFileError(file=path, line=line[1] if line else 1, reason=_NO_TOML) from error
    tables = document.get(TABLE, [])
    if set(document) - {TABLE} or not isinstance(tables, list):
        raise ReportsFileError(file=path, line=1, reason=_BRACKETS)
    lines = lines_of(text)
    found: list[ScheduledReport] = []
    for number, table in enumerate(tables):
        mistake = mistake_in(table, {one.name.casefold() for one in found})
        if mistake is not None:
            key, reason = mistake
            line_of = lines.get((TABLE, number, key), lines.get((TABLE, number), 1))
            raise ReportsFileError(file=path, line=line_of, reason=reason)
        found.append(ScheduledReport(**table))
    return tuple(found)


def mistake_in(table: Any, taken: Collection[str] = ()) -> tuple[str, Text] | None:
    """Return the key of the first mistake in an entry, with the reason; None for a right one.

    `taken`: the names of the other entries, casefolded.
    """
    if not isinstance(table, dict):
        return "", _BRACKETS
    for key in table:
        if key not in KEYS:
            return key, _UNKNOWN.format(key=key, known=", ".join(KEYS))
    for key, expected in _EXPECTED.items():
        is_given = key in table or key in ("name", "schedule", "to")
        if is_given and not _is_right(key, table.get(key)):
            return key, _WRONG.format(key=key, expected=expected)
    if table["name"].casefold() in taken:
        return "name", _TAKEN.format(name=table["name"])
    return None


def entry_of(report: ScheduledReport) -> str:
    """Return an entry as TOML, without the values that are defaults."""
    values = {key: getattr(report, key) for key in KEYS}
    usual = {item.name: item.default for item in fields(ScheduledReport)}
    # A JSON string without DEL is a TOML basic string.
    written = (f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in values.items() if v != usual[k])
    return "\n".join((f"[[{TABLE}]]", *written, ""))


def _is_right(key: str, value: object) -> bool:
    if not isinstance(value, str) or not value.isprintable():
        return False
    match key:
        case "name":
            return _NAME.fullmatch(value) is not None and value == value.strip()
        case "schedule":
            return schedule_of(value) is not None
        case "to":
            return _is_destination(value)
        case "period":
            return period_of(value) is not None
        case "format":
            return value in FILE_KINDS
        case "lang":
            return value in LANGS
        case _:
            return value in _THEMES


def _is_destination(to: str) -> bool:
    if not to.startswith("mailto:"):
        return bool(to.strip()) and "://" not in to
    addresses = recipients_of(to)
    return len(addresses) <= MOST_RECIPIENTS and all(map(_MAIL.fullmatch, addresses))
