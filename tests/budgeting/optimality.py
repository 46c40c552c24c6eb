"""Whether a split of a budget is optimal, by the Karush-Kuhn-Tucker conditions."""

from __future__ import annotations

from services.budgeting.curves import Curves
from services.numerics import Floats


def kkt_error(curves: Curves, spend: Floats, lower: Floats, upper: Floats) -> float:
    """Return the relative violation of the optimality conditions by a split (0: it is optimal).

    spend, lower, upper: money (channels).
    """
    marginal = curves.marginal(spend)
    can_rise, can_fall = marginal[spend < upper], marginal[spend > lower]
    if not can_rise.size or not can_fall.size:
        return 0.0
    best_rise, worst_fall = float(can_rise.max()), float(can_fall.min())
    return max(0.0, best_rise / worst_fall - 1) if worst_fall > 0 else float(best_rise > 0)
