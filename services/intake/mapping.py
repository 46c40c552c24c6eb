"""Columns that the user assigns to figures (`--map cost=Kosten`), remembered for files of the same header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

import sqlalchemy as sa

from services.database.tables import imports
from services.intake.columns import MEASURES, RATIOS, Columns, Field
from services.intake.failures import MappingFieldError, MappingHeadingError
from services.intake.headings import key
from services.intake.reasons import quoted
from services.text import tidy

NOTHING: Mapping[str, str] = MappingProxyType({})
FIELDS: tuple[Field, ...] = ("date", "channel", "campaign_id", *MEASURES, *RATIOS)
ROLES: Mapping[str, str] = {"account": "account_id", "currency": "currency"}
_OTHER_NAMES: Mapping[str, Field] = {"campaign": "campaign_id", "day": "date", "spend": "cost"}
_MOST_IMPORTS = 500
_MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Mappings:
    """The assignments of the user for a file, and those of earlier imports by header.

    `given` has a heading by field; an empty heading forgets what is remembered for the field.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    remembered: Mapping[frozenset[str], Mapping[str, str]] = field(default_factory=dict)

    def of(self, header: Sequence[str]) -> Mapping[str, str]:
        """Return the headings by field for a header."""
        earlier = self.remembered.get(frozenset(name for name in header if name), NOTHING)
        return {name: heading for name, heading in {**earlier, **self.given}.items() if heading}

    def is_remembered(self, mapping: Mapping[str, str]) -> bool:
        """Return whether a part of a mapping is not given but remembered."""
        return any(name not in self.given for name in mapping)


def checked(mapping: Mapping[str, str] | None) -> dict[str, str]:
    """Return a mapping with names of fields; raises `MappingFieldError` for a name that is none."""
    found: dict[str, str] = {}
    for name, heading in (mapping or {}).items():
        plain = name.strip().casefold()
        target = _OTHER_NAMES.get(plain, plain)
        if target not in FIELDS and target not in ROLES:
            raise MappingFieldError(field=quoted(name), known=", ".join((*FIELDS, *ROLES)))
        found[target] = tidy(heading)
    return found


def mapped(columns: Columns, mapping: Mapping[str, str]) -> Columns | None:
    """Return the columns with those of a mapping; None if the header lacks one of them."""
    for name, heading in mapping.items():
        at = place_of(columns.header, heading)
        if at is None:
            return None
        columns = _assigned(columns, name, at)
    return columns


def place_of(header: Sequence[str], heading: str) -> int | None:
    """Return the position of a heading, as written or without case and punctuation."""
    wanted = tidy(heading)
    if wanted in header:
        return header.index(wanted)
    keys = [key(name) for name in header]
    return keys.index(key(wanted)) if key(wanted) and key(wanted) in keys else None


def refuse_unknown_headings(file: str, columns: Columns, mapping: Mapping[str, str]) -> None:
    """Raise `MappingHeadingError` if the header lacks a column of the mapping."""
    for name, heading in mapping.items():
        if heading and place_of(columns.header, heading) is None:
            shown = [quoted(name) or "?" for name in columns.header[:_MOST_SHOWN]]
            raise MappingHeadingError(file=file, field=name, heading=quoted(heading), found=", ".join(shown))


def remembered(connection: sa.Connection) -> dict[frozenset[str], Mapping[str, str]]:
    """Return the mappings of earlier imports by the names of their columns; the newest import counts."""
    query = (
        sa.select(imports.c.mapping, imports.c.report["header"])
        .where(imports.c.mapping.is_not(None), imports.c.undone_at.is_(None))
        .order_by(imports.c.id.desc())
        .limit(_MOST_IMPORTS)
    )
    found: dict[frozenset[str], Mapping[str, str]] = {}
    for mapping, header in connection.execute(query):
        if mapping is not None and header is not None:
            found.setdefault(frozenset(header), mapping)
    return found


def _assigned(columns: Columns, name: str, at: int) -> Columns:
    if name in ROLES:
        return replace(columns, roles=MappingProxyType({**columns.roles, ROLES[name]: at}))
    return columns.with_field(cast("Field", name), at)
