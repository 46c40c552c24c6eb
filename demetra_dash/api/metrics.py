"""What Prometheus collects, in its text format (version 0.0.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from demetra_dash.api.routes import Answer, Route
from services.errors import DemetraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demetra_dash.api.routes import Api
    from services.analytics import Analytics


def metrics(api: Api) -> Response:
    """Return all metrics; while the database is down, only those that are not read from it."""
    registry = CollectorRegistry()
    registry.register(DatabaseNumbers(api.analytics))
    registry.register(api.metrics)
    response = Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response.headers["Cache-Control"] = "no-store"
    return response


class DatabaseNumbers:
    """The gauges that are read from the database at each scrape."""

    def __init__(self, analytics: Analytics) -> None:
        self._analytics = analytics

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges; while the database is down, only that it is down."""
        try:
            status, by_state = self._analytics.status(), self._analytics.count_runs()
        except DemetraError:
            yield _gauge("database_up", "1 while the database answers.", 0)
            return
        yield _gauge("database_up", "1 while the database answers.", 1)
        runs = GaugeMetricFamily("demetra_runs", "Sync runs in the history, by state.", labels=("state",))
        for state, count in by_state.items():
            runs.add_metric((state,), count)
        yield runs
        yield _gauge("workers", "Workers that are connected.", status.workers)
        if status.age_seconds is not None:
            yield _gauge("snapshot_age_seconds", "Since the figures were published.", status.age_seconds)


def _gauge(name: str, help_: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"demetra_{name}", help_, value)


ROUTES = (
    Route(
        "GET",
        "/metrics",
        metrics,
        summary="Numbers for Prometheus: this machine, trusted proxies, or signed in.",
        answers=(Answer("The numbers.", "text", "text/plain"),),
        access="local",
    ),
)
