"""Connections to the databases of sources: drivers, read-only, time limits, errors without secrets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import errors as pg
from sqlalchemy.pool import NullPool

from services.database.redaction import redacted
from services.database.timeouts import InterruptibleConnection, WaitAbortedError, give_up_when
from services.executors.base import Deadline
from services.sources.addresses import refusal
from services.sources.failures import (
    SourceDeniedError,
    SourceError,
    SourceExtraError,
    SourceOptionError,
    SourceOverdueError,
    SourceRefusedError,
    SourceServerError,
    SourceUnreachableError,
)
from services.text import Text, tidy

_CONNECT_SECONDS = 10
_LONGEST_REASON = 200
# The drivers that the extras install, where the name of a database means another one by default.
_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "clickhouse": "clickhousedb+connect",
}
_EXTRAS = {
    "mysql": "mysql",
    "mariadb": "mysql",
    "clickhouse": "clickhouse",
    "clickhousedb": "clickhouse",
    "bigquery": "bigquery",
    "snowflake": "snowflake",
    "duckdb": "duckdb",
}
# Statements that make a connection read-only and limit its statements; {seconds} and {milliseconds} are left.
_LIMITS = {
    "postgresql": ("SET TRANSACTION READ ONLY", "SET LOCAL statement_timeout = {milliseconds}"),
    "mysql": ("SET SESSION max_execution_time = {milliseconds}", "START TRANSACTION READ ONLY"),
    "mariadb": ("SET SESSION max_statement_time = {seconds}", "START TRANSACTION READ ONLY"),
    "snowflake": ("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",),
    "sqlite": ("PRAGMA query_only = ON",),
}
_DENIED = ("password authentication failed", "no pg_hba.conf entry", "access denied", "authentication failed")


class Database:
    """The database of a source. Its address, with the password, is in no error."""

    def __init__(self, address: str, deadline: Deadline) -> None:
        self._address = address
        self._deadline = deadline
        self._url = _url(address)
        self.place = self._url.host or self._url.get_backend_name()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection that reads only; its statements may take what is left of the deadline."""
        engine = self._engine()
        try:
            with (
                give_up_when(lambda: self._deadline.left() == 0),
                self._told(),
                engine.connect() as connection,
            ):
                self._limit(connection)
                yield connection
        finally:
            engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, psycopg.Error, OSError) as error:
            raise self._failure(error) from None

    def _engine(self) -> sa.Engine:
        backend = self._url.get_backend_name()
        try:
            engine = sa.create_engine(self._url, poolclass=NullPool, connect_args=_arguments(self._url))
        except (ImportError, sa.exc.NoSuchModuleError):
            if backend in _EXTRAS:
                raise SourceExtraError(type="sql", extra=_EXTRAS[backend]) from None
            raise SourceOptionError(option="address", reason=_UNKNOWN_DATABASE) from None
        except (sa.exc.ArgumentError, ValueError, TypeError):
            raise SourceOptionError(option="address", reason=_NO_ADDRESS) from None
        if backend == "postgresql":
            sa.event.listen(engine, "do_connect", _connect)
            sa.event.listen(engine, "handle_error", _close_cursor)
        return engine

    def _limit(self, connection: sa.Connection) -> None:
        left = max(1.0, self._deadline.left())
        for statement in _LIMITS.get(self._url.get_backend_name(), ()):
            connection.execute(
                sa.text(statement.format(seconds=int(left) + 1, milliseconds=int(left * 1000)))
            )

    def _failure(self, error: BaseException) -> SourceError:
        original = getattr(error, "orig", None) or error
        if self._deadline.left() == 0 or isinstance(original, WaitAbortedError | pg.QueryCanceled):
            return SourceOverdueError(seconds=f"{self._deadline.seconds:g}")
        reason = self._reason(original)
        if isinstance(original, pg.InsufficientPrivilege | pg.InvalidAuthorizationSpecification) or any(
            word in reason.lower() for word in _DENIED
        ):
            return SourceDeniedError(host=self.place, reason=reason)
        if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | OSError):
            has_connected = getattr(original, "sqlstate", None) is not None
            kind = SourceServerError if has_connected else SourceUnreachableError
            return kind(host=self.place, reason=reason)
        return SourceRefusedError(host=self.place, reason=reason)

    def _reason(self, error: BaseException) -> str:
        """Return the first line of an error of the driver, without what may be secret in the address."""
        lines = redacted(str(error), self._address).strip().splitlines() or [type(error).__name__]
        return tidy(lines[0])[:_LONGEST_REASON].rstrip(". ")


def _url(address: str) -> sa.URL:
    try:
        url = sa.make_url(address.strip())
        return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    except (sa.exc.ArgumentError, ValueError):
        raise SourceOptionError(option="address", reason=_NO_ADDRESS) from None


def _arguments(url: sa.URL) -> dict[str, Any]:
    """Return what the driver of an address is told beyond the address."""
    backend = url.get_backend_name()
    if backend == "postgresql":
        encrypted = {"sslmode": "require"} if "sslmode" not in url.query and _is_public(url.host) else {}
        name = {"application_name": "demetra source", "prepare_threshold": None}
        return {"connect_timeout": _CONNECT_SECONDS, **name, **encrypted}
    if backend == "duckdb":
        return {"read_only": True} if url.database not in {None, "", ":memory:"} else {}
    return {"connect_timeout": _CONNECT_SECONDS} if backend in {"mysql", "mariadb"} else {}


def _is_public(host: str | None) -> bool:
    """Tell whether a host has a public address: what is sent to it passes networks of others."""
    if not host or host.startswith("/"):  # a socket
        return False
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return any(refusal(str(address[0])) is None for _, _, _, _, address in found)


def _connect(
    _dialect: object, _record: object, arguments: list[Any], parameters: dict[str, Any]
) -> InterruptibleConnection:
    return InterruptibleConnection.connect(*arguments, **parameters)


def _close_cursor(context: sa.engine.ExceptionContext) -> None:
    """Close the cursor of a statement whose connection is lost; SQLAlchemy closes it in other cases only."""
    execution = context.execution_context
    if context.is_disconnect and execution is not None:
        execution.cursor.close()


_NO_ADDRESS = Text(
    en="it is no address such as postgresql://user@host/database",
    ru="это не адрес вида postgresql://user@host/database",
)
_UNKNOWN_DATABASE = Text(en="its kind of database is unknown", ru="такой вид базы данных неизвестен")
