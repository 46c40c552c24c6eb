"""When a child process is started again: by a clock that the test turns."""

from __future__ import annotations

import pytest

from demetra_dash.restarts import MAX_PAUSE_SECONDS, MIN_SECONDS, STEADY_SECONDS, Restarts


def live(restarts: Restarts, seconds: float, *, has_served: bool = False) -> float:
    """Start the process when it is due and let it live for `seconds`; return how long it is away then."""
    restarts.start(restarts.due)
    end = restarts.due + seconds
    restarts.end(end, has_served=has_served)
    return restarts.due - end


@pytest.mark.parametrize("seconds", [1.0, 2.5, 10.0, STEADY_SECONDS - 0.1])
def test_one_that_does_its_work_is_started_again_at_once_however_often_it_is_killed(seconds: float) -> None:
    restarts = Restarts(due=100.0)

    assert [live(restarts, seconds, has_served=True) for _ in range(12)] == 12 * [0.0]
    assert restarts.ended == 12


@pytest.mark.parametrize("seconds", [MIN_SECONDS, 2.5, 10.0, STEADY_SECONDS - 0.1])
def test_one_that_does_nothing_waits_twice_as_long_each_time_and_no_longer_than_ten_seconds(
    seconds: float,
) -> None:
    restarts = Restarts(due=0.0)

    pauses = [live(restarts, seconds) for _ in range(8)]

    assert pauses == pytest.approx([0.5, 1.5, 3.5, 7.5, 10.0, 10.0, 10.0, 10.0])
    assert MAX_PAUSE_SECONDS == 10.0


def test_work_done_ends_the_doubling() -> None:
    restarts = Restarts(due=0.0)
    for _ in range(5):
        live(restarts, 2.0)

    assert live(restarts, 2.0, has_served=True) == 0.0
    assert live(restarts, 2.0) == 0.5


def test_half_a_minute_counts_as_steady_without_any_work() -> None:
    restarts = Restarts(due=0.0)
    for _ in range(5):
        live(restarts, 2.0)

    assert live(restarts, STEADY_SECONDS) == 0.0
    assert restarts.ended == 1


def test_a_process_that_runs_steadily_is_no_longer_counted() -> None:
    restarts = Restarts(due=0.0)
    live(restarts, 2.0)
    restarts.start(restarts.due)

    restarts.settle(restarts.due + STEADY_SECONDS - 0.1)
    assert restarts.ended == 1
    restarts.settle(restarts.due + STEADY_SECONDS)
    assert restarts.ended == 0


def test_a_run_that_waits_ends_the_pause() -> None:
    restarts = Restarts(due=0.0)
    for _ in range(5):
        live(restarts, 2.0)
    now = restarts.due - 9.0

    restarts.hurry(now, run_id=7)

    assert restarts.due == pytest.approx(now)


@pytest.mark.parametrize("has_served", [False, True])
def test_two_starts_are_a_second_apart_whatever_happens(has_served: bool) -> None:
    restarts, starts = Restarts(due=0.0), []
    for run_id in range(20):
        starts.append(restarts.due)
        restarts.start(restarts.due)
        restarts.end(restarts.due + 0.01, has_served=has_served)
        restarts.hurry(starts[-1] + 0.02, run_id)

    assert starts == [number * MIN_SECONDS for number in range(20)]


def test_a_run_that_ends_every_process_hurries_only_once() -> None:
    restarts, pauses = Restarts(due=0.0), []
    for _ in range(6):
        restarts.start(restarts.due)
        end = restarts.due + 0.1
        restarts.end(end, has_served=False)
        restarts.hurry(end, run_id=7)
        pauses.append(restarts.due - end)

    assert pauses[0] < MIN_SECONDS
    assert pauses[1:] == pytest.approx([1.5, 3.5, 7.5, 10.0, 10.0])
