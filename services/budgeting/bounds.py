"""Amounts in cents: today's spend, each channel's bounds, and today's split scaled to any total."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt

from services.budgeting.allocation import along_path
from services.budgeting.estimation import ResponseEstimates
from services.errors import InvalidInputError
from services.text import Text

Floats = npt.NDArray[np.float64]
Cents = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CENT = Decimal("0.01")
MOST = Decimal(10) ** 14  # what a numeric(18,4) column can hold


class InvalidTotalError(InvalidInputError):
    """The total of a budget plan is not an amount of money."""

    code = "invalid_total"
    words = Text(
        en="The total must be an amount from 0 to {most}, not {total}.",
        ru="Сумма должна быть от 0 до {most}, а не {total}.",
    )


class InvalidChangeLimitError(InvalidInputError):
    """The change limit of a budget plan is not a fraction."""

    code = "invalid_change_limit"
    words = Text(
        en="The change limit must be a fraction from 0 to 1 (0.3 is 30\u00a0%), not {limit}.",
        ru="Предел изменения должен быть долей от 0 до 1 (0,3 — это 30\u00a0%), а не {limit}.",
    )


class InvalidPeriodError(InvalidInputError):
    """The period of a budget plan is not a number of days."""

    code = "invalid_period"
    words = Text(
        en="The period must be at least 1 day, not {days}.",
        ru="Период должен быть не короче 1 дня, а не {days}.",
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """Each channel's spend today, and its minimum and maximum in a plan, in cents (channels each)."""

    today: Cents
    lower: Cents
    upper: Cents

    def baseline(self, total: int) -> Cents:
        """Return today's split scaled to `total`, within bounds (channels, cents).

        A total below the sum of the lower bounds is split in proportion to today's spend.
        """
        least, most = (self.lower, self.upper) if total >= self.lower.sum() else (0 * self.lower, self.lower)
        spread = int(np.max(self.upper / np.maximum(self.today, 1), initial=1.0)) + 1
        return along_path(
            lambda step: np.asarray(step * self.today, dtype=np.float64),
            end=spread,
            total=total,
            lower=least,
            upper=most,
        )


def bounds(estimates: ResponseEstimates, locked: Bools, change_limit: float) -> Bounds:
    """Return the bounds of every channel: today's spend plus or minus `change_limit`, a fraction.

    A channel that is `locked` (channels) keeps today's spend. Raises `InvalidChangeLimitError`.
    """
    if not 0 <= change_limit <= 1:
        raise InvalidChangeLimitError(limit=change_limit)
    today = np.rint(100 * estimates.spend).astype(np.int64)
    room = np.where(locked, 0, np.floor(today * change_limit + 1e-6)).astype(np.int64)
    return Bounds(today=today, lower=today - room, upper=today + room)


def whole_cents(total: float | Decimal) -> int:
    """Return an amount of money in cents, rounded half to even. Raises `InvalidTotalError`."""
    amount = Decimal(str(total))
    if not amount.is_finite() or not 0 <= amount <= MOST:
        raise InvalidTotalError(total=total, most=f"{MOST:,}")
    return int(amount.quantize(CENT, rounding=ROUND_HALF_EVEN) * 100)


def money(cents: int) -> Decimal:
    """Return cents as an amount with two decimals."""
    return (Decimal(int(cents)) / 100).quantize(CENT)
