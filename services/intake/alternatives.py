"""Choice of the formula for a figure that has no column, where the file's ratios allow several.

The formula that tells the figure of most rows is chosen; among equals the first one of `RULES`. Conversions
times their price say nothing about days without conversions; clicks times their price say it of all days with
clicks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.intake.columns import COUNTS, RATIOS, Columns, Field, Measure, unit_of
from services.intake.deriving import RULES, Rule
from services.intake.figures import ColumnReader, Style
from services.intake.heading_unit import ONE
from services.intake.numerals import Handwriting, Mark, Votes, decimal_mark
from services.intake.report import Remark
from services.text import Text, number

_SCALED = frozenset({"ctr", "conversion_rate", "roi", "roas"})  # percent or fraction is decided later
_EQUAL = 0.005
_REMARK = Text(
    en="{target} was computed as {how}: {sum} in total, known of {rows} of {all} rows. "
    "{other} would give {other_sum} ({other_rows} rows).{differ}",
    ru="{target}: вычислено как {how}, всего {sum}, известно для строк: {rows} из {all}. "
    "{other} дало бы {other_sum} (строк: {other_rows}).{differ}",
)
_DIFFER = Text(
    en=" Where both are known, they differ by more than rounding: {one} and {two}.",
    ru=" Там, где известны оба, они расходятся больше, чем на округление: {one} и {two}.",
)
_SAME = Text(en="", ru="")


@dataclass(slots=True)
class Candidate:
    """A formula with the evidence of the file."""

    rule: Rule
    rows: int = 0
    total: float = 0.0


@dataclass(slots=True)
class Alternatives:
    """The formulas of one measure whose inputs are columns of the file, in the order of `RULES`."""

    columns: Columns
    target: Measure
    candidates: list[Candidate]
    writing: dict[Field, Handwriting] = field(default_factory=dict)
    rows: int = 0
    both: tuple[float, float] = (0.0, 0.0)
    slack: float = 0.0

    @property
    def inputs(self) -> Sequence[Field]:
        """The fields that the formulas need."""
        return tuple(dict.fromkeys(name for one in self.candidates for name in one.rule.needs))

    def look(self, cells: Sequence[Sequence[str]]) -> None:
        """Note how the numbers of a block are written."""
        for name in self.inputs:
            self.writing.setdefault(name, Handwriting()).add(cells[self.columns.fields[name]])

    def readers(self) -> dict[Field, ColumnReader]:
        """Return readers of the inputs, for the second look."""
        all_votes = sum((seen.votes for seen in self.writing.values()), Votes())
        return {name: ColumnReader(self._style(name, all_votes)) for name in self.inputs}

    def _style(self, name: Field, all_votes: Votes) -> Style:
        mark: Mark = decimal_mark(self.writing[name].votes, all_votes, is_count=name in COUNTS)
        return Style(
            str(name),
            mark,
            is_ratio=name in RATIOS,
            is_count=name in COUNTS,
            unit=ONE / unit_of(self.columns, name),
            needs_value=True,
        )

    def add(self, cells: Sequence[Sequence[str]], readers: Mapping[Field, ColumnReader]) -> None:
        """Add a block to the evidence."""
        values = {
            name: reader.read(cells[self.columns.fields[name]]).values for name, reader in readers.items()
        }
        told = [self._told(one, values) for one in self.candidates]
        self.rows += len(told[0]) if told else 0
        for one, amounts in zip(self.candidates, told, strict=True):
            one.rows += sum(amount == amount for amount in amounts)
            one.total += math.fsum(amount for amount in amounts if amount == amount)
        pairs = [(a, b) for a, b in zip(*told[:2], strict=True) if a == a and b == b]
        self.both = (
            self.both[0] + math.fsum(a for a, _ in pairs),
            self.both[1] + math.fsum(b for _, b in pairs),
        )
        self.slack += self._slack(values)

    def _told(self, one: Candidate, values: Mapping[Field, list[float]]) -> list[float]:
        count, price = (values[name] for name in one.rule.needs)
        return [
            one.rule.compute(c, p) if c == c and p == p and c else math.nan
            for c, p in zip(count, price, strict=True)
        ]

    def _slack(self, values: Mapping[Field, list[float]]) -> float:
        """Return by how much rounded prices (to cents) can move the sums."""
        scale = {"impressions": 0.001}
        counts = {one.rule.needs[0] for one in self.candidates[:2]}
        return sum(0.005 * scale.get(name, 1.0) * sum(v for v in values[name] if v == v) for name in counts)

    def chosen(self) -> tuple[Rule, Remark]:
        """Return the formula to use, with a remark that names the alternative."""
        most = max(one.rows for one in self.candidates)
        best = next(one for one in self.candidates if one.rows >= most * (1 - _EQUAL))
        other = next(one for one in self.candidates if one is not best)
        return best.rule, Remark("derivation_chosen", self._words(best, other))

    def _words(self, best: Candidate, other: Candidate) -> Text:
        one, two = self.both if best is self.candidates[0] else self.both[::-1]
        is_pair = {id(best), id(other)} == {id(each) for each in self.candidates[:2]}
        differ = _DIFFER if is_pair and abs(one - two) > self.slack + 0.01 else _SAME
        return _REMARK.format(
            target=self.target,
            how=self._how(best.rule),
            sum=_sum(best.total),
            rows=best.rows,
            all=self.rows,
            other=self._how(other.rule),
            other_sum=_sum(other.total),
            other_rows=other.rows,
            differ=differ.format(one=_sum(one), two=_sum(two)),
        )

    def _how(self, rule: Rule) -> Text:
        return rule.words.format(**{name: f"“{self.columns.name(name)}”" for name in rule.needs})


def alternatives(columns: Columns) -> Iterator[Alternatives]:
    """Yield the measures without a column that several formulas give."""
    given = set(columns.fields)
    for target in ("clicks", "conversions", "cost", "revenue"):
        rules = [
            rule
            for rule in RULES
            if rule.target == target and target not in given and _is_direct(rule, given)
        ]
        if len(rules) > 1:
            yield Alternatives(columns, target, [Candidate(rule) for rule in rules])


def _is_direct(rule: Rule, given: set[Field]) -> bool:
    needs = set(rule.needs)
    return len(needs) == 2 and needs <= given and set(rule.given) <= given and not needs & _SCALED


def _sum(value: float) -> Text:
    amount = Decimal(repr(round(value, 2)))
    return Text(en=number(amount, "en", decimals=2), ru=number(amount, "ru", decimals=2))
