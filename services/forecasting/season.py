"""The effect of the weekday (or of any phase of a season) on a log series, as known at each time.

The effect of a phase is the exponentially weighted mean of its deviations from the season that ends with it.
This is a one-sided form of the classical decomposition, so that no effect uses later days. Effects are shrunk
by the noise expected in them (positive-part James-Stein estimator; James and Stein 1961, Baranchik 1964).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.numerics import Bools, Floats, Ints, by_phase, delayed, divide, ew_mean, trailing_sum

MEMORY_SEASONS = 20.0  # half-life of an effect: from 9 to 50 weeks the errors differed by under 0.5 %


@dataclass(frozen=True, slots=True)
class Season:
    """Seasonal effects (series x time each, log scale).

    `effect` is the shrunk effect as known before each time, `raw` the unshrunk one including it. `trust` is
    the factor of shrinkage, from 0 to 1; `length` is the steps in a season.
    """

    effect: Floats
    raw: Floats
    trust: Floats
    length: int

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Return the effects of the steps after each origin, as logs (series x origins x horizon)."""
        if self.length == 1:
            return np.zeros((len(self.raw), len(origins), horizon))
        steps = np.arange(horizon) % self.length
        observed = np.maximum(origins[:, None] - self.length + np.arange(self.length)[None, :], 0)
        known = self.raw[:, observed]
        centred = known - known.mean(axis=2, keepdims=True)
        trusted = centred * self.trust[:, origins - 1][:, :, None]
        return np.asarray(trusted[:, :, steps], dtype=np.float64)


def seasonal_effects(logs: Floats, observed: Bools, length: int) -> Season:
    """Return the effects of a season of `length` steps.

    logs: (series x time), 0 where not `observed`. All effects are 0 for a `length` of 1 and for less than two
    seasons of data.
    """
    if length == 1 or logs.shape[1] < 2 * length:
        nothing = np.zeros_like(logs)
        return Season(effect=nothing, raw=nothing, trust=nothing, length=length)
    full = (trailing_sum(observed.astype(np.float64), length) >= length - 0.5).astype(np.float64)
    deviation = (logs - trailing_sum(logs, length) / length) * full
    weight = by_phase(full, MEMORY_SEASONS, length)
    raw = divide(by_phase(deviation, MEMORY_SEASONS, length), weight, otherwise=0.0)
    before = delayed(raw, length)
    centred = before - delayed(trailing_sum(raw, length), 1) / length
    trust = _trust(deviation - before, full * (delayed(weight, length) > 0), centred, weight, length)
    return Season(effect=centred * delayed(trust, 1), raw=raw, trust=trust, length=length)


def _trust(surprise: Floats, counted: Floats, centred: Floats, weight: Floats, length: int) -> Floats:
    """Return the share of the effects' variance that is not noise, from 0 to 1 (series x time)."""
    noise = ew_mean(surprise**2, counted, MEMORY_SEASONS * length)
    chance = divide(noise, weight, otherwise=0.0)
    signal = trailing_sum(centred**2, length) / length
    judged = np.cumsum(counted, axis=1) > 0
    return np.where(judged, np.clip(1.0 - divide(chance, signal, otherwise=1.0), 0.0, 1.0), 0.0)
