"""Columns and number formats that several dashboards share."""

from __future__ import annotations

from dataclasses import dataclass

from services.text import (
    MINUS,
    NO_BREAK_SPACE,
    NOTHING,
    Lang,
    Number,
    Text,
    common_unit,
    compact,
    number,
    percent,
    signed,
)
from services.views import Column

CHANNEL = Column("channel", Text(en="Channel", ru="Канал"))
DATE = Column("date", Text(en="Date", ru="Дата"), "date")

_LONG_PERCENT = 100.0  # from 10,000 % on, digits are harder to read than "12.4 k %"


def short_percent(ratio: float | None, lang: Lang) -> str:
    """Format 0.512 as `51.2 %`, 1.512 as `151 %` and 124 as `12.4 k %`."""
    if ratio is None or abs(ratio) < _LONG_PERCENT:
        return percent(ratio, lang)
    return compact(ratio * 100, lang) + NO_BREAK_SPACE + "%"


def percent_range(low: float | None, high: float | None, lang: Lang) -> str:
    """Format 1.9 and 2.9 as `190–290 %`; bounds with a minus sign are separated by three dots."""
    if low is None or high is None:
        return NOTHING
    if max(abs(low), abs(high)) >= _LONG_PERCENT:
        return from_to(short_percent(low, lang), short_percent(high, lang), " … ")
    percents = [low * 100, high * 100]
    are_whole = all(abs(bound - round(bound)) < 0.05 for bound in percents)
    decimals = 0 if are_whole or max(map(abs, percents)) >= 100 else 1
    bounds = [number(bound, lang, decimals=decimals) for bound in percents]
    dash = " … " if any(bound.startswith(MINUS) for bound in bounds) else "–"
    return dash.join(bounds) + NO_BREAK_SPACE + "%"


def from_to(before: str, after: str, arrow: str = " → ") -> str:
    """Join two formatted numbers; a common unit is written once: `12 → 14 %`."""
    number_before, _, unit_before = before.partition(NO_BREAK_SPACE)
    shares_unit = unit_before == after.partition(NO_BREAK_SPACE)[2]
    return f"{number_before if shares_unit else before}{arrow}{after}"


def step(written: str) -> str:
    """Return a formatted change with a plus sign if it is above zero."""
    return signed(written) if any(digit in written for digit in "123456789") else written


@dataclass(frozen=True, slots=True)
class Amounts:
    """The format of a column of amounts: all in one unit, which is shown in the column's heading."""

    size: float
    decimals: int
    unit: str
    lang: Lang

    def write(self, value: Number) -> str:
        """Format an amount without its unit."""
        return number(float(value) / self.size, self.lang, decimals=self.decimals)

    def change(self, low: Number | None, high: Number | None) -> str:
        """Format the bounds of a change as `−0.3 … +2.4`."""
        if low is None or high is None:
            return NOTHING
        bounds = [step(self.write(bound)) for bound in (low, high)]
        return " … ".join(dict.fromkeys(bounds))


def amounts(largest: Number, currency: str, lang: Lang) -> Amounts:
    """Return the format for amounts up to `largest`: units, thousands, millions ... of `currency`."""
    size, name = common_unit(largest, lang)
    decimals = 0 if size == 1 else 2 if abs(float(largest)) < 10 * size else 1
    return Amounts(size, decimals, f"{name}{NO_BREAK_SPACE}{currency}" if name else currency, lang)


def per_unit(roi: float, lang: Lang) -> str:
    """Format a ROI as the revenue per unit spent: 2.4 as `3.40`, 24 as `25.0`."""
    return compact(1 + roi, lang) if roi >= 999 else number(1 + roi, lang, decimals=2 if roi < 9 else 1)
