"""Values as a dashboard's rows hold them: no NaN, no infinity, money exact."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import SupportsFloat

_MONEY_STEP, _TOO_MUCH = Decimal("0.0001"), Decimal(10) ** 14  # as the database keeps it: numeric(18,4)


def ratio(value: SupportsFloat | None) -> float | None:
    """Return a plain float, or None for what has no value (None, NaN, infinite)."""
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


def count(value: SupportsFloat | None) -> float | None:
    """Return a count as a whole number, or None for what has no value."""
    number = ratio(value)
    return None if number is None else float(round(number))


def money(value: Decimal | SupportsFloat | None) -> Decimal | None:
    """Return an amount rounded to four decimals, or None for what has no value.

    An estimate too large for the database's `numeric(18,4)` has none either.
    """
    exact = value if isinstance(value, Decimal) else _exact(value)
    if exact is None or not exact.is_finite() or abs(exact) >= _TOO_MUCH:
        return None
    return exact.quantize(_MONEY_STEP)


def _exact(value: SupportsFloat | None) -> Decimal | None:
    number = ratio(value)
    return None if number is None else Decimal(repr(number))
