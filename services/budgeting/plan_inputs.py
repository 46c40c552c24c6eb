"""What lies on the desk while a plan is made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.budgeting.bounds import Bounds
from services.budgeting.estimation import ResponseEstimates

Cents = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Everything a plan starts from: what is known, who is locked, what is within bounds."""

    estimates: ResponseEstimates
    locked: Bools
    bounds: Bounds
    change_limit: float
    period_days: int
    n_days: int
    repaired: int

    @property
    def can_move(self) -> Bools:
        """True where the plan may move money."""
        return np.asarray(self.estimates.is_open & ~self.locked & (self.bounds.today > 0))


@dataclass(frozen=True, slots=True)
class CandidateSplit:
    """Splits in cents: today's scaled into the total, the plan's, and the one within wider bounds."""

    total: int
    baseline: Cents
    split: Cents
    potential: Cents
