"""A platform as a type of source: the options of its account and credentials, and those of all platforms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from services.sources.kind import Option, SourceKind
from services.sources.platforms.options import common_options, not_digits
from services.sources.platforms.reading import reader_of
from services.sources.platforms.spec import Platform


def platform_kind(
    name: str, platform: Platform, options: Iterable[Option], *, base_url: str, every: timedelta
) -> SourceKind:
    """Return the type of source that reads a platform.

    `options` are its own ones, `base_url` is where its interface is, `every` the least time between two
    fetches unless a source declares another.
    """
    shared = common_options(base_url, every)
    return SourceKind(name, (*options, *shared), reader_of(platform), is_beta=True)


def account_option(platform: Platform, about: str, check: Callable[[Any], str | None] = not_digits) -> Option:
    """Return the option with the account that is read; `about` describes it, with an example."""
    return Option(platform.account_option, "text", about, is_required=True, check=check)


def credential_option(name: str, about: str) -> Option:
    """Return the option with a credential that a platform cannot be read without."""
    return Option(name, "text", about, is_required=True)
