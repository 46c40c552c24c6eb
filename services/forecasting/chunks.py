"""A panel forecast part by part: a few dozen channels each, wherever an executor has them computed.

A channel's own past is all that most of a forecast needs. What channels share are the sizes and the
shapes of their errors (see `bands`), and these are sums: each part hands in its own, they are added
up here, and each part goes on with the sums. Parts are always the same channels whoever computes
them, so that the figures do not depend on that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from services.executors.tasks import HERE, Executor
from services.forecasting.calibration import Learned, Sizes, quantiles_from
from services.forecasting.metrics import (
    ORIGINS,
    Course,
    Drafted,
    Outlooks,
    count_errors,
    course,
    draft,
    finish,
    of_both,
)
from services.forecasting.panel import Panel
from services.numerics import Floats

MOST_CHANNELS = 64  # of a part: its arrays stay in a processor's cache

T = TypeVar("T")
View = Callable[[Outlooks], T]


@dataclass(frozen=True, slots=True)
class Parts:
    """How a panel is forecast: over which `course`, in which parts (slices of its channels)."""

    panel: Panel
    course: Course
    rows: tuple[slice, ...]


def parts(panel: Panel, horizon: int, origins: int = ORIGINS) -> Parts:
    """Return the parts of a panel."""
    starts = range(0, len(panel.channels), MOST_CHANNELS)
    rows = tuple(slice(start, min(start + MOST_CHANNELS, len(panel.channels))) for start in starts)
    return Parts(panel, course(panel, horizon, origins), rows)


def look_through(
    cut: Parts,
    view: View[T],
    learned: tuple[Learned, Learned] | None = None,
    executor: Executor = HERE,
) -> list[T]:
    """Return what `view` makes of the outlooks of each part; it must be a function of a module."""
    size, ways = len(cut.panel.channels), cut.course
    pieces = [(cut.panel.part(rows), learned_part(learned, size, rows)) for rows in cut.rows]
    drafted = [executor.submit(draft, piece, ways, known) for piece, known in pieces]
    kinds = of_both(_added, *(executor.fetch(handle, "kinds") for handle in drafted))
    counted = [
        executor.submit(count_errors, piece, ways, handle, kinds)
        for (piece, _), handle in zip(pieces, drafted, strict=True)
    ]
    quantiles = of_both(_quantiles, *(handle.result() for handle in counted))
    viewed = [
        executor.submit(_viewed, view, piece, ways, handle, kinds, quantiles, known)
        for (piece, known), handle in zip(pieces, drafted, strict=True)
    ]
    return [handle.result() for handle in viewed]


def learned_part(
    learned: tuple[Learned, Learned] | None, channels: int, rows: slice
) -> tuple[Learned, Learned] | None:
    """Return what was learned of some channels; series stand metric by metric, in each by channel."""
    if learned is None:
        return None

    def cut(values: Floats) -> Floats:
        by_kind = np.split(values, len(values) // channels)
        return np.concatenate([of_kind[rows] for of_kind in by_kind])

    return of_both(lambda one: Learned(cut(one.growth), cut(one.quantiles), cut(one.shares)), learned)


def learned_whole(found: Sequence[Learned], kinds: int) -> Learned:
    """Return what was learned of all channels, from what was learned of each part."""

    def joined(name: str) -> Floats:
        by_part = [np.split(getattr(part, name), kinds) for part in found]
        return np.concatenate([of_kind for kind in zip(*by_part, strict=True) for of_kind in kind])

    return Learned(joined("growth"), joined("quantiles"), joined("shares"))


def _viewed(
    view: View[T],
    piece: Panel,
    ways: Course,
    drafted: Drafted,
    kinds: tuple[Sizes, Sizes],
    quantiles: tuple[Floats, Floats],
    learned: tuple[Learned, Learned] | None,
) -> T:
    return view(finish(piece, ways, drafted, kinds, quantiles, learned))


def _added(*found: Sizes) -> Sizes:
    return Sizes(_sum([one.total for one in found]), _sum([one.count for one in found]))


def _quantiles(*counts: Floats) -> Floats:
    return quantiles_from(_sum(counts))


def _sum(values: Sequence[Floats]) -> Floats:
    """Return the sum, added up in the order of the parts."""
    return np.asarray(sum(values[1:], start=values[0]), dtype=np.float64)
