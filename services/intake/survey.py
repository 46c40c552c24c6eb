"""First pass over a whole file: decides the formats of dates and numbers before any row is parsed."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from services.formulas import rearmed
from services.intake.columns import COUNTS, MEASURES, RATIOS, Field, is_in_percent
from services.intake.date_texts import Span
from services.intake.dates import DateEvidence, DateReader, Dating, date_stems, days_named
from services.intake.failures import MostlyBrokenError, NoRowsError
from services.intake.figures import ColumnReader, Style
from services.intake.grain import Grain, PeriodReader, Spreading, end_column, is_of_months, spreading_of
from services.intake.layout import Layout
from services.intake.numerals import Handwriting, Mark, Votes, decimal_mark
from services.intake.opening import TextFile, open_text
from services.intake.places import by_part
from services.intake.records import Block, Lines, Rejected, read_blocks
from services.intake.spelling import Spellings

Watch = Callable[[int, int], None]
"""Progress callback; its arguments are the bytes of the file and the rows read so far."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The condition for a ratio column without percent signs to be in percent.

    At least `share` of its values must be above `above`, or at least 1 % of them below `below`. A rate above
    1 is rare but possible (more conversions than clicks), so a single one is not enough.
    """

    above: float
    share: float
    below: float = float("-inf")


SCALES: Mapping[str, Scale] = {
    "ctr": Scale(above=1, share=0.01),
    "conversion_rate": Scale(above=1, share=0.01),
    "roi": Scale(above=10, share=0.5, below=-1),
    "roas": Scale(above=20, share=0.5),
}
_UNKNOWN_OF_NOTHING = frozenset({"roi", "cpa", "cost_per_conversion", "cpc", "cpm"})
_BELOW_SHARE = 0.01
_MOST_KEYS = 20_000_000
_NAMES: tuple[Field, ...] = ("channel", "campaign_id")
_MOST_PERIODS = 100_000
MOST_BROKEN = 100_000
"""With more broken rows than this, at least as many rows must fit the header."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The formats of a file's rows, decided from all of them."""

    dating: Dating
    spreading: Spreading | None
    """How rows of weeks, months and other periods go to their days; None for rows of single days."""
    period: tuple[date, date] | None
    """The first and the last day; None when no date can be read."""
    is_distinct: bool
    """True when no two rows seem to have the same campaign, channel, day and attributes."""
    mark: Mark
    styles: Mapping[Field, Style]
    unclear_numbers: tuple[str, ...]
    currencies: frozenset[str]
    spellings: Mapping[Field, Spellings]
    """The channels and campaigns as written."""


@dataclass(slots=True)
class _Notes:
    """The evidence of the survey, collected block by block."""

    rows: int = 0
    broken: int = 0
    first_broken: Rejected | None = None
    dates: DateEvidence = field(default_factory=DateEvidence)
    periods: set[tuple[str, str]] = field(default_factory=set)
    """The distinct first and last days of rows, as written, where a column has last days."""
    numbers: dict[Field, Handwriting] = field(default_factory=dict)
    keys: array[int] = field(default_factory=lambda: array("q"))
    """A hash of each row's key as written: eight bytes per row."""
    spellings: dict[Field, Spellings] = field(default_factory=dict)

    def add(self, block: Block, layout: Layout) -> None:
        self.rows += len(block.rows) + len(block.rejected)
        self.broken += len(block.rejected)
        if self.first_broken is None and block.rejected:
            self.first_broken = block.rejected[0]
        cells = transposed(block, layout)
        for name in layout.used:
            if name in MEASURES or name in RATIOS:
                self.numbers.setdefault(name, Handwriting()).add(cells[layout.columns.fields[name]])
        for name in _NAMES:
            if name in layout.columns.fields:
                self.spellings.setdefault(name, Spellings()).add(cells[layout.columns.fields[name]])
        written = cells[layout.columns.fields["date"]]
        stems = date_stems(written)
        self.dates.add(stems, block.lines, written)
        end = end_column(layout.columns)
        if end is not None and len(self.periods) < _MOST_PERIODS:
            ends = date_stems(cells[end])
            self.dates.add_ends(ends, block.lines)
            self.periods.update(zip(stems, ends, strict=True))
        if len(self.keys) < _MOST_KEYS:
            others = (cells[at] for at in layout.key_positions)
            self.keys.extend(map(hash, zip(stems, *others, strict=True)))

    def are_distinct(self) -> bool:
        """Return whether no two rows have the same key; False with more rows than recorded keys."""
        ordered = np.sort(np.frombuffer(self.keys, dtype=np.int64))
        return self.rows <= _MOST_KEYS and bool((ordered[1:] != ordered[:-1]).all())


def survey(file: TextFile, layout: Layout, watch: Watch, grain: Grain | None = None) -> Survey:
    """Return the formats of the file's rows; `watch` is called after each block.

    `grain` is what the user says that a row is: a day, a week or a month.

    Raises `NoRowsError` without rows, `MixedDatesError` when the dates have more than one order, and
    `MostlyBrokenError` when most rows do not fit the header.
    """
    notes = _Notes()
    for block in blocks(file, layout, watch):
        notes.add(block, layout)
        _refuse_mostly_broken(file, notes)
    if notes.rows == 0:
        raise NoRowsError(file=file.name)
    own = {name: seen.votes for name, seen in notes.numbers.items()}
    everybody = sum(own.values(), Votes())
    styles = _styles(layout, notes.numbers, own, everybody)
    dating, spreading, period = _calendar(file, layout, notes, grain)
    return Survey(
        dating=dating,
        spreading=spreading,
        period=period,
        is_distinct=spreading is None and notes.are_distinct(),
        mark=everybody.winner or ".",
        styles=_with_units(file, layout, styles, notes.numbers),
        unclear_numbers=_unclear(layout, own, everybody),
        spellings=notes.spellings,
        currencies=frozenset().union(*(seen.currencies for seen in notes.numbers.values())),
    )


def _refuse_mostly_broken(file: TextFile, notes: _Notes) -> None:
    first = notes.first_broken
    if first is not None and notes.broken > max(MOST_BROKEN, notes.rows - notes.broken):
        raise MostlyBrokenError(file=file.name, rows=notes.rows, line=first.line, reason=first.reason)


def blocks(file: TextFile, layout: Layout, watch: Watch) -> Iterator[Block]:
    """Yield the rows of the file in blocks; `watch` is called after each block."""
    undecodable = None if file.is_clean else file.encoding
    rows = 0
    with open_text(file) as text:
        lines = Lines(text.lines)
        lines.skip(layout.first_line - 1)
        for block in read_blocks(lines, layout.delimiter, len(layout.columns.header), undecodable):
            whole = _rearmed(block) if layout.columns.is_of_rejects else block
            yield from by_part(file, whole) if file.parts else (whole,)
            rows += len(block.rows) + len(block.rejected)
            watch(text.position(), rows)


def _rearmed(block: Block) -> Block:
    return replace(block, rows=[list(map(rearmed, row)) for row in block.rows])


def _calendar(
    file: TextFile, layout: Layout, notes: _Notes, grain: Grain | None
) -> tuple[Dating, Spreading | None, tuple[date, date] | None]:
    """Return how dates are written, how rows of periods are spread, and the first and the last day."""
    above = lines_above(file, layout)
    is_monthly = is_of_months(layout.columns) or end_column(layout.columns) is not None
    dating = notes.dates.dating(file.name, above, is_monthly=is_monthly, periods=notes.periods)
    days = notes.dates.days(dating)
    spans = _spans(notes.periods, dating)
    named = days_named("\n".join(above))
    spreading = spreading_of(layout.columns, dating, days, spans, named, notes.rows, grain)
    if spreading is not None:
        written = (
            sorted(notes.periods) if spreading.end is not None else [(one, "") for one in notes.dates.stems]
        )
        ends = [end for _, end in written] if spreading.end is not None else None
        read = PeriodReader(dating, spreading).read([start for start, _ in written], ends)
        found = [span for span in read if isinstance(span, Span)]
        return dating, spreading, _extent(found) if len(written) < _MOST_PERIODS else None
    return dating, None, (days[0], days[-1]) if days else None


def _spans(periods: Collection[tuple[str, str]], dating: Dating) -> list[Span]:
    """Return the periods of rows; none if most of the last days cannot be read."""
    reader = DateReader(dating)
    starts = reader.read_spans([start for start, _ in periods])
    ends = reader.read_spans([end for _, end in periods])
    found = [
        Span(start.start, end.end)
        for start, end in zip(starts, ends, strict=True)
        if isinstance(start, Span) and isinstance(end, Span) and start.start <= end.end
    ]
    return found if 2 * len(found) > len(periods) else []


def _extent(spans: Sequence[Span]) -> tuple[date, date] | None:
    return (min(span.start for span in spans), max(span.end for span in spans)) if spans else None


def lines_above(file: TextFile, layout: Layout) -> list[str]:
    """Return the lines above the header, which often tell the period of the report."""
    with open_text(file) as text:
        return Lines(text.lines).take(max(0, layout.first_line - 2))


def transposed(block: Block, layout: Layout) -> Sequence[Sequence[str]]:
    """Return the cells of a block by column."""
    if not block.rows:
        return [()] * len(layout.columns.header)
    return list(zip(*block.rows, strict=True))


def _styles(
    layout: Layout, numbers: Mapping[Field, Handwriting], own: Mapping[Field, Votes], everybody: Votes
) -> dict[Field, Style]:
    return {
        name: Style(
            name=layout.columns.name(name),
            mark=decimal_mark(own[name], everybody, is_count=name in COUNTS),
            is_ratio=name in RATIOS,
            is_count=name in COUNTS,
            needs_value=_needs_value(layout, name, numbers[name]),
        )
        for name in own
    }


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


def _unclear(layout: Layout, own: Mapping[Field, Votes], everybody: Votes) -> tuple[str, ...]:
    if everybody.winner is not None:
        return ()
    return tuple(layout.columns.name(name) for name in own if own[name].is_unclear)


def _with_units(
    file: TextFile, layout: Layout, styles: dict[Field, Style], numbers: Mapping[Field, Handwriting]
) -> dict[Field, Style]:
    """Return the styles, with a `unit` of 100 for ratios in percent."""
    scaled = {name: style for name, style in styles.items() if name in SCALES}
    signed = {
        name for name in scaled if is_in_percent(layout.columns.name(name)) or numbers[name].is_in_percent
    }
    open_ones = {name: style for name, style in scaled.items() if name not in signed}
    large = _in_percent_by_size(file, layout, open_ones) if open_ones else set()
    return {name: _in_percent(style) if name in signed | large else style for name, style in styles.items()}


def _in_percent_by_size(file: TextFile, layout: Layout, styles: Mapping[Field, Style]) -> set[Field]:
    readers = {name: ColumnReader(style) for name, style in styles.items()}
    above: Counter[Field] = Counter()
    below: Counter[Field] = Counter()
    rows = 0
    for block in blocks(file, layout, lambda *_: None):
        cells = transposed(block, layout)
        rows += len(block.rows)
        for name, reader in readers.items():
            values = reader.read(cells[layout.columns.fields[name]]).values
            above[name] += sum(value > SCALES[name].above for value in values)
            below[name] += sum(value < SCALES[name].below for value in values)
    return {
        name
        for name in styles
        if _is_large(above[name], SCALES[name].share, rows) or _is_large(below[name], _BELOW_SHARE, rows)
    }


def _is_large(part: int, share: float, rows: int) -> bool:
    return part > 0 and part >= share * rows


def _in_percent(style: Style) -> Style:
    return replace(style, unit=100)
