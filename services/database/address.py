"""How an address of PostgreSQL begins: told without SQLAlchemy, which knows the rest but loads slowly."""

from __future__ import annotations

from services.errors import InvalidInputError
from services.text import Text

DRIVERS = frozenset({"postgresql", "postgres"})


class DatabaseUrlError(InvalidInputError):
    """`DATABASE_URL` cannot be read, or names something other than PostgreSQL."""

    code = "database_url"
    words = Text(
        en="DATABASE_URL is not a PostgreSQL address. It looks like postgresql://user:password@host:5432/name.",
        ru="DATABASE_URL — не адрес PostgreSQL. Он выглядит так: postgresql://user:password@host:5432/name.",
    )


def check_address(url: str) -> None:
    """Raise `DatabaseUrlError` unless `url` begins like an address of PostgreSQL."""
    scheme, marks, _ = url.partition("://")
    if not marks or scheme.partition("+")[0] not in DRIVERS:
        raise DatabaseUrlError
