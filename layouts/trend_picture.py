"""Spend and revenue over time as a picture for a large screen: SVG, sharp at any size, one for each theme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from urllib.parse import quote

from layouts import numbers
from services.text import Lang, compact
from services.views import Overview

WIDTH, HEIGHT = 1600, 640
LEFT, RIGHT, TOP, BOTTOM = 150, 260, 30, 60
LINES = 4  # horizontal ones, with 0
THEMES = {
    "light": {"text": "#55635B", "line": "#DDE2DA", "revenue": "#1E6B4A", "cost": "#8A6100"},
    "dark": {"text": "#9DB0A6", "line": "#2C373A", "revenue": "#4FB286", "cost": "#E6B450"},
}
_FONT = "font-family='Inter, Segoe UI, Roboto, Arial, sans-serif' font-size='28'"


def trend_picture(overview: Overview, titles: dict[str, str], theme: str, lang: Lang) -> str:
    """Return the trend as a data URL; `titles` names the lines `revenue` and `cost` at their ends."""
    colours = THEMES[theme]
    series = {name: [getattr(point.totals, name) for point in overview.trend] for name in titles}
    known = {
        name: [None if value is None else float(value) for value in values]
        for name, values in series.items()
        if any(value is not None for value in values)
    }
    top = _round_up(max((value or 0.0 for values in known.values() for value in values), default=1.0))
    parts = [_grid(top, colours, lang), _days([point.date for point in overview.trend], colours, lang)]
    ends: list[float] = []
    for name, values in known.items():
        parts.append(_line(values, top, colours[name]))
        parts.append(_label(titles[name], values, top, colours[name], ends))
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' "
        f"width='{WIDTH}' height='{HEIGHT}'>{''.join(parts)}</svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe="/ =:'")


def _round_up(value: float) -> float:
    """Return the next number of one digit, times a power of ten, that `LINES` lines divide well."""
    size = 1.0
    while value > 8 * size:
        size *= 10
    while 0 < value <= 0.8 * size:
        size /= 10
    return next((step * size for step in (1, 2, 4, 8) if value <= step * size), 8 * size)


def _x(place: int, count: int) -> float:
    return LEFT + place * (WIDTH - LEFT - RIGHT) / max(1, count - 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _grid(top: float, colours: dict[str, str], lang: Lang) -> str:
    lines = []
    for step in range(LINES + 1):
        value = top * step / LINES
        y = _y(value, top)
        lines.append(
            f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{y:.1f}' y2='{y:.1f}' stroke='{colours['line']}'/>"
        )
        lines.append(_text(compact(value, lang), LEFT - 16, y + 10, colours["text"], "end"))
    return "".join(lines)


def _days(days: Sequence[date], colours: dict[str, str], lang: Lang) -> str:
    """Return the labels of the first, the middle and the last step."""
    places = sorted({0, len(days) // 2, len(days) - 1}) if days else []
    return "".join(
        _text(numbers.day(days[n], lang), _x(n, len(days)), HEIGHT - 14, colours["text"], "middle")
        for n in places
    )


def _line(values: Sequence[float | None], top: float, colour: str) -> str:
    path, is_down = [], False
    for place, value in enumerate(values):
        if value is not None:
            path.append(f"{'L' if is_down else 'M'}{_x(place, len(values)):.1f} {_y(value, top):.1f}")
        is_down = value is not None
    return (
        f"<path d='{''.join(path)}' fill='none' stroke='{colour}' stroke-width='5' stroke-linejoin='round'/>"
    )


def _label(title: str, values: Sequence[float | None], top: float, colour: str, ends: list[float]) -> str:
    """Return the title at the end of its line, below one that is there already."""
    last = next(value for value in reversed(values) if value is not None)
    y = _y(last, top) + 10
    while any(abs(y - other) < 34 for other in ends):
        y += 34
    ends.append(y)
    return _text(title, WIDTH - RIGHT + 16, y, colour, "start")


def _text(words: str, x: float, y: float, colour: str, anchor: str) -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' {_FONT} fill='{colour}' text-anchor='{anchor}'>{escape(words)}</text>"
    )
