"""Posterior elasticities of all channels, each from its own history and those of the others.

A small hierarchical model on the logit scale, summed on grids: elasticity of channel c ~ Normal(mean,
spread) shared by the account, with likelihoods widened by a model error. The statistical errors alone are too
small, because the shape of the curve, the carry-over and the demand are never exactly those of the model. One
channel in fourteen may differ from the others (contaminated normal distribution, Tukey 1960). Otherwise the
prior would pull a single saturated channel among twenty healthy ones to their mean, whatever its own history.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from services.budgeting.shapes import ELASTICITIES

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DRAWS = 500
_SEED = 20
MODEL_ERROR = 0.42  # on the logit scale: about 0.1 at an elasticity of 0.5
_DOUBT = 2.0  # times the model error, where spend may be a consequence of demand
_MEANS = np.linspace(-1.2, 1.2, 13)
_SPREADS = np.array([0.2, 0.4, 0.6, 0.85, 1.1])
_USUAL_MEAN, _USUAL_SPREAD = 0.0, 0.4
_UNLIKE, _UNLIKE_SPREAD = 0.07, 1.5  # the part of channels that are not like the others
_LEARNT = 0.75
_LOGITS = logit(ELASTICITIES)
_WIDTHS = np.gradient(_LOGITS)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Posterior elasticities: the mean (channels), and draws (draws x channels).

    `is_learnt` (channels) is true where the channel's own history alone narrows the prior.
    """

    mean: Floats
    draws: Floats
    is_learnt: npt.NDArray[np.bool_]


def combine(log_likelihoods: Floats, doubtful: Bools | None = None) -> Posterior:
    """Return the posterior elasticities of the channels.

    log_likelihoods: (channels x `ELASTICITIES`); 0 for a channel without information. The model error of the
    `doubtful` channels (channels) is twice the usual one, and they count as not learnt.
    """
    if doubtful is None:
        doubtful = np.zeros(len(log_likelihoods), dtype=np.bool_)
    prior = _priors()
    likelihood = np.where(
        doubtful[:, None],
        _with_model_error(log_likelihoods, _DOUBT * MODEL_ERROR),
        _with_model_error(log_likelihoods, MODEL_ERROR),
    )
    joint = prior[:, None, :] * likelihood[None, :, :]
    evidence = joint.sum(axis=2)
    account = _normalised(np.log(evidence).sum(axis=1) + _log_account_prior())
    channel = joint / evidence[:, :, None]
    mean, _ = _moments(np.einsum("h,hcg->cg", account, channel))
    return Posterior(mean=mean, draws=_draw(account, channel), is_learnt=_is_learnt(joint) & ~doubtful)


def _is_learnt(joint: Floats) -> npt.NDArray[np.bool_]:
    """Return for which channels the own history alone makes the posterior narrower than the prior.

    The other channels are left out here: many similar ones make the prior so narrow that even an
    informative history would seem to add nothing.
    """
    unseen = _normalised(_log_account_prior())
    alone = np.einsum("h,hcg->cg", unseen, joint)
    _, spread = _moments(alone / alone.sum(axis=1, keepdims=True))
    _, spread_without_history = _moments((unseen @ _priors())[None, :])
    return np.asarray(spread < _LEARNT * spread_without_history)


def _normalised(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def _moments(probability: Floats) -> tuple[Floats, Floats]:
    mean = probability @ ELASTICITIES
    return mean, np.sqrt(np.maximum(probability @ ELASTICITIES**2 - mean**2, 0.0))


def _priors() -> Floats:
    """Return P(grid point) for each pair of a shared mean and a shared spread (pairs x grid)."""
    mean, spread = np.repeat(_MEANS, _SPREADS.size), np.tile(_SPREADS, _MEANS.size)
    usual = _normal(_LOGITS[None, :], mean[:, None], spread[:, None])
    unlike = _normal(_LOGITS[None, :], mean[:, None], np.maximum(spread, _UNLIKE_SPREAD)[:, None])
    return (1 - _UNLIKE) * usual + _UNLIKE * unlike


def _log_account_prior() -> Floats:
    """Return the log prior of each pair of mean and spread; a larger spread is more probable."""
    of_mean = -0.5 * ((_MEANS - _USUAL_MEAN) / _USUAL_SPREAD) ** 2
    return np.asarray((of_mean[:, None] + np.log(_SPREADS)).ravel())


def _with_model_error(log_likelihoods: Floats, error: float) -> Floats:
    likelihood = np.exp(log_likelihoods - log_likelihoods.max(axis=1, keepdims=True))
    kernel = _normal(_LOGITS[None, :], _LOGITS[:, None], error)
    return np.asarray(likelihood @ kernel.T + 1e-300)


def _normal(x: Floats, mean: Floats, spread: Floats | float) -> Floats:
    mass = np.exp(-0.5 * ((x - mean) / spread) ** 2) * _WIDTHS
    return np.asarray(mass / mass.sum(axis=-1, keepdims=True))


def _draw(account: Floats, channel: Floats) -> Floats:
    """Return draws of the elasticities (draws x channels), stratified: 500 are as precise as thousands."""
    rng = np.random.default_rng(_SEED)
    n = channel.shape[1]
    strata = rng.permuted(np.tile(np.arange(DRAWS), (n + 1, 1)), axis=1).T
    level = (strata + rng.random((DRAWS, n + 1))) / DRAWS
    which = np.minimum(np.searchsorted(np.cumsum(account), level[:, 0]), account.size - 1)
    cumulative = np.cumsum(channel, axis=2)[which]
    return _quantiles(cumulative, level[:, 1:])


def _quantiles(cumulative: Floats, level: Floats) -> Floats:
    """Invert distribution functions (draws x channels x grid), linear within a grid step."""
    last = ELASTICITIES.size - 1
    cell = np.minimum((cumulative < level[:, :, None]).sum(axis=2), last)
    above = np.take_along_axis(cumulative, cell[:, :, None], axis=2)[:, :, 0]
    below = np.take_along_axis(cumulative, np.maximum(cell - 1, 0)[:, :, None], axis=2)[:, :, 0]
    below = np.where(cell > 0, below, 0.0)
    part = (level - below) / np.maximum(above - below, 1e-12)
    step = ELASTICITIES[1] - ELASTICITIES[0]
    return np.asarray(ELASTICITIES[cell] + (np.clip(part, 0, 1) - 0.5) * step)
