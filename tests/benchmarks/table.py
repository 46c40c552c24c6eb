"""What every benchmark prints: one markdown table, a line for each figure."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: what was measured, what must be reached, what was reached."""

    what: str
    target: str
    figure: str
    is_reached: bool


def at_most(what: str, figure: float, most: float, pattern: str = "{:.2f}") -> Line:
    """Return a line for a figure that must not be above `most`; `pattern` writes both."""
    return Line(what, "<= " + pattern.format(most), pattern.format(figure), figure <= most)


def between(what: str, share: float, least: float, most: float) -> Line:
    """Return a line for a share that must lie between two others."""
    return Line(what, f"{least:.0%} to {most:.0%}", f"{share:.1%}", least <= share <= most)


def show(subject: str, lines: Iterable[Line]) -> None:
    """Print the table, each line as soon as it is measured."""
    sys.stdout.write(f"| {subject} | must be | is | reached |\n|---|---|---|---|\n")
    for line in lines:
        reached = "yes" if line.is_reached else "no"
        sys.stdout.write(f"| {line.what} | {line.target} | {line.figure} | {reached} |\n")
        sys.stdout.flush()
    sys.stdout.write("\n")
