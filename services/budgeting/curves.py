"""Concave response curves through today's point, for many channels (and draws) at once.

The Michaelis-Menten curve R(x) = a x / (x + k) is determined by today's spend x0, today's revenue R0 and
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
    """Revenue as a function of spend. `ceiling` (a) and `half` (k) are money, (... x channels).

    A channel with a ceiling of 0 has no revenue at any spend.
    """

    ceiling: Floats
    half: Floats

    def revenue(self, spend: Floats) -> Floats:
        """Return the revenue at a spend (... x channels)."""
        return self.ceiling * spend / (spend + self.half)

    def marginal(self, spend: Floats) -> Floats:
        """Return the marginal return at a spend: revenue per further unit of money (... x channels)."""
        return self.ceiling * self.half / (spend + self.half) ** 2

    def spend_at(self, marginal: Floats | float) -> Floats:
        """Return the spend, at least 0, with a marginal return of `marginal`, above 0 (... x channels)."""
        return np.maximum(np.sqrt(self.ceiling * self.half / marginal) - self.half, 0.0)


def curves_through(spend: Floats, revenue: Floats, elasticity: Floats) -> Curves:
    """Return the curves through today's spend and revenue with the given elasticities there.

    spend, revenue: money (channels); elasticity: (... x channels), clipped to 0.01..0.99. A channel without
    spend today gets a curve without revenue, since its curve has no point to go through.
    """
    e = np.clip(elasticity, MIN_ELASTICITY, MAX_ELASTICITY)
    half = np.where(spend > 0, spend * e / (1 - e), 1.0)
    ceiling = np.where(spend > 0, revenue / (1 - e), 0.0)
    return Curves(ceiling=ceiling, half=half)
