"""Accounts in which nothing lasting happens, and which break the assumptions of `tests.insights.simulated`.

Days with very heavy tails, demand that wanders or remembers, promotions, days without any order, a season.
The true level of each rate is known, so a told change of direction can be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]
Random = np.random.Generator

CHANNELS, DAYS = 5, 458


def _calm(random: Random) -> Floats:
    return np.ones((CHANNELS, DAYS))


def _remembering(random: Random) -> Floats:
    """Return demand of an AR(1) with a memory of three weeks."""
    steps = random.normal(0, 0.25 * np.sqrt(1 - 0.95**2), (CHANNELS, DAYS + 100))
    return np.exp(lfilter([1.0], [1.0, -0.95], steps, axis=1)[:, 100:])


def _wandering(random: Random) -> Floats:
    return np.exp(np.cumsum(random.normal(0, 0.015, (CHANNELS, DAYS)), axis=1))


def _promotions(random: Random) -> Floats:
    demand = np.ones((CHANNELS, DAYS))
    for channel in range(CHANNELS):
        for start in random.integers(0, DAYS, 10).tolist():
            demand[channel, start : start + int(random.integers(3, 10))] *= random.uniform(1.3, 2.5)
    return demand


def _many_zeros(random: Random) -> Floats:
    return np.where(random.random((CHANNELS, DAYS)) < 0.3, 1 / 0.3, 0.0)


def _season(random: Random) -> Floats:
    turn = 2 * np.pi * np.arange(DAYS) / 365 + random.uniform(0, 2 * np.pi)
    return np.broadcast_to(1 + 0.35 * np.sin(turn), (CHANNELS, DAYS))


WORLDS: Mapping[str, tuple[Callable[[Random], Floats], float]] = {
    "calm days": (_calm, 0.2),
    "skewed days (lognormal, sigma 1)": (_calm, 1.0),
    "demand with a memory of weeks": (_remembering, 0.2),
    "demand that wanders": (_wandering, 0.2),
    "promotions": (_promotions, 0.2),
    "orders on three days in ten": (_many_zeros, 0.4),
    "a season": (_season, 0.2),
}
"""By name: the demand of each channel and day, and the sigma of the lognormal order values of a day."""

CALM = ("calm days", "skewed days (lognormal, sigma 1)", "orders on three days in ten")
"""Worlds in which no rate has any lasting change, so that every told direction is luck."""


def account(name: str, seed: int) -> pd.DataFrame:
    """Return the campaign days of an account of a world."""
    demand_of, sigma = WORLDS[name]
    random = np.random.default_rng([23, seed, list(WORLDS).index(name)])
    size = (CHANNELS, DAYS)
    week = np.resize(np.exp(random.normal(0, 0.2, 7)), DAYS)
    cost = 300 * week * _noise(random, 0.3, size)
    impressions = np.round(cost * 100 * _noise(random, 0.1, size))
    clicks = random.binomial(impressions.astype(int), np.clip(0.02 * _noise(random, 0.1, size), 0, 1))
    expected = clicks * 0.05 * demand_of(random) * _noise(random, sigma / 2, size)
    conversions = random.poisson(expected).astype(float)
    revenue = conversions * 60 * _noise(random, sigma, size)
    values = {
        "impressions": impressions,
        "clicks": clicks.astype(float),
        "conversions": conversions,
        "cost": cost.round(2),
        "revenue": revenue.round(2),
    }
    return pd.DataFrame(
        {
            "channel": np.repeat([f"Channel {number + 1}" for number in range(CHANNELS)], DAYS),
            "date": np.tile(pd.date_range("2025-01-01", periods=DAYS), CHANNELS),
            **{name: of_name.ravel() for name, of_name in values.items()},
        }
    )


def _noise(random: Random, sigma: float, size: tuple[int, int]) -> Floats:
    """Return lognormal factors with mean 1."""
    return np.exp(random.normal(0, sigma, size) - sigma**2 / 2)
