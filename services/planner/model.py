"""What a split is expected to bring: on the mean curves, and on every draw.

The curves are those of `services.budgeting.curves`, computed in the same order of operations, so that figures
agree with those of the run. A horizon of other days than the period of the curves scales spend and results.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.planner.curves import ChannelCurve, PlanCurves
from services.worth import Worth

LEAST_ELASTICITY, MOST_ELASTICITY = 0.01, 0.99
Amounts = Sequence[float]


@dataclass(frozen=True, slots=True)
class Range:
    """The 10th, 50th and 90th percentile of the draws of an amount."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class _Curve:
    """The parameters of one channel: of the mean curve, and of each draw."""

    ceiling: float
    half: float
    ceilings: array[float]
    halves: array[float]


@dataclass(frozen=True, slots=True)
class Model:
    """The curves of a run, ready for use. Amounts are money of the period of the curves, by channel.

    `conversions_each` are conversions for each unit of what the channel brings (0: not recorded).
    """

    curves: PlanCurves
    conversions_each: tuple[float, ...]
    _parts: tuple[_Curve, ...] = field(repr=False)
    _remembered: dict[tuple[float, ...], list[float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def mean(self, place: int, amount: float) -> float:
        """Return what a channel brings on its mean curve."""
        part = self._parts[place]
        return part.ceiling * amount / (amount + part.half) if amount > 0 else 0.0

    def marginal(self, place: int, amount: float) -> float:
        """Return what the next unit of money brings on the mean curve of a channel."""
        part = self._parts[place]
        return part.ceiling * part.half / (amount + part.half) ** 2

    def total(self, amounts: Amounts) -> float:
        """Return what all channels bring on their mean curves."""
        parts = zip(self._parts, amounts, strict=True)
        return sum([part.ceiling * x / (x + part.half) for part, x in parts if x > 0])

    def conversions(self, amounts: Amounts) -> float:
        """Return the conversions of all channels on their mean curves."""
        parts = zip(self.conversions_each, self._parts, amounts, strict=True)
        return sum([each * (part.ceiling * x / (x + part.half)) for each, part, x in parts if x > 0])

    def line(self, place: int) -> tuple[float, float]:
        """Return the slope and the offset of the optimal path (see `paths`), in money."""
        part = self._parts[place]
        return math.sqrt(part.ceiling * part.half), part.half

    def draws(self, amounts: Amounts, step: int = 1) -> list[float]:
        """Return what all channels bring, for each `step`-th draw.

        Two channels are added in one pass: that takes two thirds of the time of one after the other.
        """
        parts = zip(self._parts, amounts, strict=True)
        active = [(part, amount) for part, amount in parts if amount > 0 and part.ceiling > 0]
        sums = [0.0] * len(range(0, self.curves.n_draws, step))
        for (one, x), (two, y) in zip(active[::2], active[1::2], strict=False):
            ends = one.ceilings[::step], one.halves[::step], two.ceilings[::step], two.halves[::step]
            sums = [s + a * x / (x + k) + b * y / (y + h) for s, a, k, b, h in zip(sums, *ends, strict=True)]
        if len(active) % 2:
            one, x = active[-1]
            last = one.ceilings[::step], one.halves[::step]
            sums = [s + a * x / (x + k) for s, a, k in zip(sums, *last, strict=True)]
        return sums

    def draws_of_today(self, amounts: Amounts) -> list[float]:
        """Return `draws` of the amounts of today, which are remembered for each horizon."""
        key = tuple(amounts)
        if key not in self._remembered:
            self._remembered[key] = self.draws(amounts)
        return self._remembered[key]


def model_of(curves: PlanCurves, worth: Worth) -> Model:
    """Return the model of the curves of a run; `worth` is what its account is judged by."""
    return Model(
        curves,
        tuple(_conversions_each(curve, worth) for curve in curves.channels),
        tuple(map(_prepared, curves.channels)),
    )


def range_of(draws: Sequence[float]) -> Range:
    """Return the percentiles of draws, with linear interpolation between two of them."""
    ordered = sorted(draws)
    return Range(*(_quantile(ordered, part) for part in (0.1, 0.5, 0.9)))


def scaled(range_: Range, factor: float) -> Range:
    """Return a range times a factor above 0."""
    return Range(factor * range_.p10, factor * range_.p50, factor * range_.p90)


def _prepared(curve: ChannelCurve) -> _Curve:
    pairs = [
        _through(curve.spend, revenue, elasticity)
        for revenue, elasticity in zip(curve.revenues, curve.elasticities, strict=True)
    ]
    ceiling, half = _through(curve.spend, curve.revenue, curve.elasticity)
    return _Curve(ceiling, half, array("d", (a for a, _ in pairs)), array("d", (k for _, k in pairs)))


def _through(spend: float, revenue: float, elasticity: float) -> tuple[float, float]:
    """Return ceiling and half of the curve through today's point; without spend it brings nothing."""
    if spend <= 0:
        return 0.0, 1.0
    e = min(max(elasticity, LEAST_ELASTICITY), MOST_ELASTICITY)
    return revenue / (1 - e), spend * e / (1 - e)


def _conversions_each(curve: ChannelCurve, worth: Worth) -> float:
    value = worth.conversion_values.get(curve.channel)
    if value:
        return 1 / value
    return curve.conversions / curve.revenue if curve.conversions and curve.revenue > 0 else 0.0


def _quantile(ordered: Sequence[float], part: float) -> float:
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    rest = place - below
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return high - (high - low) * (1 - rest) if rest >= 0.5 else low + (high - low) * rest
