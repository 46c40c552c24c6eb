"""Simulated accounts from outside the estimator's assumptions, whose true response is known.

Long carry-over, brand search whose spend follows demand, late conversions, seasons and promotions. As in
`accounts`, nothing here comes from `services`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from tests.budgeting.accounts import WINDOW, Account, Curve

Floats = npt.NDArray[np.float64]
World = Literal["carry_over", "brand", "mixture"]
WORLDS: tuple[World, ...] = ("carry_over", "brand", "mixture")
BRAND_NAMES = ("Brand search", "Google | Brand | Exact", "Поиск: бренд")
OTHER_NAMES = ("Meta prospecting", "Google generic", "YouTube", "TikTok", "Affiliates", "Display", "Native")


@dataclass(frozen=True, slots=True)
class _Makeup:
    """What one account is made of: days, carry-over half-lives, mean delay, and its demand."""

    n_days: int
    half_life: Callable[[], float]
    delay: float
    demand: Floats
    shared_events: Floats
    follows: float


def world_account(world: World, seed: int) -> Account:
    """Make one account of a world; the same seed makes the same account."""
    rng = np.random.default_rng([100 + WORLDS.index(world), seed])
    makeup = _makeup(rng, world)
    n_others = int(rng.integers(1, 5)) if world == "brand" else int(rng.integers(3, 8))
    with_brand = world == "brand" or (world == "mixture" and rng.uniform() < 0.7)
    names = list(rng.permutation(OTHER_NAMES)[:n_others])
    parts = [_prospecting(rng, makeup) for _ in names]
    if with_brand:
        names.append(str(rng.choice(BRAND_NAMES)))
        parts.append(_brand(rng, makeup))
    frames = [part[0].assign(channel=name) for name, part in zip(names, parts, strict=True)]
    return Account(
        days=pd.concat(frames, ignore_index=True),
        channels=tuple(names),
        today=np.array([part[0]["cost"].tail(WINDOW).mean() for part in parts]),
        curves=tuple(part[1] for part in parts),
    )


def _makeup(rng: np.random.Generator, world: World) -> _Makeup:
    n_days = int(rng.integers(400, 1000))
    demand = np.exp(_walk(rng, n_days, 0.012) + _week(rng, n_days, 0.1))
    events = np.ones(n_days)
    if world == "mixture":
        demand = demand * _year(rng, n_days) * (events := _promotions(rng, n_days))
    if world == "brand":
        demand = demand * np.exp(0.15 * _shocks(rng, n_days))
    return _Makeup(
        n_days=n_days,
        half_life={
            "carry_over": lambda: float(rng.uniform(7, 21)),
            "brand": lambda: float(rng.uniform(0.2, 2.0)),
            "mixture": lambda: float(rng.choice([rng.uniform(0.2, 3), rng.uniform(3, 21)])),
        }[world],
        delay=float(rng.choice([0, 1, 2, 4])) if world == "mixture" else 0.0,
        demand=demand,
        shared_events=events,
        follows=float(rng.uniform(0, 0.6)) if world == "mixture" else 0.0,
    )


def _prospecting(rng: np.random.Generator, makeup: _Makeup) -> tuple[pd.DataFrame, Curve]:
    """Make a channel whose spend is planned in steps, and in part follows demand."""
    n, usual = makeup.n_days, float(np.exp(rng.uniform(np.log(100), np.log(3000))))
    demand = makeup.demand * np.exp(_walk(rng, n, 0.008))
    steps = np.resize(np.repeat(rng.normal(0, 0.35, n // 14 + 2), rng.integers(12, 35)), n)
    spend = usual * np.exp(steps + _week(rng, n, 0.08) + rng.normal(0, 0.15, n)) * demand**makeup.follows
    shape = _shape(rng, usual)
    roas = float(np.exp(rng.uniform(np.log(1.2), np.log(6))))
    gain = usual * roas / float(shape(np.array(usual)))
    organic = float(rng.uniform(0, 0.25)) * usual * roas
    expected = demand * (organic + gain * shape(_stock(spend, makeup.half_life())))
    return _reported(rng, makeup, spend, expected), _curve(shape, gain, organic, demand)


def _brand(rng: np.random.Generator, makeup: _Makeup) -> tuple[pd.DataFrame, Curve]:
    """Make a channel that pays for clicks of people who search for the brand: most would buy anyway."""
    n, usual = makeup.n_days, float(np.exp(rng.uniform(np.log(80), np.log(800))))
    demand = makeup.demand * np.exp(_walk(rng, n, 0.004))
    spend = usual * demand ** rng.uniform(0.8, 1.1) * np.exp(rng.normal(0, 0.08, n))
    revenue, incremental = usual * float(rng.uniform(8, 12)), float(rng.uniform(0.02, 0.2))
    half = float(usual * rng.uniform(0.2, 1.0))
    gain, organic = incremental * revenue * (usual + half) / usual, (1 - incremental) * revenue

    def shape(x: Floats) -> Floats:
        return np.asarray(x / (x + half))

    # Clicks follow demand: per searcher the spend is as before, so the response is to spend / demand.
    expected = demand * (organic + gain * shape(spend / demand))
    now = float(demand[-WINDOW:].mean())
    curve = Curve(lambda x: shape(np.asarray(x) / now), gain * now, organic * now)
    return _reported(rng, makeup, spend, expected), curve


def _curve(shape: Callable[[Floats], Floats], gain: float, organic: float, demand: Floats) -> Curve:
    now = float(demand[-WINDOW:].mean())
    return Curve(shape, gain * now, organic * now)


def _shape(rng: np.random.Generator, usual: float) -> Callable[[Floats], Floats]:
    choice = rng.integers(3)
    if choice == 0:
        bend, half = float(rng.uniform(0.8, 1.5)), usual * float(np.exp(rng.uniform(-1.2, 0.5)))
        return lambda x: x**bend / (x**bend + half**bend)
    if choice == 1:
        exponent = float(rng.uniform(0.25, 0.85))
        return lambda x: (x / usual) ** exponent
    reach = usual * float(np.exp(rng.uniform(-0.7, 1.2)))
    return lambda x: np.log1p(x / reach)


def _reported(rng: np.random.Generator, makeup: _Makeup, spend: Floats, expected: Floats) -> pd.DataFrame:
    """Return the rows as the export shows them: whole orders, the newest of which are not in yet."""
    order_value = float(np.exp(rng.uniform(np.log(20), np.log(90))))
    luck = np.exp(rng.normal(0, rng.uniform(0.08, 0.25), spend.size))
    age = np.arange(spend.size)[::-1]
    complete = 1 - np.exp(-(age + 0.5) / makeup.delay) if makeup.delay else np.ones(spend.size)
    orders = rng.poisson(expected * luck * complete / order_value)
    value = order_value * np.exp(rng.normal(0, 0.5, spend.size) / np.sqrt(np.maximum(orders, 1)))
    clicks = np.round(spend / rng.uniform(0.3, 2.0)) + orders
    return pd.DataFrame(
        {
            "date": pd.date_range("2023-06-05", periods=spend.size),
            "impressions": np.round(clicks / rng.uniform(0.005, 0.05)),
            "clicks": clicks,
            "conversions": orders.astype(float),
            "cost": np.round(spend, 2),
            "revenue": np.round(orders * value, 2),
        }
    )


def _stock(spend: Floats, half_life: float) -> Floats:
    carry = 0.5 ** (1 / half_life)
    stock, level = np.empty_like(spend), float(spend[:28].mean())
    for t, x in enumerate(spend):
        level = carry * level + (1 - carry) * x
        stock[t] = level
    return stock


def _walk(rng: np.random.Generator, n: int, step: float) -> Floats:
    walk = np.zeros(n)
    for t, shock in enumerate(rng.normal(0, step, n)):
        walk[t] = 0.997 * walk[t - 1] + shock
    return walk


def _shocks(rng: np.random.Generator, n: int) -> Floats:
    shocks = rng.normal(0, 1, n)
    for t in range(1, n):
        shocks[t] = 0.8 * shocks[t - 1] + 0.6 * shocks[t]
    return shocks


def _week(rng: np.random.Generator, n: int, size: float) -> Floats:
    return np.resize(rng.normal(0, size, 7), n)


def _year(rng: np.random.Generator, n: int) -> Floats:
    """Return a yearly wave, with a peak of two to four weeks before Christmas in half of the accounts."""
    day = (np.arange(n) + 156) % 365  # from 5 June on
    wave = np.exp(rng.uniform(0, 0.3) * np.sin(2 * np.pi * (day / 365.25 + rng.uniform())))
    peak = 1 + rng.uniform(0.2, 1.0) * np.exp(-0.5 * ((day - 348) / rng.uniform(5, 10)) ** 2)
    return np.asarray(wave * (peak if rng.uniform() < 0.5 else 1.0))


def _promotions(rng: np.random.Generator, n: int) -> Floats:
    """Return demand in promotions of 2 to 9 days, some six a year."""
    lift = np.ones(n)
    for start in rng.integers(0, n, rng.poisson(6 * n / 365)):
        lift[start : start + int(rng.integers(2, 10))] *= 1 + rng.uniform(0.2, 1.0)
    return lift
