"""Rows of totals: found by structure, checked against the rows that they sum, and left out.

A candidate is a row that has a name of a total or an empty cell where other rows have a name, a row without a
usable date, or the largest row of days on which it is half of the sum. It is a total if all of its figures
are the sums of the other rows of its day, channel, campaign, of all days, or of the rows between it and the
next candidate. So a campaign called "Total Wine" stays, and a total in an unknown language goes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.intake.columns import COUNTS, MEASURES, Field, Measure
from services.intake.dates import date_stems
from services.intake.figures import ColumnReader, Style
from services.intake.layout import Layout
from services.intake.records import Block
from services.intake.total_decision import Candidate, Decision, Key, Sum, part_of, scopes
from services.intake.total_evidence import (
    TotalEvidence,
    dimensions,
    group_keys,
    main_measure,
    plain_values,
)
from services.intake.total_words import TotalName, folded, total_name
from services.text import tidy

Blocks = Callable[[], Iterator[Block]]
"""Reads the file from its beginning."""

Cells = Callable[[Block], Sequence[Sequence[str]]]
"""Returns the cells of a block by column."""

Days = Callable[[Sequence[Sequence[str]]], Sequence[str]]
"""Returns the day or period of each row of a block, '' where it has none, from the cells by column."""

MOST_CANDIDATES = 100_000
_MOST_NAMES = 5
_MOST_LINES = 5
_NAMED: tuple[Field, Field] = ("channel", "campaign_id")


@dataclass(frozen=True, slots=True)
class TotalRows:
    """Rows of totals with one name: their number, first lines, and sums by measure."""

    name: str
    rows: int
    lines: tuple[int, ...]
    sums: Mapping[Measure, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of totals that differs from the rows that it should sum, in one measure."""

    line: int
    measure: Measure
    stated: float
    read: float


@dataclass(frozen=True, slots=True)
class Totals:
    """The rows of totals of a file.

    `lines` are left out. `stated` are the figures of the file's own total of all rows, None without one.
    `kept` are names of rows that are called like totals and equal no sum; they count as rows.
    """

    lines: frozenset[int] = frozenset()
    rows: tuple[TotalRows, ...] = ()
    differences: tuple[Difference, ...] = ()
    stated: Mapping[Measure, float] | None = None
    kept: tuple[tuple[str, int], ...] = ()


def find_totals(
    blocks: Blocks,
    cells: Cells,
    layout: Layout,
    days: Days,
    styles: Mapping[Field, Style],
    evidence: TotalEvidence,
) -> Totals:
    """Return the rows of totals of a file; it is read twice more if there is evidence for any."""
    if evidence.days is not None and evidence.is_structural():
        evidence = _of_all_days(blocks, cells, layout)
    reader = _Reader(layout, days, styles, evidence, cells)
    decision = _decision(reader, blocks)
    if decision is None:
        return Totals()
    if names := reader.names_of_totals(blocks(), decision.candidates):
        reader.learned = names
        decision = _decision(reader, blocks) or decision
    return _result(decision, reader.measures)


def _decision(reader: _Reader, blocks: Blocks) -> Decision | None:
    """Return the decision on the rows of a file that can be totals; None without any, and for too many."""
    candidates = reader.candidates(blocks()) if reader.measures else []
    if not candidates or len(candidates) > MOST_CANDIDATES:
        return None
    decision = Decision(candidates, *reader.sums(blocks(), candidates), reader.steps)
    decision.run()
    return decision


def _of_all_days(blocks: Blocks, cells: Cells, layout: Layout) -> TotalEvidence:
    """Return the evidence of all days of a long file."""
    evidence = TotalEvidence(all_days_until=math.inf)
    for block in blocks():
        if block.rows:
            columns = cells(block)
            evidence.add(columns, date_stems(columns[layout.columns.fields["date"]]), layout)
    return evidence


class _Reader:
    """Reads the figures and names of rows, and tells candidates from other rows."""

    def __init__(
        self,
        layout: Layout,
        days: Days,
        styles: Mapping[Field, Style],
        evidence: TotalEvidence,
        cells: Cells,
    ) -> None:
        self._layout = layout
        self._days = days
        self._cells = cells
        self._evidence = evidence
        self._halves = evidence.halves()
        self._half_of_all = evidence.largest_if_half()
        self._main = main_measure(layout)
        self.measures: tuple[Measure, ...] = tuple(
            name for name in MEASURES if name in layout.columns.fields and name in styles
        )
        self._readers = {name: ColumnReader(styles[name]) for name in self.measures}
        self.steps = tuple(0.0 if name in COUNTS else 0.005 for name in self.measures)
        self._dimensions = dimensions(layout)
        self._telling = {at for at in self._dimensions if evidence.is_telling(at)}
        self.learned: frozenset[tuple[int, str]] = frozenset()
        """Further names of totals, by the column in which they stand, as `folded`."""

    def candidates(self, blocks: Iterable[Block]) -> list[Candidate]:
        """Return the rows that can be totals, in the order of the file."""
        found: list[Candidate] = []
        for block in blocks:
            if block.rows and len(found) <= MOST_CANDIDATES:
                found += self._of_block(block)
        return found

    def sums(
        self, blocks: Iterable[Block], candidates: Sequence[Candidate]
    ) -> tuple[dict[Key, Sum], list[Sum]]:
        """Return the sums of other rows by the keys of the candidates, and of those before each one."""
        lines = {one.line for one in candidates}
        zeros = [0.0] * len(self.measures)
        wanted = {key: Sum(0, list(zeros)) for one in candidates for key in scopes(one.names)}
        shapes = sorted({tuple(part is not None for part in key) for key in wanted})
        ends = [one.line for one in candidates]
        prefixes: list[Sum] = []
        running = Sum(0, list(zeros))
        for block in blocks:
            if not block.rows:
                continue
            names, values = self._names(block), self._values(block)
            for at, line in enumerate(block.lines):
                while len(prefixes) < len(ends) and ends[len(prefixes)] <= line:
                    prefixes.append(Sum(running.rows, list(running.values)))
                if line in lines:
                    continue
                row = values[at]
                running.add(row)
                for shape in shapes:
                    if (total := wanted.get(part_of(names[at], shape))) is not None:
                        total.add(row)
        while len(prefixes) <= len(ends):
            prefixes.append(Sum(running.rows, list(running.values)))
        return wanted, prefixes

    def names_of_totals(
        self, blocks: Iterable[Block], candidates: Sequence[Candidate]
    ) -> frozenset[tuple[int, str]]:
        """Return the names by column that totals have and the rows that they sum never have.

        A total of a single row looks like that row twice. Only what the totals of more rows are called in
        the same file tells it apart.
        """
        proven = {one.line: one for one in candidates if one.is_total and one.is_strict and one.sums}
        keys = {one.sums for one in proven.values() if one.sums is not None}
        shapes = {tuple(part is not None for part in key) for key in keys}
        totals: Counter[tuple[int, str]] = Counter()
        parts: set[tuple[int, str]] = set()
        for block in blocks if proven else ():
            if not block.rows:
                continue
            cells, names = self._cells(block), self._names(block)
            for row, line in enumerate(block.lines):
                if line in proven:
                    totals.update((at, folded(cells[at][row])) for at in self._dimensions)
                elif any(part_of(names[row], shape) in keys for shape in shapes):
                    parts.update((at, folded(cells[at][row])) for at in self._dimensions)
        return frozenset(name for name, rows in totals.items() if rows > 1 and name not in parts)

    def _name(self, at: int, text: str) -> TotalName | None:
        """Return how a cell can name a total, by its words or by what totals of this file are called."""
        if self.learned and (at, folded(text)) in self.learned:
            return TotalName("whole")
        return total_name(text)

    def _of_block(self, block: Block) -> Iterator[Candidate]:
        cells = self._cells(block)
        days = self._days(cells)
        wrong = {at for at, day in enumerate(days) if not day}
        marks = self._marks(cells)
        if not marks and not wrong:
            return
        names, values = self._names(block), self._values(block)
        for at in sorted({*marks, *wrong}):
            yield self._candidate(block, cells, at, names[at], values[at], is_dated=at not in wrong)

    def _marks(self, cells: Sequence[Sequence[str]]) -> set[int]:
        """Return the rows of a block with a name of a total, a telling empty cell, or half of a sum."""
        found: set[int] = set()
        for at in self._dimensions:
            named = {
                text
                for text in set(cells[at])
                if (name := self._name(at, text)) is not None
                and (name.kind != "empty" or at in self._telling)
            }
            if named:
                found.update(row for row, text in enumerate(cells[at]) if text in named)
        if self._halves or self._half_of_all is not None:
            found.update(self._largest(cells))
        return found

    def _largest(self, cells: Sequence[Sequence[str]]) -> Iterator[int]:
        """Yield the rows whose main figure is half of the sum of a group that they are in, or of all."""
        assert self._main is not None
        values = plain_values(cells[self._layout.columns.fields[self._main]])
        for row, (key, value) in enumerate(zip(group_keys(cells, self._layout), values, strict=True)):
            halves = [self._halves.get(key[:parts]) for parts in (1, 2, 3)]
            if value in (*halves, self._half_of_all):
                yield row

    def _candidate(
        self,
        block: Block,
        cells: Sequence[Sequence[str]],
        row: int,
        names: Key,
        values: tuple[float, ...],
        *,
        is_dated: bool,
    ) -> Candidate:
        found = {at: name for at in self._dimensions if (name := self._name(at, cells[at][row])) is not None}
        words = {at: name for at, name in found.items() if name.kind != "empty"}
        date_text = tidy(cells[self._layout.columns.fields["date"]][row])
        title = next((tidy(cells[at][row]) for at in words), "" if is_dated else date_text)
        blank = ",".join(
            str(at) for at, name in found.items() if name.kind == "empty" and at in self._telling
        )
        if words:
            named = " ".join(f"{at}:{_group_word(name, cells[at][row])}" for at, name in words.items())
            group = f"{named} {blank}"
        elif not is_dated:
            group = f"date:{folded(date_text) if not any(map(str.isdigit, date_text)) else ''}"
        else:
            group = (
                f"empty:{blank}"
                if blank
                else "half:" + "|".join(folded(cells[at][row]) for at in self._dimensions[:2])
            )
        date_name = None if is_dated else total_name(date_text)
        is_named = not is_dated or any(name.kind == "whole" for name in words.values())
        return Candidate(
            line=block.lines[row],
            names=self._scope(names, cells, row),
            values=values,
            group=group,
            title=title,
            is_named=is_named,
            own=tuple(names),
            is_dated=is_dated,
            # "NaN" or "-" in place of a date says that it is missing, not that the row is a total.
            has_word=bool(words) or (date_name is not None and date_name.kind != "empty"),
        )

    def _scope(self, names: Key, cells: Sequence[Sequence[str]], row: int) -> Key:
        """Return day, channel and campaign of a candidate, None where it names a total."""
        scope: list[str | None] = [names[0] or None]
        for part, field_name in zip(names[1:], _NAMED, strict=True):
            place = self._layout.columns.fields.get(field_name)
            name = None if place is None else self._name(place, cells[place][row])
            scope.append(part if name is None else (name.rest or None))
        return tuple(scope)

    def _names(self, block: Block) -> list[tuple[str, ...]]:
        cells = self._cells(block)
        days = self._days(cells)
        columns = [
            [folded(text) for text in cells[self._layout.columns.fields[name]]]
            if name in self._layout.columns.fields
            else [""] * len(days)
            for name in _NAMED
        ]
        return list(zip(days, *columns, strict=True))

    def _values(self, block: Block) -> list[tuple[float, ...]]:
        cells = self._cells(block)
        columns = [
            [
                value if value == value else 0.0
                for value in reader.read(cells[self._layout.columns.fields[name]]).values
            ]
            for name, reader in self._readers.items()
        ]
        return list(zip(*columns, strict=True))


def _group_word(name: TotalName, text: str) -> str:
    """Return what totals of one kind have in common, such as "Harbour total" and "Meadow total"."""
    return name.kind if name.kind == "whole" else f"part {len(folded(text)) - len(name.rest)}"


def _result(decision: Decision, measures: Sequence[Measure]) -> Totals:
    candidates = decision.candidates
    totals = [one for one in candidates if one.is_total]
    whole = next((one for one in totals if one.is_of_all), None)
    differing = [one for one in totals if not one.verified and any(one.values)]
    stated = whole or max(differing, key=lambda one: max(one.values), default=None)
    others = decision.rows - sum(one.is_row for one in candidates)
    named = Counter(
        one.title for one in candidates if others and one.is_row and one.is_named and one.has_word
    )
    return Totals(
        lines=frozenset(one.line for one in totals),
        rows=tuple(_named(totals, measures)),
        differences=tuple(_differences(decision, differing if whole is None else [], measures)),
        stated=None if stated is None else dict(zip(measures, stated.values, strict=True)),
        kept=tuple(named.most_common(_MOST_NAMES)),
    )


def _named(totals: Sequence[Candidate], measures: Sequence[Measure]) -> Iterator[TotalRows]:
    for name, _ in Counter(one.title for one in totals).most_common(_MOST_NAMES):
        alike = [one for one in totals if one.title == name]
        columns = zip(*(one.values for one in alike), strict=True)
        yield TotalRows(
            name,
            len(alike),
            tuple(one.line for one in alike[:_MOST_LINES]),
            {measure: sum(column) for measure, column in zip(measures, columns, strict=True)},
        )


def _differences(
    decision: Decision, differing: Sequence[Candidate], measures: Sequence[Measure]
) -> Iterator[Difference]:
    for one in differing[:_MOST_LINES]:
        total = decision.near(one) or decision.widest(one)
        for measure, stated, read in zip(measures, one.values, total.values, strict=True):
            if abs(stated - read) > 0.005:
                yield Difference(one.line, measure, stated, read)
