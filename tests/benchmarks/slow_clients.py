"""What 200 slow clients cost the others: python -m tests.benchmarks.slow_clients

Slow with headers (slowloris), with bodies, and in reading a chart or a script; straight at the web
process and behind nginx. The others ask at a steady pace; their p99 with and without slow clients is
compared within one run, in turns, so that a busy machine weighs on both.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

from services.database import embedded
from services.database.engine import make_engine
from services.database.schema import migrate
from tests.benchmarks.table import Line, at_most, show
from tests.proxy.filled import fill
from tests.proxy.processes import HOST
from tests.proxy.routes import KINDS, Route
from tests.proxy.slow_clients import Kind, slow_clients

MOST = 2.0
ROUNDS = 4
SECONDS = 4.0
OTHERS = 6
PAUSE_SECONDS = 0.03
CHART = "api/ml-dashboard/roi-forecast/chart"
ASKED = ("", CHART, "api/overview?days=28", "api/sync/status")
SLOW: tuple[tuple[str, Kind, str], ...] = (
    ("slow headers", "headers", ""),
    ("slow bodies", "bodies", "_dash-update-component"),
    ("slow readers of a chart", "readers", CHART),
    ("slow readers of a script", "readers", "assets/vendor/plotly.min.js"),
)


def lines(route: Route) -> Iterator[Line]:
    """Measure, and give each line when it is there."""
    for where, port in (("straight", route.web_port), ("behind nginx", route.port)):
        for what, kind, path in SLOW:
            quiet, crowded = compare(route.kind.prefix, port, kind, route.kind.prefix + path)
            words = f"{where}, 200 {what}: p99 of the others ({1000 * quiet:.0f} ms without)"
            yield at_most(words, crowded / quiet, MOST, "{:.2f} x")


def compare(prefix: str, port: int, kind: Kind, path: str) -> tuple[float, float]:
    """Return the p99 without and with slow clients."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for is_crowded in (False, True):
            around = slow_clients(kind, port, path) if is_crowded else nullcontext()
            with around:
                times[is_crowded] += _others(prefix, port)
    return _p99(times[False]), _p99(times[True])


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _others(prefix: str, port: int) -> list[float]:
    end = perf_counter() + SECONDS
    with ThreadPoolExecutor(OTHERS) as people:
        each = people.map(lambda number: _other(number, prefix, port, end), range(OTHERS))
        return [time for times in each for time in times]


def _other(number: int, prefix: str, port: int, end: float) -> list[float]:
    """Ask one thing after the other, as people do: with pauses, and on a new connection now and then."""
    times = []
    turn = number
    while perf_counter() < end:
        connection = HTTPConnection(HOST, port, timeout=120)
        for _ in range(5):
            turn += 1
            begin = perf_counter()
            connection.request("GET", prefix + ASKED[turn % len(ASKED)])
            answer = connection.getresponse()
            answer.read()
            times.append(perf_counter() - begin)
            assert answer.status == 200, answer.status
            sleep(PAUSE_SECONDS)
        connection.close()
    return times


@contextmanager
def _installation() -> Iterator[Route]:
    """Give an installation with a snapshot, its web process as large as by default."""
    with ExitStack() as stack:
        # Socket paths must be short.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dm-", dir="/tmp")))
        folder.chmod(0o755)
        server = embedded.start(folder)
        stack.callback(server.stop)
        engine = make_engine(server.url, name="demetra benchmark")
        stack.callback(engine.dispose)
        migrate(engine)
        fill(engine)
        route = Route(KINDS[1], folder, server.url)
        stack.callback(route.undeploy)
        stack.callback(route.close)
        route.deploy(DEMETRA_WORKERS="2")
        route.open()
        yield route


if __name__ == "__main__":
    with _installation() as route:
        show("slow clients", lines(route))
