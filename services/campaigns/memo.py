"""Remembers what a text was read as: exports repeat channels, dates and attributes endlessly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Read = TypeVar("Read")

_MOST = 100_000


class Memo(dict[str, Read]):
    """A dictionary that fills itself; it forgets everything rather than grow without bound."""

    def __init__(self, read: Callable[[str], Read]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Read:
        if len(self) >= _MOST:
            self.clear()
        value = self[text] = self._read(text)
        return value
