"""Paths of splits: as a common level rises, each amount rises along a line between its bounds.

With Michaelis-Menten curves the optimal split is such a path: at the marginal return m, a channel spends
sqrt(a k) / sqrt(m) - k, which is linear in the level 1 / sqrt(m). Today's split scaled to any total is one,
too. So the level of a total is found exactly, from the levels at which amounts leave and reach their bounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Path:
    """Amounts of the channels, clip(slope x level - offset, lower, upper), in cents.

    `lower` and `upper` are whole. A channel with a slope of 0 stays at its lower bound.
    """

    slopes: Sequence[float]
    offsets: Sequence[float]
    lower: Sequence[int]
    upper: Sequence[int]
    _levels: list[float] = field(init=False, repr=False)
    _sums: list[float] = field(init=False, repr=False)
    _rises: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        levels, sums, rises = _corners(self)
        object.__setattr__(self, "_levels", levels)
        object.__setattr__(self, "_sums", sums)
        object.__setattr__(self, "_rises", rises)

    def amounts(self, total: float) -> list[float]:
        """Return the amounts (cents, not rounded) whose sum is `total`, or the nearest sum on the path."""
        level = self._level_of(total)
        parts = zip(self.slopes, self.offsets, self.lower, self.upper, strict=True)
        return [
            low if (value := slope * level - offset) < low else high if value > high else value
            for slope, offset, low, high in parts
        ]

    def cents(self, total: int) -> list[int]:
        """Return whole cents whose sum is `total`, clipped to the sums of the bounds.

        Amounts are rounded on the path, so that no share falls when the total rises. The rest of the total
        is added in the order of the channels.
        """
        if total <= sum(self.lower) or not self._levels:
            return _raised(list(self.lower), self.upper, total)
        slack = len(self.lower) + 1
        less, more = self._level_of(total - slack), self._level_of(total + slack)
        while less < (middle := less + (more - less) / 2) < more:
            found = self._rounded(middle)
            if (reached := sum(found)) == total:
                return found
            less, more = (middle, more) if reached < total else (less, middle)
        below = self._rounded(less)
        split = below if sum(below) <= total else list(self.lower)
        for goal in (list(map(max, split, self._rounded(more))), self.upper):
            split = _raised(split, goal, total)
        return split

    def _rounded(self, level: float) -> list[int]:
        parts = zip(self.slopes, self.offsets, self.lower, self.upper, strict=True)
        return [
            low if (value := round(slope * level - offset)) < low else high if value > high else value
            for slope, offset, low, high in parts
        ]

    def _level_of(self, total: float) -> float:
        """Return the level at which the amounts add up to `total`, or the nearest level of the path."""
        if not self._levels:
            return 0.0
        place = bisect_right(self._sums, total) - 1
        if place < 0:
            return self._levels[0]
        if place >= len(self._levels) - 1 or self._rises[place] <= 0:
            return self._levels[place]
        level = self._levels[place] + (total - self._sums[place]) / self._rises[place]
        return min(level, self._levels[place + 1])


def _corners(path: Path) -> tuple[list[float], list[float], list[float]]:
    """Return the levels where an amount leaves or reaches a bound, the sums there, and how they rise on."""
    events: list[tuple[float, int, float]] = []
    for place, slope in enumerate(path.slopes):
        if slope > 0 and path.upper[place] > path.lower[place]:
            offset = path.offsets[place]
            events.append(((path.lower[place] + offset) / slope, place, slope))
            events.append(((path.upper[place] + offset) / slope, place, -slope))
    events.sort()
    levels, sums, rises = [], [], []
    total, rise, before = float(sum(path.lower)), 0.0, 0.0
    for level, _, change in events:
        total += rise * (level - before)
        rise += change
        before = level
        levels.append(level)
        sums.append(total)
        rises.append(rise)
    return levels, sums, rises


def _raised(split: list[int], goal: Sequence[int], total: int) -> list[int]:
    """Raise a split towards `goal`, channel by channel, until it adds up to `total`."""
    missing = max(0, total - sum(split))
    room = [most - now for most, now in zip(goal, split, strict=True)]
    filled = [0, *accumulate(room)]
    return [
        now + min(max(missing - before, 0), free)
        for now, before, free in zip(split, filled, room, strict=False)
    ]
