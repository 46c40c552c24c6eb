"""Simulated accounts whose truth is known: without any effect, or with one that is injected.

Nothing here comes from `services`. Conversion follows an autocorrelated demand that the channels
share in part, days of the week differ, orders can be few and their values heavy-tailed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import lfilter

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """How an account behaves: sizes, persistence of demand, tails of order values, orders per day."""

    channels: int = 4
    days: int = 400
    persistence: float = 0.6
    demand: float = 0.08
    heavy: bool = False
    orders_per_day: float = 60.0
    elasticity: float = 1.0
    spend_noise: float = 0.15
    roas: Sequence[float] = (3.0,)


def account(seed: int, kind: Kind | None = None) -> pd.DataFrame:
    """Return the campaign days of an account in which nothing happens."""
    kind = kind or Kind()
    random = np.random.default_rng([7, seed])
    shared = _wander(random, kind.days, kind.persistence, kind.demand)
    parts = [_channel(random, kind, shared, number) for number in range(kind.channels)]
    return pd.concat(parts, ignore_index=True)


def _channel(random: np.random.Generator, kind: Kind, shared: Floats, number: int) -> pd.DataFrame:
    n = kind.days
    own = _wander(random, n, kind.persistence, kind.demand)
    weekday = np.resize(np.exp(random.normal(0, 0.15, 7)), n)
    noise = random.normal(0, kind.spend_noise, n) + _wander(random, n, 0.7, kind.spend_noise / 2)
    order_value = float(random.uniform(20, 80))
    roas = kind.roas[number % len(kind.roas)]
    usual = kind.orders_per_day * order_value / roas
    cost = usual * weekday * np.exp(noise)
    price = float(random.uniform(0.002, 0.02))
    ctr = float(random.uniform(0.01, 0.05))
    impressions = np.round(cost / price * np.exp(random.normal(0, 0.1, n)))
    clicks = random.binomial(impressions.astype(int), np.clip(ctr * np.exp(random.normal(0, 0.1, n)), 0, 1))
    wanted = kind.orders_per_day / (usual / price * ctr)  # conversions per click
    saturation = (cost / usual) ** (kind.elasticity - 1)
    by_day = np.resize(np.exp(random.normal(0, 0.1, 7)), n)
    by_day *= weekday.sum() / (weekday * by_day).sum()  # the channels' true ROAS stays the same
    rate = wanted * saturation * np.exp((shared + own) / 2**0.5) * by_day
    conversions = random.poisson(clicks * rate).astype(float)
    conversions = np.minimum(conversions, clicks)
    tail = 0.3 * random.standard_t(2.5, n) if kind.heavy else random.normal(0, 0.15, n)
    revenue = conversions * order_value * np.exp(np.clip(tail, -2, 3))
    return pd.DataFrame(
        {
            "channel": f"Channel {number + 1}",
            "date": pd.date_range("2025-01-01", periods=n),
            "impressions": impressions,
            "clicks": clicks.astype(float),
            "conversions": conversions,
            "cost": np.round(cost, 2),
            "revenue": np.round(revenue, 2),
        }
    )


def _wander(random: np.random.Generator, n: int, persistence: float, size: float) -> Floats:
    """Return a stationary AR(1) series with standard deviation `size`."""
    steps = random.normal(0, size * np.sqrt(1 - persistence**2), n + 100)
    return np.asarray(lfilter([1.0], [1.0, -persistence], steps)[100:], dtype=np.float64)


def changed(days: pd.DataFrame, channel: str, last: int, **factors: float) -> pd.DataFrame:
    """Return the days with some counts of a channel multiplied in its last days."""
    out = days.copy()
    rows = (out["channel"] == channel) & (out["date"] > out["date"].max() - pd.Timedelta(days=last))
    for name, factor in factors.items():
        out.loc[rows, name] = np.round(out.loc[rows, name] * factor, 2)
    return out


def segments(days: pd.DataFrame, seed: int, lift: float = 1.0) -> pd.DataFrame:
    """Return the last 90 days split at random by device and region.

    With a lift, revenue and conversions of mobile in Channel 1 are that much higher than its others'.
    """
    random = np.random.default_rng([8, seed])
    recent = days[days["date"] > days["date"].max() - pd.Timedelta(days=90)]
    values = {"device": ("desktop", "mobile", "tablet"), "region": ("east", "north", "south", "west")}
    parts = [
        _split(random, recent, attribute, names, lift if attribute == "device" else 1.0)
        for attribute, names in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _split(
    random: np.random.Generator, days: pd.DataFrame, attribute: str, names: Sequence[str], lift: float
) -> pd.DataFrame:
    """Split each day at random: counts as they fall, money with the noise of single orders."""
    shares = random.dirichlet(np.full(len(names), 20.0), len(days))
    frames = []
    for place, name in enumerate(names):
        part = days[["channel"]].assign(attribute=attribute, value=name)
        for count in ("impressions", "clicks", "cost"):
            part[count] = days[count] * shares[:, place]
        gain = np.where((days["channel"] == "Channel 1") & (name == "mobile"), lift, 1.0)
        part["conversions"] = random.poisson(days["conversions"] * shares[:, place] * gain).astype(float)
        order = days["revenue"] / days["conversions"].clip(lower=1)
        part["revenue"] = part["conversions"] * order * np.exp(random.normal(0, 0.1, len(days)))
        frames.append(part)
    return pd.concat(frames).groupby(["channel", "attribute", "value"], as_index=False).sum()
