"""Suggestions for the columns of a file: what each one may be, for a page that lets the user choose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.columns import MEASURES, Columns, recognise
from services.intake.mapping import ROLES
from services.text import tidy

_EXAMPLES = 3
_NUMBER = re.compile(r"[-+−(]?\D{0,4}[0-9][0-9.,'’ \u00a0\u202f]*\D{0,4}")
_DATE = re.compile(r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./ ]\S{1,9}[-./ ][0-9]{2,4}|[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that a column may be, with the confidence from 0 to 1."""

    field: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column of a file: its heading, what it is taken for, what else it may be, and examples of its cells.

    `kind` is `field`, `attribute` (part of a row's identity), `detail` (kept beside the row) or `ignored`.
    """

    column: str
    kind: str
    choices: tuple[Choice, ...]
    examples: tuple[str, ...]


def suggestions(header: Sequence[str], rows: Sequence[Sequence[str]] = ()) -> tuple[Suggestion, ...]:
    """Return a suggestion for each column of a header; `rows` are some rows below it."""
    columns = recognise(header)
    return tuple(
        _suggestion(columns, at, [row[at] for row in rows if at < len(row)]) for at in range(len(header))
    )


def _suggestion(columns: Columns, at: int, cells: Sequence[str]) -> Suggestion:
    examples = tuple(dict.fromkeys(tidy(cell) for cell in cells if cell.strip()))[:_EXAMPLES]
    kind, sure = _found(columns, at)
    return Suggestion(columns.header[at], kind, (*sure, *_by_cells(columns, sure, cells)), examples)


def _found(columns: Columns, at: int) -> tuple[str, tuple[Choice, ...]]:
    confidence = 1.0 if columns.platform is not None else 0.9
    for name, place in columns.fields.items():
        if place == at:
            return "field", (Choice(name, confidence),)
    roles = tuple(Choice(name, confidence) for name, role in ROLES.items() if columns.roles.get(role) == at)
    if at in columns.attributes.values():
        return "attribute", roles
    return ("detail" if at in columns.details.values() else "ignored"), roles


def _by_cells(columns: Columns, sure: Sequence[Choice], cells: Sequence[str]) -> tuple[Choice, ...]:
    """Return the fields that no column tells and that the cells may be."""
    filled = [tidy(cell) for cell in cells if cell.strip()]
    if sure or not filled:
        return ()
    if all(_DATE.fullmatch(cell) for cell in filled):
        return () if "date" in columns.fields else (Choice("date", 0.6),)
    if all(_NUMBER.fullmatch(cell) for cell in filled):
        return tuple(Choice(name, 0.2) for name in MEASURES if name not in columns.fields)
    return tuple(Choice(name, 0.2) for name in ("channel", "campaign_id") if name not in columns.fields)
