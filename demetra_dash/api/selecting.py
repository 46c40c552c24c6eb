"""The parameters that select the period of an answer and what it is compared with."""

from __future__ import annotations

from typing import Any

from demetra_dash.api.parameters import (
    ALL_DAYS,
    COMPARE,
    DAYS,
    FROM,
    ONE_CHANNEL,
    PERIOD,
    TO,
    InvalidParameterError,
    check_order,
)
from services.periods import AllDays, Dates, LastDays, Period, Selection
from services.text import Text

PERIOD_PARAMETERS = (PERIOD, FROM, TO, DAYS, COMPARE)
PARAMETERS = (*PERIOD_PARAMETERS, ONE_CHANNEL)


def selection_of(given: dict[str, Any]) -> Selection:
    """Return the selection of parsed parameters, 28 days without any.

    Raises `InvalidParameterError` for a period that is given in two ways, and for one that ends before it
    begins.
    """
    periods = [period for period in (given["period"], _dates_of(given), _days_of(given)) if period]
    if len(periods) > 1:
        allowed = Text(
            en="given in one way: as period, as days, or as from and to",
            ru="задан одним способом: period, days или from и to",
        )
        raise InvalidParameterError(parameter="period", value=periods[0].text, allowed=allowed)
    usual = Selection()
    period = periods[0] if periods else usual.period
    return Selection(period, given["compare"], given.get("channel"))


def address_of(selection: Selection) -> str:
    """Return the selection as a part of an address, to be the key of its answer."""
    parts = (selection.period_text, selection.comparison_text, selection.channel or "")
    return "&".join(parts)


def _days_of(given: dict[str, Any]) -> Period | None:
    days = given["days"]
    if days is None:
        return None
    return AllDays() if days == ALL_DAYS else LastDays(days)


def _dates_of(given: dict[str, Any]) -> Period | None:
    first, last = given["from"], given["to"]
    if first is None and last is None:
        return None
    check_order(first, last)
    return Dates(first, last)
