"""The exact optimal split of a budget over concave curves, by bisection on the common marginal return.

At the optimum all channels strictly inside their bounds have the same marginal return. Channels at the
upper bound have at least that, channels at the lower bound at most that (Karush-Kuhn-Tucker conditions). Each
channel's spend falls as the common marginal return rises. So one bisection finds the split of any budget,
for any target marginal return, and any point of a frontier.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from services.budgeting.curves import Curves

Floats = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]
_HALVINGS = 64
_TINY = 1e-300


def spend_at_marginal(curves: Curves, marginal: Floats | float, lower: Floats, upper: Floats) -> Floats:
    """Return the spend of each channel, within bounds, at a common marginal return (... x channels).

    lower, upper: money (channels); marginal: revenue per unit of money, above 0.
    """
    return np.clip(curves.spend_at(marginal), lower, upper)


def allocate(curves: Curves, total: float, lower: Floats, upper: Floats) -> Floats:
    """Return the split of `total` within the bounds with the most revenue (... x channels).

    total: money; lower, upper: money (channels). A total below the sum of the lower bounds gives the lower
    bounds; a total above the sum of the upper bounds gives the upper bounds. Curves with leading axes
    (draws) give one split per draw.
    """
    high, low = _marginal_range(curves, lower, upper)
    for _ in range(_HALVINGS):
        middle = np.sqrt(high) * np.sqrt(low)
        spent = spend_at_marginal(curves, middle, lower, upper).sum(axis=-1, keepdims=True)
        high, low = np.where(spent < total, middle, high), np.where(spent < total, low, middle)
    less = spend_at_marginal(curves, high, lower, upper)
    more = spend_at_marginal(curves, low, lower, upper)
    gap = (more - less).sum(axis=-1, keepdims=True)
    missing = total - less.sum(axis=-1, keepdims=True)
    part = np.divide(missing, gap, out=np.zeros_like(gap), where=gap > 0)
    return np.asarray(less + np.clip(part, 0, 1) * (more - less))


def allocate_cents(curves: Curves, total: int, lower: Cents, upper: Cents) -> Cents:
    """Return the optimal split in cents (channels).

    It adds up to `total` (cents), clipped to the sums of the bounds.
    """
    high, low = _marginal_range(curves, lower / 100, upper / 100)
    return along_path(
        lambda step: 100 * curves.spend_at(float(high[0]) / step),
        end=float(high[0] / low[0]),
        total=total,
        lower=lower,
        upper=upper,
    )


def along_path(
    path: Callable[[float], Floats], *, end: float, total: int, lower: Cents, upper: Cents
) -> Cents:
    """Return the split in cents (channels) where a rising path, kept within bounds, reaches `total`.

    `path` maps a step above 0 and up to `end` to the cents of each channel. Amounts are rounded on the path,
    so that no share falls when the total rises; rounding by largest remainders afterwards does not guarantee
    that. The rest of the total is added in the order of the channels.
    """

    def cents_at(step: float) -> Cents:
        return np.clip(np.rint(path(step)), lower, upper).astype(np.int64)

    if total <= lower.sum():
        return lower
    less, more = 0.0, end
    while less < (middle := less + (more - less) / 2) < more:
        less, more = (middle, more) if cents_at(middle).sum() < total else (less, middle)
    split = cents_at(less) if less > 0 else lower
    for goal in (np.maximum(split, cents_at(more)), upper):
        split = _raised(split, goal, total)
    return split


def _marginal_range(curves: Curves, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return a marginal return with all channels at the lower bound, and one with all at the upper bound."""
    high = np.maximum(curves.marginal(lower).max(axis=-1, keepdims=True), _TINY)
    at_upper = np.where(curves.ceiling > 0, curves.marginal(upper), np.inf)
    low = np.minimum(at_upper.min(axis=-1, keepdims=True), high)
    return 2 * high, np.maximum(low, _TINY) / 2


def _raised(split: Cents, goal: Cents, total: int) -> Cents:
    """Raise `split` towards `goal`, channel by channel, until it adds up to `total`."""
    room = goal - split
    missing = max(0, total - int(split.sum()))
    before = np.concatenate(([0], np.cumsum(room)[:-1]))
    return np.asarray(split + np.clip(missing - before, 0, room))
