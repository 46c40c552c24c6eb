"""What a web process costs, against an empty page of Dash, and how soon a home that was left is back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import sleep
from typing import Any

import psutil

from tests.benchmarks.installation import Installation, answers, installation, until
from tests.benchmarks.table import Line, show

TIMES = 5
SETTLE_SECONDS = 3.0
PATHS = ("/", "/_dash-layout", "/_dash-dependencies", "/_favicon.ico")


def application() -> Any:
    """Return an empty page of Dash with the components that Demetra uses."""
    import dash_bootstrap_components as dbc
    from dash import Dash, dash_table, dcc, html

    app = Dash("empty", enable_mcp=False)
    app.layout = html.Div([dbc.Tabs(), dcc.Store(id="store"), dash_table.DataTable()])  # type: ignore[attr-defined]
    return app.server


def serve(port: str) -> None:
    """Serve the empty page as `demetra web` serves Demetra."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "tests.benchmarks.starting:application",
        factory=True,
        interface=Interfaces.WSGI,
        port=int(port),
        workers=1,
    ).serve()


def main() -> None:
    """Measure and print the table."""
    with installation() as built:
        show("starting", _lines(built))


def _lines(built: Installation) -> Iterator[Line]:
    ours, empty = [], []
    for _ in range(TIMES):
        ours.append(_web(built, ("demetra_dash", "web"), "/healthz"))
        empty.append(_web(built, ("tests.benchmarks.starting", "serve", str(built.port)), "/"))
    for place, what, unit, most in ((0, "web process: memory (PSS)", "MB", 1.4), (1, "ready", "s", 1.5)):
        mine, theirs = (median(measured[place] for measured in both) for both in (ours, empty))
        ratio = mine / theirs
        yield Line(
            f"{what}, against an empty Dash and dbc page",
            f"< {most} x",
            f"{ratio:.2f} x ({mine:.3g} {unit} / {theirs:.3g} {unit})",
            ratio < most,
        )
    starts = [_cold_start(built) for _ in range(3)]
    longest = max(starts)
    yield Line(
        "`demetra run` on an existing home: page and last snapshot",
        "< 3 s",
        f"{longest:.2f} s, the longest of {len(starts)}",
        longest < 3,
    )


def _web(built: Installation, words: tuple[str, ...], path: str) -> tuple[float, float]:
    """Return the megabytes of a server's one worker that has shown its page, and its seconds to start."""
    with built.part(*words, DEMETRA_WORKERS="1") as process:
        seconds = until(lambda: answers(built.address + path), pause=0.01)
        for asked in PATHS:
            built.get(asked)
        sleep(SETTLE_SECONDS)
        worker = psutil.Process(process.pid).children()[-1]
        return worker.memory_full_info().pss / 1e6, seconds


def _cold_start(built: Installation) -> float:
    """Return after how many seconds `demetra run` shows the snapshot that was the last one."""
    with _run(built):
        seconds = until(lambda: answers(built.address + "/"), pause=0.01)
        seconds += until(lambda: answers(f"{built.address}/api/ml-dashboard/roi-forecast/chart"), pause=0.01)
        assert json.loads(built.get("/api/sync/status"))["snapshot"]["run_id"] >= 1
        return seconds


@contextmanager
def _run(built: Installation) -> Iterator[None]:
    """Start everything as `demetra run` does on a home with an embedded database."""
    with built.part("demetra_dash", "run", DATABASE_URL=""):
        yield


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1:2] == ["serve"] else main()
