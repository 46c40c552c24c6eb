"""Connections to PostgreSQL, and the mapping of its errors to Demetra's error classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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

Connect = Callable[[sa.Engine], AbstractContextManager[sa.Connection]]

CONNECT_SECONDS = 5
BRIEF_SECONDS = 10
_GIVEN_UP = (
    pg.QueryCanceled
    | pg.SerializationFailure
    | pg.DeadlockDetected
    | pg.LockNotAvailable
    | pg.TransactionTimeout
)
# Lets the operating system detect a TCP peer that vanished without closing (Linux, macOS).
_KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def make_engine(url: str, *, name: str, pool_size: int = 5) -> sa.Engine:
    """Return an engine for `url`; it connects on first use. Raises `DatabaseUrlError`.

    `name` is shown in `pg_stat_activity`. Statements are not prepared on the server, so that a PgBouncer in
    transaction mode may stand in between.
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
    """Return an autocommit connection to the server of `engine`, outside of its pool."""
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
    """Yield a transaction for a few quick statements; it is committed at the end.

    The server ends the transaction of a process that is frozen inside it: its row locks would block all other
    sessions.
    """
    with engine.begin() as connection:
        connection.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = '{BRIEF_SECONDS}s'"))
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection of the pool; raise `DatabaseUnavailableError` if all are in use for too long."""
    with _free_connection(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a transaction as `brief` does; raises like `reading`."""
    with _free_connection(), brief(engine) as connection:
        yield connection


@contextmanager
def _free_connection() -> Iterator[None]:
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise DatabaseUnavailableError(reason="all connections are in use") from error


@contextmanager
def driver_of(connection: sa.Connection) -> Iterator[psycopg.Connection[Any]]:
    """Yield the psycopg connection, for COPY; its errors are mapped like those of `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    if not connection.in_transaction():  # else `connection` would neither commit nor roll back the COPY
        connection.begin()
    try:
        yield driver
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate()  # a closed connection cannot roll back
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
    """Make the pool replace a connection whose mode was changed by its last user.

    The pool only rolls back a returned connection. In autocommit, its next user would have neither a rollback
    nor the locks of a transaction. Session settings on the server end with the replaced connection too.
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
    # None: the pool then replaces the connection that its pre-ping found lost.
    return None if context.is_pre_ping and isinstance(ours, DatabaseUnavailableError) else ours


def _in_our_words(cause: BaseException) -> DemetraError | None:
    """Return the error class for a server or driver error; None for an error in the statement itself."""
    if isinstance(cause, pg.ReadOnlySqlTransaction):
        return DatabaseReadOnlyError()
    if isinstance(cause, pg.IdleInTransactionSessionTimeout):
        return RunLostError()
    known: tuple[tuple[type[psycopg.Error] | UnionType, Callable[..., DemetraError]], ...] = (
        (pg.DiskFull, DatabaseFullError),
        (pg.InsufficientPrivilege, DatabaseDeniedError),
        (_GIVEN_UP, DatabaseBusyError),
        (psycopg.OperationalError, DatabaseUnavailableError),  # the remaining ones: no server, or a shutdown
    )
    for kind, ours in known:
        if isinstance(cause, kind):
            return ours(reason=first_line(cause))
    return None


def first_line(cause: BaseException) -> str:
    """Return the first line of an error's message, or the name of its class."""
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
