"""A pool of warm processes beside the worker process, so that a crash in a chart ends only its run.

The executors of the standard library and of loky break as a whole when one process dies, and cannot end a
call that does not return; Pebble breaks when an idle process dies (docs/decisions/0006-process-pool.md). Here
each process has a thread that sends it calls and starts the next process when it has died.

Processes are spawned, not forked: they inherit no thread, no lock and no connection. They end with their
parent process, however that ended: on Linux the kernel kills them. Elsewhere a thread in each of them waits
for the parent's end; where compiled code blocks that thread, the alarm signal of each call ends it.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import logging
import math
import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import connection as connections
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

import psutil

from services.errors import DemetraError
from services.executors.base import CallCancelledError, Executor, WorkerCrashError, results_of

log = logging.getLogger("demetra.pool")

P = ParamSpec("P")
T = TypeVar("T")
WarmUp = Callable[[], None]

ALARM_SECONDS = 24 * 3600  # the longest call without a deadline
ALARM_MARGIN_SECONDS = 60  # beyond the deadline of a call, at which the parent kills its process
MOST_GROWTH_BYTES = 512 * 2**20  # of a process's memory, after which it is replaced
STOP_SECONDS = 5.0

_BEGUN = b"begun"
_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
_SPAWN = get_context("spawn")
_SPAWNING = threading.Lock()  # multiprocessing's list of children has no lock


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, packed for its process, and its future."""

    message: bytes
    future: Future[Any] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Answer:
    """The outcome of a call: its result or its exception.

    `is_large`: whether its process has grown too large; `has_begun`: False if the call can be sent again.
    """

    is_result: bool
    value: Any
    is_large: bool = False
    has_begun: bool = True

    def fulfil(self, future: Future[Any]) -> None:
        """Set the outcome of the future."""
        if self.is_result:
            future.set_result(self.value)
        else:
            future.set_exception(self.value)


class ProcessPool(Executor):
    """A pool of processes on this machine; each computes one call at a time, with one numerical thread."""

    def __init__(self, number: int, warm_up: WarmUp | None = None, *, starts_at_once: bool = True) -> None:
        """Prepare `number` processes; each calls `warm_up` before its first call.

        `starts_at_once`: whether the processes start now, or with `start`.
        """
        self._queue = _Queue()
        self._workers = [_Worker(self._queue, warm_up) for _ in range(number)]
        # Runs before multiprocessing's own handler, which would wait for ever: the processes ignore SIGTERM.
        atexit.register(self.close)
        if starts_at_once:
            self.start()

    def start(self) -> None:
        """Start the processes in the background, unless that was done before."""
        with self._queue.changed:
            for worker in self._workers:
                worker.start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call, see `Executor.submit`."""
        self.start()
        work = self._alarm_seconds(), function, results_of(args), kwargs
        call = _Call(pickle.dumps(work, pickle.HIGHEST_PROTOCOL))
        with self._queue.changed:
            self._check_deadline()
            self._queue.put(call)
        return call.future

    def cancel_all(self, reason: Callable[[], DemetraError] = CallCancelledError) -> None:
        """Cancel queued calls, and kill and replace the processes that compute one."""
        with self._queue.changed:
            calls = self._queue.take_all()
            calls += [call for worker in self._workers if (call := worker.drop()) is not None]
        for call in calls:
            call.future.set_exception(reason())

    def close(self) -> None:
        """Kill all processes; unfinished calls fail."""
        atexit.unregister(self.close)
        self._queue.close()
        self.cancel_all()
        for worker in self._workers:
            worker.stop()

    def pids(self) -> list[int]:
        """Return the ids of the processes, for monitoring."""
        with self._queue.changed:
            return [pid for worker in self._workers if (pid := worker.pid) is not None]

    def _alarm_seconds(self) -> int:
        if self._deadline is None:
            return ALARM_SECONDS
        return math.ceil(self._deadline.left()) + ALARM_MARGIN_SECONDS


class _Queue:
    """The calls that wait for a process. `changed` is the lock of the pool; all fields are used under it."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.is_closed = False
        self._calls: deque[_Call] = deque()

    def put(self, call: _Call) -> None:
        """Append a call; cancel it if the queue is closed."""
        if self.is_closed:
            call.future.set_exception(CallCancelledError())
            return
        self._calls.append(call)
        self.changed.notify()

    def take(self) -> _Call | None:
        """Wait for a call and return it; None once the queue is closed."""
        while not self.is_closed:
            while self._calls:
                call = self._calls.popleft()
                if call.future.set_running_or_notify_cancel():
                    return call
            self.changed.wait()
        return None

    def take_all(self) -> list[_Call]:
        """Return all waiting calls."""
        calls = [call for call in self._calls if call.future.set_running_or_notify_cancel()]
        self._calls.clear()
        return calls

    def close(self) -> None:
        """Accept no more calls."""
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()


class _Worker:
    """One process of the pool, and the thread that sends it calls and waits for their results.

    The lock of the pool guards the fields. Only the thread starts and reaps processes.
    """

    def __init__(self, calls: _Queue, warm_up: WarmUp | None) -> None:
        self._calls = calls
        self._warm_up = warm_up
        self._call: _Call | None = None  # the call that the process computes; None once it is cancelled
        self._process: Any = None
        self._pipe: Connection | None = None
        self._thread = threading.Thread(target=self._serve, name="pool worker", daemon=True)

    def start(self) -> None:
        """Start the thread, which starts the process."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def pid(self) -> int | None:
        """The id of the process, or None."""
        return None if self._process is None else self._process.pid

    def drop(self) -> _Call | None:
        """Kill the process if it computes a call; return that call."""
        call, self._call = self._call, None
        if call is not None:
            self._kill()
        return call

    def stop(self) -> None:
        """Kill the process and wait for the thread; the queue is closed."""
        with self._calls.changed:
            self._kill()
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _serve(self) -> None:
        while not self._calls.is_closed:
            try:
                self._start()
            except OSError as error:  # out of memory or file handles; the next call tries again
                log.warning("a pool process cannot be started: %s", error)
            with self._calls.changed:
                self._call = call = self._calls.take()
            if call is not None:
                self._do(call)
        with self._calls.changed:
            self._kill()
        self._reap()

    def _do(self, call: _Call) -> None:
        answer = self._answer_to(call)
        if not answer.has_begun and self._call is call:  # the process died idle, or could not start
            answer = self._answer_to(call)
        if answer.is_large:
            self._reap()
        with self._calls.changed:
            is_cancelled, self._call = self._call is None, None
        if not is_cancelled:
            answer.fulfil(call.future)

    def _answer_to(self, call: _Call) -> _Answer:
        """Return the outcome of a call; a crash if its process dies."""
        has_begun = False
        try:
            self._start()
            with self._calls.changed:
                pipe = self._pipe if self._call is call else None
            if pipe is None:
                return _Answer(False, CallCancelledError())
            pipe.send_bytes(call.message)
            has_begun = pipe.recv_bytes() == _BEGUN
            return _unpacked(pipe.recv_bytes())
        except (EOFError, OSError) as error:
            return _Answer(False, WorkerCrashError(reason=self._reap() or error), has_begun=has_begun)
        except Exception as error:  # noqa: BLE001 - such as no memory for a result; this thread must go on
            self._reap()
            return _Answer(False, error)

    def _start(self) -> None:
        """Make sure that the process is alive."""
        if self._process is not None:
            with _SPAWNING:
                if self._process.is_alive():
                    return
            self._reap()
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(there, self._warm_up), name="demetra pool", daemon=True)
        with _SPAWNING:
            process.start()
        there.close()
        with self._calls.changed:
            self._process, self._pipe = process, here

    def _reap(self) -> str:
        """Remove the process, dead or alive; return how it ended, or an empty text if there is none."""
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return ""
        pipe.close()
        if not connections.wait([process.sentinel], STOP_SECONDS):
            process.kill()
            connections.wait([process.sentinel])
        with self._calls.changed, _SPAWNING:
            process.join()
            ended = _ending(process.exitcode)
            process.close()
            self._process = self._pipe = None
        return ended


def _ending(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        with suppress(ValueError):
            return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _unpacked(packed: bytes) -> _Answer:
    try:
        answer: _Answer = pickle.loads(packed)  # noqa: S301 - from our own process
    except Exception as error:  # noqa: BLE001 - results of foreign classes may refuse to be unpickled
        return _Answer(False, error)
    return answer


def _work(pipe: Connection, warm_up: WarmUp | None) -> None:
    """Compute calls until the pipe closes: the main function of a pool process."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the parent, which then ends this process
        signal.signal(number, signal.SIG_IGN)
    _end_with_parent()
    if warm_up is not None:
        warm_up()
    _use_one_thread()
    gc.collect()
    gc.freeze()  # what is loaded now stays, so the garbage collector need not scan it
    most = psutil.Process().memory_info().rss + MOST_GROWTH_BYTES
    with suppress(EOFError, OSError):
        while True:
            message = pipe.recv_bytes()
            pipe.send_bytes(_BEGUN)
            answer = _packed(_answer(message, most))
            _set_alarm(0)
            pipe.send_bytes(answer)


def _answer(message: bytes, most_bytes: int) -> _Answer:
    try:
        alarm_seconds, function, args, kwargs = pickle.loads(message)  # noqa: S301 - from our own process
        _set_alarm(alarm_seconds)
        value, is_result = function(*args, **kwargs), True
    except Exception as error:  # noqa: BLE001 - the caller's future passes it on
        error.add_note("in a pool process:\n" + traceback.format_exc())
        value, is_result = error, False
    return _Answer(is_result, value, is_large=psutil.Process().memory_info().rss > most_bytes)


def _packed(answer: _Answer) -> bytes:
    try:
        packed = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        if not answer.is_result:
            pickle.loads(packed)  # noqa: S301 - exceptions may pack well and then refuse to unpack
    except Exception:  # noqa: BLE001 - foreign classes may raise anything when they are pickled
        text = f"{type(answer.value).__name__}: {answer.value}\n{traceback.format_exc()}"
        return pickle.dumps(_Answer(False, RuntimeError(text), answer.is_large), pickle.HIGHEST_PROTOCOL)
    return packed


def _use_one_thread() -> None:
    """Limit numerical libraries to one thread: the processes of the pool share the cores already."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)


def _end_with_parent() -> None:
    """Have this process end when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_exit_after_parent, name="parent", daemon=True).start()


def _exit_after_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connections.wait([parent.sentinel])
    os._exit(1)


def _set_alarm(seconds: int) -> None:
    """Make the system end this process after `seconds`, whatever it does then (0: cancel the alarm)."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
