"""The dark theme of charts: the light colours of a finished figure are replaced one by one.

Charts are drawn in light colours only, and layouts do not depend on colours. So a dark chart costs no second
drawing, and both themes show the same. Channels keep their colours, but for the one that is too dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text as Label

from services.charts.channel_colours import COLOURS
from services.charts.split import OTHERS, TODAY, UNSPENT
from services.charts.style import GROUND, INK, LINE, QUIET, WHEAT

DARK_GROUND, DARK_LINE = "#1A2224", "#2C373A"
_WORDS = {INK: "#E8EEEA", QUIET: "#9DB0A6"}
_SHAPES = _WORDS | {
    GROUND: DARK_GROUND,
    LINE: DARK_LINE,
    WHEAT: "#E9B949",
    TODAY: "#7E8C86",
    OTHERS: "#8A9691",  # black stands on this and on the next one, as on the light colours
    UNSPENT: "#75827C",
    COLOURS[-1]: "#949494",  # the dark grey would have a contrast of 2.4 to the ground
}
_OF_WORDS = {to_hex(light): dark for light, dark in _WORDS.items()}
_OF_SHAPES = {to_hex(light): dark for light, dark in _SHAPES.items()}


def darken(figure: Figure) -> None:
    """Replace the light colours of a figure by those of the dark page; transparency stays."""
    figure.draw_without_rendering()  # some ticks do not exist before
    for one in figure.findobj():
        _recolour(one)


def _recolour(one: Artist) -> None:
    if isinstance(one, Label):
        # White and black words stand on the colour of a channel, which stays.
        one.set_color(_dark(one.get_color(), _OF_WORDS))
    elif isinstance(one, Line2D):
        one.set_color(_dark(one.get_color(), _OF_SHAPES))
        one.set_markerfacecolor(_dark(one.get_markerfacecolor(), _OF_SHAPES))
        one.set_markeredgecolor(_dark(one.get_markeredgecolor(), _OF_SHAPES))
    elif isinstance(one, Patch):
        one.set_facecolor(_dark(one.get_facecolor(), _OF_SHAPES))
        one.set_edgecolor(_dark(one.get_edgecolor(), _OF_SHAPES))
    elif isinstance(one, Collection):
        one.set_facecolor(_all_dark(one.get_facecolor()))
        one.set_edgecolor(_all_dark(one.get_edgecolor()))


def _dark(colour: Any, names: dict[str, str]) -> Any:
    """Return the dark colour in place of a light one; any other colour as it is."""
    if isinstance(colour, str) and colour.lower() in ("none", "auto"):
        return colour
    *_, opacity = to_rgba(colour)
    found = names.get(to_hex(colour))
    return colour if found is None else to_rgba(found, opacity)


def _all_dark(colours: Any) -> list[Any]:
    rows: Iterable[Any] = np.atleast_2d(colours) if len(colours) else ()
    return [_dark(tuple(row), _OF_SHAPES) for row in rows]
