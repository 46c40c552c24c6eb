"""The bounds of a question, and the path from its least to its largest total."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.errors import InvalidFieldError
from services.planner.model import Model
from services.planner.paths import Path
from services.planner.question import Question
from services.text import Text, number

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Limits:
    """Today's amounts and the bounds of each channel in cents of the horizon, and which channels may move.

    `scale` is the length of the horizon in periods of the curves.
    """

    scale: float
    today: tuple[int, ...]
    lower: tuple[int, ...]
    upper: tuple[int, ...]
    is_free: tuple[bool, ...]

    def money(self, cents: Sequence[float]) -> list[float]:
        """Return amounts in money of the period of the curves."""
        return [amount / 100 / self.scale for amount in cents]


@dataclass(frozen=True, slots=True)
class Splits:
    """The splits of all totals: today's within the bounds, and the one where the free channels are best."""

    limits: Limits
    baseline: Path
    best: Path

    @property
    def least(self) -> int:
        """The least total, in cents."""
        return sum(self.limits.lower)

    @property
    def most(self) -> int:
        """The largest total, in cents."""
        return sum(self.limits.upper)

    def amounts(self, total: float) -> list[float]:
        """Return the split of a total (cents, not rounded): held channels keep their part of today's."""
        held = self.baseline.amounts(total)
        free = self.limits.is_free
        best = self.best.amounts(sum(a for a, is_free in zip(held, free, strict=True) if is_free))
        return [b if is_free else h for h, b, is_free in zip(held, best, free, strict=True)]

    def cents(self, total: int) -> list[int]:
        """Return the split of a total in whole cents; it adds up to the total within the bounds."""
        held = self.baseline.cents(total)
        free = self.limits.is_free
        best = self.best.cents(sum(a for a, is_free in zip(held, free, strict=True) if is_free))
        return [b if is_free else h for h, b, is_free in zip(held, best, free, strict=True)]


def limits_of(model: Model, question: Question) -> Limits:
    """Return the bounds of a question; raises `InvalidFieldError` where they contradict each other."""
    curves = model.curves
    scale = (question.horizon_days or curves.period_days) / curves.period_days
    change = curves.change_limit if question.change_limit is None else question.change_limit
    today = tuple(round(100 * curve.spend * scale) for curve in curves.channels)
    bounds = [
        _bounds(question, curve.channel, now, change)
        for curve, now in zip(curves.channels, today, strict=True)
    ]
    return Limits(
        scale=scale,
        today=today,
        lower=tuple(low for low, _ in bounds),
        upper=tuple(high for _, high in bounds),
        is_free=tuple(
            (curve.is_free if question.moves == "advised" else curve.is_open)
            and curve.channel not in question.locked
            for curve in curves.channels
        ),
    )


def splits_of(model: Model, limits: Limits) -> Splits:
    """Return the splits of all totals within the limits."""
    places = range(len(limits.today))
    free = limits.is_free
    lines = [model.line(place) for place in places]
    factor = 100 * limits.scale
    zeros = [0.0 for _ in places]
    return Splits(
        limits,
        baseline=Path([float(now) for now in limits.today], zeros, limits.lower, limits.upper),
        best=Path(
            [factor * slope if free[place] else 0.0 for place, (slope, _) in enumerate(lines)],
            [factor * half for _, half in lines],
            [limits.lower[place] if free[place] else 0 for place in places],
            [limits.upper[place] if free[place] else 0 for place in places],
        ),
    )


def _bounds(question: Question, channel: str, today: int, change_limit: float) -> tuple[int, int]:
    room = math.floor(today * change_limit + _ROUNDING)
    least, most = question.minimum.get(channel), question.maximum.get(channel)
    if least is not None and most is not None and least > most:
        raise _above(f"minimum.{channel}", least, most)
    if channel in question.locked:
        locked = question.locked[channel]
        return _locked(channel, today if locked is None else locked, least, most)
    high = max(today + room, least or 0) if most is None else most
    low = min(today - room, high) if least is None else least
    return low, high


def _locked(channel: str, amount: int, least: int | None, most: int | None) -> tuple[int, int]:
    if most is not None and amount > most:
        raise _above(f"locked.{channel}", amount, most)
    if least is not None and amount < least:
        raise _below(f"locked.{channel}", amount, least)
    return amount, amount


def _above(name: str, amount: int, most: int) -> InvalidFieldError:
    at = Text(en=f"at most {_written(most, 'en')}", ru=f"не больше {_written(most, 'ru')}")
    return InvalidFieldError(parameter=name, value=f"{amount / 100:.2f}", allowed=at)


def _below(name: str, amount: int, least: int) -> InvalidFieldError:
    at = Text(en=f"at least {_written(least, 'en')}", ru=f"не меньше {_written(least, 'ru')}")
    return InvalidFieldError(parameter=name, value=f"{amount / 100:.2f}", allowed=at)


def _written(cents: int, lang: str) -> str:
    return number(cents / 100, "en" if lang == "en" else "ru", decimals=2)
