"""Simulated advertising accounts whose true response curves are known.

Nothing here comes from `services`: the shapes are ones that the estimators do not assume (Hill with
an S, power, negative exponential), with carry-over, organic revenue, drifting demand and lasting jumps of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Kind = Literal["rich", "confounded", "constant", "short", "heavy"]
KINDS: tuple[Kind, ...] = ("rich", "confounded", "constant", "short", "heavy")
WINDOW = 28
_STEPS = 1500


@dataclass(frozen=True, slots=True)
class Curve:
    """Daily revenue at a constant daily spend, with today's demand."""

    shape: Callable[[Floats], Floats]
    scale: float
    organic: float

    def __call__(self, spend: Floats) -> Floats:
        return np.asarray(self.organic + self.scale * self.shape(np.asarray(spend, dtype=float)))


@dataclass(frozen=True, slots=True)
class Account:
    """Campaign days, and the truth about them: today's daily spend and the curve of each channel."""

    days: pd.DataFrame
    channels: tuple[str, ...]
    today: Floats
    curves: tuple[Curve, ...]

    def revenue(self, spend: Floats) -> float:
        """Return the true expected daily revenue of a split of daily spend."""
        return float(sum(c(np.asarray(x)) for c, x in zip(self.curves, spend, strict=True)))

    def uplift(self, spend: Floats) -> float:
        """Return what a split brings beyond today's, per day."""
        return self.revenue(spend) - self.revenue(self.today)

    def best_split(self, change: float = 0.3) -> Floats:
        """Return the best split of today's total within the bounds (max-plus dynamic programme)."""
        unit = self.today.sum() / _STEPS
        low, high = (1 - change) * self.today, (1 + change) * self.today
        spare = round((self.today.sum() - low.sum()) / unit)
        best, choices = np.zeros(1), []
        for curve, start, end in zip(self.curves, low, high, strict=True):
            steps = np.arange(min(spare, int((end - start) / unit)) + 1)
            best, choice = _max_plus(best, curve(start + steps * unit), spare)
            choices.append(choice)
        return np.asarray(low + unit * _retrace(choices, min(spare, best.size - 1)))


def account(kind: Kind, seed: int) -> Account:
    """Make one account of a kind; the same seed makes the same account."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    n_days = 100 if kind == "short" else int(rng.integers(400, 900))
    n = int(rng.integers(3, 9))
    shared = _walk(rng, n_days, 0.012)
    if kind == "confounded":
        shared = shared + _shocks(rng, n_days)
    parts = [_channel(rng, kind, n_days, shared) for _ in range(n)]
    names = tuple(f"channel {i}" for i in range(n))
    frames = [part[0].assign(channel=name) for name, part in zip(names, parts, strict=True)]
    return Account(
        days=pd.concat(frames, ignore_index=True),
        channels=names,
        today=np.array([part[0]["cost"].tail(WINDOW).mean() for part in parts]),
        curves=tuple(part[1] for part in parts),
    )


def large_account(n_channels: int, n_days: int) -> pd.DataFrame:
    """Make the campaign days of one account of a given size."""
    rng = np.random.default_rng(n_channels * n_days)
    shared = _walk(rng, n_days, 0.012)
    frames = [
        _channel(rng, "rich", n_days, shared)[0].assign(channel=f"channel {i}") for i in range(n_channels)
    ]
    return pd.concat(frames, ignore_index=True)


def _channel(rng: np.random.Generator, kind: Kind, n_days: int, shared: Floats) -> tuple[pd.DataFrame, Curve]:
    usual = float(np.exp(rng.uniform(np.log(100), np.log(3000))))
    demand = np.exp(shared + _walk(rng, n_days, 0.01) + _season(rng, n_days) + _regime(rng, n_days))
    spend = usual * _spend_pattern(rng, kind, demand)
    shape = _shape(rng, usual)
    scale = usual * float(np.exp(rng.uniform(np.log(1.2), np.log(6)))) / float(shape(np.array(usual)))
    organic = rng.uniform(0, 0.3) * scale * float(shape(np.array(usual)))
    stock = _adstock(spend, rng.uniform(0, 0.6))
    revenue = demand * (organic + scale * shape(stock)) * _noise(rng, kind, n_days)
    now = float(demand[-WINDOW:].mean())
    return _frame(rng, spend, revenue), Curve(shape, scale * now, organic * now)


def _spend_pattern(rng: np.random.Generator, kind: Kind, demand: Floats) -> Floats:
    n = demand.size
    if kind == "constant":
        return np.exp(rng.normal(0, 0.02, n))
    steps = np.repeat(rng.normal(0, 0.35, n // 21 + 2), rng.integers(12, 35, n // 21 + 2))[:n]
    steps = np.resize(steps, n)
    weekday = np.resize(rng.normal(0, 0.1, 7), n)
    follows = rng.uniform(0.5, 1.0) * np.log(demand) if kind == "confounded" else 0.0
    return np.exp(steps + weekday + rng.normal(0, 0.15, n) + follows)


def _shape(rng: np.random.Generator, usual: float) -> Callable[[Floats], Floats]:
    choice = rng.integers(3)
    if choice == 0:
        bend, half = rng.uniform(1.0, 1.8), usual * np.exp(rng.uniform(-1.0, 0.6))
        return lambda x: x**bend / (x**bend + half**bend)
    if choice == 1:
        exponent = rng.uniform(0.25, 0.85)
        return lambda x: (x / usual) ** exponent
    reach = usual * np.exp(rng.uniform(-0.9, 0.9))
    return lambda x: 1 - np.exp(-x / reach)


def _noise(rng: np.random.Generator, kind: Kind, n: int) -> Floats:
    if kind == "heavy":
        return np.exp(np.clip(0.25 * rng.standard_t(2.5, n), -4, 4))
    return np.exp(rng.normal(0, rng.uniform(0.1, 0.3), n))


def _walk(rng: np.random.Generator, n: int, step: float) -> Floats:
    walk = np.zeros(n)
    for t, shock in enumerate(rng.normal(0, step, n)):
        walk[t] = 0.997 * walk[t - 1] + shock
    return walk


def _shocks(rng: np.random.Generator, n: int) -> Floats:
    shocks = rng.normal(0, 0.1, n)
    for t in range(1, n):
        shocks[t] += 0.6 * shocks[t - 1]
    return shocks


def _regime(rng: np.random.Generator, n: int) -> Floats:
    """One channel in three lives through a lasting jump of demand."""
    jump = rng.normal(0, 0.4) if rng.uniform() < 1 / 3 else 0.0
    return np.where(np.arange(n) >= rng.integers(n // 4, n), jump, 0.0)


def _season(rng: np.random.Generator, n: int) -> Floats:
    t = np.arange(n)
    year = rng.uniform(0, 0.2) * np.sin(2 * np.pi * (t / 365.25 + rng.uniform()))
    return year + np.resize(rng.normal(0, 0.1, 7), n)


def _adstock(spend: Floats, carry: float) -> Floats:
    stock = np.empty_like(spend)
    level = spend[0]
    for t, x in enumerate(spend):
        level = carry * level + (1 - carry) * x
        stock[t] = level
    return stock


def _frame(rng: np.random.Generator, spend: Floats, revenue: Floats) -> pd.DataFrame:
    clicks = np.round(spend / rng.uniform(0.3, 2.0))
    return pd.DataFrame(
        {
            "date": pd.date_range("2023-01-02", periods=spend.size),
            "impressions": np.round(clicks / rng.uniform(0.005, 0.05)),
            "clicks": clicks,
            "conversions": np.round(revenue / rng.uniform(20, 80)),
            "cost": np.round(spend, 2),
            "revenue": np.round(revenue, 2),
        }
    )


def _max_plus(best: Floats, gain: Floats, cap: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    size = min(best.size + gain.size - 1, cap + 1)
    table = np.full((gain.size, size), -np.inf)
    for step, value in enumerate(gain):
        end = min(size, step + best.size)
        table[step, step:end] = best[: end - step] + value
    choice = table.argmax(axis=0)
    return table[choice, np.arange(size)], choice


def _retrace(choices: list[npt.NDArray[np.int64]], left: int) -> Floats:
    taken = []
    for choice in reversed(choices):
        taken.append(int(choice[left]))
        left -= taken[-1]
    return np.array(taken[::-1], dtype=float)
