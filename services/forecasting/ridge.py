"""A ridge regression on weekday, trend and time of year, shifted to the recent level.

Hoerl and Kennard (1970), "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12.
"""

from __future__ import annotations

import numpy as np

from services.numerics import Bools, Floats, Ints, ew_mean, windows

YEAR = 365.25
YEARLY_FROM = 440  # fewer days of history do not separate a yearly pattern from a trend
HARMONICS = 3
MEMORY = 500.0
ANCHOR = 7.0


def ridge(logs: Floats, observed: Bools, origins: Ints, horizon: int, season: int) -> Floats:
    """Return forecasts of `logs`, as logs (series x origins x horizon).

    logs: (series x time), used where `observed`; origins: time indices; horizon, season: steps.
    The design has dummies of the season, a trend and, for daily data (`season` 7) of more than
    1.2 years, three yearly Fourier pairs. A day counts half after 500 days. The forecast is
    shifted by the recent mean residual.
    """
    length = logs.shape[1]
    design, penalty = _design(length, horizon, season)
    starts, series = np.unique(np.argmax(observed, axis=1), return_inverse=True)
    coefficients = _fit(logs * observed, design[:length], penalty, origins, starts, series)
    anchor = ew_mean(logs, observed.astype(np.float64), ANCHOR)[:, origins - 1]
    usual = _recent_design(design[:length], origins, starts)[series]
    shift = anchor - np.einsum("sop,sop->so", usual, coefficients)
    ahead = design[windows(origins, horizon)]
    fitted = np.einsum("ohp,sop->soh", ahead, coefficients, optimize=True)
    return np.asarray(fitted + shift[:, :, None], dtype=np.float64)


def _design(length: int, horizon: int, season: int) -> tuple[Floats, Floats]:
    """Return the regressors (time x terms), also for the days ahead, and the ridge penalties."""
    time = np.arange(length + horizon) - length
    years = time / YEAR
    columns = [np.ones_like(years), years]
    penalty = [1e-6, 5.0]
    if 1 < season <= 31:
        columns += [(time % season == phase).astype(np.float64) for phase in range(season)]
        penalty += [1.0] * season
    if season == 7 and length >= YEARLY_FROM:
        for k in range(1, HARMONICS + 1):
            columns += [np.sin(2 * np.pi * k * years), np.cos(2 * np.pi * k * years)]
            penalty += [3.0, 3.0]
    return np.stack(columns, axis=1), np.array(penalty)


def _fit(logs: Floats, design: Floats, penalty: Floats, origins: Ints, starts: Ints, series: Ints) -> Floats:
    """Return the coefficients at each origin (series x origins x terms).

    Sums of squares are updated from origin to origin. Series that begin on the same day share a matrix, so
    each matrix is inverted once.
    """
    terms = design.shape[1]
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    gram = np.zeros((len(starts), terms * terms))
    moment = np.zeros((len(logs), terms))
    out = np.empty((len(logs), len(origins), terms))
    before = 0
    for i, origin in enumerate(origins):
        part = slice(before, origin)
        decay = 0.5 ** ((origin - 1 - np.arange(before, origin)) / MEMORY)
        fade = 0.5 ** ((origin - before) / MEMORY)
        known = (np.arange(before, origin)[None, :] >= starts[:, None]) * decay
        gram = gram * fade + known @ squares[part]
        moment = moment * fade + (logs[:, part] * decay) @ design[part]
        inverse = np.linalg.inv(gram.reshape(-1, terms, terms) + np.diag(penalty))
        out[:, i] = np.einsum("spq,sq->sp", inverse[series], moment)
        before = origin
    return out


def _recent_design(design: Floats, origins: Ints, starts: Ints) -> Floats:
    """Return the recent mean of the regressors at each origin (starts x origins x terms)."""
    known = (np.arange(len(design))[None, :] >= starts[:, None]).astype(np.float64)
    weights = np.repeat(known[:, None, :], design.shape[1], axis=1)
    means = ew_mean(np.broadcast_to(design.T, weights.shape), weights, ANCHOR)
    return means[:, :, origins - 1].transpose(0, 2, 1)
