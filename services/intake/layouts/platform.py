"""The form of a platform's layout: what each heading of its exports means, in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.intake.headings import key

Role = str
"""A field (`date`, `cost` ...), one of `ROLES`, or the name of an attribute that the column becomes."""

ROLES = frozenset(
    {"currency", "result", "result_type", "reach", "end", "detail", "account_name", "account_id"}
)
"""Meanings beside fields and attributes.

`result` is a count whose kind the column `result_type` names. `end` is the last day of a row's period.
`detail` changes from day to day, so it is no part of a row's identity.
"""


@dataclass(frozen=True, eq=False)
class Platform:
    """The headings of one platform's exports by role, preferred ones first, separated by ` | `.

    `special` has headings that only this platform uses in this sense; they mean nothing in other files.
    `marks` are beginnings of lines above the header. `is_channel` is False for a platform that reports the
    campaigns of others.
    """

    id: str
    name: str
    headings: Mapping[Role, str]
    special: Mapping[Role, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    is_channel: bool = True

    @cached_property
    def by_role(self) -> Mapping[Role, tuple[str, ...]]:
        """Keys of headings by role, in order of preference; special ones come first."""
        roles = [*self.special, *(role for role in self.headings if role not in self.special)]
        return {role: (*_keys(self.special.get(role)), *_keys(self.headings.get(role))) for role in roles}

    @cached_property
    def shared(self) -> Mapping[Role, tuple[str, ...]]:
        """Keys of the headings that mean the same in files of unknown origin."""
        return {role: _keys(names) for role, names in self.headings.items()}

    @cached_property
    def keys(self) -> frozenset[str]:
        """All keys."""
        return frozenset(one for keys in self.by_role.values() for one in keys)


def _keys(names: str | None) -> tuple[str, ...]:
    return () if names is None else tuple(dict.fromkeys(key(name) for name in names.split(" | ")))
