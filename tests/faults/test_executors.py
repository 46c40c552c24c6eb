"""A pool of processes: what happens to one call never happens to the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import repeat
from pathlib import Path
from time import monotonic
from typing import Any

import psutil
import pytest

from services.errors import ChartError
from services.executors.base import (
    CallCancelledError,
    Deadline,
    DeadlineExceededError,
    InlineExecutor,
    WorkerCrashError,
)
from services.executors.process_pool import MOST_GROWTH_BYTES, ProcessPool
from tests.faults import tasks
from tests.processes.waiting import TIMEOUT_SECONDS, until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPool]:
    executor = ProcessPool(2)
    yield executor
    executor.close()


@pytest.fixture(params=["processes", "alone"])
def executor(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("processes") if request.param == "processes" else InlineExecutor()


def _result(future: Future[Any]) -> Any:
    return future.result(TIMEOUT_SECONDS)


def test_calls_give_what_the_function_gives(executor: Any) -> None:
    assert [_result(f) for f in [executor.submit(tasks.double, n) for n in range(20)]] == list(
        range(0, 40, 2)
    )


def test_calls_of_a_map_are_in_the_order_of_their_items(executor: Any) -> None:
    assert list(map(_result, executor.map(max, range(9), repeat(4)))) == [4, 4, 4, 4, 4, 5, 6, 7, 8]


def test_a_future_among_the_arguments_stands_for_its_result(executor: Any) -> None:
    first = executor.submit(tasks.double, 4)

    assert _result(executor.submit(tasks.double, first)) == 16
    assert executor.fetch(first, "real") == 8


def test_what_a_call_raises_arrives_with_its_words_in_both_languages(executor: Any) -> None:
    with pytest.raises(ChartError) as caught:
        _result(executor.submit(tasks.fail))

    assert "it is green" in caught.value.text.en
    assert "он зелёный" in caught.value.text.ru


def test_an_exception_from_another_process_says_where_it_was_raised(processes: ProcessPool) -> None:
    with pytest.raises(ChartError) as caught:
        _result(processes.submit(tasks.fail))

    assert "tasks.py" in "".join(caught.value.__notes__)


def test_an_exception_that_cannot_travel_is_told_in_words(processes: ProcessPool) -> None:
    with pytest.raises(RuntimeError, match="AwkwardError: just so"):
        _result(processes.submit(tasks.fail_awkwardly))


def test_a_result_that_cannot_travel_fails_only_its_own_call(processes: ProcessPool) -> None:
    with pytest.raises(RuntimeError, match="lambda"):
        _result(processes.submit(tasks.return_a_function))
    with pytest.raises(ValueError, match="never again"):
        _result(processes.submit(tasks.Unreturnable))

    assert [_result(processes.submit(tasks.double, n)) for n in range(4)] == [0, 2, 4, 6]


@pytest.mark.parametrize(("function", "reason"), [(tasks.crash, "SIGSEGV"), (tasks.leave, "exit code 0")])
def test_a_process_that_dies_ends_only_its_own_call(
    processes: ProcessPool, function: Callable[..., Any], reason: str
) -> None:
    other = processes.submit(tasks.double_slowly, 4)

    with pytest.raises(WorkerCrashError, match=reason):
        _result(processes.submit(function))

    assert _result(other) == 8
    assert [_result(processes.submit(tasks.double, n)) for n in range(4)] == [0, 2, 4, 6]


def test_a_process_that_died_while_idle_is_replaced_before_anybody_notices(processes: ProcessPool) -> None:
    _result(processes.submit(tasks.double, 1))
    victims = processes.pids()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
        until(partial(_is_dead, pid))

    assert [_result(processes.submit(tasks.double, n)) for n in range(4)] == [0, 2, 4, 6]
    assert not set(victims) & set(processes.pids())


def test_a_call_is_sent_again_when_its_process_died_before_it_began(processes: ProcessPool) -> None:
    for _ in range(10):
        _result(processes.submit(tasks.double_slowly, 1))
        for pid in processes.pids():
            os.kill(pid, signal.SIGKILL)

        assert [_result(one) for one in processes.map(tasks.double, range(4))] == [0, 2, 4, 6]


def test_a_process_that_cannot_warm_up_fails_the_calls() -> None:
    executor = ProcessPool(1, tasks.leave)

    with pytest.raises(WorkerCrashError, match="exit code 0"):
        _result(executor.submit(tasks.double, 1))
    executor.close()


def test_a_call_that_never_ends_is_ended_at_the_deadline(processes: ProcessPool) -> None:
    begun = monotonic()

    with processes.until(Deadline.after(0.5)):
        with pytest.raises(DeadlineExceededError, match=r"0\.5 s"):
            processes.submit(tasks.loop).result()
        assert monotonic() - begun < TIMEOUT_SECONDS
        with pytest.raises(DeadlineExceededError):
            processes.submit(tasks.double, 3)

    assert _result(processes.submit(tasks.double, 3)) == 6


def test_the_deadline_of_a_run_that_has_ended_cancels_nothing(processes: ProcessPool) -> None:
    with processes.until(Deadline.after(0.3)):
        call = processes.submit(tasks.double_slowly, 4, 0.8)

    assert _result(call) == 8


@pytest.mark.parametrize("function", [tasks.loop, tasks.loop_in_compiled_code])
def test_what_is_dropped_fails_and_what_comes_after_does_not(
    processes: ProcessPool, function: Callable[..., Any]
) -> None:
    calls = [processes.submit(function) for _ in range(5)]
    until(lambda: sum(call.running() for call in calls) == 2)

    processes.cancel_all()

    for call in calls:
        with pytest.raises(CallCancelledError):
            _result(call)
    assert _result(processes.submit(tasks.double, 3)) == 6


def test_a_call_cancelled_in_time_is_never_done(processes: ProcessPool) -> None:
    busy = [processes.submit(tasks.loop) for _ in range(2)]
    until(lambda: all(call.running() for call in busy))
    waiting = processes.submit(tasks.double, 1)

    assert waiting.cancel()
    processes.cancel_all()
    assert _result(processes.submit(tasks.double, 3)) == 6


def test_a_process_that_has_grown_too_large_is_replaced() -> None:
    executor = ProcessPool(1)
    small = _result(executor.submit(tasks.pid))

    large = _result(executor.submit(tasks.grow, MOST_GROWTH_BYTES // 2**20 + 50))

    assert large == small
    assert _result(executor.submit(tasks.pid)) != small
    executor.close()


def test_a_pool_can_be_started_later_and_closed_without_a_start() -> None:
    executor = ProcessPool(2, starts_at_once=False)
    assert executor.pids() == []

    executor.start()
    until(lambda: len(executor.pids()) == 2)
    pids = executor.pids()
    executor.start()
    assert _result(executor.submit(tasks.pid)) in pids
    executor.close()

    never_started = ProcessPool(2, starts_at_once=False)
    never_started.close()
    with pytest.raises(CallCancelledError):
        _result(never_started.submit(tasks.pid))
    assert never_started.pids() == []


def test_a_closed_pool_leaves_no_process_and_no_call_behind() -> None:
    executor = ProcessPool(2)
    calls = [executor.submit(tasks.loop) for _ in range(3)]
    until(lambda: len(executor.pids()) == 2)
    pids = executor.pids()

    executor.close()

    assert all(_is_dead(pid) for pid in pids)
    for call in [*calls, executor.submit(tasks.double, 1)]:
        with pytest.raises(CallCancelledError):
            _result(call)


@pytest.mark.parametrize(
    "function",
    [
        "loop",
        pytest.param(
            "loop_in_compiled_code",  # it holds the interpreter's lock
            marks=pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the alarm ends it, later"),
        ),
    ],
)
def test_processes_end_with_the_one_that_started_them_however_it_ended(function: str) -> None:
    code = (
        "import sys, time; from services.executors.process_pool import ProcessPool\n"
        "from tests.faults import tasks\n"
        "executor = ProcessPool(2); executor.submit(tasks.double, 1).result(); "
        f"executor.submit(tasks.{function}); time.sleep(0.5)\n"
        "print(*executor.pids(), flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2

    parent.kill()
    parent.wait()
    assert parent.stdin is not None
    parent.stdin.close()
    parent.stdout.close()  # not read to its end, which would wait for the processes

    until(lambda: all(_is_dead(pid) for pid in pids))


def test_a_process_that_leaves_its_pool_open_can_end_all_the_same() -> None:
    code = "from services.executors.process_pool import ProcessPool; from tests.faults import tasks\n"
    code += "print(ProcessPool(2).submit(tasks.double, 21).result())"

    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )

    assert (ended.stdout.strip(), ended.returncode) == ("42", 0), ended.stderr


def _is_dead(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True
