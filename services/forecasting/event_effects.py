"""Effects of holidays and planned events on daily series, used where they have proved themselves.

The effect of an event is the mean deviation of its past days from the level before them, shrunk towards that
of all events. On a day of an event, and on a day whose date was one last year but is none now (Easter), the
forecast is moved towards the level of the days around it plus this effect. How far is the coefficient of a
regression of past errors on such moves (as in `last_year`). Its prior is 0, so that holidays which did not
improve earlier forecasts change nothing.
"""

from __future__ import annotations

import numpy as np

from services.forecasting.backtest import Rolling, sum_until_origin
from services.forecasting.forecast_types import log_errors
from services.forecasting.last_year import LARGEST as LARGEST_ERRORS
from services.forecasting.last_year import YEAR, usual_error
from services.numerics import Bools, Floats, Ints, delayed, divide, ew_mean, windows

LEVEL_MEMORY = 7.0  # half-life of the level before an event, in days without events
FEWEST_BEFORE = 14  # known days before an event from which on its deviation counts
SHRINK_OWN = 1.0  # days of all events that count with the days of one
SHRINK_ALL = 3.0  # days without effect that count with those of all events
LARGEST = 4.0  # on the log scale: a closed day
EARNED_AGAINST = 10.0  # squared usual errors that the prior of 0 counts like
AROUND = 3  # days on each side that give the level of an event's day
WEIGHT_MEMORY = 730.0


def moved_by_events(
    adjusted: Floats, clean: Floats, point: Floats, season: Floats, offset: Floats, rolling: Rolling
) -> Floats:
    """Return the log forecasts, moved on the days of events (series x origins x horizon).

    adjusted, clean: logs without weekday effects, the latter without outliers (series x time). point: log
    forecasts; season: their weekday effects, in the same shape. offset: as in `PointForecasts`.
    """
    if rolling.events is None or not rolling.events.any():
        return point
    effect = _effects(adjusted, clean, rolling)
    kind = rolling.events[:, windows(rolling.origins, rolling.horizon)]
    wanted = np.take_along_axis(effect, kind.reshape(*kind.shape[:2], -1), axis=2)
    special = (kind > 0) | _was_event(rolling)
    move = np.where(special, _level_around(point - season, special) + season + wanted - point, 0.0)
    return point + _earned(move, point, offset, rolling)[:, :, None] * move


def _effects(adjusted: Floats, clean: Floats, rolling: Rolling) -> Floats:
    """Return the effect of each kind known at each origin, as logs (series x origins x kinds)."""
    assert rolling.events is not None
    length = rolling.values.shape[1]
    events = rolling.events[:, :length]
    calm = rolling.observed & (events == 0)
    level = delayed(ew_mean(clean, calm.astype(np.float64), LEVEL_MEMORY), 1)
    counted = (events > 0) & rolling.observed & (np.cumsum(rolling.observed, axis=1) > FEWEST_BEFORE)
    row, day = np.nonzero(counted)
    deviation = np.clip(adjusted[row, day] - level[row, day], -LARGEST, LARGEST)
    known_from = np.searchsorted(rolling.origins, day, side="right")
    shape = len(events), rolling.origins.size, int(rolling.events.max()) + 1
    total, count = (
        _by_origin(row, known_from, events[row, day], part, shape)
        for part in (deviation, np.ones_like(deviation))
    )
    all_events = total.sum(axis=2, keepdims=True) / (count.sum(axis=2, keepdims=True) + SHRINK_ALL)
    effect = (total + SHRINK_OWN * all_events) / (count + SHRINK_OWN)
    effect[:, :, 0] = 0.0
    return np.asarray(effect, dtype=np.float64)


def _by_origin(row: Ints, origin: Ints, kind: Ints, values: Floats, shape: tuple[int, int, int]) -> Floats:
    """Return the sums of the values that are known at each origin (series x origins x kinds)."""
    out = np.zeros((shape[0], shape[1] + 1, shape[2]))
    np.add.at(out, (row, origin, kind), values)
    return np.asarray(np.cumsum(out, axis=1)[:, :-1], dtype=np.float64)


def _was_event(rolling: Rolling) -> Bools:
    """Return where last year's date, or a day beside it, was an event (series x origins x horizon)."""
    assert rolling.events is not None
    near = rolling.events > 0
    near = near | np.pad(near[:, 1:], ((0, 0), (0, 1))) | np.pad(near[:, :-1], ((0, 0), (1, 0)))
    dates = windows(rolling.origins, rolling.horizon) - YEAR
    return near[:, np.maximum(dates, 0)] & (dates >= 0)


def _level_around(free: Floats, special: Bools) -> Floats:
    """Return the mean of the forecasts of the usual days around each day, else its own.

    free, special, result: (series x origins x horizon).
    """
    total, count = (
        sum(_shifted(part, step) for step in range(-AROUND, AROUND + 1))
        for part in (np.where(special, 0.0, free), (~special).astype(np.float64))
    )
    return np.where(np.asarray(count) > 0, divide(np.asarray(total), np.asarray(count), otherwise=0.0), free)


def _shifted(values: Floats, step: int) -> Floats:
    """Return the values moved by some steps along the last axis, 0 beyond its ends."""
    out = np.zeros_like(values)
    if step >= 0:
        out[..., step:] = values[..., : values.shape[-1] - step]
    else:
        out[..., :step] = values[..., -step:]
    return out


def _earned(move: Floats, point: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the part of the moves that would have been best so far, from 0 to 1 (series x origins)."""
    unit = usual_error(point, offset, rolling)[:, :, None]
    missed = np.clip(divide(log_errors(point, offset, rolling), unit), -LARGEST_ERRORS, LARGEST_ERRORS)
    scaled = np.where(np.isfinite(missed), divide(move, unit), 0.0)
    both, own = (
        sum_until_origin(part, rolling, WEIGHT_MEMORY) for part in (scaled * np.nan_to_num(missed), scaled**2)
    )
    return np.clip(both / (own + EARNED_AGAINST), 0.0, 1.0)
