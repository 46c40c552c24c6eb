"""The likelihood of one channel's elasticity of revenue to spend, from its history.

The model of one channel's active periods: log revenue = controls (level, weekday, trend, year, demand
shared with other channels) + log response(adstocked spend) + drifting noise. The drift is whitened with the
innovation filter of the local level model (ARIMA(0,1,1), the model of exponential smoothing). Outliers are
weighted as under Student's t with 4 degrees of freedom (Lange, Little and Taylor 1989). Shapes and
carry-overs are averaged by their likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from services.budgeting.shapes import BETWEEN, N_SHAPES, log_carry_over_prior, log_responses, settling_days

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEMORIES = (0.99, 0.97, 0.9, 0.75)
_YEAR = 365.25
_STUDENT = 4.0
_LOG_PRIOR = np.tile(log_carry_over_prior(), N_SHAPES)[:, None]  # of (shape and carry-over) x elasticity


@dataclass(frozen=True, slots=True)
class Series:
    """One channel's active periods, those with spend and revenue above 0.

    `position` (periods) counts periods of `step` days from the first day of the account. Money is a mean per
    day. `today` is the mean spend of the recent active periods, `ratio` the adstocked spend divided by it
    (periods x carry-overs). `empty` is the share of active periods without revenue, which are left out.
    `recent` marks the newest periods. `demand` holds further controls (periods x controls), or is None.
    `follows_demand` is True where spend may be a consequence of demand, so that the likelihood says less than
    it seems to.
    """

    position: Ints
    step: float
    today: float
    empty: float
    log_revenue: Floats
    ratio: Floats
    recent: npt.NDArray[np.bool_]
    demand: Floats | None = None
    follows_demand: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """The log likelihood of each of `ELASTICITIES`, and the level of revenue.

    `revenue` is the mean revenue of a period at today's spend and demand, `revenue_error` its relative
    standard error. `settling_days` is the mean time until nine tenths of the effect of a change have come.
    """

    log_likelihood: Floats
    revenue: float
    revenue_error: float
    settling_days: float = 0.0


def residuals(series: Series) -> Floats:
    """Return the residuals (periods x 3).

    They are of log revenue on controls and spend, of log spend on controls, and of log revenue on controls.
    """
    controls = _controls(series)
    spend = np.log(series.ratio)
    y, x = series.log_revenue, np.column_stack([controls, spend])
    rest = y - x @ _solve(x, y, np.ones(y.size))
    both = np.column_stack([spend[:, 0], y])
    rest_of_both = both - controls @ _solve(controls, both, np.ones(y.size))
    return np.column_stack([rest, rest_of_both])


def fit(series: Series) -> Response:
    """Return the likelihood of the series' elasticity, and its level of revenue."""
    controls = _controls(series)
    memory, weights = _noise(series, controls)
    responses = log_responses(series.ratio)
    table = np.column_stack([controls, series.log_revenue, responses])
    k = controls.shape[1]
    white = _innovations(table, memory)
    effects = _solve(white[:, :k], white[:, k:], weights)
    squares = _squares(white[:, k:] - white[:, :k] @ effects, weights)
    likelihood = -0.5 * (weights.sum() - k) * np.log(squares) + _LOG_PRIOR
    posterior = _normalised(likelihood)
    at_nodes = (posterior @ BETWEEN).ravel()
    expected = controls @ (effects[:, 0] - effects[:, 1:] @ at_nodes)
    rest = series.log_revenue - responses @ at_nodes - expected
    revenue, error = _level(expected, rest, series, memory=memory, n_controls=k)
    error = float(np.hypot(error, _error_of_stock(series, responses, posterior)))
    return Response(np.logaddexp.reduce(likelihood, axis=0), revenue, error, _settling_days(posterior))


def _settling_days(posterior: Floats) -> float:
    """Return the mean days until nine tenths of an effect have come; `posterior` is as in `fit`."""
    of_carry_over = posterior.sum(axis=1).reshape(N_SHAPES, -1).sum(axis=0)
    return float(of_carry_over @ settling_days())


def _error_of_stock(series: Series, responses: Floats, posterior: Floats) -> float:
    """Return the relative error of revenue at today's spend because the spend at work is another.

    After a change of spend a long carry-over still brings the old one's revenue. How much today's brings in
    the end differs between the models. `posterior` is (shape and carry-over) x elasticity.
    """
    recent = responses[series.recent] if series.recent.any() else responses
    shift = recent.mean(axis=0).reshape(-1, BETWEEN.shape[1]) @ BETWEEN.T
    mean = float((posterior * shift).sum())
    return float(np.sqrt((posterior * (shift - mean) ** 2).sum()))


def _controls(series: Series) -> Floats:
    t = series.position.astype(float)
    span = t[-1] - t[0] + 1
    columns = [np.ones_like(t), (t - t.mean()) / span]
    if series.step == 1:
        columns += [(series.position % 7 == day).astype(float) for day in range(6)]
    if span * series.step > 1.2 * _YEAR:
        angle = 2 * np.pi * t * series.step / _YEAR
        columns += [wave(k * angle) for k in (1, 2) for wave in (np.sin, np.cos)]
    if series.demand is not None:
        columns += list(series.demand.T)
    return np.column_stack(columns)


def _noise(series: Series, controls: Floats) -> tuple[float, Floats]:
    """Return the memory of the drift that fits a power law best, and the weights of the periods (periods)."""
    table = np.column_stack([controls, np.log(series.ratio), series.log_revenue])
    white = [_innovations(table, memory) for memory in MEMORIES]
    weights, best = np.ones(series.log_revenue.size), 0
    for _ in range(2):
        errors = [w[:, -1] - w[:, :-1] @ _solve(w[:, :-1], w[:, -1], weights) for w in white]
        best = int(np.argmin([weights @ e**2 for e in errors]))
        weights = _student_weights(errors[best])
    return MEMORIES[best], weights


def _innovations(values: Floats, memory: float) -> Floats:
    if memory == 1.0:
        return values
    return np.asarray(lfilter([1.0, -1.0], [1.0, -memory], values, axis=0), dtype=np.float64)


def _student_weights(errors: Floats) -> Floats:
    return np.asarray((_STUDENT + 1) / (_STUDENT + (errors / _spread(errors)) ** 2))


def _spread(errors: Floats) -> float:
    return max(1.4826 * float(np.median(np.abs(errors - np.median(errors)))), 1e-9)


def _solve(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Solve weighted least squares; a tiny ridge penalty makes collinear columns solvable."""
    weighted = (x * weights[:, None]).T
    gram = weighted @ x
    gram.flat[:: gram.shape[0] + 1] += 1e-9 * gram.diagonal() + 1e-12
    return np.asarray(np.linalg.solve(gram, weighted @ y))


def _squares(errors: Floats, weights: Floats) -> Floats:
    """Return the weighted sum of squares, (shape and carry-over) x elasticity.

    `errors` (periods x columns) are those of log revenue, then those of the responses at the nodes. The
    response at an elasticity between nodes is interpolated, so its sum of squares is a quadratic form.
    """
    n, nodes = errors.shape[0], BETWEEN.shape[1]
    y, g = errors[:, 0], errors[:, 1:].reshape(n, -1, nodes)
    weighted = g * weights[:, None, None]
    cross = np.einsum("tbi,t->bi", weighted, y) @ BETWEEN.T
    gram = np.matmul(weighted.transpose(1, 2, 0), g.transpose(1, 0, 2))
    own = np.einsum("ei,bij,ej->be", BETWEEN, gram, BETWEEN, optimize=True)
    return np.asarray(np.maximum(weights @ y**2 - 2 * cross + own, 1e-9 * n))


def _normalised(log_likelihood: Floats) -> Floats:
    weight = np.exp(log_likelihood - log_likelihood.max())
    return np.asarray(weight / weight.sum())


def _level(
    expected: Floats, rest: Floats, series: Series, *, memory: float, n_controls: int
) -> tuple[float, float]:
    """Return the mean revenue at today's spend and its relative standard error.

    `expected` (periods) is the prediction of the controls, `rest` the residual of the full model. The drift
    of the residual starts at 0, since the controls contain the initial level; it is tracked by exponential
    smoothing. Outliers are clipped, in the drift too: one day with ten times the revenue is no new level.
    """
    drift = _drift(rest, memory)
    noise = _innovations(rest, memory)
    spread = _spread(noise)
    lift = float(np.mean(np.exp(np.clip(noise, -3 * spread, 3 * spread))))
    recent = series.recent if series.recent.any() else np.ones(rest.size, dtype=bool)
    revenue = lift * float(np.mean(np.exp(expected[recent]))) * np.exp(drift)
    return float(revenue), spread * float(np.sqrt(1 - memory + n_controls / rest.size))


def _drift(rest: Floats, memory: float) -> float:
    """Return the last level of the exponentially smoothed residuals (periods), with clipped innovations."""
    most = 3 * _spread(_innovations(rest, memory))
    level, gain = 0.0, 1 - memory
    for value in rest.tolist():
        surprise = value - level
        if surprise > most:
            surprise = most
        elif surprise < -most:
            surprise = -most
        level += gain * surprise
    return level
