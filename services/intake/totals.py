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
from itertools import combinations

from services.intake.columns import COUNTS, MEASURES, Field, Measure
from services.intake.dates import date_stems
from services.intake.figures import ColumnReader, Style
from services.intake.layout import Layout
from services.intake.records import Block
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
_ROUNDS = 8
_MOST_GROUPS = 8
_NEAR = 0.2
_MOST = 0.5
_FEWEST_FIGURES = 2
_FEWEST_ROWS = 2
_NAMED: tuple[Field, Field] = ("channel", "campaign_id")

_Key = tuple[str | None, ...]
"""Values of day, channel and campaign; None for all of them."""


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


@dataclass(slots=True)
class _Candidate:
    """A row that can be a total: `names` are day, channel and campaign, None where it has none.

    `own` are the same three as those of a row. `verified` is the number of rows that it sums.
    """

    line: int
    names: _Key
    own: _Key
    values: tuple[float, ...]
    group: str
    title: str
    is_dated: bool
    has_word: bool
    is_named: bool
    """True for a whole name of a total, or a row without a usable date."""
    verified: int = 0
    sums: _Key | None = None
    """The key of the rows that it sums, where they are those of a day, channel or campaign."""
    is_of_all: bool = False
    is_row: bool = False
    is_total: bool = False

    @property
    def is_strict(self) -> bool:
        """True if only a sum of several figures and rows is a proof: an equal row can be a duplicate."""
        return self.is_dated and not self.has_word


@dataclass(slots=True)
class _Sum:
    """A number of rows and the sums of their figures."""

    rows: int
    values: list[float]

    def add(self, values: Sequence[float], sign: int = 1) -> None:
        """Add a row, or take it away again."""
        self.rows += sign
        self.values = [a + sign * b for a, b in zip(self.values, values, strict=True)]

    def plus(self, other: _Sum) -> _Sum:
        """Return the sum of both."""
        return _Sum(self.rows + other.rows, [a + b for a, b in zip(self.values, other.values, strict=True)])

    def minus(self, other: _Sum) -> _Sum:
        """Return the difference of both."""
        return _Sum(self.rows - other.rows, [a - b for a, b in zip(self.values, other.values, strict=True)])


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


def _decision(reader: _Reader, blocks: Blocks) -> _Decision | None:
    """Return the decision on the rows of a file that can be totals; None without any, and for too many."""
    candidates = reader.candidates(blocks()) if reader.measures else []
    if not candidates or len(candidates) > MOST_CANDIDATES:
        return None
    decision = _Decision(candidates, *reader.sums(blocks(), candidates), reader.steps)
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

    def candidates(self, blocks: Iterable[Block]) -> list[_Candidate]:
        """Return the rows that can be totals, in the order of the file."""
        found: list[_Candidate] = []
        for block in blocks:
            if block.rows and len(found) <= MOST_CANDIDATES:
                found += self._of_block(block)
        return found

    def sums(
        self, blocks: Iterable[Block], candidates: Sequence[_Candidate]
    ) -> tuple[dict[_Key, _Sum], list[_Sum]]:
        """Return the sums of other rows by the keys of the candidates, and of those before each one."""
        lines = {one.line for one in candidates}
        zeros = [0.0] * len(self.measures)
        wanted = {key: _Sum(0, list(zeros)) for one in candidates for key in _scopes(one.names)}
        shapes = sorted({tuple(part is not None for part in key) for key in wanted})
        ends = [one.line for one in candidates]
        prefixes: list[_Sum] = []
        running = _Sum(0, list(zeros))
        for block in blocks:
            if not block.rows:
                continue
            names, values = self._names(block), self._values(block)
            for at, line in enumerate(block.lines):
                while len(prefixes) < len(ends) and ends[len(prefixes)] <= line:
                    prefixes.append(_Sum(running.rows, list(running.values)))
                if line in lines:
                    continue
                row = values[at]
                running.add(row)
                for shape in shapes:
                    if (total := wanted.get(_part_of(names[at], shape))) is not None:
                        total.add(row)
        while len(prefixes) <= len(ends):
            prefixes.append(_Sum(running.rows, list(running.values)))
        return wanted, prefixes

    def names_of_totals(
        self, blocks: Iterable[Block], candidates: Sequence[_Candidate]
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
                elif any(_part_of(names[row], shape) in keys for shape in shapes):
                    parts.update((at, folded(cells[at][row])) for at in self._dimensions)
        return frozenset(name for name, rows in totals.items() if rows > 1 and name not in parts)

    def _name(self, at: int, text: str) -> TotalName | None:
        """Return how a cell can name a total, by its words or by what totals of this file are called."""
        if self.learned and (at, folded(text)) in self.learned:
            return TotalName("whole")
        return total_name(text)

    def _of_block(self, block: Block) -> Iterator[_Candidate]:
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
        names: _Key,
        values: tuple[float, ...],
        *,
        is_dated: bool,
    ) -> _Candidate:
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
        is_named = not is_dated or any(name.kind == "whole" for name in words.values())
        return _Candidate(
            line=block.lines[row],
            names=self._scope(names, cells, row),
            values=values,
            group=group,
            title=title,
            is_named=is_named,
            own=tuple(names),
            is_dated=is_dated,
            has_word=bool(words) or (not is_dated and total_name(date_text) is not None and bool(date_text)),
        )

    def _scope(self, names: _Key, cells: Sequence[Sequence[str]], row: int) -> _Key:
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


def _part_of(names: Sequence[str | None], shape: Sequence[bool]) -> _Key:
    """Return the parts of a key that a shape keeps, None for the others."""
    return tuple(part if is_kept else None for part, is_kept in zip(names, shape, strict=True))


def _group_word(name: TotalName, text: str) -> str:
    """Return what totals of one kind have in common, such as "Harbour total" and "Meadow total"."""
    return name.kind if name.kind == "whole" else f"part {len(folded(text)) - len(name.rest)}"


def _scopes(names: _Key) -> list[_Key]:
    """Return the keys of the sums that a candidate can be, the narrowest first."""
    filled = [at for at, name in enumerate(names) if name]
    return [
        tuple(name if at in kept else None for at, name in enumerate(names))
        for size in range(len(filled), -1, -1)
        for kept in combinations(filled, size)
    ]


class _Decision:
    """Tells totals from rows, in rounds: a row that is no sum of others can be a part of the next total."""

    def __init__(
        self,
        candidates: Sequence[_Candidate],
        sums: dict[_Key, _Sum],
        prefixes: Sequence[_Sum],
        steps: Sequence[float],
    ) -> None:
        self.candidates = candidates
        self._sums = sums
        self._prefixes = prefixes
        self._steps = steps

    @property
    def rows(self) -> int:
        """The number of rows that are no totals."""
        return self._before()[-1].rows

    def run(self) -> None:
        """Set `verified`, `is_row` and `is_total` of the candidates."""
        for _ in range(_ROUNDS):
            self._verify()
            rows = self._rows()
            if not rows:
                break
            for one in rows:
                self._count_as_row(one)
        self._verify()
        for one in self._live():
            one.is_total = self._is_total(one)

    def near(self, one: _Candidate) -> _Sum | None:
        """Return the sum of the widest scope that a candidate nearly equals."""
        for key in reversed(_scopes(one.names)):
            total = self._sums[key]
            if total.rows and all(
                abs(stated - read) <= _NEAR * max(abs(stated), abs(read))
                for stated, read in zip(one.values, total.values, strict=True)
            ):
                return total
        return None

    def widest(self, one: _Candidate) -> _Sum:
        """Return the sum of the widest scope of a candidate."""
        return self._sums[_scopes(one.names)[-1]]

    def _live(self) -> list[_Candidate]:
        return [one for one in self.candidates if not one.is_row]

    def _count_as_row(self, one: _Candidate, *, is_row: bool = True) -> None:
        one.is_row = is_row
        for key, total in self._sums.items():
            if all(part is None or part == name for part, name in zip(key, one.own, strict=True)):
                total.add(one.values, 1 if is_row else -1)

    def _verify(self) -> None:
        before = self._before()
        live = self._live()
        for place, one in enumerate(live):
            one.sums = next((key for key in _scopes(one.names) if self._is_sum(one, self._sums[key])), None)
            if one.sums is not None:
                one.verified = self._sums[one.sums].rows
            else:
                one.verified = next(self._between(one, place, live, before), 0)
            one.is_of_all = one.verified > 1 and one.verified == before[-1].rows

    def _before(self) -> list[_Sum]:
        """Return the sums of all rows before each live candidate, and of all rows."""
        rows = _Sum(0, [0.0] * len(self._steps))
        found: list[_Sum] = []
        for one, prefix in zip(self.candidates, self._prefixes, strict=False):
            if one.is_row:
                rows.add(one.values)
            else:
                found.append(prefix.plus(rows))
        return [*found, self._prefixes[-1].plus(rows)]

    def _between(
        self, one: _Candidate, place: int, live: Sequence[_Candidate], before: Sequence[_Sum]
    ) -> Iterator[int]:
        """Yield the number of rows between a candidate and its neighbours where it is their sum."""
        alike = [at for at in range(place - 1, -1, -1) if live[at].group == one.group][:1]
        for start in dict.fromkeys([place - 1, *alike, -1]):
            above = before[place].minus(before[start]) if start >= 0 else before[place]
            if self._is_sum(one, above):
                yield above.rows
        alike = [at for at in range(place + 1, len(live)) if live[at].group == one.group][:1]
        for end in dict.fromkeys([place + 1, *alike, len(live)]):
            below = before[end].minus(before[place])
            if self._is_sum(one, below):
                yield below.rows

    def _is_sum(self, one: _Candidate, total: _Sum) -> bool:
        told = sum(value != 0 for value in one.values)
        if not total.rows or not told or (one.is_strict and told < _FEWEST_FIGURES):
            return False
        for stated, read, step in zip(one.values, total.values, self._steps, strict=True):
            # A total is rounded once, its rows are rounded each.
            allowed = min(step * (total.rows + 1), 0.005 * abs(read) + 0.02) if step else 0.001
            if abs(stated - read) > allowed + 1e-9 * abs(read):
                return False
        return True

    def _rows(self) -> list[_Candidate]:
        """Return candidates that are rows: first those with doubtful names, then those with clear ones."""
        live = [one for one in self._live() if one.is_dated]
        doubtful = [one for one in live if not one.is_named and not self._is_total(one)]
        if not doubtful:
            return [one for one in live if one.is_named and not self._is_total(one)]
        names = [name for name, _ in Counter(one.group for one in doubtful).most_common(_MOST_GROUPS)]
        parts = [
            [one for one in doubtful if one.has_word],
            [one for one in doubtful if not one.has_word],
            *([one for one in doubtful if one.group == name] for name in names),
        ]
        best = max(parts, key=self._gain)
        return best if self._gain(best) > self._proven() else doubtful

    def _proven(self) -> int:
        return sum(one.verified > 1 for one in self._live())

    def _gain(self, rows: Sequence[_Candidate]) -> int:
        """Return how many candidates are sums if these are rows."""
        for one in rows:
            self._count_as_row(one)
        self._verify()
        proven = self._proven()
        for one in rows:
            self._count_as_row(one, is_row=False)
        self._verify()
        return proven

    def _is_total(self, one: _Candidate) -> bool:
        alike = [other for other in self._live() if other.group == one.group and any(other.values)]
        proven = sum(other.verified > 1 for other in alike)
        told = sum(other.verified > 0 for other in alike)
        if one.is_strict:
            return one.verified > 1 or (one.verified == 1 and proven > 0 and told == len(alike))
        if not one.has_word and one.verified < _FEWEST_ROWS:
            return False  # a row without a date that equals another one is damaged
        if one.verified > 0:
            return one.is_named or (proven > 0 and told >= _MOST * len(alike))
        if proven > 1 and told >= _MOST * len(alike):
            return True
        if not one.is_named or not one.has_word:
            return False
        return not one.is_dated or (not any(one.names[1:]) and self.near(one) is not None)


def _result(decision: _Decision, measures: Sequence[Measure]) -> Totals:
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


def _named(totals: Sequence[_Candidate], measures: Sequence[Measure]) -> Iterator[TotalRows]:
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
    decision: _Decision, differing: Sequence[_Candidate], measures: Sequence[Measure]
) -> Iterator[Difference]:
    for one in differing[:_MOST_LINES]:
        total = decision.near(one) or decision.widest(one)
        for measure, stated, read in zip(measures, one.values, total.values, strict=True):
            if abs(stated - read) > 0.005:
                yield Difference(one.line, measure, stated, read)
