"""Conversion of blocks of records to lines for COPY, with a reason for each rejected row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import compress, repeat
from operator import gt
from types import MappingProxyType

from services.intake.attributes import AttributeWriter
from services.intake.columns import COUNTS, MEASURES, RATIOS, Field
from services.intake.conversion import NO_CURRENCY, MoneyConverter
from services.intake.date_texts import Span
from services.intake.dates import DateReader
from services.intake.deriving import Rule
from services.intake.figures import (
    COUNT_LIMIT,
    MONEY_LIMIT,
    NOT_RECORDED,
    Column,
    ColumnReader,
    write_amounts,
    write_counts,
)
from services.intake.grain import Grain, PeriodReader, grain_of, parts
from services.intake.layout import Layout
from services.intake.memo import Memo
from services.intake.names import CAMPAIGN_NAMES, NAME_LIMIT
from services.intake.places import in_part
from services.intake.reasons import CHANNEL_EMPTY, DERIVED_NEGATIVE, DERIVED_TOO_LARGE, NAME_TOO_LONG
from services.intake.records import Block, Rejected
from services.intake.survey import Survey, transposed
from services.text import Text, tidy

KEY_COLUMNS = ("source", "campaign_id", "channel", "date", "attributes")
COPY_COLUMNS = (*KEY_COLUMNS, *MEASURES, "details", "grain", "currency")
"""The first columns of a line for COPY; the last one is a hash of the key columns, or a given text."""

_MONEY = frozenset({"cost", "revenue"})
_TOO_LONG = "\0"
_NULL = "\\N"
Move = Callable[[Sequence[str], Sequence[str], Sequence[str]], tuple[list[str], list[str]]]
"""Returns channels and sources by the rules on channels, from channels, sources and names of campaigns."""

NO_SPELLINGS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
_MOST_LINES = 5
_Cells = Sequence[Sequence[str]]
_Figures = dict[Field, Column]
_Problems = dict[int, Text]


@dataclass(slots=True)
class BadCells:
    """Cells of one column in accepted rows that are not recorded: their number, and the first ones.

    `damaged` of them hold something that is no number; the others say that there is no value.
    """

    cells: int = 0
    damaged: int = 0
    lines: list[int] = field(default_factory=list)
    first: Text | None = None

    def add(self, line: int, reason: Text, *, is_damaged: bool) -> None:
        """Add a cell by the line of its row and the reason."""
        self.cells += 1
        self.damaged += is_damaged
        if self.first is None or (is_damaged and self.damaged == 1):
            self.first = reason
        if len(self.lines) < _MOST_LINES:
            self.lines.append(line)


@dataclass(slots=True)
class Tally:
    """Counts of unusual values in the accepted rows of a file; the keys are names of columns."""

    accepted: int = 0
    written: int = 0
    """Lines for COPY: the accepted rows, where a row of a week counts seven times."""
    spread: Counter[Grain] = field(default_factory=Counter)
    """Accepted rows of several days by what they are."""
    left_out: int = 0
    """Rows of totals."""
    empty: Counter[str] = field(default_factory=Counter)
    rounded: Counter[str] = field(default_factory=Counter)
    negative: Counter[str] = field(default_factory=Counter)
    bad: dict[str, BadCells] = field(default_factory=dict)
    underived: dict[str, BadCells] = field(default_factory=dict)
    """Derived figures that are not recorded since they come out impossible, by measure."""
    clicks_above_impressions: int = 0
    conversions_above_clicks: int = 0

    def damaged_column(self) -> tuple[str, BadCells] | None:
        """Return the first column in which more than half of the filled cells are no numbers."""
        for name, found in self.bad.items():
            blank = self.empty[name] + found.cells - found.damaged
            if 2 * found.damaged > self.accepted - blank:
                return name, found
        return None


@dataclass(frozen=True, slots=True)
class Batch:
    """The usable rows of a block as lines for COPY, and the rejected ones."""

    lines: Sequence[str]
    rejected: Sequence[Rejected]


class RowReader:
    """Parses the rows of one file in the formats that were decided for the whole file.

    `channel` replaces empty channels; without it such rows are rejected. `source` is the source of rows for
    which no column `account` (a position) has one. Lines end with `last`, if given, or with a hash of the
    row's key (equal for equal keys within one process). `spellings` has the spelling to use by tidy name, for
    channels (`channel`) and campaigns (`campaign_id`) that stand in another one; `move` applies the rules on
    channels.
    """

    def __init__(
        self,
        layout: Layout,
        survey: Survey,
        channel: str | None,
        *,
        source: str,
        account: int | None = None,
        money: MoneyConverter | None = None,
        last: str | None = None,
        spellings: Mapping[str, Mapping[str, str]] = NO_SPELLINGS,
        move: Move | None = None,
    ) -> None:
        self._last = last
        self._move = move
        self._money = money
        self._source = tidy_name(source)
        self._account = account
        self._layout = layout
        self._channel = channel
        self._dates = DateReader(survey.dating)
        self._readers = {name: ColumnReader(style) for name, style in survey.styles.items()}
        self._names = Memo(tidy_name)
        self._spelled = {name: Memo(partial(spelled_name, table)) for name, table in spellings.items()}
        spreading = survey.spreading
        self._periods = None if spreading is None else PeriodReader(survey.dating, spreading)
        self._end = None if spreading is None else spreading.end
        attributes = {name: at for name, at in layout.columns.attributes.items() if at != self._end}
        details = {name: at for name, at in layout.columns.details.items() if at != self._end}
        self._attributes = AttributeWriter(attributes, survey.mark)
        self._details = AttributeWriter(details, survey.mark) if details else None
        self._totals = survey.totals.lines
        self.tally = Tally()

    def read(self, block: Block) -> Batch:
        """Return the rows of a block in their order, and update the tally."""
        if self._totals:
            block = self._without_totals(block)
        if not block.rows:
            return Batch((), block.rejected)
        cells = transposed(block, self._layout)
        problems: _Problems = {}
        spans = self._spans(cells, problems)
        days = self._days(cells, problems) if spans is None else [""] * len(block.rows)
        channels = self._channels(cells, len(block.rows), problems)
        campaigns = self._campaigns(cells, channels, problems)
        figures = self._figures(cells)
        if self._money is not None:
            figures = self._money.convert(figures, cells, days if spans is None else _middle_days(spans))
        texts = [_texts(figures, name, len(block.rows)) for name in MEASURES]
        rows = len(block.rows)
        sources = self._sources(cells, rows)
        if self._move is not None:
            channels, sources = self._move(channels, sources, self._campaign_names(cells, campaigns))
        grains: Sequence[str] = ["day"] * rows
        further = (self._details_of(cells, rows), grains, self._currencies(cells, rows))
        attributes = self._attributes.write(cells, rows)
        columns = [sources, campaigns, channels, days, attributes, *texts, *further]
        usable = [at not in problems for at in range(len(block.rows))] if problems else None
        self._note(figures, usable, block.lines)
        return Batch(self._lines(columns, usable, spans), _rejected(block, problems))

    def _spans(self, cells: _Cells, problems: _Problems) -> list[Span | Text] | None:
        """Return the days of each row of a file whose rows are periods; None for rows of single days."""
        if self._periods is None:
            return None
        ends = None if self._end is None else cells[self._end]
        spans = self._periods.read(cells[self._layout.columns.fields["date"]], ends)
        problems.update((at, span) for at, span in enumerate(spans) if isinstance(span, Text))
        return spans

    def _without_totals(self, block: Block) -> Block:
        kept = [at for at, line in enumerate(block.lines) if line not in self._totals]
        self.tally.left_out += len(block.rows) - len(kept)
        return replace(block, lines=[block.lines[at] for at in kept], rows=[block.rows[at] for at in kept])

    def _days(self, cells: _Cells, problems: _Problems) -> Sequence[str]:
        days, wrong = self._dates.read(cells[self._layout.columns.fields["date"]])
        problems.update(wrong)
        return days

    def _campaign_names(self, cells: _Cells, campaigns: Sequence[str]) -> Sequence[str]:
        attributes = self._layout.columns.attributes
        named = [cells[attributes[name]] for name in CAMPAIGN_NAMES if name in attributes]
        return list(map("\n".join, zip(campaigns, *named, strict=True)))

    def _details_of(self, cells: _Cells, rows: int) -> Sequence[str]:
        return [_NULL] * rows if self._details is None else self._details.write(cells, rows)

    def _channels(self, cells: _Cells, rows: int, problems: _Problems) -> Sequence[str]:
        spare = tidy_name(self._channel or "")
        if "channel" not in self._layout.columns.fields:
            return [spare] * rows
        channels = self._tidy(cells, "channel", problems)
        if "" not in channels:
            return channels
        if not spare:
            for at, channel in enumerate(channels):
                if not channel:
                    problems.setdefault(at, CHANNEL_EMPTY)
        return [channel or spare for channel in channels]

    def _currencies(self, cells: _Cells, rows: int) -> Sequence[str]:
        return [NO_CURRENCY] * rows if self._money is None else self._money.currencies(cells, rows)

    def _sources(self, cells: _Cells, rows: int) -> Sequence[str]:
        if self._account is None:
            return [self._source] * rows
        accounts = (self._names[text] for text in cells[self._account])
        return [self._source if one in {"", _TOO_LONG} else one for one in accounts]

    def _campaigns(self, cells: _Cells, channels: Sequence[str], problems: _Problems) -> Sequence[str]:
        """Return the campaigns; rows without one belong to a campaign with the name of their channel."""
        if "campaign_id" not in self._layout.columns.fields:
            return channels
        campaigns = self._tidy(cells, "campaign_id", problems)
        if "" not in campaigns:
            return campaigns
        return [campaign or channel for campaign, channel in zip(campaigns, channels, strict=True)]

    def _tidy(self, cells: _Cells, name: Field, problems: _Problems) -> Sequence[str]:
        tidied = self._spelled.get(name, self._names)
        names = [tidied[text] for text in cells[self._layout.columns.fields[name]]]
        if _TOO_LONG in names:
            reason = NAME_TOO_LONG.format(column=self._layout.columns.name(name), limit=NAME_LIMIT)
            for at, found in enumerate(names):
                if found == _TOO_LONG:
                    problems.setdefault(at, reason)
        return names

    def _figures(self, cells: _Cells) -> _Figures:
        figures: _Figures = {
            name: reader.read(cells[self._layout.columns.fields[name]])
            for name, reader in self._readers.items()
        }
        for rule in self._layout.steps:
            figures[rule.target] = self._derived(rule, figures)
        return figures

    def _derived(self, rule: Rule, figures: _Figures) -> Column:
        """Return a derived measure; it is not recorded where an input is not, or where it is impossible."""
        inputs = [figures[name] for name in rule.needs]
        problems: _Problems = {at: reason for column in inputs for at, reason in column.problems.items()}
        rows = zip(*(column.values for column in inputs), strict=True)
        values = [math.nan if at in problems else rule.compute(*row) for at, row in enumerate(rows)]
        is_count = rule.target in COUNTS
        limit = COUNT_LIMIT if is_count else MONEY_LIMIT
        impossible = [at for at, value in enumerate(values) if not 0 <= value < limit and at not in problems]
        for at in impossible:
            reason = DERIVED_NEGATIVE if values[at] < 0 else DERIVED_TOO_LARGE
            problems[at] = reason.format(target=rule.target, how=self._layout.explained(rule))
            values[at] = math.nan
        texts = write_counts(values) if is_count else write_amounts(values)
        return Column(texts, values, problems=problems, blank_at=frozenset(problems) - {*impossible})

    def _lines(
        self,
        columns: Sequence[Sequence[str]],
        usable: Sequence[bool] | None,
        spans: Sequence[Span | Text] | None,
    ) -> list[str]:
        if usable is not None:
            columns = [list(compress(column, usable)) for column in columns]
        if spans is not None:
            used = _usable_spans(spans, usable or [True] * len(spans))
            self.tally.spread.update(grain_of(span) for span in used if span.days > 1)
            columns = [
                _spread(name, column, used) for name, column in zip(COPY_COLUMNS, columns, strict=True)
            ]
        self.tally.written += len(columns[0])
        if self._last is not None:
            last: Iterable[str] = repeat(self._last, len(columns[0]))
        else:
            keys = columns[: len(KEY_COLUMNS)]
            last = map(str, map(hash, zip(*keys, strict=True)))
        return list(map("\t".join, zip(*columns, last, strict=True)))

    def _note(self, figures: _Figures, usable: Sequence[bool] | None, lines: Sequence[int]) -> None:
        self.tally.accepted += len(lines) if usable is None else sum(usable)
        self.tally.clicks_above_impressions += _count_above(figures, "clicks", "impressions", usable)
        self.tally.conversions_above_clicks += _count_above(figures, "conversions", "clicks", usable)
        for name in self._readers:
            title, column = self._layout.columns.name(name), figures[name]
            self.tally.empty[title] += _count_usable(column.empty_at, usable)
            self.tally.rounded[title] += _count_usable(column.rounded_at, usable)
            self.tally.negative[title] += 0 if name in RATIOS else _count_usable(column.negative_at, usable)
            for at, reason in column.problems.items():
                if usable is None or usable[at]:
                    cells = self.tally.bad.setdefault(title, BadCells())
                    cells.add(lines[at], reason, is_damaged=at not in column.blank_at)
        for rule in self._layout.steps:
            column = figures[rule.target]
            for at in column.problems.keys() - column.blank_at:
                if usable is None or usable[at]:
                    cells = self.tally.underived.setdefault(rule.target, BadCells())
                    cells.add(lines[at], column.problems[at], is_damaged=True)


def spelled_name(spellings: Mapping[str, str], text: str) -> str:
    """Return a tidy name in the spelling to use (by tidy name), as `tidy_name` does."""
    name = tidy(text)
    return tidy_name(spellings.get(name, name))


def tidy_name(text: str) -> str:
    """Return a tidy name, escaped for COPY; a NUL character for a name longer than `NAME_LIMIT`."""
    name = tidy(text)
    return name.replace("\\", "\\\\") if len(name) <= NAME_LIMIT else _TOO_LONG


def _usable_spans(spans: Sequence[Span | Text], usable: Sequence[bool]) -> list[Span]:
    return [span for span in compress(spans, usable) if isinstance(span, Span)]


def _middle_days(spans: Sequence[Span | Text]) -> list[str]:
    """Return the day in the middle of each period, whose exchange rate is taken for all of it."""
    return [
        "" if isinstance(span, Text) else (span.start + timedelta(days=span.days // 2)).isoformat()
        for span in spans
    ]


def _spread(name: str, column: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """Return a column with an entry for each day of each row."""
    if name == "date":
        return [(span.start + timedelta(days=day)).isoformat() for span in spans for day in range(span.days)]
    if name == "grain":
        return [grain_of(span) for span in spans for _ in range(span.days)]
    if name in MEASURES:
        is_money = name in _MONEY
        pairs = zip(column, spans, strict=True)
        return [part for text, span in pairs for part in parts(text, span.days, is_money=is_money)]
    return [text for text, span in zip(column, spans, strict=True) for _ in range(span.days)]


def _texts(figures: Mapping[Field, Column], name: Field, rows: int) -> Sequence[str]:
    return figures[name].texts if name in figures else [NOT_RECORDED] * rows


def _rejected(block: Block, problems: _Problems) -> Sequence[Rejected]:
    if not problems:
        return block.rejected
    own = (
        in_part(block.part, Rejected(block.lines[at], problem, tuple(block.rows[at])))
        for at, problem in problems.items()
    )
    return sorted([*block.rejected, *own], key=lambda one: one.line)


def _count_above(figures: _Figures, upper: Field, lower: Field, usable: Sequence[bool] | None) -> int:
    if upper not in figures or lower not in figures:
        return 0
    above = map(gt, figures[upper].values, figures[lower].values)
    return sum(above if usable is None else compress(above, usable))


def _count_usable(places: Sequence[int], usable: Sequence[bool] | None) -> int:
    return len(places) if usable is None else sum(usable[at] for at in places)
