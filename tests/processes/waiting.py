"""Waiting for what must come, without testing how long it takes."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

TIMEOUT_SECONDS = 90


def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; fail when it never does."""
    end = monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert monotonic() < end, "it never came"
        sleep(0.05)
