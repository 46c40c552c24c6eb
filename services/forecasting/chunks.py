"""Forecasts of a panel in chunks of at most 64 channels, computed by an executor.

Most of a forecast needs the past of its own channel only. Channels share the scales and distributions of
their errors (see `calibration`), and these are sums: each chunk returns its own, they are added here, and
each chunk continues with the totals. The chunks do not depend on the executor, so neither do the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import TypeVar

import numpy as np

from services.executors.base import INLINE, Executor
from services.forecasting.calibration import Calibration, ErrorSums, quantiles_from
from services.forecasting.metrics import (
    ORIGINS,
    BacktestPlan,
    PanelForecasts,
    PanelPointForecasts,
    backtest_plan,
    count_errors,
    finish,
    of_both,
    point_forecasts,
)
from services.forecasting.panel import Panel
from services.numerics import Floats

MOST_CHANNELS = 64  # of a chunk: its arrays stay in the processor's cache

T = TypeVar("T")
Summarise = Callable[[PanelForecasts], T]


@dataclass(frozen=True, slots=True)
class Chunks:
    """A panel, its `backtest_plan` and its chunks: `rows` are slices of its channels."""

    panel: Panel
    backtest_plan: BacktestPlan
    rows: tuple[slice, ...]


def parts(panel: Panel, horizon: int, origins: int = ORIGINS) -> Chunks:
    """Return the chunks of a panel, for forecasts of `horizon` days from at most `origins` weekly origins."""
    starts = range(0, len(panel.channels), MOST_CHANNELS)
    rows = tuple(slice(start, min(start + MOST_CHANNELS, len(panel.channels))) for start in starts)
    return Chunks(panel, backtest_plan(panel, horizon, origins), rows)


def map_chunks(
    chunks: Chunks,
    summarise: Summarise[T],
    learned: tuple[Calibration, Calibration] | None = None,
    executor: Executor = INLINE,
) -> list[T]:
    """Return the result of `summarise` for the forecasts of each chunk, in the order of the channels.

    `summarise` must be picklable (a function of a module, or a partial of one), since worker processes call
    it. `learned` is the calibration of a trained model of the same channels, for counts and for ratios.
    """
    size, plan = len(chunks.panel.channels), chunks.backtest_plan
    panels = [chunks.panel.part(rows) for rows in chunks.rows]
    known = [learned_part(learned, size, rows) for rows in chunks.rows]
    drafted = executor.map(point_forecasts, panels, repeat(plan), known)
    pooled = of_both(_added, *(executor.fetch(one, "pooled") for one in drafted))
    counted = executor.map(count_errors, panels, repeat(plan), drafted, repeat(pooled))
    quantiles = of_both(_quantiles, *(one.result() for one in counted))
    function = partial(_summarised, summarise, plan, pooled, quantiles)
    return [one.result() for one in executor.map(function, panels, drafted, known)]


def learned_part(
    learned: tuple[Calibration, Calibration] | None, channels: int, rows: slice
) -> tuple[Calibration, Calibration] | None:
    """Return the calibration of some of the channels; None without one.

    Its series are ordered by metric, then by channel; `channels` is the number of all channels.
    """
    if learned is None:
        return None

    def part(values: Floats) -> Floats:
        by_metric = np.split(values, len(values) // channels)
        return np.concatenate([of_metric[rows] for of_metric in by_metric])

    return of_both(
        lambda one: Calibration(part(one.horizon_scale), part(one.quantiles), part(one.shares)), learned
    )


def learned_whole(found: Sequence[Calibration], metrics: int) -> Calibration:
    """Return the calibration of all channels from those of the chunks; the inverse of `learned_part`.

    `metrics` is the number of series per channel.
    """

    def joined(name: str) -> Floats:
        by_part = [np.split(getattr(part, name), metrics) for part in found]
        return np.concatenate([values for metric in zip(*by_part, strict=True) for values in metric])

    return Calibration(joined("horizon_scale"), joined("quantiles"), joined("shares"))


def _summarised(
    summarise: Summarise[T],
    plan: BacktestPlan,
    pooled: tuple[ErrorSums, ErrorSums],
    quantiles: tuple[Floats, Floats],
    panel: Panel,
    drafted: PanelPointForecasts,
    learned: tuple[Calibration, Calibration] | None,
) -> T:
    return summarise(finish(panel, plan, drafted, pooled, quantiles, learned))


def _added(*found: ErrorSums) -> ErrorSums:
    return ErrorSums(_sum([one.total for one in found]), _sum([one.count for one in found]))


def _quantiles(*counts: Floats) -> Floats:
    return quantiles_from(_sum(counts))


def _sum(values: Sequence[Floats]) -> Floats:
    """Return the sum, added in the order of the chunks, so that rounding is always the same."""
    return np.asarray(sum(values[1:], start=values[0]), dtype=np.float64)
