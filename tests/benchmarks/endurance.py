"""What many syncs in a row leave behind: python -m tests.benchmarks.endurance [SYNCS].

Every sync redraws, and a reader requests the new charts. Memory is that of all processes of a part
together, resident and their own (not shared). The first tenth of the syncs is the settling in and not
counted; the twentieth after it is compared with the last one, by medians: a thread may come and go.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, median_low

import psutil

from services.dashboards import DASHBOARDS
from tests.benchmarks.installation import Installation, answers, installation, until
from tests.benchmarks.table import Line, show

SYNCS = 100
DPI = 100
MOST_GROWTH = 0.05
READ = (
    "/api/overview?days=28",
    "/api/recommendations",
    "/api/sync/status",
    *(f"/api/ml-dashboard/{spec.slug}/{part}" for spec in DASHBOARDS for part in ("data", "chart")),
)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the processes of a part hold at one moment."""

    megabytes: float
    handles: int
    threads: int


def main(syncs: int = SYNCS) -> None:
    """Measure and print the table."""
    with (
        installation() as built,
        built.part("demetra_dash", "web") as web,
        built.part("demetra_dash", "worker", CHART_DPI=str(DPI)) as worker,
    ):
        until(lambda: answers(built.address + "/readyz"))
        parts = {"worker": worker.pid, "web": web.pid}
        settling, window = max(5, syncs // 10), max(3, syncs // 20)
        for _ in range(settling):
            _sync(built)
        before = _typical(built, parts, window)
        for _ in range(syncs - settling - 2 * window):
            _sync(built)
        after = _typical(built, parts, window)
    show("endurance", (line for name in parts for line in _lines(name, before[name], after[name], syncs)))


def _typical(built: Installation, parts: Mapping[str, int], syncs: int) -> dict[str, Footprint]:
    """Return the medians of what each part holds after each of some syncs."""
    seen: dict[str, list[Footprint]] = {name: [] for name in parts}
    for _ in range(syncs):
        _sync(built)
        for name, pid in parts.items():
            seen[name].append(footprint(pid))
    return {name: _median(each) for name, each in seen.items()}


def _median(seen: Sequence[Footprint]) -> Footprint:
    return Footprint(
        megabytes=median(one.megabytes for one in seen),
        handles=median_low(one.handles for one in seen),
        threads=median_low(one.threads for one in seen),
    )


def footprint(pid: int) -> Footprint:
    """Return what a process and all that it has started hold."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return Footprint(
        megabytes=sum(process.memory_full_info().uss for process in processes) / 2**20,
        handles=sum(process.num_fds() for process in processes),
        threads=sum(process.num_threads() for process in processes),
    )


def _sync(built: Installation) -> None:
    run = built.sync()
    assert run["state"] == "succeeded", run
    for path in READ:
        built.get(path)


def _lines(name: str, before: Footprint, after: Footprint, syncs: int) -> list[Line]:
    growth = after.megabytes / before.megabytes - 1
    is_flat = (after.handles, after.threads) == (before.handles, before.threads)
    return [
        Line(
            f"memory of the {name} and its processes after {syncs} syncs in a row",
            "within 5 %",
            f"{growth:+.1%} ({before.megabytes:.0f} -> {after.megabytes:.0f} MB)",
            growth <= MOST_GROWTH,
        ),
        Line(
            f"its file handles and threads meanwhile ({name})",
            "flat",
            f"{before.handles} -> {after.handles}, {before.threads} -> {after.threads}",
            is_flat,
        ),
    ]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
