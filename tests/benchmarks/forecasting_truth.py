"""Simulated series and accounts whose truth is known. It shares no code with the forecasters.

The shapes go beyond what the forecasters assume: random-walk demand, level shifts, outages, bursts,
autocorrelated and heavy-tailed noise, overdispersed counts, ratios that drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EASTER = {
    year: pd.Timestamp(year, *day)
    for year, day in {2021: (4, 4), 2022: (4, 17), 2023: (4, 9), 2024: (3, 31), 2025: (4, 20)}.items()
}
COUNTS = ("impressions", "clicks", "conversions", "cost", "revenue")


@dataclass(frozen=True, slots=True)
class RatioTruth:
    """Counts of a ratio (series x days) and the true ratio behind them."""

    top: Floats
    bottom: Floats
    ratio: Floats


def daily_series(seed: int) -> Floats:
    """Return one weekly-seasonal daily series of 200 to 1095 days."""
    random = np.random.default_rng([1, seed])
    length = int(random.choice([200, 400, 730, 1095]))
    time = np.arange(length)
    log_level = (
        random.uniform(1.5, 11)
        + np.cumsum(random.normal(0, random.choice([0.0, 0.01, 0.03]), length))
        + random.choice([0, 0.15, 0.4]) * np.sin(2 * np.pi * (time / 365.25 + random.random()))
        + random.normal(0, 0.0005) * time
        + _weekly(random, [0.1, 0.2, 0.35])[time % 7]
        + _shift(random, time)
        + autoregressive(random, length, random.choice([0, 0.5]), random.uniform(0.05, 0.35))
    )
    values = random.poisson(np.exp(np.minimum(log_level, 20))).astype(np.float64)
    return _disturbed(random, values)


def shop(seed: int) -> pd.Series:
    """Return a shop's daily orders over 2 to 4 years, with sales, Christmas, Easter and closed days."""
    random = np.random.default_rng([4, seed])
    dates = pd.date_range(
        end=f"2025-{random.integers(1, 12):02}-15", periods=int(random.choice([730, 1095, 1400]))
    )
    time = np.arange(len(dates))
    log_level = (
        random.uniform(3, 8)
        + np.cumsum(random.normal(0, random.choice([0.0, 0.004, 0.012]), len(dates)))
        + random.normal(0, 0.0004) * time
        + random.choice([0, 0.1, 0.3]) * np.sin(2 * np.pi * (time / 365.25 + random.random()))
        + _weekly(random, [0.1, 0.2, 0.35])[dates.day_of_week]
        + _calendar_effects(random, dates)
        + _shift(random, time)
        + autoregressive(random, len(dates), random.choice([0, 0.5]), random.uniform(0.04, 0.2))
    )
    values = random.poisson(np.exp(np.minimum(log_level, 18))).astype(np.float64)
    is_closed = dates.strftime("%m-%d").isin(["12-25", "12-26", "01-01"]) & (random.random() < 0.4)
    return pd.Series(np.where(is_closed, 0.0, values), index=dates)


def _calendar_effects(random: np.random.Generator, dates: pd.DatetimeIndex) -> Floats:
    """Return the logs that Black Friday, Christmas, the turn of the year and Easter add."""
    sale, december = random.choice([0, 0.4, 1.0]), random.choice([-0.5, 0.3, 0.8])
    turn, easter = -random.uniform(0.1, 0.7), random.normal(-0.2, 0.3)
    out = np.zeros(len(dates))
    for year in range(dates[0].year, dates[-1].year + 1):
        november = pd.Timestamp(year, 11, 1)
        thanksgiving = november + pd.Timedelta(days=(3 - november.day_of_week) % 7 + 21)
        since = (dates - thanksgiving).days
        out += sale * random.normal(1, 0.15) * np.isin(since, [0, 1, 2, 3, 4])
        out += easter * np.isin((dates - EASTER[year]).days, [-2, 0, 1])
    advent = (dates.month == 12) & (dates.day <= 23)
    out += december * np.where(advent, dates.day / 23, 0.0) - 0.5 * (dates.strftime("%m-%d") == "12-24")
    around = ((dates.month == 12) & (dates.day >= 25)) | ((dates.month == 1) & (dates.day <= 4))
    return np.asarray(out + turn * around, dtype=np.float64)


def ratios(series: int, days: int, seed: int) -> RatioTruth:
    """Return ratios that drift, return to their mean, follow the week and the year, or do not."""
    random = np.random.default_rng([2, seed])
    time = np.arange(days)
    step = random.choice([0, 0.005, 0.015], (series, 1))
    drift = np.cumsum(random.normal(size=(series, days)), axis=1) * step
    swing = np.stack([autoregressive(random, days, 0.9, 0.03) for _ in range(series)])
    week = np.stack([_weekly(random, [0, 0.1, 0.25]) for _ in range(series)])[:, time % 7]
    year = random.choice([0, 0.2], (series, 1)) * np.sin(
        2 * np.pi * (time / 365.25 + random.random((series, 1)))
    )
    base = random.choice([0.01, 0.03, 0.08], (series, 1))
    ratio = np.minimum(base * np.exp(drift + swing * random.choice([0, 1], (series, 1)) + week + year), 0.9)
    size = random.uniform(3, 9, (series, 1)) + 0.4 * np.sin(2 * np.pi * time / 365 + 1) + 0.3 * (time % 7 < 5)
    bottom = random.poisson(np.exp(size + random.normal(0, 0.3, (series, days))))
    top = random.binomial(bottom, np.minimum(ratio * random.gamma(30, 1 / 30, ratio.shape), 1))
    return RatioTruth(top.astype(np.float64), bottom.astype(np.float64), ratio)


def account(channels: int, days: int, seed: int) -> pd.DataFrame:
    """Return campaign days of an account with wandering demand, clicks, sales and order values."""
    random = np.random.default_rng([3, seed])
    time = np.arange(days)
    parts = []
    for number in range(channels):
        demand = np.cumsum(random.normal(0, 0.01, days)) + autoregressive(random, days, 0.7, 0.08)
        week = _weekly(random, [0.1, 0.25])[time % 7]
        cost = np.exp(random.uniform(3, 7) + 0.5 * week + random.normal(0, 0.15, days))
        impressions = random.poisson(cost * 25 * np.exp(week))
        clicks = random.binomial(impressions, random.uniform(0.01, 0.04))
        conversions = random.binomial(clicks, np.clip(0.05 * np.exp(demand), 0, 1))
        values = (impressions, clicks, conversions, cost, conversions * random.lognormal(3.5, 0.2, days))
        dates = pd.date_range("2023-01-01", periods=days)
        columns = dict(zip(COUNTS, values, strict=True))
        parts.append(pd.DataFrame({"channel": f"Channel {number:03}", "date": dates, **columns}))
    return pd.concat(parts, ignore_index=True).astype(dict.fromkeys(COUNTS, float))


def autoregressive(random: np.random.Generator, length: int, memory: float, noise: float) -> Floats:
    """Return an AR(1) path that begins at its mean."""
    path = np.zeros(length)
    for day in range(1, length):
        path[day] = memory * path[day - 1] + random.normal(0, noise)
    return path


def _weekly(random: np.random.Generator, sizes: list[float]) -> Floats:
    effect = random.choice(sizes) * random.normal(size=7)
    return np.asarray(effect - effect.mean(), dtype=np.float64)


def _shift(random: np.random.Generator, time: NDArray[np.int64]) -> Floats:
    size = random.normal(0, 0.4) if random.random() < 0.3 else 0.0
    return np.where(time > len(time) * random.uniform(0.3, 0.95), size, 0.0)


def _disturbed(random: np.random.Generator, values: Floats) -> Floats:
    """Return the values with bursts in a third of the series and an outage in a seventh."""
    values = values.copy()
    if random.random() < 0.3:
        bursts = random.choice(len(values), max(1, len(values) // 100), replace=False)
        values[bursts] *= random.uniform(2, 6, len(bursts))
    if random.random() < 0.15:
        start = int(random.integers(20, len(values) - 90))
        values[start : start + int(random.integers(5, 20))] = 0
    return values
