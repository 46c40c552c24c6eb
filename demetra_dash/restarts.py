"""When a child process of `demetra run` is restarted after it has ended.

All times are seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass

STEADY_SECONDS = 30.0  # a child process that ran this long is steady
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 10.0
MIN_SECONDS = 1.0  # between two starts, whatever ends the pause


@dataclass(slots=True)
class Restarts:
    """Backoff of one child process: the pause doubles each time it ends without having done its work.

    `due` is the time of the next start; `ended` is the number of ends since the process was last steady.
    """

    due: float
    started: float | None = None
    ended: int = 0
    pause: float = 0.0
    _hurried: int | None = None

    def start(self, now: float) -> None:
        """Record that the child process was started."""
        self.started = self.due = now

    def end(self, now: float, *, has_served: bool) -> None:
        """Record that the child process has ended; `has_served`: it had done work, such as a whole run."""
        self.settle(now)
        doubled = min(MAX_PAUSE_SECONDS, 2 * self.pause + FIRST_PAUSE_SECONDS)
        self.pause = 0.0 if has_served or self._is_steady(now) else doubled
        self.ended += 1
        self.due = self._no_sooner(now + self.pause)

    def settle(self, now: float) -> None:
        """Forget earlier ends if the running child process is steady."""
        if self._is_steady(now):
            self.ended, self.pause = 0, 0.0

    def hurry(self, now: float, run_id: int) -> None:
        """End the pause because a run is queued; once per run, as that run may be what ends the process."""
        if run_id != self._hurried:
            self._hurried = run_id
            self.due = min(self.due, self._no_sooner(now))

    def _is_steady(self, now: float) -> bool:
        return self.started is not None and now - self.started >= STEADY_SECONDS

    def _no_sooner(self, due: float) -> float:
        return due if self.started is None else max(due, self.started + MIN_SECONDS)
