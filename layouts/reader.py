"""The reader's formats, the user, and the setup of the page, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.text import Lang, Text

Drawn = dict[str, Any]
"""New values for leaf properties of the page, by `id.property`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader's formats: language, currency code, and time zone (an IANA name)."""

    lang: Lang = "en"
    currency: str = "EUR"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user of the page; the name is None without a sign-in."""

    name: str | None = None
    may_sync: bool = True


@dataclass(frozen=True, slots=True)
class PageSetup:
    """The values that the skeleton is built from.

    `dashboards` are slugs with titles, in the order of their cards. `polling_ms` is the interval in
    milliseconds after which an open page requests a run. `prefix` is the path that everything is served
    under, with both slashes. `version` is Demetra's. `tab` is the tab of the page's address, None without
    one.
    """

    reader: Reader
    dashboards: tuple[tuple[str, Text], ...]
    polling_ms: int = 1_800_000
    prefix: str = "/"
    version: str = ""
    tab: str | None = None
