"""Small lines without axes, as SVG data URLs: they need no script and no request."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

WIDTH, HEIGHT, MARGIN = 120, 32, 3
COLOUR = "#5B8C74"  # between the brand greens of both themes, so one picture fits both
EMPTY = "data:image/svg+xml," + quote(
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"/>'
)


def sparkline(values: Sequence[float | None]) -> str:
    """Return the line of `values` as a data URL; with a gap where a value is None."""
    points = _points(values)
    if len(points) < 2:
        return EMPTY
    x, y = points[-1][0], points[-1][1]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
        f'<path d="{_path(points)}" fill="none" stroke="{COLOUR}" stroke-width="1.5" '
        f'stroke-linejoin="round" stroke-linecap="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{COLOUR}"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg, safe="/ =:'")


def _points(values: Sequence[float | None]) -> list[tuple[float, float, int]]:
    """Return x, y and index of every value that is not None."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if not known:
        return []
    low, high = min(v for _, v in known), max(v for _, v in known)
    across = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    return [
        (MARGIN + place * across, HEIGHT - MARGIN - _share(value, low, high) * (HEIGHT - 2 * MARGIN), place)
        for place, value in known
    ]


def _share(value: float, low: float, high: float) -> float:
    """Return the position of a value between `low` and `high`, from 0 to 1; 0.5 if they are equal."""
    return (value - low) / (high - low) if high > low else 0.5


def _path(points: Sequence[tuple[float, float, int]]) -> str:
    before = [-1, *(place for _, _, place in points)]
    return "".join(
        f"{'L' if place == last + 1 and last >= 0 else 'M'}{x:.1f} {y:.1f}"
        for (x, y, place), last in zip(points, before, strict=False)
    )
