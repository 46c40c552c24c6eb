"""Each channel's history as the series that a response curve is fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.budgeting.history import History
from services.budgeting.response import Series, residuals
from services.budgeting.shapes import CARRY_OVERS, adstock
from services.forecasting.account import Account
from services.numerics import Bools, Floats, Ints, divide

MIN_DAYS = 30
_MIN_PERIODS = 12  # weeks or months
_MIN_SPREAD = 0.01  # of log spend: with less variation the response is not identified
_MAX_EMPTY = 0.05
_MIN_CHANNELS = 3
FOLLOWS_DEMAND = 0.2  # R² of spend; where spend was planned, 95 of 100 channels stay below 0.1
_WEEK, _MONTH = 7, 30.4375


@dataclass(frozen=True, slots=True)
class _Spread:
    """A channel's series, and the number of its period on each day of the history (days; -1: none)."""

    series: Series
    period: Ints


def all_series(history: History, period_days: int, account: Account) -> dict[int, Series]:
    """Return the series of every channel (by number) with enough history for a response curve.

    Required are 30 days with spend whose revenue is known, variation of spend, and such a day in the
    newest `period_days`. The step is a day. It is a week or a month where the channel's rows were of weeks or
    months, and a week where more than 5 % of the days have no revenue, since the model uses log revenue.
    """
    numbers = range(len(history.channels))
    found = {c: s for c in numbers if (s := _series(history, c, period_days, account)) is not None}
    return _with_shared_demand(found, history.cost.shape)


def _series(history: History, channel: int, period_days: int, account: Account) -> _Spread | None:
    """Return the series of a channel, None without enough history."""
    end = int(history.last_day[channel]) + 1
    cost, revenue = history.cost[:end, channel], history.revenue[:end, channel]
    spike, known = history.is_spike[:end, channel], history.is_known[:end, channel]
    active = (cost > 0) & known & ~spike
    if active.sum() < MIN_DAYS or not active[-period_days:].any():
        return None
    period, step = _periods(
        history, channel, account, is_sparse=bool(np.mean(revenue[active] <= 0) > _MAX_EMPTY)
    )
    usual = np.where(spike, np.median(cost[active]), cost)
    series = _by_period(usual, revenue, (cost > 0) & ~active, period[:end], step, period_days)
    is_long_enough = series.position.size >= (MIN_DAYS if step == 1 else _MIN_PERIODS)
    varies = is_long_enough and float(np.std(np.log(series.ratio[:, 0]))) >= _MIN_SPREAD
    return _Spread(series, period) if varies else None


def _periods(history: History, channel: int, account: Account, *, is_sparse: bool) -> tuple[Ints, float]:
    """Return the number of the period of each day (days; -1 for days that fill none), and its length in days.

    The weeks of weekly rows begin on the day from which spend varies least within them.
    """
    grain = account.grain.get(history.channels[channel], "day")
    day = np.arange(history.n_days)
    if grain == "month":
        months = history.dates.year.to_numpy() * 12 + history.dates.month.to_numpy()
        return np.asarray(months - months[0], dtype=np.int64), _MONTH
    if grain == "week":
        first = _first_of_week(history.cost[: history.last_day[channel] + 1, channel])
        return (day + _WEEK - first) // _WEEK - 1, _WEEK
    if is_sparse:
        return (day - (int(history.last_day[channel]) + 1) % _WEEK) // _WEEK, _WEEK
    return day, 1


def _first_of_week(cost: Floats) -> int:
    """Return the day, 0 to 6, with which weeks of evenly spread rows begin."""
    changes = np.abs(np.diff(cost, prepend=cost[:1]))
    return int(np.argmax([changes[first::_WEEK].sum() for first in range(_WEEK)]))


def _by_period(
    cost: Floats, revenue: Floats, unknown: Bools, period: Ints, step: float, period_days: int
) -> Series:
    """Return the series of means per day of each period; one with a day of `unknown` revenue is left out.

    cost, revenue, unknown and period are (days). Carry-over acts from day to day, whatever the step.
    """
    inside = period >= 0
    days = np.maximum(np.bincount(period[inside]), 1)

    def mean(values: Floats | Bools) -> Floats:
        return np.bincount(period[inside], weights=values[inside]) / days

    spent, earned, is_known = mean(cost), mean(revenue), mean(unknown) == 0
    used = np.flatnonzero((spent > 0) & (earned > 0) & is_known)
    n_recent = max(1, round(min(period_days, cost.size) / step))
    newest = spent[-n_recent:]
    today = float(newest[newest > 0].mean()) if newest.any() else 1.0
    stocks = np.column_stack([mean(adstock(cost, carry_over)) for carry_over in CARRY_OVERS])
    return Series(
        position=used,
        step=step,
        today=today,
        empty=float(np.mean(earned[(spent > 0) & is_known] <= 0)),
        log_revenue=np.log(earned[used]),
        ratio=stocks[used] / today,
        recent=used >= spent.size - n_recent,
    )


def _with_shared_demand(spread: Mapping[int, _Spread], shape: tuple[int, ...]) -> dict[int, Series]:
    """Return the series with the mean residuals of the other channels as demand controls.

    Revenue and spend of the other channels both follow demand. With fewer than three channels these means are
    more noise than demand: no control is added, and any spend may have followed demand. `shape` is
    (days, channels).
    """
    if len(spread) < _MIN_CHANNELS:
        return {c: replace(s.series, follows_demand=True) for c, s in spread.items()}
    left = {c: residuals(s.series) for c, s in spread.items()}
    rest = np.full((*shape, 3), np.nan)
    for c, s in spread.items():
        rest[:, c] = _on_days(left[c] / np.maximum(left[c].std(axis=0), 1e-9), s)
    known = np.isfinite(rest)
    rest = np.where(known, rest, 0.0)
    n_others = np.maximum(known.sum(axis=1, keepdims=True) - known, 1)
    others = (rest.sum(axis=1, keepdims=True) - rest) / n_others
    return {c: _controlled(s, others[:, c], left[c]) for c, s in spread.items()}


def _on_days(values: Floats, spread: _Spread) -> Floats:
    """Return the values of the series' periods (periods x columns) on their days (days x columns)."""
    of_period = np.full(
        (max(int(spread.period.max()), int(spread.series.position[-1])) + 2, values.shape[1]), np.nan
    )
    of_period[spread.series.position] = values
    return of_period[spread.period]  # the last row, of period -1, stays unknown


def _controlled(spread: _Spread, others: Floats, left: Floats) -> Series:
    """Return the series with its demand controls, and whether its spend follows demand.

    others: (days x 3), the others' mean residuals; left: (periods x 3), the channel's own.
    """
    inside, series = spread.period >= 0, spread.series
    days = np.bincount(spread.period[inside])
    sums = [np.bincount(spread.period[inside], weights=column[inside]) for column in others.T]
    mean = divide(np.stack(sums, axis=1), np.maximum(days, 1.0)[:, None], otherwise=0.0)[series.position]
    return replace(series, demand=mean[:, :2], follows_demand=_follows(left, mean[:, 2]))


def _follows(left: Floats, demand: Floats) -> bool:
    """Return whether demand, or the channel's own earlier revenue, explains much of its spend.

    The R² of spend on the others' revenue, or on its own revenue of the seven periods before given the spend
    of these periods. left: (periods x 3); demand: (periods). Source: Chen et al. (2018), "Bias correction for
    paid search in media mix modeling", arXiv 1807.03292: then spend is no cause that could be told apart.
    """
    spend, earned = left[:, 1], left[:, 2]
    level = np.ones(spend.size)
    before = [_mean_before(spend), _mean_before(earned)]
    shared = 1 - _squares_left(spend, level, demand) / _squares_left(spend, level)
    own = 1 - _squares_left(spend, level, *before) / _squares_left(spend, level, before[0])
    return bool(max(shared, own) >= FOLLOWS_DEMAND)


def _mean_before(values: Floats) -> Floats:
    """Return the mean of the seven values before each one, 0 before the first."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    end = np.arange(values.size)
    start = np.maximum(end - _WEEK, 0)
    return np.asarray((sums[end] - sums[start]) / np.maximum(end - start, 1))


def _squares_left(values: Floats, *columns: Floats) -> float:
    """Return the sum of squares that a least-squares fit on the columns leaves, above 0."""
    x = np.column_stack(columns)
    rest = values - x @ np.linalg.lstsq(x, values, rcond=None)[0]
    return max(float(rest @ rest), 1e-12)
