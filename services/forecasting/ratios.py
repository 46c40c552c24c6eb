"""Forecasts of ratios such as click rate or return per unit spent, weighted by exposure.

A ratio is forecast as one series: an exposure-weighted local level times a weekday factor. The level is a
ratio of exponentially weighted sums, hence without the bias of a mean of ratios. Forecasting numerator and
denominator separately had a 60 % larger error and was biased.
"""

from __future__ import annotations

import numpy as np

from services.forecasting.backtest import Rolling
from services.forecasting.calibration import IntervalScale
from services.forecasting.forecast_types import (
    Forecasts,
    PointForecasts,
    capped,
    early_ratio,
    one_day_error,
    ordered,
)
from services.numerics import (
    Floats,
    Ints,
    by_phase,
    delayed,
    divide,
    ew_mean,
    ew_sum,
    trailing_sum,
)

HALF_LIVES = (4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
JUDGED_OVER = 14
LOSS_MEMORY = 180.0
SHARPNESS = 16.0
EFFECT_MEMORY = 40.0
OFFSET = 0.05


def draft_ratios(top: Floats, bottom: Floats, rolling: Rolling) -> PointForecasts:
    """Return the point forecasts of top / bottom (series x time each), each series from its own past.

    There is one method, so `shares` has no columns, and the mean is the point forecast (`above` is 0).
    """
    before, after = _effects(top, bottom, rolling.season)
    mean = _expected(top, bottom, before, after, rolling)
    early = early_ratio(top, bottom, rolling)
    offset = OFFSET * np.where(early > 0, early, 1.0)
    error = _one_day_errors(top, bottom, before, offset)
    return PointForecasts(
        point=np.log(mean + offset[:, None, None]),
        above=np.zeros(mean.shape[:2]),
        offset=offset,
        one_step_mae=one_day_error(error, rolling),
        shares=np.empty((len(top), 0)),
    )


def finish_ratios(point_forecasts: PointForecasts, spread: IntervalScale, rolling: Rolling) -> Forecasts:
    """Return the forecasts with intervals of the scale `spread`."""
    mean, limits = capped(point_forecasts.mean, point_forecasts.limits(spread), rolling)
    return Forecasts(
        mean=mean,
        limits=ordered(limits, mean),
        one_step_mae=point_forecasts.one_step_mae,
        learned=point_forecasts.learned(spread),
    )


def expected_ratio(top: Floats, bottom: Floats, rolling: Rolling) -> Floats:
    """Return the expected top / bottom after every origin (series x origins x horizon).

    top, bottom: (series x time), non-negative. Result: NaN where all known days are without exposure.
    """
    return _expected(top, bottom, *_effects(top, bottom, rolling.season), rolling)


def _expected(top: Floats, bottom: Floats, before: Floats, after: Floats, rolling: Rolling) -> Floats:
    level = _levels(top, bottom, before, after, rolling)
    return np.asarray(level[:, :, None] * _ahead(after, rolling), dtype=np.float64)


def _effects(top: Floats, bottom: Floats, season: int) -> tuple[Floats, Floats]:
    """Return the factor of each time's phase, as known before and after it (series x time each).

    The distance of the factors from 1 is shrunk by the share of their variance that is noise. The noise
    variance of a phase's ratio is the dispersion of the daily ratios over the exposure of the phase.
    """
    if season == 1 or top.shape[1] < 2 * season:
        return np.ones_like(bottom), np.ones_like(bottom)
    n, d = (by_phase(part, EFFECT_MEMORY, season) for part in (top, bottom))
    usual = divide(trailing_sum(n, season), trailing_sum(d, season), otherwise=0.0)
    raw = divide(divide(n, d, otherwise=0.0), usual, otherwise=1.0)
    signal = trailing_sum(np.where(d > 0, raw - 1.0, 0.0) ** 2, season) / season
    chance = divide(_dispersion(top, bottom), usual * trailing_sum(d, season) / season, otherwise=1.0)
    trust = np.clip(1.0 - divide(chance, signal, otherwise=1.0), 0.0, 1.0)
    after = 1.0 + trust * np.where(d > 0, raw - 1.0, 0.0)
    return delayed(after, season, first=1.0), after


def _dispersion(top: Floats, bottom: Floats) -> Floats:
    """Return the running mean of (top - expected)^2 / expected, with `expected` from the recent level."""
    level = delayed(divide(ew_sum(top, 8.0), ew_sum(bottom, 8.0), otherwise=0.0), 1)
    expected = level * bottom
    strange = divide((top - expected) ** 2, expected, otherwise=0.0)
    return ew_mean(strange, (expected > 0).astype(np.float64), 140.0)


def _levels(top: Floats, bottom: Floats, before: Floats, after: Floats, rolling: Rolling) -> Floats:
    """Return the level at each origin (series x origins): a mean over half-lives, weighted by past errors.

    The errors use the phase factors known at the time. The level is divided by the factors known at the
    origin, the ones that the forecast multiplies it with.
    """
    factors = after[:, last_season(rolling)]
    exposure = bottom * before
    week_top, week = (trailing_sum(part, JUDGED_OVER) for part in (top, exposure))
    levels, losses = [], []
    for half_life in HALF_LIVES:
        total = ew_sum(top, half_life)
        expected = delayed(divide(total, ew_sum(exposure, half_life)), JUDGED_OVER, first=np.nan)
        surprise = np.nan_to_num(week_top - expected * week)
        loss = ew_sum(divide(surprise**2, week, otherwise=0.0), LOSS_MEMORY)
        losses.append(loss[:, rolling.origins - 1])
        freed = (_phase_sums(bottom, half_life, rolling) * factors).sum(axis=2)
        levels.append(divide(total[:, rolling.origins - 1], freed))
    loss = np.stack(losses)
    shares = divide(loss.min(axis=0), loss, otherwise=1.0) ** SHARPNESS
    return np.asarray((shares * np.stack(levels)).sum(axis=0) / shares.sum(axis=0), dtype=np.float64)


def last_season(rolling: Rolling) -> Ints:
    """Return the time indices of the season before each origin (origins x season), at least 0."""
    places = rolling.origins[:, None] - rolling.season + np.arange(rolling.season)
    return np.asarray(np.maximum(places, 0), dtype=np.int64)


def _phase_sums(values: Floats, half_life: float, rolling: Rolling) -> Floats:
    """Return the running sums at each origin, by phase (series x origins x season)."""
    season = rolling.season
    fade = 0.5 ** ((season - 1 - np.arange(season)) / half_life)
    known = rolling.origins[:, None] - season + np.arange(season) >= 0
    return by_phase(values, half_life / season, season)[:, last_season(rolling)] * fade * known


def _ahead(after: Floats, rolling: Rolling) -> Floats:
    """Return the factors of the steps after each origin (series x origins x horizon)."""
    return after[:, last_season(rolling)][:, :, np.arange(rolling.horizon) % rolling.season]


def _one_day_errors(top: Floats, bottom: Floats, before: Floats, offset: Floats) -> Floats:
    """Return the log errors of the level of the day before (series x time); 0 on days without exposure."""
    level = delayed(divide(ew_sum(top, 16.0), ew_sum(bottom * before, 16.0)), 1, first=np.nan)
    actual = np.log(divide(top, bottom) + offset[:, None])
    return np.asarray(np.nan_to_num(actual - np.log(level * before + offset[:, None])), dtype=np.float64)
