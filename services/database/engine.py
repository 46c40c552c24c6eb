"""Connections to PostgreSQL, and what its refusals mean in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import UnionType
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors as pg
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import ExceptionContext

from services.database.address import DRIVERS, DatabaseUrlError
from services.database.timeouts import InterruptibleConnection
from services.errors import (
    DatabaseBusyError,
    DatabaseDeniedError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DemetraError,
    RunLostError,
)

CONNECT_SECONDS = 5
BRIEF_SECONDS = 10
_GIVEN_UP = (
    pg.QueryCanceled
    | pg.SerializationFailure
    | pg.DeadlockDetected
    | pg.LockNotAvailable
    | pg.TransactionTimeout
)
# Over TCP, a peer that has vanished without a word is noticed by the system (Linux, macOS).
_KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


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
        connect_args=_arguments(name),
    )
    sa.event.listen(engine, "do_connect", _connect)
    sa.event.listen(engine, "checkout", _replace_changed)
    sa.event.listen(engine, "handle_error", _say_it_in_our_words)
    return engine


def open_connection(engine: sa.Engine, name: str) -> InterruptibleConnection:
    """Return a connection to the server of `engine`, outside of its pool, that commits by itself."""
    _, parameters = engine.dialect.create_connect_args(engine.url)
    return InterruptibleConnection.connect(**{**parameters, **_arguments(name)}, autocommit=True)


def readable_url(url: str) -> sa.URL:
    """Return `url` for the psycopg driver; raise `DatabaseUrlError` for anything but PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise DatabaseUrlError from error
    if parsed.drivername.partition("+")[0] not in DRIVERS:
        raise DatabaseUrlError
    return parsed.set(drivername="postgresql+psycopg")


@contextmanager
def brief(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a transaction for a few quick statements, to be committed at the end.

    A process that is frozen inside of it loses it, and with it the row locks on which everybody
    else would wait.
    """
    with engine.begin() as connection:
        connection.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = '{BRIEF_SECONDS}s'"))
        yield connection


@contextmanager
def driver_of(connection: sa.Connection) -> Iterator[psycopg.Connection[Any]]:
    """Give the psycopg connection, for COPY; its errors become the same classes as those of `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    if not connection.in_transaction():  # or `connection` would neither commit nor roll back what is done
        connection.begin()
    try:
        yield driver
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate()  # there is nothing to roll back any more
        ours = _in_our_words(error)
        if ours is None:
            raise
        raise ours from error


def _arguments(name: str) -> dict[str, Any]:
    return {
        "application_name": name,
        "connect_timeout": CONNECT_SECONDS,
        "prepare_threshold": None,
        **_KEEPALIVE,
    }


def _connect(_dialect: object, _record: object, _arguments: object, parameters: dict[str, Any]) -> Any:
    return InterruptibleConnection.connect(**parameters)


def _replace_changed(driver: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """Have the pool replace a connection that was changed by its last user, rather than give it to the next.

    The pool rolls back what is returned, and no more: in autocommit, the next user would have neither
    a rollback nor the locks of a transaction. What was set on the server as well is gone with the session.
    """
    is_as_made = (
        not driver.autocommit
        and not driver.read_only
        and driver.isolation_level in {None, psycopg.IsolationLevel.READ_COMMITTED}
        and driver.info.transaction_status == TransactionStatus.IDLE
    )
    if not is_as_made:
        raise sa.exc.DisconnectionError("a connection was returned to the pool in another mode")


def _say_it_in_our_words(context: ExceptionContext) -> BaseException | None:
    ours = _in_our_words(context.original_exception)
    # The pool replaces a connection that was lost before its use.
    return None if context.is_pre_ping and isinstance(ours, DatabaseUnavailableError) else ours


def _in_our_words(cause: BaseException) -> DemetraError | None:
    """Return the error class for what the server or the driver says, None for a statement that is wrong."""
    if isinstance(cause, pg.ReadOnlySqlTransaction):
        return DatabaseReadOnlyError()
    if isinstance(cause, pg.IdleInTransactionSessionTimeout):
        return RunLostError()
    known: tuple[tuple[type[psycopg.Error] | UnionType, Callable[..., DemetraError]], ...] = (
        (pg.DiskFull, DatabaseFullError),
        (pg.InsufficientPrivilege, DatabaseDeniedError),
        (_GIVEN_UP, DatabaseBusyError),
        (psycopg.OperationalError, DatabaseUnavailableError),  # all that is left of it: no server, or a stop
    )
    for kind, ours in known:
        if isinstance(cause, kind):
            return ours(reason=first_line(cause))
    return None


def first_line(cause: BaseException) -> str:
    """Return what a driver says, in one line."""
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
