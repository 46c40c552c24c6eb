"""Each channel's history as the series that a response curve is fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from services.budgeting.history import History
from services.budgeting.response import Series, residuals
from services.budgeting.shapes import CARRY_OVERS, adstock

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MIN_DAYS = 30
_MIN_WEEKS = 12
_MIN_SPREAD = 0.01  # of log spend: with less variation the response is not identified
_MAX_EMPTY = 0.05
_MIN_CHANNELS = 3


def all_series(history: History, period_days: int) -> dict[int, Series]:
    """Return the series of every channel (by number) with enough history for a response curve.

    Required are 30 days with spend whose revenue is known, variation of spend, and such a day in the
    newest `period_days`. A channel with no revenue on more than 5 % of these days is summed by week, since
    the model uses log revenue.
    """
    numbers = range(len(history.channels))
    found = {c: s for c in numbers if (s := _series(history, c, period_days)) is not None}
    return _with_shared_demand(found, history.cost.shape)


def _series(history: History, channel: int, period_days: int) -> Series | None:
    cost, revenue = history.cost[:, channel], history.revenue[:, channel]
    active = (cost > 0) & history.is_known[:, channel]
    if active.sum() < MIN_DAYS or not active[-period_days:].any():
        return None
    step = 7 if np.mean(revenue[active] <= 0) > _MAX_EMPTY else 1
    series = _by_step(cost, revenue, (cost > 0) & ~active, step, period_days)
    is_long_enough = series.position.size >= (MIN_DAYS if step == 1 else _MIN_WEEKS)
    varies = is_long_enough and float(np.std(np.log(series.ratio[:, 0]))) >= _MIN_SPREAD
    return series if varies else None


def _by_step(cost: Floats, revenue: Floats, unknown: Bools, step: int, period_days: int) -> Series:
    """Return the series by day or week; a step with a day of `unknown` revenue (days) is left out."""
    start = cost.size % step
    known = ~unknown[start:].reshape(-1, step).any(axis=1)
    cost = cost[start:].reshape(-1, step).sum(axis=1)
    revenue = revenue[start:].reshape(-1, step).sum(axis=1)
    used = np.flatnonzero((cost > 0) & (revenue > 0) & known)
    n_recent = max(1, round(min(period_days, cost.size * step) / step))
    newest = cost[-n_recent:]
    today = float(newest[newest > 0].mean()) if newest.any() else 1.0
    stocks = np.column_stack([adstock(cost, carry_over) for carry_over in CARRY_OVERS])
    return Series(
        position=used,
        step=step,
        today=today,
        empty=float(np.mean(revenue[(cost > 0) & known] <= 0)),
        log_revenue=np.log(revenue[used]),
        ratio=stocks[used] / today,
        recent=used >= cost.size - n_recent,
    )


def _with_shared_demand(series: Mapping[int, Series], shape: tuple[int, ...]) -> dict[int, Series]:
    """Return the series, each daily one with the mean residuals of the other channels as demand controls.

    Revenue and spend of the other channels both follow demand. With fewer than three channels these means are
    more noise than demand, so no control is added. `shape` is (days, channels).
    """
    daily = {c: s for c, s in series.items() if s.step == 1}
    if len(daily) < _MIN_CHANNELS:
        return dict(series)
    rest = np.full((*shape, 2), np.nan)
    for c, s in daily.items():
        left = residuals(s)
        rest[s.position, c] = left / np.maximum(left.std(axis=0), 1e-9)
    estimates = np.isfinite(rest)
    rest = np.where(estimates, rest, 0.0)
    n_others = np.maximum(estimates.sum(axis=1, keepdims=True) - estimates, 1)
    others = (rest.sum(axis=1, keepdims=True) - rest) / n_others
    controlled = {c: replace(s, demand=others[s.position, c]) for c, s in daily.items()}
    return {**series, **controlled}
