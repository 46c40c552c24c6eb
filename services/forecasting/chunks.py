"""A panel forecast part by part: a few dozen channels each, wherever an executor has them computed.

A channel's own past is all that most of a forecast needs. What channels share are the sizes and the
shapes of their errors (see `calibration`), and these are sums: each part hands in its own, they are added
up here, and each part goes on with the sums. Parts are always the same channels whoever computes
them, so that the figures do not depend on that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from services.executors.tasks import LOCAL, Runner
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

MOST_CHANNELS = 64  # of a part: its arrays stay in a processor's cache

T = TypeVar("T")
Summarise = Callable[[PanelForecasts], T]


@dataclass(frozen=True, slots=True)
class Chunks:
    """How a panel is forecast: over which `backtest_plan`, in which parts (slices of its channels)."""

    panel: Panel
    backtest_plan: BacktestPlan
    rows: tuple[slice, ...]


def parts(panel: Panel, horizon: int, origins: int = ORIGINS) -> Chunks:
    """Return the parts of a panel."""
    starts = range(0, len(panel.channels), MOST_CHANNELS)
    rows = tuple(slice(start, min(start + MOST_CHANNELS, len(panel.channels))) for start in starts)
    return Chunks(panel, backtest_plan(panel, horizon, origins), rows)


def map_chunks(
    chunks: Chunks,
    summarise: Summarise[T],
    learned: tuple[Calibration, Calibration] | None = None,
    runner: Runner = LOCAL,
) -> list[T]:
    """Return what `summarise` makes of the outlooks of each part; it must be a function of a module."""
    size, plan = len(chunks.panel.channels), chunks.backtest_plan
    pieces = [(chunks.panel.part(rows), learned_part(learned, size, rows)) for rows in chunks.rows]
    drafted = [runner.submit(point_forecasts, piece, plan, known) for piece, known in pieces]
    pooled = of_both(_added, *(runner.fetch(handle, "pooled") for handle in drafted))
    counted = [
        runner.submit(count_errors, piece, plan, handle, pooled)
        for (piece, _), handle in zip(pieces, drafted, strict=True)
    ]
    quantiles = of_both(_quantiles, *(handle.result() for handle in counted))
    viewed = [
        runner.submit(_summarised, summarise, piece, plan, handle, pooled, quantiles, known)
        for (piece, known), handle in zip(pieces, drafted, strict=True)
    ]
    return [handle.result() for handle in viewed]


def learned_part(
    learned: tuple[Calibration, Calibration] | None, channels: int, rows: slice
) -> tuple[Calibration, Calibration] | None:
    """Return what was learned of some channels; series stand metric by metric, in each by channel."""
    if learned is None:
        return None

    def part(values: Floats) -> Floats:
        by_metric = np.split(values, len(values) // channels)
        return np.concatenate([of_metric[rows] for of_metric in by_metric])

    return of_both(
        lambda one: Calibration(part(one.horizon_scale), part(one.quantiles), part(one.shares)), learned
    )


def learned_whole(found: Sequence[Calibration], metrics: int) -> Calibration:
    """Return what was learned of all channels, from what was learned of each part."""

    def joined(name: str) -> Floats:
        by_part = [np.split(getattr(part, name), metrics) for part in found]
        return np.concatenate([values for metric in zip(*by_part, strict=True) for values in metric])

    return Calibration(joined("horizon_scale"), joined("quantiles"), joined("shares"))


def _summarised(
    summarise: Summarise[T],
    piece: Panel,
    plan: BacktestPlan,
    drafted: PanelPointForecasts,
    pooled: tuple[ErrorSums, ErrorSums],
    quantiles: tuple[Floats, Floats],
    learned: tuple[Calibration, Calibration] | None,
) -> T:
    return summarise(finish(piece, plan, drafted, pooled, quantiles, learned))


def _added(*found: ErrorSums) -> ErrorSums:
    return ErrorSums(_sum([one.total for one in found]), _sum([one.count for one in found]))


def _quantiles(*counts: Floats) -> Floats:
    return quantiles_from(_sum(counts))


def _sum(values: Sequence[Floats]) -> Floats:
    """Return the sum, added up in the order of the parts."""
    return np.asarray(sum(values[1:], start=values[0]), dtype=np.float64)
