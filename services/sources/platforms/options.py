"""Options that all platforms have, and checks of their values."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.sources.calls import not_an_address
from services.sources.intervals import every_option
from services.sources.kind import Option

DAYS = 28
_MOST_DAYS = 400
_FIRST_YEAR = 1990  # of campaign rows


def common_options(base_url: str, every: timedelta) -> tuple[Option, ...]:
    """Return the options of every platform; `base_url` is where its interface is.

    `mode`, `grain` and `every` are those of every type, with the defaults that a platform needs.
    """
    return (
        Option(
            "since",
            "text",
            'first day to read, such as "2026-01-01"; unset: history begins with the months of the last '
            "`days` days",
            check=_not_a_day,
        ),
        Option(
            "days",
            "number",
            "how many days back each fetch reads again, so that late conversions are corrected; read are the "
            "whole months with these days",
            default=DAYS,
            check=_not_days,
        ),
        Option(
            "base_url",
            "text",
            "address of the interface, for a proxy or a test",
            default=base_url,
            check=not_an_address,
        ),
        Option(
            "mode",
            "text",
            "what becomes of the rows of the days that are read: `replace` replaces them, `append` keeps "
            "them",
            default="replace",
            check=_not_a_mode,
        ),
        Option("grain", "text", "what a row is: always a day", default="day", check=_not_a_day_grain),
        every_option(every),
    )


def not_digits(value: Any) -> str | None:
    """Return what the id of an account must be, None for digits with or without hyphens."""
    is_right = isinstance(value, str) and value.replace("-", "").isdecimal() and value.isascii()
    return None if is_right else 'an account id in digits and in quotes, such as "123-456-7890"'


def _not_a_mode(value: Any) -> str | None:
    return None if value in {"replace", "append"} else "one of: replace, append"


def _not_a_day_grain(value: Any) -> str | None:
    return None if value == "day" else "day"


def _not_a_day(value: Any) -> str | None:
    try:
        is_right = date.fromisoformat(value).year >= _FIRST_YEAR
    except (TypeError, ValueError):
        is_right = False
    return None if is_right else 'a day in quotes, such as "2026-01-31"'


def _not_days(value: Any) -> str | None:
    is_right = isinstance(value, int) and 1 <= value <= _MOST_DAYS
    return None if is_right else f"a whole number from 1 to {_MOST_DAYS}"
