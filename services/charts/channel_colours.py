"""The colour of each channel: the same on the page, in charts and in tables.

Colours follow the order in which channels were first published: a new channel takes the next colour and
never recolours the others. The palette is that of Okabe and Ito (2008), made for colour-vision deficiency,
without its yellow, which is unreadable on white. After the seventh channel the colours repeat, and names
distinguish the channels.
"""

from __future__ import annotations

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5C5C5C")


def colour(position: int) -> str:
    """Return the colour of the channel with number `position` (from 0) in the order of publication."""
    return COLOURS[position % len(COLOURS)]
