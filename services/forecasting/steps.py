"""Forecasts of weekly and monthly channels in their own step, told by day.

Days of a spread week are equal: in steps of days there would be no noise within a week and a jump after it.
So the series is taken as means per day of whole weeks or months and forecast from the steps known at each
origin. Each step's forecast and band stand for all of its days: a day's value is the step's, spread over it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from services.forecasting.backtest import Rolling
from services.forecasting.forecast_types import PointForecasts
from services.forecasting.grain import DAY, DAYS_OF, MONTH, WEEK
from services.forecasting.panel import Panel
from services.numerics import Bools, Floats, Ints, divide

Rows = Ints | slice

SEASON_OF = {WEEK: 52, MONTH: 12}
"""Steps of a year."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of some series: `number` is the step, from 0, of each time and of the days ahead."""

    number: Ints
    grain: str


Draft = Callable[[Rolling, Rows, Steps | None], PointForecasts]
"""Forecasts some series (rows of all), whose steps are days or `Steps`."""


def draft_by_grain(rolling: Rolling, panel: Panel, draft: Draft) -> PointForecasts:
    """Return the point forecasts of all series by day, each channel's made in its own step.

    rolling: series of the panel, ordered by metric, then by channel.
    """
    groups = _groups(panel)
    if list(groups) == [(DAY, None)]:
        return draft(rolling, slice(None), None)
    metrics = len(rolling.values) // len(panel.channels)
    rows = [_of_all_metrics(of_group, metrics, len(panel.channels)) for of_group in groups.values()]
    found = [
        _drafted(rolling.part(part), part, draft, grain, last_day)
        for part, (grain, last_day) in zip(rows, groups, strict=True)
    ]
    return _joined(found, np.argsort(np.concatenate(rows)))


def _groups(panel: Panel) -> dict[tuple[str, np.datetime64 | None], list[int]]:
    """Return the channels that share their steps: by grain and, of months, by the last day."""
    groups: dict[tuple[str, np.datetime64 | None], list[int]] = {}
    for number, (grain, last_day) in enumerate(zip(panel.grain, panel.last_day, strict=True)):
        groups.setdefault((grain, last_day if grain == MONTH else None), []).append(number)
    return groups


def _of_all_metrics(channels: Sequence[int], metrics: int, count: int) -> Ints:
    places = np.arange(metrics)[:, None] * count + np.array(channels, dtype=np.int64)
    return np.asarray(places.ravel(), dtype=np.int64)


def _drafted(
    rolling: Rolling, rows: Ints, draft: Draft, grain: str, last_day: np.datetime64 | None
) -> PointForecasts:
    if grain == DAY:
        return draft(rolling, rows, None)
    steps = steps_of(grain, last_day, rolling.values.shape[1], rolling.horizon)
    stepped, origin, ahead = rolling_by_step(rolling, steps)
    return by_day(draft(stepped, rows, steps), origin, ahead)


def _joined(parts: Sequence[PointForecasts], order: Ints) -> PointForecasts:
    """Return the forecasts of all groups, their series in `order`."""

    def joined(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return np.concatenate(values)[order] if isinstance(values[0], np.ndarray) else values[0]

    return PointForecasts(**{one.name: joined(one.name) for one in fields(PointForecasts)})


def steps_of(grain: str, last_day: np.datetime64 | None, length: int, horizon: int) -> Steps:
    """Return the weeks that end with the last day, or the calendar months, of `length` days and a horizon."""
    since = np.arange(1 - length, horizon + 1)
    if last_day is None:
        number = (since - 1) // DAYS_OF[grain]
    else:
        number = (last_day + since).astype("datetime64[M]").astype(np.int64)
    return Steps(number - number[0], grain)


def sum_by_step(values: Floats, steps: Steps) -> Floats:
    """Return the sum of the values of each step (series x steps); values: (series x time)."""
    starts = np.unique(steps.number[: values.shape[1]], return_index=True)[1]
    return np.asarray(np.add.reduceat(values, starts, axis=1), dtype=np.float64)


def by_step(values: Floats, observed: Bools, steps: Steps) -> tuple[Floats, Bools]:
    """Return the mean of the observed values of each step, and where there is one (series x steps).

    values, observed: (series x time); the steps of the horizon are left out. NaN counts as not observed.
    """
    known = (observed & np.isfinite(values)).astype(np.float64)
    total, count = (sum_by_step(part, steps) for part in (np.nan_to_num(values) * known, known))
    return divide(total, count, otherwise=0.0), count > 0


def rolling_by_step(rolling: Rolling, steps: Steps) -> tuple[Rolling, Ints, Ints]:
    """Return the series in steps, the index of each origin's step, and the steps ahead (origins x horizon).

    At an origin within a step, the step itself is still to come. At the end of the data, it is over.
    """
    length = rolling.values.shape[1]
    known = np.where(rolling.origins < length, steps.number[rolling.origins], steps.number[length - 1] + 1)
    known = np.maximum(known, 1)
    origins, place = np.unique(known, return_inverse=True)
    days = rolling.origins[:, None] + np.arange(rolling.horizon)
    ahead = np.maximum(steps.number[days] - known[:, None], 0)
    values, observed = by_step(rolling.values, rolling.observed, steps)
    recorded = None if rolling.recorded is None else by_step(rolling.values, rolling.recorded, steps)[1]
    found = replace(
        rolling,
        values=values,
        observed=observed,
        recorded=recorded,
        origins=origins,
        horizon=int(ahead.max()) + 1,
        season=SEASON_OF[steps.grain],
        events=None,
        days=DAYS_OF[steps.grain],
    )
    return found, place, ahead


def by_day(found: PointForecasts, origin: Ints, ahead: Ints) -> PointForecasts:
    """Return forecasts of steps by day (series x origins x horizon); indices as from `rolling_by_step`."""
    days = (slice(None), origin[:, None], ahead)
    return replace(
        found,
        point=found.point[days],
        above=found.above[:, origin],
        one_step_mae=found.one_step_mae[:, origin],
        widening=found.widening if isinstance(found.widening, float) else found.widening[days],
        closed=None if found.closed is None else found.closed[days],
    )
