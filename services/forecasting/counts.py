"""Forecasts of counts and money: the mean of two methods on the log scale, with bands.

Logs are taken of value + offset, the offset a small part of the series' own early mean (a larger
one where zeros are common), so that multiplying a series by a constant multiplies its forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.forecasting.backtest import FEWEST_DAYS, Rolling, sum_until_origin
from services.forecasting.bands import Learned, learn_spread
from services.forecasting.filters import Bools, Floats, delayed, divide, ew_mean
from services.forecasting.ridge import ridge
from services.forecasting.season import seasonal_effects
from services.forecasting.theta import first_level, smoothed, theta

CLIP = 3.5
RIDGE_FROM = 56
UNSURE = 0.4  # one-day error, in logs, of a series of which nothing is known
NOISE_MEMORY = 182.0
METHOD_MEMORY = 365.0
SHARPNESS = 4.0
NOTHING = 1e-9  # the offset of a series of zeros: its forecast is zero


@dataclass(frozen=True, slots=True)
class Outlook:
    """Forecasts from every origin: `mean` (series x origins x horizon) and `limits` (... x 4).

    `one_day` is the recent one-day error on the log scale (series x origins); `learned` is what the
    backtest had found at the last origin.
    """

    mean: Floats
    limits: Floats
    one_day: Floats
    learned: Learned


def forecast_counts(rolling: Rolling, learned: Learned | None = None) -> Outlook:
    """Return forecasts of non-negative series from every origin."""
    offset = offsets(rolling)
    logs = np.log(np.where(rolling.seen, rolling.values, 0.0) + offset[:, None]) * rolling.seen
    clean, error = without_outliers(logs, rolling.seen, rolling.season)
    methods = _methods(clean, rolling)
    shares = _shares(methods, offset, rolling)
    if learned is not None:
        shares[:, -1] = learned.shares
    point = np.einsum("msoh,som->soh", methods, shares)
    errors = np.log(rolling.actual() + offset[:, None, None]) - point
    spread = learn_spread(errors, one_day_error(error, rolling), rolling, learned)
    mean = _back(point + _noise_correction(error, rolling)[:, :, None], offset)
    return Outlook(
        mean=mean,
        limits=ordered(_back(spread.around(point), offset), mean),
        one_day=spread.one_day,
        learned=Learned(spread.growth[:, -1], spread.quantiles[:, -1], shares[:, -1]),
    )


def offsets(rolling: Rolling) -> Floats:
    """Return what is added to each series before its log is taken.

    From the days before the first origin only (the first two weeks of a younger series).
    """
    age = np.cumsum(rolling.seen, axis=1)
    time = np.arange(rolling.seen.shape[1])[None, :]
    early = rolling.seen & ((time < rolling.origins[0]) | (age <= FEWEST_DAYS))
    n = early.sum(axis=1).astype(np.float64)
    mean = divide((rolling.values * early).sum(axis=1), n, otherwise=0.0)
    zeros = divide(((rolling.values <= 0) & early).sum(axis=1).astype(np.float64), n, otherwise=0.0)
    overall = (rolling.values * rolling.seen).mean(axis=1)
    base = np.where(mean > 0, mean, overall)
    return np.where(base > 0, base * np.clip(2 * zeros, 0.02, 1.0), NOTHING)


def without_outliers(logs: Floats, seen: Bools, season: int) -> tuple[Floats, Floats]:
    """Return the logs with surprises beyond 3.5 usual errors cut back, and the one-day errors.

    Each day is judged by what was known the day before.
    """
    effect = seasonal_effects(logs, seen, season).effect
    start = first_level(logs - effect, seen, 7)
    expected = effect + _before(smoothed(logs - effect, seen, 0.15, start), start)
    error = (logs - expected) * seen
    judged = np.cumsum(seen, axis=1) > 7
    usual = 1.25 * ew_mean(np.abs(error), judged.astype(np.float64), 14)
    limit = np.where(np.cumsum(seen, axis=1) > 14, CLIP * delayed(usual, 1), np.inf)
    return np.asarray(logs - error + np.clip(error, -limit, limit), dtype=np.float64), error


def one_day_error(error: Floats, rolling: Rolling) -> Floats:
    """Return the recent mean absolute one-day error at each origin (series x origins)."""
    judged = (np.cumsum(rolling.seen, axis=1) > 1).astype(np.float64)
    recent = ew_mean(np.abs(error), judged, 28)[:, rolling.origins - 1]
    n = np.maximum(rolling.known_days - 1, 0)
    return np.asarray(np.maximum((n * recent + 3 * UNSURE) / (n + 3), 1e-6), dtype=np.float64)


def ordered(limits: Floats, mean: Floats) -> Floats:
    """Return the limits (low80, high80, low95, high95) stretched to hold the mean and each other."""
    low80, high80 = np.minimum(limits[..., 0], mean), np.maximum(limits[..., 1], mean)
    low95, high95 = np.minimum(limits[..., 2], low80), np.maximum(limits[..., 3], high80)
    return np.stack([low80, high80, low95, high95], axis=-1)


def _before(level: Floats, start: Floats) -> Floats:
    out = delayed(level, 1)
    out[:, :1] = start
    return out


def _methods(clean: Floats, rolling: Rolling) -> Floats:
    """Return the log forecasts of each method (methods x series x origins x horizon)."""
    season = seasonal_effects(clean, rolling.seen, rolling.season)
    adjusted = (clean - season.effect) * rolling.seen
    ahead = season.ahead(rolling.origins, rolling.horizon)
    smooth = theta(adjusted, rolling.seen, rolling.origins, rolling.horizon) + ahead
    regression = ridge(clean, rolling.seen, rolling.origins, rolling.horizon, rolling.season)
    return np.stack([smooth, regression])


def _shares(methods: Floats, offset: Floats, rolling: Rolling) -> Floats:
    """Return the weight of each method (series x origins x methods), adding up to 1.

    Equal weights without evidence; then the fourth power of the inverse mean absolute error, so
    that a method 25 % worse than the other gets 29 % and one twice as bad 6 %.
    """
    actual = rolling.actual()
    error = np.stack([np.abs(_back(method, offset) - actual) for method in methods], axis=-1)
    loss = sum_until_origin(error, rolling, METHOD_MEMORY)
    loss[..., 1] = np.where(rolling.known_days >= RIDGE_FROM, loss[..., 1], np.inf)
    best = loss.min(axis=-1, keepdims=True)
    shares = divide(best, loss, otherwise=1.0) ** SHARPNESS
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), dtype=np.float64)


def _noise_correction(error: Floats, rolling: Rolling) -> Floats:
    """Return the log of how far the mean lies above the median (series x origins).

    Duan's (1983) smearing, on one-day errors within two usual errors and freed of their own mean.
    Half of it: one-day errors also hold what the method did not know; the full correction
    overshot by 1-2 % on real and simulated series, this one by 0.0-0.5 %.
    """
    judged = (np.cumsum(rolling.seen, axis=1) > 7).astype(np.float64)
    limit = 2.5 * ew_mean(np.abs(error), judged, 60)
    ordinary = np.clip(error, -limit, limit)
    mean = ew_mean(ordinary, judged, NOISE_MEMORY)
    smeared = np.log(np.maximum(ew_mean(np.exp(ordinary), judged, NOISE_MEMORY), 1e-300)) - mean
    known = np.cumsum(judged, axis=1) > 0
    return 0.5 * np.clip(np.where(known, smeared, 0.0), 0.0, 0.5)[:, rolling.origins - 1]


def _back(logs: Floats, offset: Floats) -> Floats:
    shape = (-1,) + (1,) * (logs.ndim - 1)
    return np.maximum(np.exp(np.minimum(logs, 600.0)) - offset.reshape(shape), 0.0)
