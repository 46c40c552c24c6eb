"""Waits for PostgreSQL that can be interrupted.

A server that has died refuses connections at once. One that is frozen, or behind a network that drops
packets, lets clients wait without end, and no server-side timeout helps. So an `InterruptibleConnection`
interrupts its waits every 100 ms to check a condition. `connect` checks the condition too, because the pool
replaces an abandoned connection at once.
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
"""True as soon as further waiting is of no use."""

_condition: ContextVar[Condition | None] = ContextVar("doubt", default=None)


class WaitAbortedError(psycopg.OperationalError):
    """The wait for the server was aborted by its condition."""


@contextmanager
def give_up_when(condition: Condition) -> Iterator[None]:
    """Within, abort each wait of this thread on an `InterruptibleConnection` once `condition` is true."""
    token = _condition.set(condition)
    try:
        yield
    finally:
        _condition.reset(token)


def seconds(limit: float) -> Condition:
    """Return a condition that is true after `limit` seconds."""
    end = monotonic() + limit
    return lambda: monotonic() > end


class InterruptibleConnection(psycopg.Connection[Any]):
    """A connection whose waits can be aborted, including the wait for the connection itself."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """Connect as psycopg does; raise `WaitAbortedError` once the condition is true."""
        _raise_if_given_up()  # the lookup of the host's name alone may take long
        return super().connect(*args, **kwargs)

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        # Not public, but `connect_timeout` counts whole seconds from 2 up, too long for a request.
        return _interruptible(super()._connect_gen(*args, **kwargs))

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait as psycopg does; once the condition is true, close the connection.

        Raises `WaitAbortedError` then.
        """
        try:
            return super().wait(_interruptible(gen), *args, **kwargs)
        except WaitAbortedError:
            self.pgconn.finish()  # else the rollback that follows would wait as long
            raise


def _interruptible(waiting: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Wrap psycopg's waiting generator: check the condition whenever a poll interval passes without data."""
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
