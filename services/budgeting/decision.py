"""The one decision on the budget: which channels move, or which move is an option that is not advised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.allocation import allocate
from services.budgeting.estimation import ResponseEstimates

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SURE = 0.9
"""The least probability that the plan as a whole improves revenue."""

LEAST_GAIN = 0.015  # of the account's revenue
ENOUGH = 0.8  # the least probability that one channel's move pays, and that an option does
_WORTH_SAYING = 0.005  # of the account's revenue: the least gain of an option
_ONE_IN_FORTY = 1.96
_PROMISING = 0.7
_WORTH_A_TEST = 1.3  # times the account's marginal return
_SMALLEST_MOVE = 1e-6
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Decision:
    """The channels that may move (channels each); decided at today's total and used for any total.

    `is_free` marks the channels that may leave their part of today's split. `p_increase` is the probability
    that the marginal return is higher here than at the other end of the move (without a move: than the
    account's average). `is_promising` marks channels that are held only because the evidence is too weak.
    `is_option` marks the channels of a move that is possible but not advised.
    """

    is_free: Bools
    p_increase: Floats
    is_promising: Bools
    is_option: Bools


def decide(estimates: ResponseEstimates, can_move: Bools, change_limit: float) -> Decision:
    """Return which of the channels in `can_move` (channels) may move within `change_limit`, a fraction.

    The optimal split is computed, and every channel whose move has a probability under 0.8 is held. This
    repeats until all remaining moves have at least 0.8. The plan as a whole is advised if it improves revenue
    with a probability of 0.9, by at least 1.5 % and by more than luck could. Else it is an option, if it
    improves revenue with a probability of 0.8 and by at least 0.5 %.
    """
    free = can_move.copy()
    while free.any():
        spend = _best_split(estimates, free, change_limit)
        p = _probabilities(estimates, spend, free)
        weak = free & (_certainty(p, _change(estimates, spend)) < ENOUGH)
        if not weak.any():
            break
        free &= ~weak
    if free.any() and _is_advised(estimates, spend):
        return Decision(free, p, _promising(estimates, p, can_move & ~free), np.zeros_like(free))
    is_option = free if free.any() and _is_option(estimates, spend) else np.zeros_like(free)
    p = _probabilities(estimates, estimates.spend, can_move)
    return Decision(np.zeros_like(free), p, _promising(estimates, p, can_move), is_option)


def decide_against(estimates: ResponseEstimates, can_move: Bools, marginal: float) -> Decision:
    """Return which of the channels in `can_move` may move, given a marginal return elsewhere.

    A channel may move with a probability of 0.8 that its own marginal return is above, or below, `marginal`.
    """
    wins = np.mean(estimates.drawn.marginal(estimates.spend) > marginal, axis=0)
    p = np.where(can_move, wins, 0.5)
    free = can_move & (np.maximum(p, 1 - p) >= ENOUGH)
    return Decision(free, p, _promising(estimates, p, can_move & ~free), np.zeros_like(free))


def _best_split(estimates: ResponseEstimates, free: Bools, change_limit: float) -> Floats:
    """Return the optimal split of today's total (channels, money) when only the free channels move."""
    lower = np.where(free, (1 - change_limit) * estimates.spend, estimates.spend)
    upper = np.where(free, (1 + change_limit) * estimates.spend, estimates.spend)
    return allocate(estimates.curves, float(estimates.spend.sum()), lower, upper)


def _probabilities(estimates: ResponseEstimates, spend: Floats, candidates: Bools) -> Floats:
    """Return, per channel, P(marginal return here > marginal return at the other end of its move)."""
    marginal = estimates.drawn.marginal(estimates.spend)
    change = _change(estimates, spend)
    usual = _mean(marginal, np.where(candidates, estimates.spend, 0.0))
    there = np.broadcast_to(usual, marginal.shape)
    givers, takers = np.maximum(-change, 0), np.maximum(change, 0)
    if givers.any() and takers.any():
        there = np.where(change > 0, _mean(marginal, givers), there)
        there = np.where(change < 0, _mean(marginal, takers), there)
    wins = np.mean(marginal > there, axis=0) + 0.5 * np.mean(marginal == there, axis=0)
    return np.asarray(np.where(candidates, wins, 0.5))


def _change(estimates: ResponseEstimates, spend: Floats) -> Floats:
    change = spend - estimates.spend
    return np.where(np.abs(change) > _SMALLEST_MOVE * estimates.spend, change, 0.0)


def _mean(marginal: Floats, weights: Floats) -> Floats:
    total = float(weights.sum())
    return (marginal @ weights / total)[:, None] if total > 0 else np.zeros((marginal.shape[0], 1))


def _certainty(p_increase: Floats, change: Floats) -> Floats:
    return np.where(change > 0, p_increase, np.where(change < 0, 1 - p_increase, 0.0))


def _gains(estimates: ResponseEstimates, spend: Floats) -> Floats:
    """Return what each channel gains by a split (draws x channels)."""
    return estimates.drawn.revenue(spend) - estimates.drawn.revenue(estimates.spend)


def _is_advised(estimates: ResponseEstimates, spend: Floats) -> bool:
    """Return whether a split is probable, large enough, and beyond the luck of the newest days."""
    gains = _gains(estimates, spend)
    gain = gains.sum(axis=1)
    least = max(
        LEAST_GAIN * _revenue_today(estimates), luck(np.median(gains, axis=0), estimates.revenue_error)
    )
    return bool(np.mean(gain > 0) >= SURE and np.median(gain) >= least)


def _is_option(estimates: ResponseEstimates, spend: Floats) -> bool:
    gain = _gains(estimates, spend).sum(axis=1)
    return bool(np.mean(gain > 0) >= ENOUGH and np.median(gain) >= _WORTH_SAYING * _revenue_today(estimates))


def _revenue_today(estimates: ResponseEstimates) -> float:
    return float(np.median(estimates.drawn.revenue(estimates.spend).sum(axis=1)))


def luck(gains: Floats, error: Floats) -> float:
    """Return the apparent gain (money) of a plan where all channels are equal, as the upper 2.5 % limit.

    gains: money; error: relative error of revenue / cost in the newest days (channels each). A plan gives to
    channels with a positive error and takes from channels with a negative one, so all errors count in its
    favour: their sum is one of half-normal variables.
    """
    sizes = np.abs(gains) * error
    spread = np.sqrt((1 - 2 / np.pi) * (sizes**2).sum())
    return float(np.sqrt(2 / np.pi) * sizes.sum() + _ONE_IN_FORTY * spread)


def _promising(estimates: ResponseEstimates, p_increase: Floats, held: Bools) -> Bools:
    """Mark held channels whose marginal return is probably above the account's average."""
    marginal = estimates.curves.marginal(estimates.spend)
    weights = np.where(estimates.is_open, estimates.spend, 0.0)
    usual = float(marginal @ weights) / max(float(weights.sum()), _TINY)
    is_assumed = np.array([basis == "assumed" for basis in estimates.basis], dtype=bool)
    likely = (p_increase >= _PROMISING) & (p_increase < ENOUGH)
    return np.asarray(held & is_assumed & likely & (marginal > _WORTH_A_TEST * usual))
