"""The size of an effect that was picked because it is the clearest: shrunk by what the picking adds.

An effect is told only if its z exceeds a limit, so of equal effects those that chance made larger are told.
The mean of the normalised likelihood, given that the limit was exceeded, corrects that, and too much for
effects of medium size; its average with the measured effect has little bias for all of them: H. Zhong and
R. L. Prentice (2008), "Bias-reduced estimators and confidence intervals for odds ratios in genome-wide
association studies", Biostatistics 9, who average two estimators likewise. Far beyond the limit nothing is
corrected.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

_STEPS = 2001
_REACH = 8.0  # standard errors around the measured effect that the likelihood is summed over


def kept_part(z: float, limit: float, freedom: float = np.inf) -> float:
    """Return the part (0 to 1) of a measured effect that is told, given its z and the limit it exceeded.

    z, limit: effect and limit in standard errors, with Student's t for `freedom`; without signs.
    """
    least = _normal_z(limit, freedom)
    size = max(_normal_z(z, freedom), least)
    if np.isinf(size):
        return 1.0
    means = np.linspace(max(size - _REACH, 0.0), size + _REACH, _STEPS)
    exceeds = stats.norm.sf(least - means) + stats.norm.cdf(-least - means)
    likelihood = stats.norm.pdf(size - means) / exceeds
    corrected = float((means * likelihood).sum() / likelihood.sum())
    return min((1 + corrected / size) / 2, 1.0)


def _normal_z(value: float, freedom: float) -> float:
    """Return the normal deviate with the same tail probability as Student's t."""
    if not np.isfinite(freedom):
        return value
    return float(-stats.norm.ppf(stats.t.sf(value, freedom)))
