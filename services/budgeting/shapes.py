"""Shapes that a response to spend may have, all indexed by the elasticity at today's spend.

Each is a log revenue as a function of r, the spend at work in units of today's, and of the
elasticity e at r = 1; each is 0 at r = 1:

* power law: e log r;
* Michaelis and Menten: log r - log(r (1 - e) + e);
* negative exponential: log((1 - exp(-z r)) / (1 - exp(-z))) with z / (exp(z) - 1) = e.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BarycentricInterpolator
from scipy.signal import lfilter
from scipy.special import lambertw

Floats = npt.NDArray[np.float64]

ELASTICITIES: Floats = np.linspace(0.025, 0.975, 39)
CARRY_OVERS = (0.0, 0.3, 0.6)
SHAPES = 3
_N_NODES = 8
NODES: Floats = 0.5 + 0.475 * np.cos(np.pi * (np.arange(_N_NODES) + 0.5) / _N_NODES)
"""Elasticities at which responses are computed; Chebyshev nodes, so that the rest can be interpolated."""

BETWEEN: Floats = np.asarray(BarycentricInterpolator(NODES, np.eye(_N_NODES))(ELASTICITIES))
"""Weights (elasticities x nodes) that turn responses at the nodes into responses at any elasticity."""


def adstock(spend: Floats, carry_over: float) -> Floats:
    """Return the spend that is at work in each period; constant spend stays what it is.

    Geometric carry-over, normalised (Broadbent 1979).
    """
    start = [carry_over * float(spend[:7].mean())]
    stock, _ = lfilter([1 - carry_over], [1, -carry_over], spend, zi=start)
    return np.asarray(stock, dtype=np.float64)


def log_responses(ratio: Floats) -> Floats:
    """Return log responses to spend at work (periods x carry-overs, in units of today's spend).

    The answer has a column for each shape, carry-over and node, in this order.
    """
    r = ratio[:, :, None]
    logs = np.log(r)
    power = NODES * logs
    saturating = logs - np.log(r * (1 - NODES) + NODES)
    exponential = np.log(np.expm1(-r * _RATES) / np.expm1(-_RATES))
    return np.stack([power, saturating, exponential], axis=1).reshape(ratio.shape[0], -1)


def _rates() -> Floats:
    """Solve z / (exp(z) - 1) = e at the nodes: z + e = -W(-e exp(-e)), lower branch of Lambert's W."""
    return np.asarray(-np.real(lambertw(-NODES * np.exp(-NODES), k=-1)) - NODES)


_RATES = _rates()
