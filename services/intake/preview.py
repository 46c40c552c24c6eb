"""What a dry run shows of a file: headings, first rows as they would be stored, new channels."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from services.intake.layouts import platform_by_id
from services.intake.report import Preview
from services.intake.rows import COPY_COLUMNS

FIRST_ROWS = 10
MOST_HEADINGS = 500
MOST_CHANNELS = 100

_NULL = r"\N"
_ESCAPED = re.compile(r"\\(.)")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LEFT_OUT = frozenset({"source", "grain", "details", "attributes"})
_ORDER = ("date", "channel", "campaign_id")


def preview_of(
    header: Sequence[str],
    lines: Sequence[str],
    channels: Sequence[str],
    known: Collection[str],
    layout_id: str,
) -> Preview:
    """Return the preview of a file from its header, its first lines for COPY, its channels and its layout.

    `known` are the channels that are there.
    """
    headings = tuple(dict.fromkeys(name for name in header if name))[:MOST_HEADINGS]
    new = tuple(name for name in channels if name not in known)[:MOST_CHANNELS]
    platform = platform_by_id(layout_id)
    rows = tuple(_row(line) for line in lines[:FIRST_ROWS])
    return Preview(
        headings, rows, new, tuple(sorted(known))[:MOST_CHANNELS], None if platform is None else platform.name
    )


def _row(line: str) -> dict[str, str | None]:
    cells = dict(zip(COPY_COLUMNS, map(_cell, line.split("\t")), strict=False))
    attributes = json.loads(cells.get("attributes") or "{}")
    first = {name: cells[name] for name in _ORDER}
    figures = {name: cell for name, cell in cells.items() if name not in _LEFT_OUT}
    return first | figures | {name: str(value) for name, value in attributes.items() if name not in cells}


def _cell(text: str) -> str | None:
    """Return the value of a cell in the text format of COPY; None for NULL."""
    if text == _NULL:
        return None
    return _ESCAPED.sub(lambda found: _CONTROLS.get(found[1], found[1]), text)
