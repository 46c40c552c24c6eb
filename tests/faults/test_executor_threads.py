"""Threads of an executor end their work, or go on, whatever happens in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import sleep
from typing import Any

import pytest

from services.errors import DemetraError
from services.executors import process_pool
from services.executors.base import CallCancelledError, Deadline, Executor
from services.executors.process_pool import ProcessPool


class _SlowToCancel(Executor):
    """An executor that takes some time to cancel, like one that closes a connection."""

    def __init__(self) -> None:
        self.cancelled: list[DemetraError] = []

    def submit(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def cancel_all(self, reason: Callable[[], DemetraError] = CallCancelledError) -> None:
        sleep(0.3)
        self.cancelled.append(reason())

    def close(self) -> None:
        pass


def test_an_overdue_run_cancels_nothing_after_its_end() -> None:
    """Calls of the next run, which may begin at once, would be cancelled for the deadline of this one."""
    executor = _SlowToCancel()
    with executor.until(Deadline.after(0.01)):
        sleep(0.1)
    assert [error.code for error in executor.cancelled] == ["compute_overdue"]


def test_a_result_for_which_there_is_no_memory_fails_only_its_own_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unpacked, failures = process_pool._unpacked, [MemoryError()]

    def fails_once(packed: bytes) -> Any:
        if failures:
            raise failures.pop()
        return unpacked(packed)

    monkeypatch.setattr(process_pool, "_unpacked", fails_once)
    pool = ProcessPool(1)
    try:
        first, second = pool.submit(os.getpid), pool.submit(os.getpid)
        with pytest.raises(MemoryError):
            first.result(60)
        assert second.result(60) == pool.pids()[0]
    finally:
        pool.close()
