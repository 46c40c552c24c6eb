"""The total that fits an aim: where the last unit just pays, or where a target is reached.

The totals between the bounds are searched on a grid, then the interval found is halved. A split of held and
free channels need not have a concave result, so nothing is concluded from slopes alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.planner.limits import Splits
from services.planner.model import Model, Range, range_of
from services.planner.question import Target

_STEPS = 40
_HALVINGS = 40
_RANGE_STEPS = 10
_RANGE_VALUES = 8_000  # draws times channels, for the range of the best total
_GOLDEN = (math.sqrt(5) - 1) / 2
_FROM = {"roi": "ratio", "cpa": "ratio", "revenue": "sum", "conversions": "sum"}


@dataclass(frozen=True, slots=True)
class Found:
    """A total in cents; `is_reached` is False where it is only the nearest to the target."""

    total: int
    is_reached: bool = True


def best_total(model: Model, splits: Splits) -> int:
    """Return the total in cents with the largest profit: there the last unit just pays."""
    return round(_peak(splits, lambda total: _profit(model, splits, total)))


def range_of_best(model: Model, splits: Splits) -> Range:
    """Return the percentiles of the best total in money: of each draw's own, on the same path.

    A parabola through the best of 11 totals and its neighbours gives the best total of a draw.
    """
    grid = _grid(splits, _RANGE_STEPS)
    if grid[0] == grid[-1]:
        return Range(*(grid[0] / 100,) * 3)
    n = model.curves.n_draws * len(model.curves.channels)
    step = max(1, -(-n // _RANGE_VALUES))
    columns = []
    for total in grid:
        cost = total / 100 / splits.limits.scale
        brought = model.draws(splits.limits.money(splits.amounts(total)), step)
        columns.append([value - cost for value in brought])
    return range_of([_top(grid, profits) / 100 for profits in zip(*columns, strict=True)])


def total_for(model: Model, splits: Splits, target: Target) -> Found:
    """Return the total for a target: the least for a sum, the largest for a ratio, or the nearest one."""
    measure = _measure(model, splits, target)
    if _FROM[target.kind] == "sum":
        return _least(splits, measure)
    grid = _grid(splits, _STEPS)
    places = [place for place, total in enumerate(grid) if measure(total) >= 0]
    if not places:
        peak = _peak(splits, lambda total: _ratio(model, splits, target, total))
        if measure(peak) < 0:
            return Found(round(peak), is_reached=False)
        return Found(math.floor(_border(measure, peak, float(splits.most))))
    last = places[-1]
    if last == len(grid) - 1:
        return Found(splits.most)
    return Found(math.floor(_border(measure, grid[last], grid[last + 1])))


def reached(model: Model, splits: Splits, target: Target, total: float) -> float:
    """Return what a total reaches of a target, in the target's unit; infinite cost without conversions."""
    amounts = splits.limits.money(splits.amounts(total))
    cost, scale = total / 100, splits.limits.scale
    if target.kind in ("cpa", "conversions"):
        conversions = scale * model.conversions(amounts)
        if target.kind == "conversions":
            return conversions
        return cost / conversions if conversions > 0 else math.inf
    brought = scale * model.total(amounts)
    return brought if target.kind == "revenue" else (brought / cost - 1 if cost > 0 else math.inf)


def _measure(model: Model, splits: Splits, target: Target) -> Callable[[float], float]:
    """Return a function of the total that is at least 0 where the target is reached."""

    def above(total: float) -> float:
        amounts = splits.limits.money(splits.amounts(total))
        cost, scale = total / 100, splits.limits.scale
        match target.kind:
            case "roi":
                return scale * model.total(amounts) - (1 + target.value) * cost
            case "cpa":
                return scale * model.conversions(amounts) - cost / target.value
            case "revenue":
                return scale * model.total(amounts) - target.value
            case "conversions":
                return scale * model.conversions(amounts) - target.value

    return above


def _ratio(model: Model, splits: Splits, target: Target, total: float) -> float:
    """Return what a unit of money brings on average: conversions for a target of their cost."""
    amounts = splits.limits.money(splits.amounts(total))
    brought = model.conversions(amounts) if target.kind == "cpa" else model.total(amounts)
    return brought / total if total > 0 else -math.inf


def _least(splits: Splits, measure: Callable[[float], float]) -> Found:
    if measure(float(splits.least)) >= 0:
        return Found(splits.least)
    if measure(float(splits.most)) < 0:
        return Found(splits.most, is_reached=False)
    return Found(min(splits.most, math.ceil(_border(measure, float(splits.most), float(splits.least)))))


def _border(measure: Callable[[float], float], inside: float, outside: float) -> float:
    """Return the total next to `outside` where the measure is still at least 0."""
    for _ in range(_HALVINGS):
        middle = inside + (outside - inside) / 2
        inside, outside = (middle, outside) if measure(middle) >= 0 else (inside, middle)
    return inside


def _peak(splits: Splits, value: Callable[[float], float]) -> float:
    """Return the total with the largest value: the best of a grid, then golden sections around it."""
    grid = _grid(splits, _STEPS)
    values = [value(total) for total in grid]
    best = max(range(len(grid)), key=lambda place: (values[place], -place))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(_HALVINGS):
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = value(right)
    middle = low + (high - low) / 2
    return middle if value(middle) >= values[best] else grid[best]


def _profit(model: Model, splits: Splits, total: float) -> float:
    amounts = splits.limits.money(splits.amounts(total))
    return splits.limits.scale * model.total(amounts) - total / 100


def _grid(splits: Splits, steps: int) -> list[float]:
    least, most = splits.least, splits.most
    return [least + (most - least) * step / steps for step in range(steps + 1)]


def _top(grid: Sequence[float], values: Sequence[float]) -> float:
    """Return where a parabola through the largest value and its neighbours is largest."""
    best = max(range(len(values)), key=lambda place: (values[place], -place))
    if best in (0, len(values) - 1):
        return grid[best]
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return grid[best] + min(max(shift, -1.0), 1.0) * (grid[1] - grid[0])
