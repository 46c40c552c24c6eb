"""The frontier: what the best split of each total brings, and what the next money would."""

from __future__ import annotations

from dataclasses import dataclass

from services.planner.limits import Splits, limits_of, splits_of
from services.planner.model import Model, Range, range_of, scaled
from services.planner.question import Question

POINTS = 31
_MOST_VALUES = 20_000
"""The most draws times channels of a point: of more, each second draw is used, or each third."""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """The best split of one total: what it brings, and what one further unit of money brings there."""

    total: float
    brings: float
    brings_range: Range
    next: float | None
    conversions: float | None


@dataclass(frozen=True, slots=True)
class Frontier:
    """The points from the least to the largest total within the bounds, in money of the horizon.

    `draws` is the number of draws behind the ranges.
    """

    horizon_days: int
    today: float
    decided: float
    draws: int
    points: tuple[FrontierPoint, ...]


def frontier(model: Model, question: Question, points: int = POINTS) -> Frontier:
    """Return the frontier of the bounds of a question; without channels it has no points."""
    limits = limits_of(model, question)
    splits = splits_of(model, limits)
    curves = model.curves
    step = max(1, -(-curves.n_draws * len(curves.channels) // _MOST_VALUES))
    totals = [splits.least + (splits.most - splits.least) * n / (points - 1) for n in range(points)]
    made = [_point(model, splits, total, step) for total in totals] if curves.channels else []
    return Frontier(
        horizon_days=round(limits.scale * curves.period_days),
        today=sum(limits.today) / 100,
        decided=round(sum(curve.planned for curve in curves.channels) * limits.scale) / 100,
        draws=len(range(0, curves.n_draws, step)),
        points=tuple(made),
    )


def _point(model: Model, splits: Splits, total: float, step: int) -> FrontierPoint:
    limits = splits.limits
    amounts = limits.money(splits.amounts(total))
    has_conversions = any(model.conversions_each)
    return FrontierPoint(
        total=total / 100,
        brings=limits.scale * model.total(amounts),
        brings_range=scaled(range_of(model.draws(amounts, step)), limits.scale),
        next=_next(model, splits, total),
        conversions=limits.scale * model.conversions(amounts) if has_conversions else None,
    )


def _next(model: Model, splits: Splits, total: float) -> float | None:
    """Return what one further unit of money brings, as the slope over a thousandth of the range of totals."""
    width = (splits.most - splits.least) / 1000
    if width <= 0:
        return None
    low, high = max(total - width / 2, float(splits.least)), min(total + width / 2, float(splits.most))
    at = [splits.limits.scale * model.total(splits.limits.money(splits.amounts(t))) for t in (low, high)]
    return (at[1] - at[0]) / ((high - low) / 100)
