"""Decision how the numbers of each column are written: decimal mark, percent or fraction, millionths.

A decision is made for a whole column, from all rows: by the numerals that can be read in one way only, then
by the figures, since columns of one file must agree (cost = clicks x CPC, clicks = impressions x CTR).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

import numpy as np

from services.intake.columns import COUNTS, RATIOS, Field, unit_of
from services.intake.currencies import WITHOUT_CENTS, readings
from services.intake.figures import Style
from services.intake.heading_unit import MICRO, ONE
from services.intake.layout import Layout
from services.intake.number_units import Finding, in_millionths, in_percent
from services.intake.numerals import Handwriting, Mark, Votes, decimal_mark, shapes, votes
from services.intake.row_sample import RowSample
from services.intake.sampled_figures import Bools, SampledFigures

_RELATIONS: tuple[tuple[Field, Field, Field, tuple[float, ...]], ...] = (
    ("cost", "clicks", "cpc", (1.0,)),
    ("cost", "impressions", "cpm", (0.001,)),
    ("cost", "conversions", "cost_per_conversion", (1.0,)),
    ("clicks", "impressions", "ctr", (1.0, 0.01)),
    ("conversions", "clicks", "conversion_rate", (1.0, 0.01)),
    ("revenue", "cost", "roas", (1.0, 0.01)),
)
"""A figure, two others, and what their product is multiplied by to give it."""

_TOLERANCE = 0.3  # readings of a decimal mark differ by a factor of ten or more
_MOST_AGREE = 0.8
_FEW_AGREE = 0.2
_FEW_TIMES = 2
_UNKNOWN_OF_NOTHING = frozenset({"roi", "cpa", "cost_per_conversion", "cpc", "cpm"})
_MARKS: tuple[Mark, Mark] = (".", ",")
_IMPLIED: Mapping[bool, Mark] = {True: ",", False: "."}


@dataclass(frozen=True, slots=True)
class NumberFormats:
    """The style of each column that is read, and what was decided without proof.

    `mark` is the decimal mark of the other columns; `unclear` are the columns whose mark nothing tells.
    """

    styles: Mapping[Field, Style]
    mark: Mark
    unclear: tuple[str, ...]
    findings: tuple[Finding, ...]


def decide(layout: Layout, numbers: Mapping[Field, Handwriting], sample: RowSample) -> NumberFormats:
    """Return the number formats; `numbers` are the used columns, `sample` has all recognised ones."""
    written = {name: seen.votes for name, seen in numbers.items()}
    own = {name: _without_strays(found) for name, found in written.items()}
    all_votes = sum(own.values(), Votes()) + _votes_of_unused(numbers, sample)
    fallback = all_votes.winner or _mark_of_counts(own)
    units = {name: unit for name in sample.cells if (unit := unit_of(layout.columns, name)) != ONE}
    marks = {
        name: decimal_mark(own[name], all_votes, is_count=name in COUNTS and name not in units)
        for name in own
    }
    open_ones = [name for name in own if name not in COUNTS and _is_open(own[name])]
    proven = _marks_of_whole_amounts(layout, own, numbers, open_ones)
    proven |= _proven_marks(sample, marks, [name for name in open_ones if name not in proven], units)
    marks |= {name: proven.get(name) or fallback or "." for name in open_ones}
    styles = {name: _style(layout, name, marks[name], numbers[name]) for name in own}
    undecided = [name for name in own if own[name].is_unclear and name not in proven]
    figures = SampledFigures(sample, styles, fallback or ".", units)
    percent, doubts = in_percent(figures, layout, numbers)
    millionths, micros = in_millionths(figures, layout)
    return NumberFormats(
        styles={
            name: _with_unit(style, name in percent, units.get(name, MICRO if name in millionths else ONE))
            for name, style in styles.items()
        },
        mark=all_votes.winner or ".",
        unclear=tuple(
            layout.columns.name(name)
            for name in own
            if name not in proven and (_is_doubtful(written[name]) or (not fallback and name in undecided))
        ),
        findings=(*doubts, *micros),
    )


def _style(layout: Layout, name: Field, mark: Mark, numbers: Handwriting) -> Style:
    return Style(
        name=layout.columns.name(name),
        mark=mark,
        is_ratio=name in RATIOS,
        is_count=name in COUNTS,
        needs_value=_needs_value(layout, name, numbers),
    )


def _needs_value(layout: Layout, name: Field, numbers: Handwriting) -> bool:
    """Return whether an empty cell of a column tells nothing.

    Platforms leave cells of counts and amounts empty where nothing was bought, and shares of nothing: they
    are 0. A price or an ROI of nothing is unknown, and so is a figure whose column has no value at all. Where
    conversions are an amount divided by their price, an empty price is that of no conversion.
    """
    if numbers.is_void:
        return True
    if name not in _UNKNOWN_OF_NOTHING:
        return False
    return any(name in step.needs and step.target != "conversions" for step in layout.steps)


def _with_unit(style: Style, is_percent: bool, unit: Decimal) -> Style:
    if is_percent:
        return replace(style, unit=100)
    return style if unit == ONE else replace(style, unit=ONE / unit)


def _marks_of_whole_amounts(
    layout: Layout, own: Mapping[Field, Votes], numbers: Mapping[Field, Handwriting], open_ones: list[Field]
) -> dict[Field, Mark]:
    """Return the marks of amounts in currencies that have no cents: their only marks divide thousands."""
    found: dict[Field, Mark] = {}
    for name in open_ones:
        heading = layout.columns.currencies.get(name)
        written = numbers[name].currencies | (frozenset() if heading is None else {heading})
        is_whole = bool(written) and all({*readings(one)} & WITHOUT_CENTS for one in written)
        has_one_mark = (own[name].dotted > 0) != (own[name].commaed > 0)
        if is_whole and has_one_mark and unit_of(layout.columns, name) == ONE:
            found[name] = _IMPLIED[own[name].dotted > 0]
    return found


def _without_strays(own: Votes) -> Votes:
    """Return the votes without a few that all the other numerals of the column make doubtful.

    One `12.345,67` among many `1,091` is another number that strayed in: by its mark, all others would be
    amounts with three decimals.
    """
    if own.winner == "," and _FEW_TIMES * own.comma <= own.commaed:
        return replace(own, comma=0, point=0)
    if own.winner == "." and _FEW_TIMES * own.point <= own.dotted:
        return replace(own, comma=0, point=0)
    return own


def _is_doubtful(own: Votes) -> bool:
    """Return whether few numerals decide a mark by which many others have three decimals."""
    if own.winner == ",":
        return own.commaed > 0 and own.comma <= _FEW_TIMES * own.commaed
    return own.winner == "." and own.dotted > 0 and own.point <= _FEW_TIMES * own.dotted


def _is_open(own: Votes) -> bool:
    return own.winner is None and own.dotted + own.commaed > 0


def _votes_of_unused(numbers: Mapping[Field, Handwriting], sample: RowSample) -> Votes:
    """Return the votes of ratios that are not read, such as a CTR beside its counts."""
    unused = (texts for name, texts in sample.cells.items() if name not in numbers)
    return sum((votes(Counter(shapes(texts))) for texts in unused if texts), Votes())


def _mark_of_counts(own: Mapping[Field, Votes]) -> Mark | None:
    """Return the mark that grouped counts imply: `1.234` impressions are 1234, so the mark is a comma."""
    counts = sum((own[name] for name in own if name in COUNTS), Votes())
    return None if counts.dotted == counts.commaed else _IMPLIED[counts.dotted > counts.commaed]


def _proven_marks(
    sample: RowSample, marks: Mapping[Field, Mark], open_ones: list[Field], units: Mapping[Field, Decimal]
) -> dict[Field, Mark]:
    """Return the marks of columns for which only one reading agrees with the other columns."""
    proven: dict[Field, Mark] = {}
    for whole, part, ratio, scales in _RELATIONS:
        names = (whole, part, ratio)
        undecided = [name for name in names if name in open_ones and name not in proven]
        if not undecided or not sample.has(names):
            continue
        shares: list[tuple[float, dict[Field, Mark]]] = []
        for chosen in product(_MARKS, repeat=len(undecided)):
            reading = {**marks, **proven, **dict(zip(undecided, chosen, strict=True))}
            figures = SampledFigures(sample, {}, ".", units)
            shares.append((_agreement(figures, names, scales, reading), {n: reading[n] for n in undecided}))
        shares.sort(key=lambda one: one[0], reverse=True)
        if shares[0][0] >= _MOST_AGREE and shares[1][0] <= _FEW_AGREE:
            proven |= shares[0][1]
    return proven


def _agreement(
    figures: SampledFigures,
    names: tuple[Field, Field, Field],
    scales: tuple[float, ...],
    marks: Mapping[Field, Mark],
) -> float:
    """Return the largest share of rows, over the scales, in which the three figures agree."""
    whole, part, ratio = (figures.read(name, marks.get(name, figures.mark_of(name))) for name in names)
    usable: Bools = (whole > 0) & (part > 0) & (ratio > 0)
    if not usable.any():
        return 0.0
    quotient = part[usable] * ratio[usable] / whole[usable]
    return max(float(np.mean(np.abs(np.log(quotient * scale)) < _TOLERANCE)) for scale in scales)
