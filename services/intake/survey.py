"""First pass over a whole file: decides the formats of dates and numbers before any row is parsed."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from services.formulas import rearmed
from services.intake.columns import MEASURES, RATIOS, Field
from services.intake.date_texts import Span
from services.intake.dates import DateEvidence, DateReader, Dating, are_midnights, date_stems, days_named
from services.intake.failures import MostlyBrokenError, NoRowsError
from services.intake.figures import Style
from services.intake.grain import (
    Grain,
    PeriodReader,
    Spreading,
    are_ends_open,
    end_column,
    is_of_months,
    spreading_of,
)
from services.intake.layout import Layout
from services.intake.money import CurrencyEvidence
from services.intake.number_formats import decide
from services.intake.number_units import Finding
from services.intake.numerals import Handwriting, Mark
from services.intake.opening import TextFile, open_text
from services.intake.places import by_part
from services.intake.records import Block, Lines, Rejected, read_blocks
from services.intake.row_sample import RowSample
from services.intake.spelling import Spellings
from services.intake.total_evidence import TotalEvidence
from services.intake.totals import Days, Totals, find_totals

Watch = Callable[[int, int], None]
"""Progress callback; its arguments are the bytes of the file and the rows read so far."""


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
    spellings: Mapping[Field, Spellings]
    """The channels and campaigns as written."""
    findings: tuple[Finding, ...]
    """What was decided about units of numbers."""
    money: CurrencyEvidence
    totals: Totals
    """Rows of the file that are sums of others."""
    is_daily_as_stored: bool = False
    """Whether the distances of the days say week or month, but the stored rows of the channel are days."""


@dataclass(slots=True)
class _Notes:
    """The evidence of the survey, collected block by block."""

    rows: int = 0
    broken: int = 0
    first_broken: Rejected | None = None
    dates: DateEvidence = field(default_factory=DateEvidence)
    periods: set[tuple[str, str]] = field(default_factory=set)
    """The distinct first and last days of rows, as written, where a column has last days."""
    are_midnights: bool = True
    """Whether all first and last days of such rows are written as times of midnight."""
    numbers: dict[Field, Handwriting] = field(default_factory=dict)
    sample: RowSample = field(default_factory=RowSample)
    currencies: CurrencyEvidence = field(default_factory=CurrencyEvidence)
    totals: TotalEvidence = field(default_factory=TotalEvidence)
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
            self.are_midnights = self.are_midnights and are_midnights(cells[end]) and are_midnights(written)
            self.dates.add_ends(ends, block.lines)
            self.periods.update(zip(stems, ends, strict=True))
        self.sample.add(cells, number_columns(layout), len(block.rows))
        if len(self.keys) < _MOST_KEYS:
            others = (cells[at] for at in layout.key_positions)
            self.keys.extend(map(hash, zip(stems, *others, strict=True)))
        self.totals.add(cells, stems, layout)  # after the keys, since they have hashed the names
        self.currencies.add(cells, layout)

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
    formats = decide(layout, notes.numbers, notes.sample)
    dating, spreading, period = _calendar(file, layout, notes, grain)
    return Survey(
        dating=dating,
        spreading=spreading,
        period=period,
        is_distinct=spreading is None and notes.are_distinct(),
        mark=formats.mark,
        styles=formats.styles,
        unclear_numbers=formats.unclear,
        findings=formats.findings,
        money=CurrencyEvidence(
            notes.currencies.texts, {name: seen.currencies for name, seen in notes.numbers.items()}
        ),
        totals=_totals(file, layout, notes, dating, spreading, formats.styles),
        spellings=notes.spellings,
    )


def _totals(
    file: TextFile,
    layout: Layout,
    notes: _Notes,
    dating: Dating,
    spreading: Spreading | None,
    styles: Mapping[Field, Style],
) -> Totals:
    """Return the rows of totals; the file is read again only if something points to any."""
    written = DateReader(dating).read_spans(list(notes.dates.stems))
    if not notes.totals.is_needed() and all(isinstance(one, Span) for one in written):
        return Totals()
    return find_totals(
        lambda: blocks(file, layout, lambda *_: None),
        lambda block: transposed(block, layout),
        layout,
        _days_of_rows(layout, dating, spreading),
        styles,
        notes.totals,
    )


def _days_of_rows(layout: Layout, dating: Dating, spreading: Spreading | None) -> Days:
    """Return a function that tells the day or the period of each row of a block, '' without one."""
    at = layout.columns.fields["date"]
    if spreading is None:
        reader = DateReader(dating)
        return lambda cells: reader.read(cells[at])[0]
    periods, end = PeriodReader(dating, spreading), spreading.end

    def read(cells: Sequence[Sequence[str]]) -> Sequence[str]:
        spans = periods.read(cells[at], None if end is None else cells[end])
        return [f"{span.start}/{span.end}" if isinstance(span, Span) else "" for span in spans]

    return read


def number_columns(layout: Layout) -> dict[Field, int]:
    """Return the recognised columns of measures and ratios, read or not."""
    return {name: at for name, at in layout.columns.fields.items() if name in MEASURES or name in RATIOS}


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
    is_open = are_ends_open(spans, are_midnights=notes.are_midnights)
    spreading = spreading_of(
        layout.columns, dating, days, spans, named, notes.rows, grain, is_end_open=is_open
    )
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
