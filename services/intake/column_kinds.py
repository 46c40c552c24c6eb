"""Which of a file's columns without a known heading are dimensions and which are details, by their cells.

A column is part of a row's identity only if it tells campaigns apart, not days:

1. the same value on all rows of a campaign (with its channel and known attributes): an attribute;
2. words of a status (paused, active ...), or times: a detail;
3. other values from row to row, while campaign and day alone tell all rows apart: a detail;
4. rows of one campaign and day differ in it, and its values are words or a few numbers: an attribute, since
   two rows would be taken for one without it. Other numbers are figures, so a detail.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

Cells = Sequence[Sequence[str]]

_MOST_VALUES = 1_000
_MOST_PAIRS = 1_000_000  # of all columns together, which bounds memory for many columns
_MOST_HASHES = 20_000_000
_LONGEST_VALUE = 100
_FEW_NUMBERS = 50
_NUMBERS = 0.9
_NUMBER = re.compile(r"[-+−(]?[^\w\s]?\s?[0-9][0-9.,'’ \u00a0\u202f]*\s?[%$€£¥₽]?\)?")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}")
_STATUS = frozenset(
    """
    enabled paused active inactive removed deleted archived ended completed eligible limited learning
    on off running stopped draft pending approved disapproved rejected scheduled aktiv inaktiv
    pausiert aktiviert entfernt beendet actif active inactif suspendu activo activa pausado pausada
    inactivo ativo ativa attivo attiva attivato sospeso inattivo aktywna aktywny wstrzymana zakończona
    etkin duraklatıldı actief gepauzeerd активна активен активно остановлена остановлен идут показы
    приостановлена завершена включена выключена 有効 一時停止 配信中 停止中
    """.split()  # noqa: SIM905 - a list would be ten times as long
)


class ColumnKinds:
    """Collects the evidence on some columns block by block; `identity` are the columns known to tell rows."""

    def __init__(self, identity: Sequence[int], open_columns: Mapping[str, int]) -> None:
        self._identity = identity
        self._columns = open_columns
        self._campaigns: set[int] = set()
        self._days: array[int] = array("q")
        self._most = max(1, _MOST_PAIRS // max(1, len(open_columns)))
        self._varying: set[str] = set()
        self._pairs: dict[str, set[int]] = {name: set() for name in open_columns}
        self._values: dict[str, set[str]] = {name: set() for name in open_columns}

    def add(self, cells: Cells, stems: Sequence[str]) -> None:
        """Add a block: cells by column, and the day of each row as written."""
        campaigns = _hashes(cells, self._identity, len(stems))
        if len(self._campaigns) <= self._most:
            self._campaigns.update(campaigns)
        self._days.extend(map(hash, zip(campaigns, stems, strict=True)))
        for name, at in self._columns.items():
            self._compare(name, campaigns, cells[at])
            values = self._values[name]
            if len(values) < _MOST_VALUES:
                values.update(value[:_LONGEST_VALUE] for value in set(cells[at]))

    def _compare(self, name: str, campaigns: Sequence[int], values: Sequence[str]) -> None:
        """Note whether a campaign has two values: then there are more pairs than campaigns."""
        if name in self._varying or len(self._campaigns) > self._most:
            return
        pairs = self._pairs[name]
        pairs.update(map(hash, zip(campaigns, values, strict=True)))
        if len(pairs) > len(self._campaigns):
            self._varying.add(name)
            pairs.clear()

    def open_columns(self) -> dict[str, int]:
        """Return the columns that only a second look can decide: rows of a day may differ in them."""
        if self._are_days_distinct():
            return {}
        return {
            name: at
            for name, at in self._columns.items()
            if not self._is_lasting(name) and not self._is_detail_by_values(name)
        }

    def details(self, varying_within_days: Iterable[str]) -> set[str]:
        """Return the details; the columns that vary within the days are given by the second look."""
        within = set(varying_within_days)
        return {name for name in self._columns if self._is_detail(name, within)}

    def _is_detail(self, name: str, within_days: set[str]) -> bool:
        if self._is_detail_by_values(name):
            return True
        if self._is_lasting(name):
            return False
        if self._are_days_distinct() or name not in within_days:
            return True
        return self._is_of_numbers(name) and len(self._values[name]) > _FEW_NUMBERS

    def _is_lasting(self, name: str) -> bool:
        """Return whether each campaign has one value only; also with too many campaigns to say."""
        return name not in self._varying

    def _is_detail_by_values(self, name: str) -> bool:
        values = {value.strip().casefold() for value in self._values[name]} - {""}
        if not values:
            return False
        if values <= _STATUS:
            return True
        return all(_TIME.search(value) for value in values)

    def _is_of_numbers(self, name: str) -> bool:
        values = [value.strip() for value in self._values[name] if value.strip()]
        return sum(_NUMBER.fullmatch(value) is not None for value in values) >= _NUMBERS * len(values)

    def _are_days_distinct(self) -> bool:
        return _count_distinct(self._days) == len(self._days)


class WithinDays:
    """The second look: which columns differ between rows of one campaign and day.

    In a file with too many rows and columns to compare, all are taken to differ.
    """

    def __init__(self, identity: Sequence[int], columns: Mapping[str, int]) -> None:
        self._identity = identity
        self._columns = columns
        self._days: array[int] = array("q")
        self._pairs: dict[str, array[int]] = {name: array("q") for name in columns}

    def add(self, cells: Cells, stems: Sequence[str]) -> None:
        """Add a block, as in `ColumnKinds`."""
        campaigns = _hashes(cells, self._identity, len(stems))
        days = list(map(hash, zip(campaigns, stems, strict=True)))
        self._days.extend(days)
        if len(self._days) * len(self._columns) > _MOST_HASHES:
            return
        for name, at in self._columns.items():
            self._pairs[name].extend(map(hash, zip(days, cells[at], strict=True)))

    def varying(self) -> Iterator[str]:
        """Yield the names of these columns."""
        if len(self._days) * len(self._columns) > _MOST_HASHES:
            yield from self._columns
            return
        days = _count_distinct(self._days)
        yield from (name for name, pairs in self._pairs.items() if _count_distinct(pairs) > days)


def _hashes(cells: Cells, places: Sequence[int], rows: int) -> list[int]:
    if not places:
        return [0] * rows
    return list(map(hash, zip(*(cells[at] for at in places), strict=True)))


def _count_distinct(hashes: array[int]) -> int:
    return len(np.unique(np.frombuffer(hashes, dtype=np.int64))) if hashes else 0
