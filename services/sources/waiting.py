"""Calls that may hang: drivers and libraries that keep no deadline of ours."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

from services.sources.failures import SourceOverdueError

if TYPE_CHECKING:
    from services.executors.base import Deadline

T = TypeVar("T")
_SPARE_SECONDS = 0.5  # in which limits of the other side come first: they leave nothing behind


def within(deadline: Deadline, work: Callable[[Event], T]) -> T:
    """Return what `work` returns, or raise what it raises; raise `SourceOverdueError` at the deadline.

    The work is then left behind, and its event is set, which it should look at now and then.
    """
    result: Future[T] = Future()
    stop = Event()

    def run() -> None:
        try:
            result.set_result(work(stop))
        except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
            result.set_exception(error)

    Thread(target=run, daemon=True, name="source call").start()
    try:
        return result.result(timeout=deadline.left() + _SPARE_SECONDS)
    except TimeoutError:
        raise SourceOverdueError(seconds=f"{deadline.seconds:g}") from None
    finally:
        stop.set()
