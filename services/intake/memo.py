"""Caches what a text was read as: exports repeat channels, dates and attributes endlessly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Read = TypeVar("Read")

MOST_TEXTS = 100_000
_MOST_CHARACTERS = 1_000  # a longer text is no name that repeats


class Memo(dict[str, Read]):
    """A dictionary that fills itself; with more than `most` texts it starts again with none."""

    def __init__(self, read: Callable[[str], Read], most: int = MOST_TEXTS) -> None:
        super().__init__()
        self._read = read
        self._most = most

    def __missing__(self, text: str) -> Read:
        value = self._read(text)
        if len(text) <= _MOST_CHARACTERS:
            if len(self) >= self._most:
                self.clear()
            self[text] = value
        return value
