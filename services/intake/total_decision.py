"""Which of a file's candidates are rows of totals: those whose figures are the sums of others, in rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

_ROUNDS = 8
_MOST_GROUPS = 8
_NEAR = 0.2
_MOST = 0.5
_FEWEST_FIGURES = 2
_FEWEST_ROWS = 2

Key = tuple[str | None, ...]
"""Values of day, channel and campaign; None for all of them."""


@dataclass(slots=True)
class Candidate:
    """A row that can be a total: `names` are day, channel and campaign, None where it has none.

    `own` are the same three as those of a row. `verified` is the number of rows that it sums.
    """

    line: int
    names: Key
    own: Key
    values: tuple[float, ...]
    group: str
    title: str
    is_dated: bool
    has_word: bool
    is_named: bool
    """True for a whole name of a total, or a row without a usable date."""
    verified: int = 0
    sums: Key | None = None
    """The key of the rows that it sums, where they are those of a day, channel or campaign."""
    is_of_all: bool = False
    is_row: bool = False
    is_total: bool = False

    @property
    def is_strict(self) -> bool:
        """True if only a sum of several figures and rows is a proof: an equal row can be a duplicate."""
        return self.is_dated and not self.has_word


@dataclass(slots=True)
class Sum:
    """A number of rows and the sums of their figures."""

    rows: int
    values: list[float]

    def add(self, values: Sequence[float], sign: int = 1) -> None:
        """Add a row, or take it away again."""
        self.rows += sign
        self.values = [a + sign * b for a, b in zip(self.values, values, strict=True)]

    def plus(self, other: Sum) -> Sum:
        """Return the sum of both."""
        return Sum(self.rows + other.rows, [a + b for a, b in zip(self.values, other.values, strict=True)])

    def minus(self, other: Sum) -> Sum:
        """Return the difference of both."""
        return Sum(self.rows - other.rows, [a - b for a, b in zip(self.values, other.values, strict=True)])


def scopes(names: Key) -> list[Key]:
    """Return the keys of the sums that a candidate can be, the narrowest first."""
    filled = [at for at, name in enumerate(names) if name]
    return [
        tuple(name if at in kept else None for at, name in enumerate(names))
        for size in range(len(filled), -1, -1)
        for kept in combinations(filled, size)
    ]


def part_of(names: Sequence[str | None], shape: Sequence[bool]) -> Key:
    """Return the parts of a key that a shape keeps, None for the others."""
    return tuple(part if is_kept else None for part, is_kept in zip(names, shape, strict=True))


class Decision:
    """Tells totals from rows, in rounds: a row that is no sum of others can be a part of the next total."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        sums: dict[Key, Sum],
        prefixes: Sequence[Sum],
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

    def near(self, one: Candidate) -> Sum | None:
        """Return the sum of the widest scope that a candidate nearly equals."""
        for key in reversed(scopes(one.names)):
            total = self._sums[key]
            if total.rows and all(
                abs(stated - read) <= _NEAR * max(abs(stated), abs(read))
                for stated, read in zip(one.values, total.values, strict=True)
            ):
                return total
        return None

    def widest(self, one: Candidate) -> Sum:
        """Return the sum of the widest scope of a candidate."""
        return self._sums[scopes(one.names)[-1]]

    def _live(self) -> list[Candidate]:
        return [one for one in self.candidates if not one.is_row]

    def _count_as_row(self, one: Candidate, *, is_row: bool = True) -> None:
        one.is_row = is_row
        for key, total in self._sums.items():
            if all(part is None or part == name for part, name in zip(key, one.own, strict=True)):
                total.add(one.values, 1 if is_row else -1)

    def _verify(self) -> None:
        before = self._before()
        live = self._live()
        for place, one in enumerate(live):
            one.sums = next((key for key in scopes(one.names) if self._is_sum(one, self._sums[key])), None)
            if one.sums is not None:
                one.verified = self._sums[one.sums].rows
            else:
                one.verified = next(self._between(one, place, live, before), 0)
            one.is_of_all = one.verified > 1 and one.verified == before[-1].rows

    def _before(self) -> list[Sum]:
        """Return the sums of all rows before each live candidate, and of all rows."""
        rows = Sum(0, [0.0] * len(self._steps))
        found: list[Sum] = []
        for one, prefix in zip(self.candidates, self._prefixes, strict=False):
            if one.is_row:
                rows.add(one.values)
            else:
                found.append(prefix.plus(rows))
        return [*found, self._prefixes[-1].plus(rows)]

    def _between(
        self, one: Candidate, place: int, live: Sequence[Candidate], before: Sequence[Sum]
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

    def _is_sum(self, one: Candidate, total: Sum) -> bool:
        told = sum(value != 0 for value in one.values)
        if not total.rows or not told or (one.is_strict and told < _FEWEST_FIGURES):
            return False
        for stated, read, step in zip(one.values, total.values, self._steps, strict=True):
            # A total is rounded once, its rows are rounded each.
            allowed = min(step * (total.rows + 1), 0.005 * abs(read) + 0.02) if step else 0.001
            if abs(stated - read) > allowed + 1e-9 * abs(read):
                return False
        return True

    def _rows(self) -> list[Candidate]:
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

    def _gain(self, rows: Sequence[Candidate]) -> int:
        """Return how many candidates are sums if these are rows."""
        for one in rows:
            self._count_as_row(one)
        self._verify()
        proven = self._proven()
        for one in rows:
            self._count_as_row(one, is_row=False)
        self._verify()
        return proven

    def _is_total(self, one: Candidate) -> bool:
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
