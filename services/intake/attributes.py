"""Encoding of a row's further columns (audience, region, device ...) as one JSON object for COPY.

Attributes are part of a row's key, so every export must give the same ones. A value is interpreted by itself,
never by its column, and a number has only one encoding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from services.intake.memo import MOST_TEXTS, Memo
from services.intake.numerals import Mark
from services.text import tidy

_NUMBERS: Mapping[Mark, re.Pattern[str]] = {
    ".": re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?"),
    ",": re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:,[0-9]{1,15})?"),
}

_MOST_TEXTS = 1_000_000  # of all columns together, which bounds memory for many columns
_FEWEST_TEXTS = 1_000


class AttributeWriter:
    """Encodes the attributes of rows; `positions` maps names of attributes to columns."""

    def __init__(self, positions: Mapping[str, int], mark: Mark) -> None:
        most = max(_FEWEST_TEXTS, _MOST_TEXTS // max(1, len(positions)))
        self._members = {
            at: Memo(_member_writer(name, mark), min(most, MOST_TEXTS)) for name, at in positions.items()
        }

    def write(self, cells: Sequence[Sequence[str]], rows: int) -> Sequence[str]:
        """Return the JSON object of each row, escaped for COPY; empty cells are left out.

        `cells` are the cells by column, with `rows` cells each.
        """
        if not self._members:
            return ["{}"] * rows
        columns = [[memo[text] for text in cells[at]] for at, memo in self._members.items()]
        return [f"{{{''.join(members)[1:]}}}" for members in zip(*columns, strict=True)]


def attribute_value(text: str, mark: Mark) -> str | Decimal | None:
    """Return an attribute as a number or a text; None for an empty cell.

    A number is digits with at most one decimal mark and without leading zeros: `007` is a text.
    """
    words = tidy(text)
    if not _NUMBERS[mark].fullmatch(words):
        return words or None
    value = Decimal(words.replace(",", "."))
    return value.normalize() if value else Decimal(0)


def _member_writer(name: str, mark: Mark) -> Callable[[str], str]:
    key = json.dumps(name, ensure_ascii=False)

    def write(text: str) -> str:
        value = attribute_value(text, mark)
        if value is None:
            return ""
        written = f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
        return f",{key}:{written}".replace("\\", "\\\\")

    return write
