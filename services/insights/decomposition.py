"""Why revenue differs from what the same spend used to bring: the parts add up to the difference.

Logarithmic mean Divisia index: B. W. Ang (2005), "The LMDI approach to decomposition analysis: a
practical guide", Energy Policy 33; zeros replaced by a small number as he recommends.
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
    """Return how each step changed the revenue of the money spent now.

    `now` and `before` are sums of impressions, clicks, conversions, revenue and cost. The parts
    (impressions for the money, ctr, conversion, order_value) add up to the revenue now minus what
    the cost now would have brought before. None where one of the two has no cost, or `before` lacks
    one of the counts.
    """
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
    """Return the logarithmic mean, which lies between the geometric and the arithmetic one."""
    return a if math.isclose(a, b, rel_tol=1e-12) else (a - b) / math.log(a / b)
