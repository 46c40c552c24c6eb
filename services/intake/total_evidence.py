"""Evidence of the first pass for rows of totals: cells that name them, days whose largest row is their half.

A row of totals doubles the sum of its rows. So the largest value of a day (or of the day of a channel or a
campaign, or of the file) is half of the sum there, whatever the language of its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.intake.columns import MEASURES, Field
from services.intake.dates import date_stems
from services.intake.layout import Layout
from services.intake.memo import MOST_TEXTS
from services.intake.total_words import LONGEST, TotalName, total_names

MOST_DIMENSIONS = 30
ALL_DAYS_UNTIL = 20_000
_CHOSEN_DAYS = 40
_LARGEST = 1e30
_MOST_GROUPS = 200_000
_FEWEST_ROWS = 3
_FEWEST_GROUPS = 2
_LEAST_SHARE = 0.3
"""Rows with an empty cell are looked at when they have this much of what the others have."""

_NO_DIGIT = re.compile(r"[^0-9]")


Group = tuple[str, ...]
"""Date, channel and campaign of a row as written, or the first of them."""


@dataclass(slots=True)
class TotalEvidence:
    """What the first pass knows about rows of totals, collected block by block."""

    names: dict[str, TotalName | None] = field(default_factory=dict)
    is_named: bool = False
    rows: int = 0
    sum: float = 0.0
    empty: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Rows with an empty cell, and their sum, by column."""
    largest: float = 0.0
    all_days_until: float = ALL_DAYS_UNTIL
    """After this many rows, some days stand for all."""
    days: frozenset[str] | None = None
    """The days as written that stand for all; None while all are looked at."""
    groups: dict[Group, int] = field(default_factory=dict)
    """Numbers of the days of each channel and campaign, by date, channel and campaign as written."""
    _sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, 0)))
    """Number of rows, sum and largest value of each group."""

    def add(self, cells: Sequence[Sequence[str]], stems: Sequence[str], layout: Layout) -> None:
        """Add a block: its cells by column, and its dates as written."""
        measure = main_measure(layout)
        if measure is None or not stems:
            return
        values = plain_values(cells[layout.columns.fields[measure]])
        self.rows += len(stems)
        self.sum += float(values.sum())
        self.largest = max(self.largest, float(values.max()))
        for at in dimensions(layout):
            self._look(at, cells[at], values)
        self._group(cells, stems, values, layout)

    def is_structural(self) -> bool:
        """Return whether the largest rows of most days, or of the file, are half of the sums there."""
        return bool(self.halves()) or self._is_half_of_all()

    def halves(self) -> Mapping[Group, float]:
        """Return the largest value of groups of rows where it is half of the sum.

        The groups are the days, the days of a channel, and those of a campaign; of each kind all or none,
        for most of a kind must be so. The key of a group is the beginning of the keys of its rows.
        """
        return {key: value for parts in (1, 2, 3) for key, value in self._halves_by(parts).items()}

    def _halves_by(self, parts: int) -> Mapping[Group, float]:
        """Return the halves of the groups whose keys have so many parts."""
        numbers: dict[Group, int] = {}
        keys = (key[:parts] for key in self.groups)
        places = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
        sums = np.zeros((3, len(numbers)))
        own = self._sums[:, : len(self.groups)]
        np.add.at(sums[0], places, own[0])
        np.add.at(sums[1], places, own[1])
        np.maximum.at(sums[2], places, own[2])
        half = _halves(sums)
        return {key: float(sums[2, at]) for key, at in numbers.items() if half[at]}

    def largest_if_half(self) -> float | None:
        """Return the largest value of the file if it is half of its sum, else None."""
        return self.largest if self._is_half_of_all() else None

    def is_needed(self) -> bool:
        """Return whether rows of totals have to be looked for."""
        return self.is_named or self.is_structural() or any(map(self.is_telling, self.empty))

    def is_telling(self, at: int) -> bool:
        """Return whether the rows with an empty cell in this column can be totals of the others."""
        rows, total = self.empty.get(at, (0, 0.0))
        return 0 < 2 * rows <= self.rows and total >= _LEAST_SHARE * (self.sum - total)

    def _is_half_of_all(self) -> bool:
        return self.rows > _FEWEST_ROWS and self.sum > 0 and math.isclose(2 * self.largest, self.sum)

    def _look(self, at: int, texts: Sequence[str], values: NDArray[np.float64]) -> None:
        """Look at the names in one column of a block."""
        if len(self.names) > MOST_TEXTS:
            self.names.clear()
        distinct = {text for text in set(texts) if len(text) <= LONGEST}
        new = distinct - self.names.keys()
        if new:
            self.names.update(dict.fromkeys(new) | total_names(new))
        found = {text: name for text in distinct if (name := self.names[text]) is not None}
        self.is_named = self.is_named or any(name.kind != "empty" for name in found.values())
        blank = {text for text, name in found.items() if name.kind == "empty"}
        if blank:
            marks = np.fromiter((text in blank for text in texts), dtype=bool, count=len(texts))
            rows, total = self.empty.get(at, (0, 0.0))
            self.empty[at] = rows + int(marks.sum()), total + float(values[marks].sum())

    def _group(
        self,
        cells: Sequence[Sequence[str]],
        stems: Sequence[str],
        values: NDArray[np.float64],
        layout: Layout,
    ) -> None:
        if len(self.groups) > _MOST_GROUPS:
            return
        groups = self.groups
        columns: tuple[Sequence[str], ...] = (stems, *_names(cells, layout))
        if self.days is not None:
            rows = [row for row, stem in enumerate(stems) if stem in self.days]
            if not rows:
                return
            columns = tuple([column[row] for row in rows] for column in columns)
            values = values[rows]
        at = [groups.setdefault(key, len(groups)) for key in zip(*columns, strict=True)]
        if len(groups) > self._sums.shape[1]:
            grown = np.zeros((3, 2 * len(groups)))
            grown[:, : self._sums.shape[1]] = self._sums
            self._sums = grown
        places = np.array(at)
        np.add.at(self._sums[0], places, 1)
        np.add.at(self._sums[1], places, values)
        np.maximum.at(self._sums[2], places, values)
        if self.days is None and self.rows > self.all_days_until:
            self._choose_days()

    def _choose_days(self) -> None:
        """Go on with some days only, spread over those so far."""
        stems = list(dict.fromkeys(key[0] for key in self.groups))
        self.days = frozenset(stems[:: -(-len(stems) // _CHOSEN_DAYS)])
        kept = [(key, at) for key, at in self.groups.items() if key[0] in self.days]
        self._sums = self._sums[:, [at for _, at in kept]]
        self.groups = {key: number for number, (key, _) in enumerate(kept)}


def _halves(sums: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the groups whose largest value is half of their sum; none if most groups are not like that."""
    count, total, largest = sums
    candidates = count >= _FEWEST_ROWS
    half: NDArray[np.bool_] = candidates & (largest > 0) & np.isclose(2 * largest, total, rtol=1e-9)
    found = np.count_nonzero(half)
    return half & bool(found >= _FEWEST_GROUPS and 2 * found >= np.count_nonzero(candidates))


def main_measure(layout: Layout) -> Field | None:
    """Return the measure by which rows of totals are found first: the first one with a column."""
    return next((name for name in MEASURES if name in layout.columns.fields), None)


def dimensions(layout: Layout) -> list[int]:
    """Return the columns whose cells can name a total: channel, campaign, and the first attributes."""
    names: tuple[Field, ...] = ("channel", "campaign_id")
    named = [layout.columns.fields[name] for name in names if name in layout.columns.fields]
    return [*named, *list(layout.columns.attributes.values())[:MOST_DIMENSIONS]]


def group_keys(cells: Sequence[Sequence[str]], layout: Layout) -> list[Group]:
    """Return date, channel and campaign of each row of a block as written, as `TotalEvidence` has them."""
    stems = date_stems(cells[layout.columns.fields["date"]])
    return list(zip(stems, *_names(cells, layout), strict=True))


def _names(cells: Sequence[Sequence[str]], layout: Layout) -> tuple[Sequence[str], Sequence[str]]:
    """Return channels and campaigns as written; no campaigns where nothing divides their days."""
    nothing = [""] * len(cells[0])
    fields = layout.columns.fields
    channels = _cut(cells[fields["channel"]]) if "channel" in fields else nothing
    is_divided = "campaign_id" in fields and len(layout.columns.attributes) > 0
    return channels, _cut(cells[fields["campaign_id"]]) if is_divided else nothing


def _cut(texts: Sequence[str]) -> Sequence[str]:
    return texts if max(map(len, texts)) <= LONGEST else [text[:LONGEST] for text in texts]


def plain_values(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return numbers as they are written, all in one scale for counts: grouping marks are left out."""
    try:
        return np.clip(np.array(list(map(int, texts)), dtype=np.float64), -_LARGEST, _LARGEST)
    except (ValueError, OverflowError):
        pass
    try:
        values = np.array(list(map(float, texts)))
    except ValueError:
        values = np.array([float(_NO_DIGIT.sub("", text[:40]) or 0) for text in texts])
    return np.asarray(np.clip(np.nan_to_num(values), -_LARGEST, _LARGEST))
