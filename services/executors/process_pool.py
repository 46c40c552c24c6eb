"""A pool of warm processes beside the worker process, so that a crash in a chart ends only its run.

The executors of the standard library break as a whole when one process dies, and cannot end a call that does
not return. Here each process has a thread that sends it calls, kills it when needed, and starts the next one.

Processes are spawned, not forked: they inherit no thread, no lock and no connection. They end with their
parent process, however that ended. A thread in each of them waits for the parent's end; where compiled code
blocks that thread, the alarm signal of each call ends it.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection as connections
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

import psutil

from services.executors.base import CallCancelledError, Executor, WorkerCrashError

log = logging.getLogger("demetra.pool")

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_CALL_SECONDS = 24 * 3600
MOST_GROWTH_BYTES = 512 * 2**20  # of a process's memory, after which it is replaced
STOP_SECONDS = 5.0

_SPAWN = get_context("spawn")
_SPAWNING = threading.Lock()  # multiprocessing's list of children has no lock


class ProcessPool(Executor):
    """A pool of processes on this machine; each computes one call at a time, with one numerical thread."""

    def __init__(
        self,
        number: int,
        warm_up: Callable[[], None] | None = None,
        longest_call_seconds: int = LONGEST_CALL_SECONDS,
        *,
        starts_at_once: bool = True,
    ) -> None:
        """Prepare `number` processes; each calls `warm_up` before its first call.

        `longest_call_seconds`: after so long a process ends by itself, even if its parent is gone.
        `starts_at_once`: whether the processes start now, or with `start`.
        """
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._is_closed = False
        config = _WorkerConfig(warm_up, longest_call_seconds)
        self._members = [_Worker(self._calls, config) for _ in range(number)]
        self._starting = threading.Lock()
        # Runs before multiprocessing's own handler, which would wait for ever: the processes ignore SIGTERM.
        atexit.register(self.close)
        if starts_at_once:
            self.start()

    def start(self) -> None:
        """Start the processes in the background, unless that was done before."""
        with self._starting:
            for member in self._members:
                member.start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of the call, see `Executor.submit`."""
        self.start()
        future: Future[T] = Future()
        self._calls.put(_Call(future, pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)))
        if self._is_closed:  # no thread takes calls any more
            self._cancel_waiting()
        return future

    def cancel_all(self) -> None:
        """Cancel queued calls, and kill and replace the processes that compute one."""
        self._cancel_waiting()
        for member in self._members:
            member.cancel_all()

    def close(self) -> None:
        """Kill all processes; unfinished calls fail."""
        atexit.unregister(self.close)
        self._is_closed = True
        self._cancel_waiting()
        for member in self._members:
            member.leave()
        for _ in self._members:
            self._calls.put(None)
        for member in self._members:
            member.join()

    def pids(self) -> list[int]:
        """Return the ids of the processes, for monitoring."""
        return [pid for member in self._members if (pid := member.pid) is not None]

    def _cancel_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                call = self._calls.get_nowait()
                if call is not None and call.future.set_running_or_notify_cancel():
                    call.future.set_exception(CallCancelledError())


@dataclass(frozen=True, slots=True)
class _Call:
    future: Future[Any]
    message: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    """The outcome of a call: its result or its exception; and whether its process has grown too large."""

    is_result: bool
    value: Any
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class _WorkerConfig:
    """The warm-up of a process, and the time limit of its calls."""

    warm_up: Callable[[], None] | None
    longest_call_seconds: int


class _Worker:
    """One process of the pool, and the thread that sends it calls and waits for their results."""

    def __init__(self, calls: queue.SimpleQueue[_Call | None], config: _WorkerConfig) -> None:
        self._calls = calls
        self._config = config
        self._lock = threading.Lock()  # guards the fields that `cancel_all` and `leave` read
        self._process: Any = None
        self._pipe: Connection | None = None
        self._is_busy = self._is_dropped = self._is_leaving = False
        self._thread = threading.Thread(target=self._serve, name="pool worker", daemon=True)

    def start(self) -> None:
        """Start the thread, which starts the process."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def pid(self) -> int | None:
        """The id of the process, or None."""
        with self._lock:
            return None if self._process is None else self._process.pid

    def cancel_all(self) -> None:
        """Kill the process if it computes a call."""
        with self._lock:
            if self._is_busy and self._process is not None:
                self._is_dropped = True
                self._process.kill()

    def leave(self) -> None:
        """Kill the process and do not start another one."""
        with self._lock:
            self._is_leaving = True
            if self._process is not None:
                self._process.kill()

    def join(self) -> None:
        """Wait for the thread, which ends after `leave` and one more entry in the queue."""
        if self._thread.ident is not None:
            self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        while not self._is_leaving:
            try:
                self._start()
            except OSError as error:  # out of memory or file handles; the next call tries again
                log.warning("a pool process cannot be started: %s", error)
            call = self._calls.get()
            if call is not None and call.future.set_running_or_notify_cancel():
                self._do(call)
        self._reap()

    def _do(self, call: _Call) -> None:
        try:
            self._start()  # the process may have died while it was idle
        except OSError as error:
            call.future.set_exception(WorkerCrashError(reason=error.strerror or error))
            return
        with self._lock:
            self._is_busy = True
        answer = self._answer_to(call.message)
        with self._lock:
            was_dropped = self._is_dropped or self._is_leaving
            self._is_busy = self._is_dropped = False
        if answer is None:
            ending = self._reap()
            answer = _Answer(False, CallCancelledError() if was_dropped else WorkerCrashError(reason=ending))
        elif answer.is_large:
            self._reap()
        _fulfil(call.future, answer)

    def _answer_to(self, message: bytes) -> _Answer | None:
        """Return the outcome of a call; None if the process has died."""
        if self._pipe is None:
            return None
        try:
            self._pipe.send_bytes(message)
            answer: _Answer = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError):
            return None
        return answer

    def _start(self) -> None:
        """Make sure that the process is alive, unless the pool is closing."""
        if self._process is not None:
            with _SPAWNING:
                if self._process.is_alive():
                    return
            self._reap()
        here, there = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(there, self._config), name="demetra pool", daemon=True)
        with self._lock, _SPAWNING:
            if not self._is_leaving:
                process.start()
                self._process, self._pipe = process, here
        there.close()

    def _reap(self) -> str:
        """Remove the process, dead or alive; return how it ended."""
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return ""
        pipe.close()
        if not connections.wait([process.sentinel], STOP_SECONDS):
            process.kill()
            connections.wait([process.sentinel])
        with self._lock, _SPAWNING:
            process.join()
            ended = _ending(process.exitcode)
            process.close()
            self._process = self._pipe = None
        return ended


def _fulfil(future: Future[Any], answer: _Answer) -> None:
    if answer.is_result:
        future.set_result(answer.value)
    else:
        future.set_exception(answer.value)


def _ending(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        with suppress(ValueError):
            return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"


def _work(pipe: Connection, config: _WorkerConfig) -> None:
    """Compute calls until the pipe closes: the main function of a pool process."""
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the parent, which then ends this process
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, name="parent", daemon=True).start()
    if config.warm_up is not None:
        config.warm_up()
    _use_one_thread()
    gc.collect()
    gc.freeze()  # what is loaded now stays, so the garbage collector need not scan it
    most = psutil.Process().memory_info().rss + MOST_GROWTH_BYTES
    with suppress(EOFError, OSError):
        while True:
            message = pipe.recv_bytes()
            _set_alarm(config.longest_call_seconds)
            answer = _packed(_answer(message, most))
            _set_alarm(0)
            pipe.send_bytes(answer)


def _answer(message: bytes, most_bytes: int) -> _Answer:
    try:
        function, args, kwargs = pickle.loads(message)  # noqa: S301 - from our own process
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


def _leave_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connections.wait([parent.sentinel])
    os._exit(1)


def _set_alarm(seconds: int) -> None:
    """Make the system end this process after `seconds`, whatever it does then (0: cancel the alarm)."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
