"""The format of a PostgreSQL address, checked without SQLAlchemy, which takes long to import."""

from __future__ import annotations

import re

from services.errors import InvalidInputError
from services.text import Text

DRIVERS = frozenset({"postgresql", "postgres"})
_ADDRESS = re.compile(
    r"(?P<name>[\w+]+)://([^:/]*(:[^@]*)?@)?(\[[^/?@]+\]|[^/:?@]+)?(:\d*)?(/[^?@]*)?(\?.*)?", re.DOTALL
)


class DatabaseUrlError(InvalidInputError):
    """`DATABASE_URL` cannot be read, or names something other than PostgreSQL."""

    code = "database_url"
    words = Text(
        en="DATABASE_URL is not a PostgreSQL address. It looks like postgresql://user:password@host:5432/name.",
        ru="DATABASE_URL — не адрес PostgreSQL. Он выглядит так: postgresql://user:password@host:5432/name.",
    )


def check_address(url: str) -> None:
    """Raise `DatabaseUrlError` unless `url` is an address of PostgreSQL as SQLAlchemy reads it."""
    found = _ADDRESS.fullmatch(url)
    if found is None or found["name"].partition("+")[0] not in DRIVERS:
        raise DatabaseUrlError
