"""Whom the page is for: plain values that settings give and layouts write by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.text import Lang, Text

Drawn = dict[str, Any]
"""New values for leaf properties of the page, by `id.property`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the reader writes: language, currency code, and time zone (an IANA name)."""

    lang: Lang = "en"
    currency: str = "EUR"
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the page right now; the name is None where nobody signs in."""

    name: str | None = None
    may_sync: bool = True


@dataclass(frozen=True, slots=True)
class PageSetup:
    """What the skeleton is built from.

    `dashboards` are slugs with titles, in the order of their cards; `polling_ms` is the interval
    after which an open page asks for a run; `prefix` is the path that everything is served under,
    with both slashes; `version` is Demetra's. `tab` is the one that the page's address fixes; None
    leaves the choice to the reader.
    """

    reader: Reader
    dashboards: tuple[tuple[str, Text], ...]
    polling_ms: int = 1_800_000
    prefix: str = "/"
    version: str = ""
    tab: str | None = None
