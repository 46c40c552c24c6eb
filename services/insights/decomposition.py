"""Additive decomposition of a change of revenue into the steps of the funnel.

Logarithmic mean Divisia index: B. W. Ang (2005), "The LMDI approach to decomposition analysis: a
practical guide", Energy Policy 33; zeros are replaced by a small number as recommended there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

STEPS: Mapping[str, tuple[str, str]] = {
    "impressions": ("impressions", "cost"),
    "ctr": ("clicks", "impressions"),
    "conversion": ("conversions", "clicks"),
    "order_value": ("revenue", "conversions"),
}
_TINY = 1e-12


def decompose(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float] | None:
    """Return the contribution of each step of the funnel to the change of revenue, in money.

    `now` and `before` are sums of impressions, clicks, conversions, revenue and cost. The contributions
    (impressions per cost, ctr, conversion, order_value) add up to the revenue now minus the revenue that the
    cost now would have had before. None if `now` has no cost, a count in `before` is 0, or one is NaN.
    """
    if any(map(math.isnan, (*now.values(), *before.values()))):
        return None
    if now["cost"] <= 0 or min(before.values()) <= 0:
        return None
    scale = now["cost"] / before["cost"]
    expected = {name: value * scale for name, value in before.items()}
    weight = _log_mean(max(now["revenue"], _TINY), expected["revenue"])
    parts = {}
    for step, (above, below) in STEPS.items():
        rate = max(now[above], _TINY) / max(now[below], _TINY)
        parts[step] = weight * math.log(rate / (expected[above] / expected[below]))
    return parts


def _log_mean(a: float, b: float) -> float:
    """Return the logarithmic mean, which is between the geometric and the arithmetic one."""
    return a if math.isclose(a, b, rel_tol=1e-12) else (a - b) / math.log(a / b)
