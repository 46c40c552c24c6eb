"""Heavy work in pieces: functions of modules with plain arguments, computed here or by a crew.

What a crew has computed may stay where it is. A handle stands for it, and may be an argument of
further work: so a cluster need not send large results to and fro.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from services.executors.base import DeadlineExecutor

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Task(Protocol[T_co]):
    """Something that is being computed."""

    def result(self) -> T_co:
        """Return it once it is there; raise what the computing raised."""


class Runner(Protocol):
    """Computes what it is given, at once or later."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Task[T]:
        """Have `function(*arguments)` computed; handles among the arguments stand for their results."""

    def fetch(self, task: Task[Any], name: str) -> Any:
        """Return one attribute of what a handle stands for; the rest may stay where it is."""


class RemoteFuture(Future[T]):
    """A future whose result stays where it was computed, and may be an argument of calls there."""

    def part(self, name: str) -> Any:
        """Return one attribute of the result."""
        return getattr(self.result(), name)


@dataclass(frozen=True, slots=True)
class FinishedTask(Generic[T]):
    """The handle of something that is there already."""

    value: T

    def result(self) -> T:
        """Return it."""
        return self.value


class LocalRunner:
    """Computes in this process, at once."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Task[T]:
        """Compute `function(*arguments)`."""
        return FinishedTask(
            function(*(one.result() if isinstance(one, FinishedTask) else one for one in arguments))
        )

    def fetch(self, task: Task[Any], name: str) -> Any:
        """Return one attribute of a result."""
        return getattr(task.result(), name)


LOCAL = LocalRunner()


@dataclass(frozen=True, slots=True)
class PendingTask(Generic[T]):
    """The handle of what a crew computes, until its deadline."""

    executor: DeadlineExecutor
    future: Future[T]

    def result(self) -> T:
        """Return it; raises as `DeadlineExecutor.result` does."""
        return self.executor.result(self.future)


@dataclass(frozen=True, slots=True)
class PoolRunner:
    """Has a crew compute."""

    executor: DeadlineExecutor

    def submit(self, function: Callable[..., T], *arguments: Any) -> Task[T]:
        """Have `function(*arguments)` computed."""
        return PendingTask(self.executor, self.executor.submit(function, *map(_argument, arguments)))

    def fetch(self, task: Task[Any], name: str) -> Any:
        """Return one attribute of a result."""
        if isinstance(task, PendingTask) and isinstance(task.future, RemoteFuture):
            self.executor.wait(task.future)
            return task.future.part(name)
        return getattr(task.result(), name)


def _argument(one: Any) -> Any:
    if isinstance(one, PendingTask):
        return one.future if isinstance(one.future, RemoteFuture) else one.result()
    return one
