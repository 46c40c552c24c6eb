"""Horizontal bars in the given order, each with its interval and with its numbers in columns beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from services.charts import style
from services.charts.typeface import fitted

_NAME_ROOM = 2.4  # all in inches
_BARS = (2.8, 5.6)
_VALUE_END = 9.75
_RANGE_END = style.WIDTH - style.MARGIN
_BOTTOM, _TOP = 0.95, 4.85
_HEAD_GAP = 0.1
_REACH = 1.6  # an interval may extend the axis to this multiple of the longest bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its interval; None without a value, or without an interval."""

    name: str
    colour: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Words:
    """The texts around the bars: headings of the columns, and the formats of a value and a range."""

    value: str
    range: str
    write: Callable[[float | None], str]
    write_range: Callable[[float | None, float | None], str]


def draw_bars(figure: Figure, bars: Sequence[Bar], words: Words) -> Axes:
    """Draw the bars with intervals and the columns of numbers; return the axes of the bars."""
    bottom, height = style.rows_box(len(bars), _BOTTOM, _TOP)
    target = style.axes(figure, _BARS[0], bottom, _BARS[1], height)
    values, colours = [bar.value for bar in bars], [bar.colour for bar in bars]
    lay(target, range(len(bars)), values, colours, thickness=0.62)
    name_rows(target, [bar.name for bar in bars], _NAME_ROOM, style.HEADING_SIZE)
    _draw_intervals(target, bars)
    _scale(target, bars, words)
    _draw_heads(figure, bottom + height + _HEAD_GAP, words)
    _draw_numbers(figure, target, bars, words)
    return target


def lay(target: Axes, places: Sequence[float], values: Sequence[float | None], colours: Sequence[str],
        thickness: float) -> None:  # fmt: skip
    """Draw horizontal bars at `places` (0 is the top row); a value of None leaves its row empty."""
    before = len(target.patches)
    sns.barplot(
        pd.DataFrame({"place": places, "value": values}, dtype=float), x="value", y="place", orient="h",
        saturation=1, width=thickness, errorbar=None, native_scale=True, ax=target,
    )  # fmt: skip
    # With a hue per bar, seaborn would scan the data once per bar.
    drawn = [colour for colour, value in zip(colours, values, strict=True) if value is not None]
    for bar, colour in zip(target.patches[before:], drawn, strict=True):
        bar.set_facecolor(colour)


def name_rows(target: Axes, names: Sequence[str], room: float, size: float) -> None:
    """Label the rows; a name wider than `room` inches is set in two smaller lines or cut."""
    style.plain(target)
    style.label_rows(target, fitted(names, room, size, fold_to=style.FOLDED_SIZE), size)
    target.set_ylim(len(names) - 0.5, -0.5)


def _draw_intervals(target: Axes, bars: Sequence[Bar]) -> None:
    for place, bar in enumerate(bars):
        if bar.low is not None and bar.high is not None:
            target.plot(
                [bar.low, bar.high], [place, place], color=style.INK, linewidth=2.6,
                marker="|", markersize=15, markeredgewidth=2.6,
            )  # fmt: skip


def _scale(target: Axes, bars: Sequence[Bar], words: Words) -> None:
    low, high = _limits(bars)
    target.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    target.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    target.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.write(value)))
    style.grid(target, "x")
    target.axvline(0, color=style.INK, linewidth=1.8)


def _limits(bars: Sequence[Bar]) -> tuple[float, float]:
    """Return the limits of the axis: they include zero, all values, and intervals up to a maximum."""
    values = [bar.value for bar in bars if bar.value is not None] or [1.0]
    longest = max(map(abs, values)) or 1.0
    ends = [end for bar in bars for end in (bar.low, bar.high) if end is not None]
    inside = [max(-_REACH * longest, min(_REACH * longest, end)) for end in ends]
    low, high = min(0.0, *values, *inside), max(0.0, *values, *inside)
    return low, high if high > low else 1.0


def _draw_numbers(figure: Figure, target: Axes, bars: Sequence[Bar], words: Words) -> None:
    for place, bar in enumerate(bars):
        _, y = target.transData.transform((0, place)) / figure.dpi
        value, extent = words.write(bar.value), words.write_range(bar.low, bar.high)
        style.write(
            figure, _VALUE_END, y, value,
            size=style.HEADING_SIZE, weight="semibold", align="right", middle=True,
        )  # fmt: skip
        style.write(figure, _RANGE_END, y, extent, colour=style.QUIET, align="right", middle=True)


def _draw_heads(figure: Figure, y: float, words: Words) -> None:
    for x, head in ((_VALUE_END, words.value), (_RANGE_END, words.range)):
        style.write_quietly(figure, x, y, head, "right")
