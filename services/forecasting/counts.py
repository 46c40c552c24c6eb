"""Forecasts of counts and money: the weighted mean of two methods on the log scale, with intervals.

The logs are of value + offset. The offset is a small share of the series' early mean, larger where zeros are
common, so that multiplying a series by a constant multiplies its forecast. To the mean of the methods, last
year's deviations are added (see `last_year`). A series of mostly zeros is forecast as a rate per day instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.forecasting.backtest import Rolling, sum_until_origin
from services.forecasting.beginning import SPARSE
from services.forecasting.calibration import LEVELS, Calibration, IntervalScale, calibrate
from services.forecasting.event_effects import moved_by_events
from services.forecasting.forecast_types import (
    Forecasts,
    PointForecasts,
    capped,
    early_ratio,
    from_logs,
    one_day_error,
    ordered,
)
from services.forecasting.last_year import last_year, memory_weight
from services.forecasting.ratios import expected_ratio, last_season
from services.forecasting.ridge import ridge
from services.forecasting.season import Season, seasonal_effects
from services.forecasting.theta import first_level, smoothed, theta
from services.numerics import Bools, Floats, by_phase, delayed, divide, ew_mean

CLIP = 3.5
QUICK = 0.15  # smoothing factor of the level that a single day is compared with
RIDGE_FROM = 56
NOISE_MEMORY = 182.0
NOISE_SHARE = 0.96
METHOD_MEMORY = 365.0
SHARPNESS = 8.0
SPARSE_MEMORY = 60.0
ZERO_MEMORY = 20.0
WEIGHTS = 3  # per series: of theta, of the ridge, of the memory of last year
NOTHING = 1e-9  # the offset of a series of zeros: its forecast is zero


def forecast_counts(rolling: Rolling, learned: Calibration | None = None) -> Forecasts:
    """Return forecasts of the non-negative series `rolling.values` from every origin, in their unit.

    `learned` is an earlier calibration of the same series, used at the last origin.
    """
    point_forecasts = draft_counts(rolling, None if learned is None else learned.shares)
    spread = calibrate(point_forecasts.errors(rolling), point_forecasts.one_step_mae, rolling, learned)
    return finish_counts(point_forecasts, spread, rolling)


def draft_counts(rolling: Rolling, learned_shares: Floats | None = None) -> PointForecasts:
    """Return the point forecasts of each series from its own past.

    They are the weighted mean of `theta` and `ridge` on outlier-corrected logs plus the memory of last year;
    a rate per day where most days are 0; and 0 before a series begins. `learned_shares` (series x `WEIGHTS`)
    replace the weights at the last origin.
    """
    offset = offsets(rolling)
    logs = np.log(np.where(rolling.observed, rolling.values, 0.0) + offset[:, None]) * rolling.observed
    clean, error = without_outliers(logs, rolling.observed, rolling.season)
    season = seasonal_effects(clean, rolling.observed, rolling.season)
    methods = _methods(clean, season, rolling)
    shares = _shares(methods, offset, rolling)
    if learned_shares is not None:
        shares[:, -1] = learned_shares[:, :-1]
    point = np.einsum("msoh,som->soh", methods, shares)
    before = last_year(logs - season.effect, clean - season.effect, point, offset, rolling)
    weight = memory_weight(before.shift, point, offset, rolling)
    if learned_shares is not None:
        weight[:, -1] = learned_shares[:, -1]
    point = point + weight[:, :, None] * before.shift
    ahead = season.ahead(rolling.origins, rolling.horizon)
    found = PointForecasts(
        point=moved_by_events(logs - season.effect, clean - season.effect, point, ahead, offset, rolling),
        above=_noise_correction(error, rolling),
        offset=offset,
        one_step_mae=one_day_error(error, rolling),
        shares=np.column_stack([shares[:, -1], weight[:, -1]]),
        widening=before.widening,
        closed=before.closed,
    )
    return _without_start(_with_rates(found, rolling), rolling)


def _with_rates(found: PointForecasts, rolling: Rolling) -> PointForecasts:
    """Return the forecasts with a rate per day where most recent days are 0."""
    sparse = _is_sparse(rolling)
    if not sparse.any():
        return found
    rates = np.log(_rates(sparse, rolling) + found.offset[:, None, None])
    return replace(
        found,
        point=np.where(sparse[:, :, None], rates, found.point),
        above=np.where(sparse, 0.0, found.above),
        widening=np.where(sparse[:, :, None], 1.0, found.widening),
    )


def _without_start(found: PointForecasts, rolling: Rolling) -> PointForecasts:
    """Return the forecasts, 0 from origins at which a series has not begun."""
    begun = rolling.known_days[:, :, None] > 0
    return replace(found, point=np.where(begun, found.point, np.log(found.offset)[:, None, None]))


def finish_counts(point_forecasts: PointForecasts, spread: IntervalScale, rolling: Rolling) -> Forecasts:
    """Return the forecasts with intervals of scale `spread`; lower limits are 0 where zeros are common."""
    limits = _with_zeros(point_forecasts.limits(spread), point_forecasts.closed, rolling)
    mean, limits = capped(point_forecasts.mean, limits, rolling)
    return Forecasts(
        mean=mean,
        limits=ordered(limits, mean),
        one_step_mae=point_forecasts.one_step_mae,
        learned=point_forecasts.learned(spread),
    )


def offsets(rolling: Rolling) -> Floats:
    """Return the offset that is added to each series before its log is taken (series, in its unit).

    It uses only the days before the first origin (for a younger series, its first two weeks).
    """
    days = rolling.observed.astype(np.float64)
    base = early_ratio(rolling.values * days, days, rolling)
    zeros = early_ratio((rolling.values <= 0) * days, days, rolling)
    return np.where(base > 0, base * np.clip(2 * zeros, 0.02, 1.0), NOTHING)


def without_outliers(logs: Floats, observed: Bools, season: int) -> tuple[Floats, Floats]:
    """Return the logs without outliers, and the one-day errors (series x time each).

    The error of a day is against the level and the weekday effect known on the day before. Errors are clipped
    at 3.5 standard errors (1.25 recent mean absolute errors each).
    """
    effect = seasonal_effects(logs, observed, season).effect
    start = first_level(logs - effect, observed, 7)
    expected = effect + _before(smoothed(logs - effect, observed, QUICK, start), start)
    error = (logs - expected) * observed
    judged = np.cumsum(observed, axis=1) > 7
    usual = 1.25 * ew_mean(np.abs(error), judged.astype(np.float64), 14)
    limit = np.where(np.cumsum(observed, axis=1) > 14, CLIP * delayed(usual, 1), np.inf)
    return np.asarray(logs - error + np.clip(error, -limit, limit), dtype=np.float64), error


def _before(level: Floats, start: Floats) -> Floats:
    out = delayed(level, 1)
    out[:, :1] = start
    return out


def _methods(clean: Floats, season: Season, rolling: Rolling) -> Floats:
    """Return the log forecasts of each method (methods x series x origins x horizon)."""
    adjusted = (clean - season.effect) * rolling.observed
    ahead = season.ahead(rolling.origins, rolling.horizon)
    smooth = theta(adjusted, rolling.observed, rolling.origins, rolling.horizon) + ahead
    regression = ridge(clean, rolling.observed, rolling.origins, rolling.horizon, rolling.season)
    return np.stack([smooth, regression])


def _shares(methods: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the weight of each method (series x origins x methods), adding up to 1.

    The weights are equal before there are errors, then the eighth power of the inverse mean absolute error. A
    method whose error is 10 % larger gets 32 %, 25 % larger 14 %, twice as large 0.
    """
    actual = rolling.actual()
    error = np.stack([np.abs(from_logs(method, offset) - actual) for method in methods], axis=-1)
    loss = sum_until_origin(error, rolling, METHOD_MEMORY)
    loss[..., 1] = np.where(rolling.known_days >= RIDGE_FROM, loss[..., 1], np.inf)
    best = loss.min(axis=-1, keepdims=True)
    shares = divide(best, loss, otherwise=1.0) ** SHARPNESS
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), dtype=np.float64)


def _with_zeros(limits: Floats, closed: Bools | None, rolling: Rolling) -> Floats:
    """Return the limits, with a lower limit of 0 where zeros are more common than its level.

    The frequency of zeros is by phase of the season, since some channels do not advertise at weekends. It is
    also 0 where the same date was 0 last year (`closed`: series x origins x horizon).
    """
    days = rolling.observed.astype(np.float64)
    n, zeros = (by_phase(part, ZERO_MEMORY, rolling.season) for part in (days, (rolling.values <= 0) * days))
    season = last_season(rolling)[:, np.arange(rolling.horizon) % rolling.season]
    chance = divide(zeros, n, otherwise=0.0)[:, season]
    out = limits.copy()
    for place, level in enumerate(LEVELS):
        if level < 0.5:
            out[..., place][chance > level if closed is None else (chance > level) | closed] = 0.0
    return out


def _is_sparse(rolling: Rolling) -> Bools:
    """Return where more than 40 % of the recent days were 0 (series x origins): logs do not suit them."""
    days = rolling.observed.astype(np.float64)
    zeros = ew_mean((rolling.values <= 0).astype(np.float64), days, SPARSE_MEMORY)
    return zeros[:, rolling.origins - 1] > SPARSE


def _rates(sparse: Bools, rolling: Rolling) -> Floats:
    """Return the expected value per day (series x origins x horizon); NaN for series that are never sparse.

    It is forecast as a ratio with days as exposure.
    """
    rows = np.flatnonzero(sparse.any(axis=1))
    out = np.full((*sparse.shape, rolling.horizon), np.nan)
    days = rolling.observed[rows].astype(np.float64)
    out[rows] = expected_ratio(rolling.values[rows] * days, days, rolling.part(rows))
    return out


def _noise_correction(error: Floats, rolling: Rolling) -> Floats:
    """Return log mean - log median of the noise (series x origins).

    Duan (1983), "Smearing estimate: a nonparametric retransformation method", on one-day errors within 2.5
    mean absolute errors and without their mean. The errors are reduced by 4 %, since a one-day error also
    contains that of the smoothed level: its variance is 1 + alpha / (2 - alpha) times the noise.
    """
    judged = (np.cumsum(rolling.observed, axis=1) > 7).astype(np.float64)
    limit = 2.5 * ew_mean(np.abs(error), judged, 60)
    ordinary = NOISE_SHARE * np.clip(error, -limit, limit)
    mean = ew_mean(ordinary, judged, NOISE_MEMORY)
    smeared = np.log(np.maximum(ew_mean(np.exp(ordinary), judged, NOISE_MEMORY), 1e-300)) - mean
    known = np.cumsum(judged, axis=1) > 0
    return np.clip(np.where(known, smeared, 0.0), 0.0, 1.0)[:, rolling.origins - 1]
