"""The `Executor`: calls of plain functions, computed in this process, in a pool of processes or on a cluster.

An executor takes picklable calls, returns futures of `concurrent.futures`, and can cancel all of its calls,
also at a deadline. See `process_pool` and `dask_cluster`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from time import monotonic
from typing import Any, ParamSpec, Self, TypeVar

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
class Deadline:
    """A point in time. `seconds`: the duration, for messages; `end`: the end on the monotonic clock."""

    seconds: float
    end: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline `seconds` from now."""
        return cls(seconds, monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds until the deadline, at least zero."""
        return max(0.0, self.end - monotonic())

    def error(self) -> DeadlineExceededError:
        """Return the error of a call that has not finished by this deadline."""
        return DeadlineExceededError(seconds=f"{self.seconds:g}")


class Executor(ABC):
    """Computes calls of picklable functions, for one run at a time.

    Futures among the positional arguments of a call stand for their results, which a cluster need not
    transfer to this process.
    """

    _deadline: Deadline | None = None

    @abstractmethod
    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call; it fails with what the call raises.

        It fails with `WorkerCrashError` when its process dies, with `CallCancelledError` when it is
        cancelled, and with `DeadlineExceededError` at the deadline, see `until`.
        """

    def map(self, function: Callable[..., T], *iterables: Iterable[Any]) -> list[Future[T]]:
        """Return the futures of the calls with one item of each iterable, until the shortest one ends."""
        return [self.submit(function, *args) for args in zip(*iterables, strict=False)]

    def fetch(self, future: Future[Any], name: str) -> Any:
        """Return one attribute of the result of a future; the rest may stay where it was computed."""
        return getattr(future.result(), name)

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[None]:
        """Cancel the calls of this block at the deadline; later ones raise `DeadlineExceededError`."""
        self._deadline = deadline
        timer = Timer(deadline.left(), self.cancel_all, [deadline.error])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # one that has begun must not cancel the calls of the next run
            self._deadline = None

    @abstractmethod
    def cancel_all(self, reason: Callable[[], DemetraError] = CallCancelledError) -> None:
        """Cancel all calls at once, running ones included, so that they fail with `reason()`.

        New calls may follow.
        """

    @abstractmethod
    def close(self) -> None:
        """Cancel all calls and end all processes, threads and connections of this executor."""

    def start(self) -> None:
        """Start in the background what the first call needs, if that is not done yet."""
        return

    def local(self) -> Executor:
        """Return the executor on this machine, whose calls can read its files; by default this executor."""
        return self

    def warning(self) -> DemetraError | None:
        """Return what did not work since the last call of `warning` although the calls succeeded, or None."""
        return None

    def _check_deadline(self) -> None:
        if self._deadline is not None and not self._deadline.left():
            raise self._deadline.error()


class InlineExecutor(Executor):
    """Computes every call in `submit`, in this process: for a single run of a command."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the finished call."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*results_of(args), **kwargs))
        except Exception as error:  # noqa: BLE001 - the future passes it on
            future.set_exception(error)
        return future

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[None]:
        """Ignore the deadline: this process cannot cancel a call that it computes itself."""
        yield

    def cancel_all(self, reason: Callable[[], DemetraError] = CallCancelledError) -> None:
        """Do nothing: no call outlives `submit`."""

    def close(self) -> None:
        """Do nothing: nothing was started."""


INLINE = InlineExecutor()


def results_of(arguments: Iterable[Any]) -> list[Any]:
    """Return the arguments of a call, with the results of those that are futures."""
    return [one.result() if isinstance(one, Future) else one for one in arguments]
