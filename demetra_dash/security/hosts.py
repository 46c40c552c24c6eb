"""Validation of the Host header, against DNS rebinding.

A page of another site can point its own host name at our address (DNS rebinding); the browser then takes both
for the same origin, and only the Host header differs. `DEMETRA_ALLOWED_HOSTS` lists the accepted names.
Without that list and without a sign-in, only names that cannot be rebound are accepted: localhost, IP
addresses, and the name in `DEMETRA_HOST`.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from services.errors import InvalidInputError
from services.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence


_NAME = re.compile(r"[a-z0-9._-]{1,253}")


class UnknownHostError(InvalidInputError):
    """The request names a host that is not on the list."""

    code = "unknown_host"
    words = Text(
        en="Demetra does not answer to the host name of this request. "
        "DEMETRA_ALLOWED_HOSTS lists the right ones.",
        ru="Demetra не отвечает на имя хоста из этого запроса. Допустимые имена — в DEMETRA_ALLOWED_HOSTS.",
    )


class UnlistedHostError(UnknownHostError):
    """There is no sign-in and no list, and another site may own the requested host name."""

    words = Text(
        en="Without a sign-in, Demetra answers to localhost and to IP addresses, not to the name “{name}”: "
        "a page of another site could point its own name here. If the name is yours, also if it is that of "
        "this machine or of a proxy, set DEMETRA_ALLOWED_HOSTS={name} and restart the web process.",
        ru="Без входа Demetra отвечает по имени localhost и по IP-адресам, но не по имени «{name}»: страница "
        "другого сайта могла бы направить сюда своё имя. Если имя ваше — в том числе имя этой машины или "
        "прокси, — задайте DEMETRA_ALLOWED_HOSTS={name} и перезапустите веб-процесс.",
    )


def check_host(host: str, allowed: Sequence[str]) -> None:
    """Raise `UnknownHostError` unless `host` (with or without port) is allowed; an empty list allows all."""
    if allowed and not any(_is(name_of(host), pattern) for pattern in allowed):
        raise UnknownHostError


def check_unlisted_host(host: str, own: str) -> None:
    """Raise `UnlistedHostError` unless `host` is localhost, an IP address, or `own` (`DEMETRA_HOST`)."""
    name = name_of(host)
    is_local = name == "localhost" or name.endswith(".localhost") or _is_address(name)
    if not (is_local or (name and name == name_of(own))):
        raise UnlistedHostError(name=name if _NAME.fullmatch(name) else "…")


def _is_address(name: str) -> bool:
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    try:
        ip_address(bare)
    except ValueError:
        return False
    return True


def name_of(host: str) -> str:
    """Return a host without its port, in lower case."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
    return name.lower().removesuffix(".")


def _is(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern
