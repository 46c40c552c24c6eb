"""Waiting for PostgreSQL no longer than it makes sense.

A server that has died refuses at once. One that is frozen, or behind a network that swallows packets,
lets its clients wait for ever, and no timeout that the server itself would have to keep can help. So
a connection made here looks up from its waiting ten times a second and asks whether to go on. Nor is
a new connection begun that is of no use: one that was given up is replaced at once by whoever pools them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any, Self, TypeVar

import psycopg

T = TypeVar("T")
Doubt = Callable[[], bool]
"""Tells whether waiting on is of no use."""

_doubt: ContextVar[Doubt | None] = ContextVar("doubt", default=None)


class OutOfPatienceError(psycopg.OperationalError):
    """The server did not answer for as long as it made sense to wait."""


@contextmanager
def patience(doubt: Doubt) -> Iterator[None]:
    """Within, every wait of this thread for a `PatientConnection` ends when `doubt` says so."""
    token = _doubt.set(doubt)
    try:
        yield
    finally:
        _doubt.reset(token)


def seconds(limit: float) -> Doubt:
    """Return a doubt that sets in after `limit` seconds."""
    end = monotonic() + limit
    return lambda: monotonic() > end


class PatientConnection(psycopg.Connection[Any]):
    """A connection whose waits, that for the connection itself included, can be given up."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Connect as psycopg does; raise `OutOfPatienceError` before, or while, it is of no use."""
        _raise_if_hopeless()  # even to look up the host's name may take long
        return super().connect(*args, **kwargs)

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        # Not public, but `connect_timeout` counts whole seconds from 2 up, too long for a reader.
        return _doubting(super()._connect_gen(*args, **kwargs))

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait as psycopg does, and give the connection up with `OutOfPatienceError`."""
        try:
            return super().wait(_doubting(gen), *args, **kwargs)
        except OutOfPatienceError:
            self.pgconn.finish()  # or the rollback that follows would wait just as long
            raise


def _doubting(waiting: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Pass on what psycopg's waiting generator asks for and gets; nothing in a while raises doubt."""
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready:
                _raise_if_hopeless()
            wanted = waiting.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def _raise_if_hopeless() -> None:
    doubt = _doubt.get()
    if doubt is not None and doubt():
        raise OutOfPatienceError("no answer in time")
