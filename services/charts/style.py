"""The common style of charts: background, text colours, and font sizes readable at a width of 480 pixels.

Styles are set on the artists and never in matplotlib's global settings, so several threads can draw charts.
All positions are in inches from the lower left corner.
"""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text as Label

from services.charts.typeface import FAMILIES, Weight, drawable
from services.text import Lang, Text

WIDTH, HEIGHT = 12.0, 6.0
MARGIN = 0.25
TITLE_Y = HEIGHT - 0.52
SUBTITLE_Y = HEIGHT - 0.93
FOOT_Y = 0.17
MOST_ROW_HEIGHT = 0.95

GROUND = "#FFFFFF"
INK = "#17211C"
QUIET = "#55635B"
LINE = "#DDE2DA"
WHEAT = "#C98A00"

TITLE_SIZE = 25.0
HEADING_SIZE = 18.0
BODY_SIZE = 16.5
SMALL_SIZE = 15.0
FOLDED_SIZE = 13.5  # font size of a name in two lines
_FOLDED_SPACING = 0.9

NO_ROWS = Text(en="No rows in this snapshot.", ru="В этом снимке данных нет строк.")


def canvas(title: str, subtitle: str = "") -> Figure:
    """Return a figure with a title, and a subtitle in the secondary colour."""
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor=GROUND)
    write(figure, MARGIN, TITLE_Y, title, size=TITLE_SIZE, weight="semibold")
    write_quietly(figure, MARGIN, SUBTITLE_Y, subtitle)
    return figure


def empty(title: str, lang: Lang, words: str = "") -> Figure:
    """Return the figure of a dashboard without rows, with a sentence in place of the chart."""
    figure, said = canvas(title), words or NO_ROWS[lang]
    write(figure, WIDTH / 2, HEIGHT / 2, said, size=HEADING_SIZE, colour=QUIET, align="center")
    return figure


def axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Return new axes in a box given in inches, without spines, ticks and grid."""
    box = (left / WIDTH, bottom / HEIGHT, width / WIDTH, height / HEIGHT)
    new = figure.add_axes(box, facecolor="none")
    new.spines[:].set_visible(False)
    new.set(xlabel=" ", ylabel=" ")  # without labels, seaborn would create all ticks to decide on labels
    plain(new)
    return new


def rows_box(count: int, bottom: float, top: float) -> tuple[float, float]:
    """Return the bottom and height of a box for `count` rows of bars; few rows are centred."""
    height = min(top - bottom, count * MOST_ROW_HEIGHT)
    return bottom + (top - bottom - height) / 2, height


def plain(target: Axes) -> None:
    """Set the typeface of the tick labels and hide the tick marks."""
    target.tick_params(length=0, pad=6, labelsize=SMALL_SIZE, labelcolor=QUIET)
    target.tick_params(labelfontfamily=FAMILIES["regular"])
    target.set_axisbelow(True)


def grid(target: Axes, axis: Literal["x", "y"]) -> None:
    """Draw grid lines for one axis only."""
    target.grid(visible=True, axis=axis, color=LINE, linewidth=1.2)


def write(
    figure: Figure,
    x: float,
    y: float,
    words: str,
    *,
    size: float = BODY_SIZE,
    weight: Weight = "regular",
    colour: str = INK,
    align: Literal["left", "center", "right"] = "left",
    middle: bool = False,
) -> Label:
    """Draw `words` literally at (x, y) in inches; `y` is the baseline or, with `middle`, the middle."""
    va = "center_baseline" if middle else "baseline"
    return figure.text(x / WIDTH, y / HEIGHT, words, color=colour, ha=align, va=va, **font(size, weight))


def write_quietly(
    figure: Figure, x: float, y: float, words: str, align: Literal["left", "center", "right"] = "left"
) -> Label:
    """Draw an explanation: small and in the secondary colour."""
    return write(figure, x, y, words, size=SMALL_SIZE, colour=QUIET, align=align)


def note(figure: Figure, words: str) -> None:
    """Draw a note at the bottom right of the figure, such as on what is left out."""
    write_quietly(figure, WIDTH - MARGIN, FOOT_Y, words, "right")


def head_note(figure: Figure, words: str) -> None:
    """Draw a note at the right of the title, where the foot of the figure has another one."""
    write_quietly(figure, WIDTH - MARGIN, TITLE_Y, words, "right")


def font(size: float, weight: Weight = "regular") -> dict[str, Any]:
    """Return the keyword arguments for a text in the charts' typeface, with dollar signs shown literally."""
    return {"fontfamily": FAMILIES[weight], "fontsize": size, "parse_math": False}


def label_rows(target: Axes, labels: list[str], size: float = BODY_SIZE) -> None:
    """Label the rows of a horizontal bar chart, the first on top; names of two lines are smaller."""
    target.set_yticks(range(len(labels)), labels=labels)
    for tick, label in zip(target.get_yticklabels(), labels, strict=True):
        tick.set(color=INK, multialignment="right", **_name_font(label, size))


def write_name(figure: Figure, x: float, y: float, name: str) -> None:
    """Draw a name of one or two lines; `y` is the baseline of the last one in inches."""
    looks = _name_font(name, BODY_SIZE, "semibold")
    figure.text(x / WIDTH, y / HEIGHT, name, color=INK, va="baseline", **looks)


def _name_font(name: str, size: float, weight: Weight = "regular") -> dict[str, Any]:
    if "\n" in name:
        return font(FOLDED_SIZE, weight) | {"linespacing": _FOLDED_SPACING}
    return font(size, weight)


def unit(currency: str) -> str:
    """Return the currency as drawable text."""
    return drawable(currency)
