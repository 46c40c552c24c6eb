"""The host names that Demetra answers to, when `DEMETRA_ALLOWED_HOSTS` lists them.

A page of another site can point its own name at our address (DNS rebinding) and would then be of the
same origin; the Host header tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownHostError(InvalidInputError):
    """The request is for a host that is not on the list."""

    code = "unknown_host"
    words = Text(
        en="Demetra does not answer to the host name of this request. "
        "DEMETRA_ALLOWED_HOSTS lists the right ones.",
        ru="Demetra не отвечает на имя хоста из этого запроса. Допустимые имена — в DEMETRA_ALLOWED_HOSTS.",
    )


def check_host(host: str, allowed: Sequence[str]) -> None:
    """Raise `UnknownHostError` unless `host` (with or without port) is allowed; no list allows all."""
    if allowed and not any(_is(name_of(host), pattern) for pattern in allowed):
        raise UnknownHostError


def name_of(host: str) -> str:
    """Return a host without its port, in lower case."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    return name.lower().removesuffix(".")


def _is(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern
