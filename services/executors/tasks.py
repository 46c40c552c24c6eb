"""Heavy work in pieces: functions of modules with plain arguments, computed here or by a crew.

What a crew has computed may stay where it is. A handle stands for it, and may be an argument of
further work: so a cluster need not send large results to and fro.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from services.executors.base import Shift

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Handle(Protocol[T_co]):
    """Something that is being computed."""

    def result(self) -> T_co:
        """Return it once it is there; raise what the computing raised."""


class Executor(Protocol):
    """Computes what it is given, at once or later."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Handle[T]:
        """Have `function(*arguments)` computed; handles among the arguments stand for their results."""

    def fetch(self, handle: Handle[Any], name: str) -> Any:
        """Return one attribute of what a handle stands for; the rest may stay where it is."""


class Kept(Future[T]):
    """A future whose result stays where it was computed, and may be an argument of calls there."""

    def part(self, name: str) -> Any:
        """Return one attribute of the result."""
        return getattr(self.result(), name)


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The handle of something that is there already."""

    value: T

    def result(self) -> T:
        """Return it."""
        return self.value


class Here:
    """Computes in this process, at once."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Handle[T]:
        """Compute `function(*arguments)`."""
        return Done(function(*(one.result() if isinstance(one, Done) else one for one in arguments)))

    def fetch(self, handle: Handle[Any], name: str) -> Any:
        """Return one attribute of a result."""
        return getattr(handle.result(), name)


HERE = Here()


@dataclass(frozen=True, slots=True)
class Awaited(Generic[T]):
    """The handle of what a crew computes, until its deadline."""

    crew: Shift
    future: Future[T]

    def result(self) -> T:
        """Return it; raises as `Shift.result` does."""
        return self.crew.result(self.future)


@dataclass(frozen=True, slots=True)
class Spread:
    """Has a crew compute."""

    crew: Shift

    def submit(self, function: Callable[..., T], *arguments: Any) -> Handle[T]:
        """Have `function(*arguments)` computed."""
        return Awaited(self.crew, self.crew.submit(function, *map(_argument, arguments)))

    def fetch(self, handle: Handle[Any], name: str) -> Any:
        """Return one attribute of a result."""
        if isinstance(handle, Awaited) and isinstance(handle.future, Kept):
            self.crew.wait(handle.future)
            return handle.future.part(name)
        return getattr(handle.result(), name)


def _argument(one: Any) -> Any:
    if isinstance(one, Awaited):
        return one.future if isinstance(one.future, Kept) else one.result()
    return one
