"""Conversion of the amounts of rows to the reporting currency, and the currency of each row for COPY."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.intake.columns import Field
from services.intake.currencies import PATTERN
from services.intake.figures import Column
from services.intake.layout import Layout
from services.intake.money import AMOUNTS, PRICES, MoneyPlan, RateMissingError
from services.intake.rates import RateTable

NO_CURRENCY = r"\N"
_FOUND = re.compile(PATTERN)
_Cells = Sequence[Sequence[str]]


@dataclass(slots=True)
class Converted:
    """The amounts of one currency that were converted: rows, and the lowest and highest rate."""

    rows: int = 0
    lowest: float = float("inf")
    highest: float = 0.0

    def add(self, rate: float) -> None:
        """Add a row."""
        self.rows += 1
        self.lowest, self.highest = min(self.lowest, rate), max(self.highest, rate)


class MoneyConverter:
    """Converts amounts by the plan of a file. `converted` tells what was done, by currency."""

    def __init__(self, file: str, layout: Layout, plan: MoneyPlan, rates: RateTable | None) -> None:
        self._file = file
        self._layout = layout
        self.plan = plan
        self._rates = rates
        self._known: dict[tuple[str, str], float] = {}
        self.converted: dict[str, Converted] = {}

    def currencies(self, cells: _Cells, rows: int) -> Sequence[str]:
        """Return the currency of each row as a text for COPY: that of its cost, else of its revenue."""
        if not self.plan.codes:
            return [NO_CURRENCY] * rows
        codes = self._codes("cost", cells, rows) or self._codes("revenue", cells, rows)
        return [NO_CURRENCY if code is None else code for code in codes or [None] * rows]

    def convert(
        self, figures: Mapping[Field, Column], cells: _Cells, days: Sequence[str]
    ) -> dict[Field, Column]:
        """Return the figures with the amounts in the reporting currency; `days` are '' where unusable.

        Raises `RateMissingError` where a rate is missing.
        """
        found = dict(figures)
        if self._rates is None:
            return found
        for name in AMOUNTS:
            if name in found and (codes := self._codes(name, cells, len(days))) is not None:
                found[name] = self._convert(found[name], codes, days)
        return found

    def _convert(self, column: Column, codes: Sequence[str | None], days: Sequence[str]) -> Column:
        reporting = self.plan.reporting
        if all(code in (None, reporting) for code in codes):
            return column
        values, texts = list(column.values), list(column.texts)
        for at, code in enumerate(codes):
            if code is None or code == reporting or not days[at] or at in column.problems:
                continue
            rate = self._rate(code, days[at])
            values[at] *= rate
            texts[at] = f"{values[at]:.4f}"
            self.converted.setdefault(code, Converted()).add(rate)
        return replace(column, texts=texts, _values=values)

    def _codes(self, name: Field, cells: _Cells, rows: int) -> Sequence[str | None] | None:
        """Return the currency of each row's amount; None if the file does not tell it."""
        plan = self.plan
        if plan.column is not None and plan.by_text:
            return [plan.by_text.get(text) for text in cells[plan.column]]
        source = self._source(name)
        if source in plan.by_field:
            return [plan.by_field[source]] * rows
        if source == name and name in plan.by_sign:
            return [
                self._by_sign(plan.by_sign[name], text) for text in cells[self._layout.columns.fields[name]]
            ]
        return None

    def _source(self, name: Field) -> Field:
        """Return the column whose currency an amount has: its own, or the one that it is derived from."""
        for _ in range(len(self._layout.steps) + 1):
            if name in self._layout.columns.fields and name in self._layout.used:
                return name
            needs = next((step.needs for step in self._layout.steps if step.target == name), ())
            name = next((need for need in needs if need in AMOUNTS or need in PRICES), name)
        return name

    @staticmethod
    def _by_sign(codes: Mapping[str, str], text: str) -> str | None:
        found = _FOUND.search(text)
        return None if found is None else codes.get(found[0])

    def _rate(self, code: str, day: str) -> float:
        key = (code, day)
        if key not in self._known:
            assert self._rates is not None
            rate = self._rates.rate(code, date.fromisoformat(day))
            if rate is None:
                raise self._missing(code, day)
            self._known[key] = rate
        return self._known[key]

    def _missing(self, code: str, day: str) -> RateMissingError:
        reporting = str(self.plan.reporting)
        assert self._rates is not None
        is_own = self._rates.rate(code, date.fromisoformat(day)) is None
        return RateMissingError(
            file=self._file,
            found=", ".join(sorted({*self.plan.codes})),
            reporting=reporting,
            missing=code if is_own else reporting,
            day=day,
        )
