"""Which channels the evidence allows to move: each move needs a probability, and so does their sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.allocation import allocate
from services.budgeting.learning import Knowledge

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ENOUGH = 0.8
_PROMISING = 0.6
_WORTH_A_TEST = 1.15  # times the account's marginal return
_SMALLEST_MOVE = 1e-6


@dataclass(frozen=True, slots=True)
class Decision:
    """What may move, at today's total and whatever the total will be.

    `is_free` marks the channels that may leave their part of today's split. `p_increase` is the
    probability that money is worth more here than at the other end of the move (or, without a move,
    than at the account's average). `is_promising` marks channels that stay, but for want of
    evidence only.
    """

    is_free: Bools
    p_increase: Floats
    is_promising: Bools


def decide(known: Knowledge, can_move: Bools, change_limit: float) -> Decision:
    """Return which channels may move within `change_limit`, given those that can at all.

    The best split is computed, every channel whose move has a probability under 0.8 is held back,
    and so on until all remaining moves have it. Then the plan as a whole needs it too.
    """
    free = can_move.copy()
    while free.any():
        spend = split_between(known, free, change_limit)
        p = _probabilities(known, spend, free)
        weak = free & (_certainty(p, spend - known.spend) < ENOUGH)
        if not weak.any():
            break
        free &= ~weak
    if free.any() and _p_improves(known, spend) >= ENOUGH:
        return Decision(free, p, _promising(known, p, can_move & ~free))
    nobody = np.zeros_like(free)
    p = _probabilities(known, known.spend, can_move)
    return Decision(nobody, p, _promising(known, p, can_move))


def split_between(known: Knowledge, free: Bools, change_limit: float) -> Floats:
    """Return the best split of today's total when only the free channels move."""
    lower = np.where(free, (1 - change_limit) * known.spend, known.spend)
    upper = np.where(free, (1 + change_limit) * known.spend, known.spend)
    return allocate(known.curves, float(known.spend.sum()), lower, upper)


def _probabilities(known: Knowledge, spend: Floats, candidates: Bools) -> Floats:
    """Return, per channel, P(money is worth more here than at the other end of its move)."""
    marginal = known.drawn.marginal(known.spend)
    change = np.where(np.abs(spend - known.spend) > _SMALLEST_MOVE * known.spend, spend - known.spend, 0)
    average = _mean(marginal, np.where(candidates, known.spend, 0.0))
    givers, takers = np.maximum(-change, 0), np.maximum(change, 0)
    is_move = bool(givers.any() and takers.any())
    worth_there = np.where(
        change > 0,
        _mean(marginal, givers) if is_move else average,
        np.where(change < 0, _mean(marginal, takers) if is_move else average, average),
    )
    wins = np.mean(marginal > worth_there, axis=0) + 0.5 * np.mean(marginal == worth_there, axis=0)
    return np.asarray(np.where(candidates, wins, 0.5))


def _mean(marginal: Floats, weights: Floats) -> Floats:
    total = float(weights.sum())
    return (marginal @ weights / total)[:, None] if total > 0 else np.zeros((marginal.shape[0], 1))


def _certainty(p_increase: Floats, change: Floats) -> Floats:
    return np.where(change > 0, p_increase, np.where(change < 0, 1 - p_increase, 0.0))


def _p_improves(known: Knowledge, spend: Floats) -> float:
    effect = (known.drawn.revenue(spend) - known.drawn.revenue(known.spend)).sum(axis=1)
    return float(np.mean(effect > 0))


def _promising(known: Knowledge, p_increase: Floats, held: Bools) -> Bools:
    """Mark channels that would probably pay more than the account's average, were it known."""
    marginal = known.curves.marginal(known.spend)
    total = float(known.spend[held | known.is_open].sum())
    usual = float(marginal @ np.where(known.is_open, known.spend, 0)) / total if total > 0 else 0.0
    is_assumed = np.array([basis == "assumed" for basis in known.basis], dtype=bool)
    likely = (p_increase >= _PROMISING) & (p_increase < ENOUGH)
    return np.asarray(held & is_assumed & likely & (marginal > _WORTH_A_TEST * usual))
