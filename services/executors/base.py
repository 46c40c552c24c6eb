"""The `Executor` protocol: calls of plain functions, computed in this process, in a pool or on a cluster.

An executor takes picklable calls and returns futures, like those of `concurrent.futures`, and can cancel all
of them. See `process_pool` and `dask_cluster`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from time import monotonic
from typing import Any, ParamSpec, Protocol, TypeVar

from services.errors import DemetraError
from services.text import Text

P = ParamSpec("P")
T = TypeVar("T")


class WorkerCrashError(DemetraError):
    """The process that worked on a call is dead."""

    code = "compute_crashed"
    words = Text(
        en="The process that computed this ended abruptly ({reason}). The last good charts stay; sync again.",
        ru="Вычислявший это процесс внезапно завершился ({reason}). Прежние графики остаются;"
        " обновите ещё раз.",
    )


class CallCancelledError(DemetraError):
    """The call was dropped before it was done."""

    code = "compute_dropped"
    words = Text(en="The computing was stopped before its end.", ru="Вычисление остановлено до конца.")


class DeadlineExceededError(DemetraError):
    """A call is not done when it has to be."""

    code = "compute_overdue"
    words = Text(
        en="The computing took longer than SYNC_DEADLINE_SECONDS allows ({seconds} s) and was stopped."
        " The last good charts stay; if there is simply more to compute now, allow more.",
        ru="Вычисление не уложилось в SYNC_DEADLINE_SECONDS ({seconds} с) и остановлено."
        " Прежние графики остаются; если данных просто стало больше, увеличьте этот срок.",
    )


@dataclass(frozen=True, slots=True)
class ExecutorWarning:
    """What did not work although the calls were done: a code and a sentence for people."""

    code: str
    text: Text


class Executor(Protocol):
    """Does calls of functions that can be pickled, somewhere."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result of the call; it fails with what the call raises.

        It fails with `WorkerCrashError` when the process at work dies, and with `CallCancelledError`
        when it was dropped.
        """
        ...

    def start(self) -> None:
        """Start in the background what the first call needs, if that is not done yet."""
        return

    def local(self) -> Executor:
        """Return the crew on this machine, whose calls may read its files: itself, unless it is elsewhere."""
        return self

    def warning(self) -> ExecutorWarning | None:
        """Return what did not work since the last call of this, if anything."""
        return None

    def cancel_all(self) -> None:
        """End all calls at once, finished or not; new ones may follow."""
        ...

    def close(self) -> None:
        """End all calls and everything that was started for them."""
        ...


@dataclass(frozen=True, slots=True)
class DeadlineExecutor:
    """A crew that works until a deadline, at which everything is dropped."""

    executor: Executor
    seconds: float
    end: float

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future result of the call, see `Executor.submit`."""
        return self.executor.submit(function, *args, **kwargs)

    def result(self, future: Future[T]) -> T:
        """Return the result as soon as there is one; raises `DeadlineExceededError` at the deadline."""
        self.wait(future)
        return future.result()

    def wait(self, future: Future[Any]) -> None:
        """Return as soon as the call is done; raises `DeadlineExceededError` at the deadline."""
        if not wait([future], timeout=max(0.0, self.end - monotonic())).done:
            self.executor.cancel_all()
            raise DeadlineExceededError(seconds=f"{self.seconds:g}")

    def local(self) -> DeadlineExecutor:
        """Return the shift of the crew on this machine."""
        return DeadlineExecutor(self.executor.local(), self.seconds, self.end)

    def do(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call gives; raises what it raises, and as `result` does."""
        return self.result(self.submit(function, *args, **kwargs))


def with_deadline(executor: Executor, seconds: float) -> DeadlineExecutor:
    """Return a shift of the crew that begins now."""
    return DeadlineExecutor(executor, seconds, monotonic() + seconds)


class InlineExecutor(Executor):
    """Does every call here and now: for a single run in a process of its own."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the finished call."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it travels in the future
            future.set_exception(error)
        return future

    def cancel_all(self) -> None:
        """Do nothing: no call outlives `submit`."""

    def close(self) -> None:
        """Do nothing: nothing was started."""
