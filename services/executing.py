"""Where heavy work is done: in this process, in a pool of processes beside it, or on a cluster.

An executor takes functions of modules and plain arguments. What it has computed may stay where it
is: a handle stands for it, and may be an argument of further work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

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
        return Done(function(*map(plain, arguments)))

    def fetch(self, handle: Handle[Any], name: str) -> Any:
        """Return one attribute of a result."""
        return getattr(handle.result(), name)


HERE = Here()


def plain(argument: Any) -> Any:
    """Return an argument, or the result that it stands for."""
    return argument.result() if isinstance(argument, Done) else argument
