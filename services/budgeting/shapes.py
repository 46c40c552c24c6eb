"""Shapes of the response to spend, all parametrised by the elasticity at today's spend.

Each is log revenue as a function of r, the adstocked spend divided by today's, and of the elasticity e at
r = 1; each is 0 at r = 1:

* power law: e log r;
* Michaelis-Menten: log r - log(r (1 - e) + e);
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
CARRY_OVERS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95)
"""Parts of the spend at work that are left after a day. A grid that ends below the true carry-over reads its
slow rise as saturation (Jin et al. 2017, "Bayesian methods for media mix modeling with carryover and shape
effects"); 0.95 is a half-life of two weeks."""

SETTLED = 0.9
"""The part of an effect after which it counts as reached."""

_USUAL_HALF_LIFE = 7.0  # days: the prior of a carry-over with this half-life is half of that of none
_N_NODES = 6
N_SHAPES = 3
NODES: Floats = 0.5 + 0.475 * np.cos(np.pi * (np.arange(_N_NODES) + 0.5) / _N_NODES)
"""Elasticities at which responses are computed: Chebyshev nodes, for interpolation at all others."""

BETWEEN: Floats = np.asarray(BarycentricInterpolator(NODES, np.eye(_N_NODES))(ELASTICITIES))
"""Interpolation weights (elasticities x nodes) from responses at the nodes to those at `ELASTICITIES`."""


def adstock(spend: Floats, carry_over: float) -> Floats:
    """Return the adstocked spend of each period, in the shape and unit of `spend` (periods).

    Normalised geometric carry-over (Broadbent 1979), so constant spend stays unchanged. `carry_over` is a
    fraction below 1.
    """
    n_start = max(7, round(2 / (1 - carry_over)))  # what was at work before the first day is not known
    start = [carry_over * float(spend[:n_start].mean())]
    stock, _ = lfilter([1 - carry_over], [1, -carry_over], spend, zi=start)
    return np.asarray(stock, dtype=np.float64)


def log_carry_over_prior() -> Floats:
    """Return the log prior of each of `CARRY_OVERS`: long ones are rarer than short ones.

    The prior is proportional to 1 / (1 + half-life / 7 days), so that a history that cannot tell them apart
    is not read as one of long carry-over.
    """
    half_lives = np.array([np.log(0.5) / np.log(c) if c > 0 else 0.0 for c in CARRY_OVERS])
    prior = 1 / (1 + half_lives / _USUAL_HALF_LIFE)
    return np.asarray(np.log(prior / prior.sum()))


def settling_days() -> Floats:
    """Return, for each of `CARRY_OVERS`, the days until `SETTLED` of the effect of a change has come."""
    return np.array([np.log(1 - SETTLED) / np.log(c) if c > 0 else 0.0 for c in CARRY_OVERS])


def log_responses(ratio: Floats) -> Floats:
    """Return the log responses to adstocked spend, with a column for each shape, carry-over and node.

    ratio: (periods x carry-overs), spend divided by today's. Result: (periods x columns), the columns
    nested in this order.
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
