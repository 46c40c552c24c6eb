"""Thousands of channels: the forecasts in one process, in a worker's pool, and on a Dask cluster.

The cluster is a scheduler and two workers on this machine, so its row tells what the way to it
costs. On other machines it has their processors as well.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from services.budgeting import plan
from services.executors.base import INLINE, Executor, InlineExecutor
from services.executors.dask_cluster import DaskExecutor
from services.executors.process_pool import ProcessPool
from services.forecasting import Prediction, chunks, predict
from services.insights import advise
from services.sync.steps import warm_up
from tests.growing.machines import dask_scheduler, dask_worker
from tests.processes.waiting import until

CHANNELS = 2000
DAYS = 120
HORIZON = 28
TIMES = 3


def main() -> None:
    """Measure warm and print the table."""
    days = account(CHANNELS)
    whole = _in_one_part(days)
    here = _seconds(lambda: predict(days, HORIZON))
    with two_processes() as pool, two_dask_workers() as cluster:
        in_pool, in_cluster = (_seconds(partial(predict, days, HORIZON, None, e)) for e in (pool, cluster))
        same = all(_is_same(predict(days, HORIZON), predict(days, HORIZON, None, e)) for e in (pool, cluster))
    half = account(CHANNELS // 2)
    growth = here / _seconds(lambda: predict(half, HORIZON))
    advice = _advice_seconds(days) / _advice_seconds(half)
    rows = [
        ("forecasts in parts of 64 / of all at once", "<= 0.9", here / whole, here / whole <= 0.9),
        ("in the pool of two processes / in one process", "<= 0.8", in_pool / here, in_pool / here <= 0.8),
        ("on two Dask workers / in the pool", "<= 1.5", in_cluster / in_pool, in_cluster / in_pool <= 1.5),
        ("twice the channels: forecasts", "<= 2.4 x", growth, growth <= 2.4),
        ("twice the channels: plan and recommendations", "<= 2.4 x", advice, advice <= 2.4),
    ]
    sys.stdout.write(
        f"\n| {CHANNELS:,} channels x {DAYS} days | must be | is | reached |\n|---|---|---|---|\n"
    )
    for what, must, value, ok in rows:
        sys.stdout.write(f"| {what} | {must} | {value:.2f} | {_yes(ok)} |\n")
    sys.stdout.write(f"| the same figures in all three, bit by bit | yes | {_yes(same)} | {_yes(same)} |\n")
    sys.stdout.write(
        f"\nHere: {here:.1f} s in one process, {in_pool:.1f} s in the pool, {in_cluster:.1f} s on Dask.\n"
    )


def account(channels: int) -> pd.DataFrame:
    """Return made-up campaign days of many channels."""
    random = np.random.default_rng(11)
    week = 1 + 0.2 * np.sin(2 * np.pi * np.arange(DAYS) / 7)
    cost = 300 * random.lognormal(0, 1, (channels, 1)) * week * random.lognormal(0, 0.25, (channels, DAYS))
    clicks = random.poisson(4 * cost**0.6)
    conversions = random.binomial(clicks, 0.04)
    revenue = conversions * random.lognormal(3.7, 0.1, (channels, DAYS))
    return pd.DataFrame(
        {
            "channel": np.repeat([f"Brand {number:04}" for number in range(channels)], DAYS),
            "date": np.tile(pd.date_range("2026-07-01", periods=DAYS), channels),
            "impressions": random.poisson(clicks / 0.015).astype(float).ravel(),
            "clicks": clicks.astype(float).ravel(),
            "conversions": conversions.astype(float).ravel(),
            "cost": cost.ravel(),
            "revenue": revenue.ravel(),
        }
    )


@contextmanager
def two_processes() -> Iterator[Executor]:
    """Give the pool of a worker."""
    with _closing(ProcessPool(2, warm_up)) as executor:
        yield executor


@contextmanager
def two_dask_workers() -> Iterator[Executor]:
    """Give a Dask cluster on this machine."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = f"tcp://127.0.0.1:{stack.enter_context(dask_scheduler(folder)).port}"
        for _ in range(2):
            stack.enter_context(dask_worker(folder, address))
        until(lambda: _count_workers(address) == 2)
        executor = stack.enter_context(_closing(DaskExecutor(address, InlineExecutor())))
        yield executor
        assert executor.warning() is None, "the cluster did not do it"


@contextmanager
def _closing(executor: Executor) -> Iterator[Executor]:
    try:
        yield executor
    finally:
        executor.close()


def _count_workers(address: str) -> int:
    from distributed import Client

    with Client(address, timeout=10, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        return len(client.nthreads())


def _in_one_part(days: pd.DataFrame) -> float:
    usual, chunks.MOST_CHANNELS = chunks.MOST_CHANNELS, CHANNELS
    try:
        return _seconds(lambda: predict(days, HORIZON, None, INLINE))
    finally:
        chunks.MOST_CHANNELS = usual


def _advice_seconds(days: pd.DataFrame) -> float:
    prediction = predict(days, HORIZON)
    return _seconds(lambda: advise(days, prediction, plan(days, None, 0.3), currency="EUR"))


def _is_same(one: Prediction, other: Prediction) -> bool:
    return (
        one.daily.equals(other.daily) and one.channels.equals(other.channels) and one.scores == other.scores
    )


def _seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        start = perf_counter()
        work()
        return perf_counter() - start

    once()
    return median(once() for _ in range(TIMES))


def _yes(ok: bool) -> str:
    return "yes" if ok else "no"


if __name__ == "__main__":
    main()
