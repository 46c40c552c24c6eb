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
Condition = Callable[[], bool]
"""Tells whether waiting on is of no use."""

_condition: ContextVar[Condition | None] = ContextVar("doubt", default=None)


class WaitAbortedError(psycopg.OperationalError):
    """The server did not answer for as long as it made sense to wait."""


@contextmanager
def give_up_when(condition: Condition) -> Iterator[None]:
    """Within, every wait of this thread for a `InterruptibleConnection` ends when `condition` says so."""
    token = _condition.set(condition)
    try:
        yield
    finally:
        _condition.reset(token)


def seconds(limit: float) -> Condition:
    """Return a doubt that sets in after `limit` seconds."""
    end = monotonic() + limit
    return lambda: monotonic() > end


class InterruptibleConnection(psycopg.Connection[Any]):
    """A connection whose waits, that for the connection itself included, can be given up."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Connect as psycopg does; raise `WaitAbortedError` before, or while, it is of no use."""
        _raise_if_given_up()  # even to look up the host's name may take long
        return super().connect(*args, **kwargs)

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        # Not public, but `connect_timeout` counts whole seconds from 2 up, too long for a reader.
        return _interruptible(super()._connect_gen(*args, **kwargs))

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait as psycopg does, and give the connection up with `WaitAbortedError`."""
        try:
            return super().wait(_interruptible(gen), *args, **kwargs)
        except WaitAbortedError:
            self.pgconn.finish()  # or the rollback that follows would wait just as long
            raise


def _interruptible(waiting: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Pass on what psycopg's waiting generator asks for and gets; nothing in a while raises doubt."""
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready:
                _raise_if_given_up()
            wanted = waiting.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def _raise_if_given_up() -> None:
    condition = _condition.get()
    if condition is not None and condition():
        raise WaitAbortedError("no answer in time")
