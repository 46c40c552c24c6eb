"""A cache of parsed texts, since exports repeat channels, dates and attributes many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Read = TypeVar("Read")

MOST_TEXTS = 100_000
_MOST_CHARACTERS = 1_000  # longer texts rarely repeat and are not cached


class Memo(dict[str, Read]):
    """A cache of `read` results by text; it is cleared when it has `most` entries."""

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
