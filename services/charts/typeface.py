"""The typeface of the charts, the same as the page's, and texts cut to a given width.

Inter is registered under a name of its own, with matplotlib's DejaVu Sans as the fallback for other scripts
and symbols. The fonts are registered once, at import; drawing changes no global state.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_FOLDER = Path(__file__).parent / "fonts"
_FALLBACK = "DejaVu Sans"
_FILES = {"regular": _FOLDER / "Inter-Regular.ttf", "semibold": _FOLDER / "Inter-SemiBold.ttf"}
for _file in _FILES.values():
    font_manager.fontManager.addfont(_file)

Weight = Literal["regular", "semibold"]
FAMILIES: dict[Weight, list[str]] = {
    "regular": ["Demetra Inter", _FALLBACK],
    "semibold": ["Demetra Inter SemiBold", _FALLBACK],
}
ELLIPSIS = "…"
_WORD_ENDS = re.compile(r"\s+|(?<=\w)[-/_|:](?=\w)|(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
STAND_IN = "□"  # for a character that is in none of the fonts
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


def drawable(text: str) -> str:
    """Return `text` on one line, with `STAND_IN` for every character that cannot be drawn."""
    shown = "".join(map(_shown, " ".join(unicodedata.normalize("NFC", text).split())))
    return shown.strip() or (STAND_IN if text else "")


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """Return the width in inches of a drawable `text` set at `size` points."""
    font = _font(weight)
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64 / 72


def shortened(text: str, room: float, size: float, weight: Weight = "regular") -> str:
    """Return `text` made drawable and cut, with an ellipsis, to at most `room` inches."""
    whole = drawable(text)
    if width(whole, size, weight) <= room:
        return whole
    low, high = 0, len(whole)
    while high - low > 1:
        middle = (low + high) // 2
        fits = width(whole[:middle].rstrip() + ELLIPSIS, size, weight) <= room
        low, high = (middle, high) if fits else (low, middle)
    return whole[:low].rstrip() + ELLIPSIS


def fitted(
    names: Sequence[str],
    room: float,
    size: float,
    weight: Weight = "regular",
    *,
    fold_to: float | None = None,
) -> list[str]:
    """Return the names cut to at most `room` inches; different names stay different where possible.

    A name is cut at its end, or in the middle where another name begins alike. With `fold_to`, a smaller
    size in points, a name that does not fit is set in two lines of that size.
    """

    def fit(name: str, cut: Callable[..., str]) -> str:
        whole = drawable(name)
        if width(whole, size, weight) <= room:
            return whole
        if fold_to is None:
            return cut(whole, room, size, weight)
        first, rest = _folded(whole, room, fold_to, weight)
        return f"{first}\n{cut(rest, room, fold_to, weight)}" if first else cut(whole, room, size, weight)

    short = [fit(name, shortened) for name in names]
    alike = Counter(short)
    return [
        one if alike[one] == 1 else fit(name, _cut_inside) for name, one in zip(names, short, strict=True)
    ]


def _folded(text: str, room: float, size: float, weight: Weight) -> tuple[str, str]:
    """Return the part of `text` that fits into a line, if possible up to the end of a word, and the rest."""
    word_ends = [match.end() for match in _WORD_ENDS.finditer(text)]
    for ends in (word_ends, range(1, len(text))):
        end = max((end for end in ends if width(text[:end].rstrip(), size, weight) <= room), default=0)
        if end:
            break
    return text[:end].rstrip(), text[end:]


def _cut_inside(text: str, room: float, size: float, weight: Weight) -> str:
    """Return `text` cut to `room` inches in the middle, so that both of its ends stay."""
    if width(text, size, weight) <= room:
        return text
    start = shortened(text, room / 2, size, weight)
    end = len(text)
    while end > len(start) and width(start + text[end - 1 :], size, weight) <= room:
        end -= 1
    return start + text[end:].lstrip()


@cache
def _characters() -> frozenset[int]:
    files = [*_FILES.values(), Path(font_manager.findfont(_FALLBACK))]
    return frozenset().union(*(font_manager.get_font(file).get_charmap() for file in files))


def _shown(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf"} or character in _VARIATION_SELECTORS:
        return ""
    return character if ord(character) in _characters() else STAND_IN


def _font(weight: Weight) -> FT2Font:
    return font_manager.get_font([_FILES[weight], font_manager.findfont(_FALLBACK)])
