"""Heavy work in chunks: module functions with plain arguments, computed in this process or by an executor.

A result may stay where it was computed. A task represents the result, and may be an argument of further
tasks, so a cluster need not transfer large results.
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
    """A result that is being computed."""

    def result(self) -> T_co:
        """Return the result once it exists; raise what the computation raised."""


class Runner(Protocol):
    """Computes tasks, at once or later."""

    def submit(self, function: Callable[..., T], *arguments: Any) -> Task[T]:
        """Return the task of `function(*arguments)`; arguments that are tasks stand for their results."""

    def fetch(self, task: Task[Any], name: str) -> Any:
        """Return one attribute of a task's result; the rest may stay where it was computed."""


class RemoteFuture(Future[T]):
    """A future whose result stays where it was computed, and may be an argument of calls there."""

    def part(self, name: str) -> Any:
        """Return one attribute of the result."""
        return getattr(self.result(), name)


@dataclass(frozen=True, slots=True)
class FinishedTask(Generic[T]):
    """A task whose result exists already."""

    value: T

    def result(self) -> T:
        """Return the result."""
        return self.value


class LocalRunner:
    """Computes tasks in this process, in `submit`."""

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
    """A task that an executor computes, until its deadline."""

    executor: DeadlineExecutor
    future: Future[T]

    def result(self) -> T:
        """Return the result; raises as `DeadlineExecutor.result` does."""
        return self.executor.result(self.future)


@dataclass(frozen=True, slots=True)
class PoolRunner:
    """Submits tasks to an executor."""

    executor: DeadlineExecutor

    def submit(self, function: Callable[..., T], *arguments: Any) -> Task[T]:
        """Submit `function(*arguments)` to the executor."""
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
