"""Connections to PostgreSQL, and what its refusals mean in our words."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from psycopg import errors as pg
from sqlalchemy.engine import ExceptionContext

from services.errors import DatabaseReadOnlyError, DatabaseUnavailableError, InvalidInputError
from services.text import Text


class DatabaseUrlError(InvalidInputError):
    """`DATABASE_URL` cannot be read, or names something other than PostgreSQL."""

    code = "database_url"
    words = Text(
        en="DATABASE_URL is not a PostgreSQL address. It looks like postgresql://user:password@host:5432/name.",
        ru="DATABASE_URL — не адрес PostgreSQL. Он выглядит так: postgresql://user:password@host:5432/name.",
    )


def make_engine(url: str, *, name: str, pool_size: int = 5) -> sa.Engine:
    """Return an engine for `url`; it connects when first used.

    `name` is shown in `pg_stat_activity`. Statements are not prepared on the server, so that a
    transaction-pooling PgBouncer may stand in between.
    """
    engine = sa.create_engine(
        readable_url(url),
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"application_name": name, "connect_timeout": 5, "prepare_threshold": None},
    )
    sa.event.listen(engine, "handle_error", _say_it_in_our_words)
    return engine


def readable_url(url: str) -> sa.URL:
    """Return `url` for the psycopg driver; raise `DatabaseUrlError` for anything but PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise DatabaseUrlError from error
    if parsed.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise DatabaseUrlError
    return parsed.set(drivername="postgresql+psycopg")


def _say_it_in_our_words(context: ExceptionContext) -> BaseException | None:
    cause = context.original_exception
    if isinstance(cause, pg.ReadOnlySqlTransaction):
        return DatabaseReadOnlyError()
    if _is_outage(cause) and not context.is_pre_ping:
        return DatabaseUnavailableError(reason=_first_line(cause))
    return None


def _is_outage(cause: BaseException) -> bool:
    """Tell an unreachable or stopping server from a statement that is wrong."""
    if isinstance(cause, pg.QueryCanceled | pg.SerializationFailure | pg.DeadlockDetected | pg.DiskFull):
        return False
    return isinstance(cause, psycopg.OperationalError)


def _first_line(cause: BaseException) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
