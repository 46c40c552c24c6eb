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
    """The process that computed a call has died."""

    code = "compute_crashed"
    words = Text(
        en="The process that computed this ended abruptly ({reason}). The last good charts stay; sync again.",
        ru="Вычислявший это процесс внезапно завершился ({reason}). Прежние графики остаются;"
        " обновите ещё раз.",
    )


class CallCancelledError(DemetraError):
    """The call was cancelled before its end."""

    code = "compute_dropped"
    words = Text(en="The computing was stopped before its end.", ru="Вычисление остановлено до конца.")


class DeadlineExceededError(DemetraError):
    """A call has not finished by its deadline."""

    code = "compute_overdue"
    words = Text(
        en="The computing took longer than SYNC_DEADLINE_SECONDS allows ({seconds} s) and was stopped."
        " The last good charts stay; if there is simply more to compute now, allow more.",
        ru="Вычисление не уложилось в SYNC_DEADLINE_SECONDS ({seconds} с) и остановлено."
        " Прежние графики остаются; если данных просто стало больше, увеличьте этот срок.",
    )


@dataclass(frozen=True, slots=True)
class ExecutorWarning:
    """What did not work although the calls succeeded: a code and a sentence for people."""

    code: str
    text: Text


class Executor(Protocol):
    """Computes calls of picklable functions."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call; it fails with what the call raises.

        It fails with `WorkerCrashError` when its process dies, and with `CallCancelledError` when it is
        cancelled.
        """
        ...

    def start(self) -> None:
        """Start in the background what the first call needs, if that is not done yet."""
        return

    def local(self) -> Executor:
        """Return the executor on this machine, whose calls can read its files; by default this executor."""
        return self

    def warning(self) -> ExecutorWarning | None:
        """Return what did not work since the last call of `warning`, or None."""
        return None

    def cancel_all(self) -> None:
        """Cancel all calls at once, running ones included; new calls may follow."""
        ...

    def close(self) -> None:
        """Cancel all calls and end all processes, threads and connections of this executor."""
        ...


@dataclass(frozen=True, slots=True)
class DeadlineExecutor:
    """An executor with a deadline, at which all calls are cancelled.

    `seconds`: the duration, for messages; `end`: the deadline on the monotonic clock.
    """

    executor: Executor
    seconds: float
    end: float

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call, see `Executor.submit`."""
        return self.executor.submit(function, *args, **kwargs)

    def result(self, future: Future[T]) -> T:
        """Return the result once it exists; raises `DeadlineExceededError` at the deadline."""
        self.wait(future)
        return future.result()

    def wait(self, future: Future[Any]) -> None:
        """Return once the call is done; raises `DeadlineExceededError` at the deadline."""
        if not wait([future], timeout=max(0.0, self.end - monotonic())).done:
            self.executor.cancel_all()
            raise DeadlineExceededError(seconds=f"{self.seconds:g}")

    def local(self) -> DeadlineExecutor:
        """Return the executor on this machine, with the same deadline."""
        return DeadlineExecutor(self.executor.local(), self.seconds, self.end)

    def do(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the result of the call; raises what the call raises, and like `result`."""
        return self.result(self.submit(function, *args, **kwargs))


def with_deadline(executor: Executor, seconds: float) -> DeadlineExecutor:
    """Return `executor` with a deadline `seconds` from now."""
    return DeadlineExecutor(executor, seconds, monotonic() + seconds)


class InlineExecutor(Executor):
    """Computes every call in `submit`, in this process: for a single run of a command."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the finished call."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future passes it on
            future.set_exception(error)
        return future

    def cancel_all(self) -> None:
        """Do nothing: no call outlives `submit`."""

    def close(self) -> None:
        """Do nothing: nothing was started."""
