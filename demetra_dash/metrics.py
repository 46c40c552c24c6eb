"""What a web process counts and times for `/metrics`, summed over all web processes of one server.

There is no gauge among these metrics: every gauge is read from the database at the time of the scrape
(see `api.metrics`), so a process that has died leaves none behind.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, disable_created_metrics, values
from prometheus_client.multiprocess import MultiProcessCollector

from demetra_dash.metrics_folder import VARIABLE, take_slot
from demetra_dash.security.gate import REFUSED

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
OTHER = "other"
MAX_SERIES = 250  # of the histogram; any further ones are counted together, as `OTHER`

Series = tuple[str, str, str]
"""Method, route template, first digit of the status."""

log = logging.getLogger(__name__)

disable_created_metrics()  # they would double the series, and no panel uses them


class Metrics:
    """Counters and histograms of all web processes, or of this one if no folder is shared."""

    def __init__(self) -> None:
        self._folder = _shared_folder()
        self._registry = CollectorRegistry()
        self._dropped = Counter(
            "demetra_forwarded_headers_dropped_total",
            "Requests with forwarded headers that no trusted proxy sent.",
            registry=self._registry,
        )
        refused = Counter(
            "demetra_requests_refused_total",
            "Refused requests, by status.",
            ("code",),
            registry=self._registry,
        )
        self._refused = {status: refused.labels(status) for status in sorted(REFUSED)}
        self._seconds = Histogram(
            "demetra_http_request_seconds",
            "Time until the answer was ready.",
            ("method", "route", "status"),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._series: dict[Series, Histogram] = {}

    def count_dropped(self) -> None:
        """Count a request whose forwarded headers were dropped."""
        self._dropped.inc()

    def count_refused(self, status: int) -> None:
        """Count a refused request by its status, one of `REFUSED`."""
        self._refused[status].inc()

    def observe_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Add a request to the histogram. `route` is a template, `status` begins with its code."""
        series = self._series.get((method, route, status[0]))
        if series is None:
            series = self._add_series(method, route, status[0])
        series.observe(seconds)

    def collect(self) -> Iterable[Metric]:
        """Return the metrics, those of all processes added up."""
        if self._folder is None:
            return self._registry.collect()
        files = sorted(str(path) for path in self._folder.glob("*.db"))
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)
        return merged

    def _add_series(self, method: str, route: str, digit: str) -> Histogram:
        if len(self._series) >= MAX_SERIES:
            method, route = OTHER, OTHER
        elif method not in METHODS:
            method = OTHER
        series = self._seconds.labels(method, route, f"{digit}xx")
        return self._series.setdefault((method, route, digit), series)


@cache
def _shared_folder() -> Path | None:
    """Return the folder of the server's processes, in whose files all values are kept from now on.

    None where there is none, or where it cannot be used.
    """
    folder = Path(os.environ.get(VARIABLE, ""))
    if not folder.name:
        return None
    try:
        _slot(folder, os.getpid())
    except OSError as error:
        log.warning("The numbers at /metrics are those of one process only: %s", error)
        values.ValueClass = values.MutexValue
        return None
    values.ValueClass = values.MultiProcessValue(lambda: _slot(folder, os.getpid()))
    return folder


@cache
def _slot(folder: Path, _pid: int) -> int:
    """Return the slot of this process: a new one after a fork, hence the process id."""
    return take_slot(folder)
