"""What many syncs in a row leave behind: python -m tests.benchmarks.endurance [SYNCS].

Every sync draws anew. Memory is that of the worker and its crew together, resident and their own
(not shared); the first tenth of the syncs is the settling in and not counted.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.computing import warm_up
from services.crew import Processes
from tests.benchmarks.syncing import campaigns, done, print_table
from tests.options import sync_options

SYNCS = 100
DPI = 100
MOST_GROWTH = 0.05


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the worker and its crew hold at one moment."""

    megabytes: float
    handles: int
    threads: int


def main(syncs: int = SYNCS) -> None:
    """Measure and print the table."""
    with campaigns(2) as engine, tempfile.TemporaryDirectory() as folder:
        options = sync_options(Path(folder), chart_dpi=DPI)
        crew = Processes(2, warm_up)
        settling = max(5, syncs // 10)
        for _ in range(settling):
            done(engine, options, crew, redraw=True)
        before = footprint(crew.pids())
        for _ in range(syncs - settling):
            done(engine, options, crew, redraw=True)
        after = footprint(crew.pids())
        crew.close()
    growth = after.megabytes / before.megabytes - 1
    is_flat = (after.handles, after.threads) == (before.handles, before.threads)
    rows = [
        (f"memory of worker and crew after {syncs} syncs in a row", "within 5 %",
         f"{growth:+.1%} ({before.megabytes:.0f} -> {after.megabytes:.0f} MB)", growth <= MOST_GROWTH),
        ("file handles and threads meanwhile", "flat",
         f"{before.handles} -> {after.handles}, {before.threads} -> {after.threads}", is_flat),
    ]  # fmt: skip
    print_table("endurance", rows)


def footprint(pids: Sequence[int]) -> Footprint:
    """Return what this process and those of the crew hold."""
    gc.collect()
    processes = [psutil.Process(), *map(psutil.Process, pids)]
    return Footprint(
        megabytes=sum(process.memory_full_info().uss for process in processes) / 2**20,
        handles=sum(process.num_fds() for process in processes),
        threads=sum(process.num_threads() for process in processes),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
