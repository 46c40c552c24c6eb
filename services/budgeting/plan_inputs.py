"""Inputs of a budget plan, and the splits computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.bounds import Bounds
from services.budgeting.estimation import ResponseEstimates

Cents = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


LEAST_DAYS = 28


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Inputs of a budget plan: estimates, locked channels (channels) and bounds.

    `change_limit` is a fraction; `n_days` is the number of days of history.
    """

    estimates: ResponseEstimates
    locked: Bools
    bounds: Bounds
    change_limit: float
    period_days: int
    n_days: int
    repaired: int

    @property
    def can_move(self) -> Bools:
        """True where the plan may move money: nowhere before there are `LEAST_DAYS` days of history."""
        is_open = self.estimates.is_open & ~self.locked & (self.bounds.today > 0)
        return np.asarray(is_open & (self.n_days >= LEAST_DAYS))


@dataclass(frozen=True, slots=True)
class CandidateSplit:
    """A total and its splits, in cents (channels each).

    `baseline` is today's split scaled to the total, `split` the plan's, `potential` that with wider bounds,
    and `option` that of a move that is not advised (None: no such move).
    """

    total: int
    baseline: Cents
    split: Cents
    potential: Cents
    option: Cents | None = None
