"""Workers as processes of their own: healthy ones, and ones that kill or freeze themselves at a point.

They are forked from a process that has loaded everything, so that hundreds of them are no matter. A
point is a function of the product that the crashing worker process wraps in itself: there is no hook for it.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import sleep
from typing import Any

from demetra_dash.worker import Worker
from services.database import engine as database_engine
from services.sources.declarations import Declarations
from services.sync import run
from services.sync.options import SyncOptions
from tests.options import NO_SLOT_SECONDS

_FORKS = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Point:
    """After the `nth` call of a function has returned."""

    module: str
    function: str
    nth: int = 1


POINTS = {
    "lock taken": Point("services.sync.queue", "try_lock"),
    "run claimed": Point("services.sync.queue", "claim"),
    "collect begins": Point("services.sync.queue", "enter_stage", 1),
    "days collected": Point("services.sync.pipeline", "collect"),
    "predict begins": Point("services.sync.queue", "enter_stage", 2),
    "plan begins": Point("services.sync.queue", "enter_stage", 3),
    "draw begins": Point("services.sync.queue", "enter_stage", 4),
    "save begins": Point("services.sync.queue", "enter_stage", 5),
    "one card saved": Point("services.snapshots.store", "publish_rows", 1),
    "charts saved": Point("services.snapshots.store", "publish_charts"),
    "before the commit": Point("services.sync.queue", "finish"),
    "while files are copied": Point("services.snapshots.chart_files", "write_whole", 2),
}


@contextmanager
def worker(
    database_url: str,
    options: SyncOptions,
    *,
    point: Point | None = None,
    delay: float = 0.0,
    end: signal.Signals = signal.SIGKILL,
    silence_seconds: int | None = None,
    sources: Path | None = None,
    interval_seconds: float = NO_SLOT_SECONDS,
) -> Iterator[BaseProcess]:
    """Run a worker; with a point it sends itself `end` there, `delay` seconds later.

    `silence_seconds` is how long PostgreSQL lets it be silent in a transaction, instead of minutes. `sources`
    is the file that declares its sources.
    """
    _FORKS.set_forkserver_preload(["tests.faults.crashing_workers", "services.sync.pipeline"])
    process = _FORKS.Process(
        target=_serve,
        args=(database_url, options, point, delay, end, silence_seconds, sources, interval_seconds),
    )
    process.start()
    try:
        yield process
    finally:
        if process.is_alive() and process.pid is not None:
            os.kill(process.pid, signal.SIGCONT)
        process.terminate()
        process.join(20)
        process.kill()
        process.join()


def _serve(
    database_url: str,
    options: SyncOptions,
    point: Point | None,
    delay: float,
    end: signal.Signals,
    silence_seconds: int | None,
    sources: Path | None,
    interval_seconds: float,
) -> None:
    if silence_seconds is not None:
        run.IDLE_MARGIN_SECONDS = silence_seconds - options.deadline_seconds
        database_engine.BRIEF_SECONDS = silence_seconds
    declarations = None if sources is None else Declarations(sources, dict)
    worker = Worker(database_url, options, interval_seconds, declarations=declarations)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    if point is not None:
        _doom(point, delay, end)
    worker.serve()


def _doom(point: Point, delay: float, end: signal.Signals) -> None:
    module = importlib.import_module(point.module)
    function: Callable[..., Any] = getattr(module, point.function)
    calls = 0

    @wraps(function)
    def last(*args: Any, **values: Any) -> Any:
        nonlocal calls
        result = function(*args, **values)
        calls += 1
        if calls == point.nth:
            _die(delay, end)
        return result

    setattr(module, point.function, last)


def _die(delay: float, end: signal.Signals) -> None:
    def send() -> None:
        sleep(delay)
        os.kill(os.getpid(), end)

    if delay:
        threading.Thread(target=send).start()
    else:
        send()
