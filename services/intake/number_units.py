"""Decision about units that no column states: percent or fraction, money or millionths of money (micros).

The proofs come first: counts are whole numbers, and figures of one file agree with each other. Where nothing
proves a unit, the plausible one is taken and a finding says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from services.intake.columns import Field, is_in_percent, unit_of
from services.intake.heading_unit import MICRO, ONE
from services.intake.layout import Layout
from services.intake.numerals import Handwriting
from services.intake.sampled_figures import Floats, SampledFigures

SHARE = 0.01
"""The share of a column's values that decides, since a single one can be an error."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A decision about a column.

    `code` is percent, percent_assumed, fraction_assumed, micros, unit_named or price_improbable.
    `value` is an amount that shows it, NaN without one; `unit` is what it is multiplied by.
    """

    code: str
    column: str
    value: float = float("nan")
    unit: float = 1.0


@dataclass(frozen=True, slots=True)
class _Scale:
    """When a ratio without percent signs is in percent: `share` of its values are above `above`.

    Or 1 % of them are below `below`. `likely` are the usual values of the ratio as a fraction.
    """

    above: float
    share: float
    likely: tuple[float, float]
    below: float = float("-inf")


_SCALES: Mapping[Field, _Scale] = {
    "ctr": _Scale(above=1, share=SHARE, likely=(0.001, 0.2)),
    "conversion_rate": _Scale(above=1, share=SHARE, likely=(0.002, 0.3)),
    "roi": _Scale(above=10, share=0.5, likely=(-1, 10), below=-1),
    "roas": _Scale(above=20, share=0.5, likely=(0.05, 20)),
}
_PARTS: Mapping[Field, tuple[Field, Field]] = {
    "ctr": ("impressions", "clicks"),
    "conversion_rate": ("clicks", "conversions"),
}
"""Shares of a count, and the count that they give."""

_PROOF = 0.9
_TELLING_STEP = 0.2
_FEWEST_ROWS = 4
_CLEAR_FACTOR = 3.0  # readings differ by a hundred: nearer than this to one of them is no accident
_USUAL_CPC = (0.005, 200.0)

_MILLION = 1e6
_CENT_IN_MICROS = 1e4
_LARGE_PRICE = 1_000.0
"""No account pays more for a click on average, but in currencies with small units."""

_IMPOSSIBLE_PRICE = 50_000.0
"""No account pays more for a click on average, in any currency."""

_CLICKS_IN_A_THOUSAND = 10.0
_AMOUNTS: tuple[Field, ...] = ("cost", "cpc", "cpm", "cost_per_conversion", "cpa")


def in_percent(
    figures: SampledFigures, layout: Layout, numbers: Mapping[Field, Handwriting]
) -> tuple[set[Field], list[Finding]]:
    """Return the ratios in percent among the columns that are read, and the findings about all ratios."""
    percent: set[Field] = set()
    findings: list[Finding] = []
    for name in (name for name in numbers if name in _SCALES):
        column = layout.columns.name(name)
        if is_in_percent(column) or numbers[name].is_in_percent:
            percent.add(name)
            findings.append(Finding("percent", column))
            continue
        known = _is_large(figures[name], _SCALES[name]) or _proof(figures, name)
        is_percent = _is_likely_percent(figures, name) if known is None else known
        if is_percent:
            percent.add(name)
        findings += _told(
            name, column, _middle(figures[name]), is_percent=is_percent, is_known=known is not None
        )
    return percent, findings


def _told(name: Field, column: str, middle: float, *, is_percent: bool, is_known: bool) -> Iterator[Finding]:
    if is_known:
        if is_percent:
            yield Finding("percent", column)
    elif name != "roas" or _hint(middle, *_SCALES[name].likely) >= 0:
        yield Finding("percent_assumed" if is_percent else "fraction_assumed", column, middle)


def in_millionths(figures: SampledFigures, layout: Layout) -> tuple[set[Field], list[Finding]]:
    """Return the amounts in millionths among the recognised columns, and the findings about them."""
    named = {
        name: unit
        for name in (*_AMOUNTS, "revenue")
        if name in figures and (unit := unit_of(layout.columns, name)) != ONE
    }
    found: set[Field] = set()
    findings = list(_in_named_units(figures, layout))
    price = _price(figures)
    for name in (name for name in _AMOUNTS if name in figures and name not in named):
        if _is_in_millionths(figures[name], price if name == "cost" else _usual(figures[name], name)):
            found.add(name)
    cost_unit = 1.0 if named.get("cost") == MICRO else _MILLION if "cost" in found else None
    if cost_unit is not None and "revenue" in figures and "revenue" not in named:
        found |= {"revenue"} if _is_as_large(figures, cost_unit) else set()
    used = [name for name in layout.used if name in found]
    findings += [Finding("micros", layout.columns.name(name), _largest(figures[name])) for name in used]
    if "cost" in figures and "cost" not in found and price > _LARGE_PRICE:
        findings.append(Finding("price_improbable", layout.columns.name("cost"), price))
    return found, findings


def _is_large(values: Floats, scale: _Scale) -> bool | None:
    """Return True when the values are too large or too low for fractions, None when that tells nothing."""
    known = values[~np.isnan(values)]
    above, below = np.count_nonzero(known > scale.above), np.count_nonzero(known < scale.below)
    is_large = above > 0 and above >= scale.share * len(values)
    return True if is_large or (below > 0 and below >= SHARE * len(values)) else None


def _proof(figures: SampledFigures, name: Field) -> bool | None:
    """Return whether a ratio is in percent if other columns of the file prove it, else None."""
    if name not in _PARTS or _PARTS[name][0] not in figures:
        return None
    base, ratio = figures[_PARTS[name][0]], figures[name]
    for other in _estimates(figures, name):
        usable = (base > 0) & (ratio > 0) & (other > 0)
        if usable.any():
            factor = float(np.median(base[usable] * ratio[usable] / other[usable]))
            if 1 / _CLEAR_FACTOR < factor < _CLEAR_FACTOR:
                return False
            if 100 / _CLEAR_FACTOR < factor < 100 * _CLEAR_FACTOR:
                return True
    return _proof_by_whole_numbers(base, ratio, 10.0 ** -figures.decimals(name))


def _estimates(figures: SampledFigures, name: Field) -> Iterator[Floats]:
    """Yield what other columns say about the count that a ratio gives."""
    if _PARTS[name][1] in figures:
        yield figures[_PARTS[name][1]]
    price: Field = "cpc" if name == "ctr" else "cost_per_conversion"
    if "cost" in figures and price in figures:
        with np.errstate(divide="ignore", invalid="ignore"):
            yield figures["cost"] / figures[price]


def _proof_by_whole_numbers(base: Floats, ratio: Floats, step: float) -> bool | None:
    """Return the unit in which base x ratio is a whole number in nearly all rows; True for percent.

    `step` is the last decimal of the ratio: where it changes the product by much of a whole number, the
    product tells nothing. In percent, base x ratio is a multiple of 100, whole as well: percent comes first.
    """
    for is_percent, scale in ((True, 0.01), (False, 1.0)):
        usable = (base > 0) & (ratio > 0) & (base * step * scale < _TELLING_STEP)
        counts = (base * ratio * scale)[usable]
        is_whole = (np.abs(counts - np.round(counts)) < _TELLING_STEP / 2) & (counts > 0.5)
        if len(counts) >= _FEWEST_ROWS and np.mean(is_whole) >= _PROOF:
            return is_percent
    return None


def _is_likely_percent(figures: SampledFigures, name: Field) -> bool:
    """Return which unit is more plausible for a ratio that nothing proves; True for percent."""
    middle = _middle(figures[name])
    low, high = _SCALES[name].likely
    hints = [_hint(middle, low, high)]
    if name == "ctr" and "impressions" in figures:
        clicks = float(np.nansum(figures["impressions"] * figures[name]))
        if "cost" in figures and clicks > 0:
            hints.append(-_hint(float(np.nansum(figures["cost"])) / clicks * 100, *_USUAL_CPC, factor=100))
        if "conversions" in figures and clicks > 0:
            hints.append(
                -_hint(float(np.nansum(figures["conversions"])) / clicks * 100, 2e-4, 0.5, factor=100)
            )
    return sum(hints) > 0


def _hint(value: float, low: float, high: float, factor: float = 100.0) -> int:
    """Return 1 when only value / factor is usual, -1 when only the value itself is, else 0."""
    is_usual, is_usual_divided = low <= value <= high, low <= value / factor <= high
    return int(is_usual_divided) - int(is_usual)


def _price(figures: SampledFigures) -> float:
    """Return the mean price of a click; without clicks, what a hundredth of a thousand impressions costs."""
    if "cost" not in figures:
        return 0.0
    cost = float(np.nansum(figures["cost"]))
    for name, share in (("clicks", 1.0), ("impressions", _CLICKS_IN_A_THOUSAND / 1_000)):
        counted: Field = "clicks" if name == "clicks" else "impressions"
        if counted in figures and (total := float(np.nansum(figures[counted])) * share) > 0:
            return cost / total
    return 0.0


def _usual(values: Floats, name: Field) -> float:
    """Return the middle price, as that of a click."""
    middle = _middle(values)
    return middle / _CLICKS_IN_A_THOUSAND if name == "cpm" else middle / (1 if name == "cpc" else 20)


def _is_in_millionths(values: Floats, price: float) -> bool:
    """Return whether amounts are millionths: whole, large, in cents of millionths, at an impossible price."""
    known = np.abs(values[~np.isnan(values) & (values != 0)])
    if len(known) == 0 or np.any(known % 1):
        return False
    if price > _IMPOSSIBLE_PRICE:
        return True
    in_cents = float(np.mean(known % _CENT_IN_MICROS == 0)) >= 1 - SHARE
    return price > _LARGE_PRICE and in_cents and float(np.median(known)) >= 10 * _CENT_IN_MICROS


def _in_named_units(figures: SampledFigures, layout: Layout) -> Iterator[Finding]:
    """Yield the columns that are read and whose headings name a unit."""
    for name in layout.used:
        if name in figures and (unit := unit_of(layout.columns, name)) != ONE:
            largest = _largest(figures[name]) / float(unit)
            code = "micros" if unit == MICRO else "unit_named"
            yield Finding(code, layout.columns.name(name), largest, float(unit))


def _is_as_large(figures: SampledFigures, cost_unit: float) -> bool:
    """Return whether revenue is in millionths, as cost is: whole, and beside cost in units it is impossible.

    `cost_unit` is the number by which the cost of `figures` has still to be divided.
    """
    cost, revenue = (float(np.nansum(figures[name])) for name in ("cost", "revenue"))
    known = figures["revenue"][figures["revenue"] > 0]
    in_cents = len(known) > 0 and float(np.mean(known % _CENT_IN_MICROS == 0)) >= 1 - SHARE
    return in_cents and cost > 0 and revenue / (cost / cost_unit) > 10_000


def _middle(values: Floats) -> float:
    known = np.abs(values[~np.isnan(values) & (values != 0)])
    return float(np.median(known)) if len(known) else 0.0


def _largest(values: Floats) -> float:
    return float(np.nanmax(np.abs(values), initial=0.0))
