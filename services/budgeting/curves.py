"""Concave response curves through today's point, for many channels (and draws) at once.

Michaelis and Menten's curve R(x) = a x / (x + k), fixed by today's spend x0, today's revenue R0 and
the elasticity e of revenue at x0: k = x0 e / (1 - e), a = R0 (x0 + k) / x0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MIN_ELASTICITY, MAX_ELASTICITY = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Curves:
    """Revenue against spend. `ceiling` (a) and `half` (k) have the channels on their last axis.

    A channel with a ceiling of 0 brings nothing at any spend.
    """

    ceiling: Floats
    half: Floats

    def revenue(self, spend: Floats) -> Floats:
        """Return the revenue at a spend of the same last axis."""
        return self.ceiling * spend / (spend + self.half)

    def marginal(self, spend: Floats) -> Floats:
        """Return what the next unit of money brings at this spend."""
        return self.ceiling * self.half / (spend + self.half) ** 2

    def spend_at(self, marginal: Floats | float) -> Floats:
        """Return the spend (0 or more) at which the next unit brings `marginal` (above 0)."""
        return np.maximum(np.sqrt(self.ceiling * self.half / marginal) - self.half, 0.0)


def curves_through(spend: Floats, revenue: Floats, elasticity: Floats) -> Curves:
    """Return the curves through today's spend and revenue with the given elasticities there.

    A channel without spend today gets a curve that brings nothing: there is no point to go through.
    """
    e = np.clip(elasticity, MIN_ELASTICITY, MAX_ELASTICITY)
    half = np.where(spend > 0, spend * e / (1 - e), 1.0)
    ceiling = np.where(spend > 0, revenue / (1 - e), 0.0)
    return Curves(ceiling=ceiling, half=half)
