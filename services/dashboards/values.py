"""Conversion of values for the rows of dashboards: no NaN, no infinity, exact money."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import SupportsFloat

_MONEY_STEP, _TOO_MUCH = Decimal("0.0001"), Decimal(10) ** 14  # limits of the column type numeric(18,4)


def ratio(value: SupportsFloat | None) -> float | None:
    """Return a float, or None for None, NaN and infinity."""
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


def count(value: SupportsFloat | None) -> float | None:
    """Return a count rounded to a whole number, or None for None, NaN and infinity."""
    number = ratio(value)
    return None if number is None else float(round(number))


def money(value: Decimal | SupportsFloat | None) -> Decimal | None:
    """Return an amount rounded to four decimals, or None for None, NaN and infinity.

    An estimate too large for a `numeric(18,4)` column gives None, too.
    """
    exact = value if isinstance(value, Decimal) else _exact(value)
    if exact is None or not exact.is_finite() or abs(exact) >= _TOO_MUCH:
        return None
    return exact.quantize(_MONEY_STEP)


def _exact(value: SupportsFloat | None) -> Decimal | None:
    number = ratio(value)
    return None if number is None else Decimal(repr(number))
