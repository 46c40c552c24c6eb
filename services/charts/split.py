"""The split of a budget: a pie of the shares, bars of today's and the recommended amounts, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from services.charts import style
from services.charts.bars import lay, name_rows
from services.charts.typeface import FAMILIES, width

TODAY, OTHERS, UNSPENT = "#A3AEA7", "#C9D0CB", "#EEF1EC"
_BOTTOM, _TOP = 0.55, 4.75  # all in inches
_HEAD_GAP = 0.1
_PIE = (0.2, 1.3, 2.7)  # left, bottom and size
_NAME_ROOM = 1.55
_AMOUNTS = (4.75, 1.85)  # left and width
_AMOUNT_END, _CHANGE_END = 7.4, 8.3
_ROI_END = 10.1
_EFFECT_END = style.WIDTH - style.MARGIN
_COLUMN_GAP = 0.2
_MIDDLE_LUMINANCE = 0.179  # white and black have the same contrast on it
_LEAST_WRITTEN = 0.06  # smaller slices have no space for their percentage


@dataclass(frozen=True, slots=True)
class Part:
    """One channel: today's and the recommended amount, and the formatted numbers beside it."""

    name: str
    colour: str
    today: float
    recommended: float
    amount: str
    change: str
    roi_words: str
    effect: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice of the pie: its share of the total, from 0 to 1, and its formatted percentage."""

    part: float
    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Words:
    """The headings of the columns."""

    today: str
    recommended: str
    roi: str
    effect: str
    effect_range: str


def draw_split(figure: Figure, parts: Sequence[Part], slices: Sequence[Slice], words: Words) -> None:
    """Draw the pie of `slices`, clockwise from the top, and a row of bars and numbers for each part."""
    _draw_pie(figure, slices)
    bottom, height = style.rows_box(len(parts), _BOTTOM, _TOP)
    amounts = style.axes(figure, _AMOUNTS[0], bottom, _AMOUNTS[1], height)
    _draw_amounts(amounts, parts)
    roi_end = min(_ROI_END, _EFFECT_END - _widest([part.effect for part in parts]) - _COLUMN_GAP)
    _draw_numbers(figure, amounts, parts, roi_end)
    _draw_heads(figure, bottom + height + _HEAD_GAP, words, roi_end)


def _draw_pie(figure: Figure, slices: Sequence[Slice]) -> None:
    left, bottom, size = _PIE
    pie = style.axes(figure, left, bottom, size, size)
    pie.set_axis_off()
    if not any(one.part for one in slices):
        return
    pie.pie(
        [one.part for one in slices], colors=[one.colour for one in slices],
        labels=[one.words if one.part >= _LEAST_WRITTEN else "" for one in slices],
        labeldistance=0.74, radius=1.25, startangle=90, counterclock=False,
        wedgeprops={"edgecolor": style.GROUND, "linewidth": 2.5, "joinstyle": "bevel"},
        textprops={"ha": "center", "va": "center"} | style.font(style.SMALL_SIZE, "semibold"),
    )  # fmt: skip
    for text, one in zip(pie.texts, slices, strict=True):
        text.set_color(_ink_on(one.colour))


def _draw_amounts(target: Axes, parts: Sequence[Part]) -> None:
    places = range(len(parts))
    lay(target, [p - 0.27 for p in places], [part.today for part in parts], [TODAY] * len(parts), 0.2)
    colours = [part.colour for part in parts]
    lay(target, [p + 0.09 for p in places], [part.recommended for part in parts], colours, 0.44)
    name_rows(target, [part.name for part in parts], _NAME_ROOM, style.BODY_SIZE)
    largest = max(max(part.today, part.recommended) for part in parts)
    target.set_xlim(0, largest or 1.0)
    _without_scale(target)


def _without_scale(target: Axes) -> None:
    """Remove the axis except for the zero line, since the numbers are beside the bars."""
    target.set_xticks([])
    target.axvline(0, color=style.INK, linewidth=1.8, clip_on=False)


def _widest(words: Sequence[str]) -> float:
    return max((width(one, style.SMALL_SIZE) for one in words), default=0.0)


def _draw_numbers(figure: Figure, target: Axes, parts: Sequence[Part], roi_end: float) -> None:
    for place, part in enumerate(parts):
        _, y = target.transData.transform((0, place)) / figure.dpi
        for x, words in ((_CHANGE_END, part.change), (roi_end, part.roi_words), (_EFFECT_END, part.effect)):
            style.write(figure, x, y, words, size=style.SMALL_SIZE, align="right", middle=True)
        style.write(figure, _AMOUNT_END, y, part.amount, weight="semibold", align="right", middle=True)


def _draw_heads(figure: Figure, y: float, words: Words, roi_end: float) -> None:
    figure.legend(
        [Patch(color=TODAY), Patch(color=style.INK)], [words.today, words.recommended], ncols=2,
        frameon=False, loc="lower left", bbox_to_anchor=(_AMOUNTS[0] / style.WIDTH, y / style.HEIGHT - 0.007),
        borderaxespad=0, borderpad=0, handlelength=0.9, handletextpad=0.4, columnspacing=1.0,
        prop={"family": FAMILIES["regular"], "size": style.SMALL_SIZE}, labelcolor=style.QUIET,
    )  # fmt: skip
    style.write_quietly(figure, roi_end, y, words.roi, "right")
    for line, head in enumerate((words.effect_range, words.effect)):
        style.write_quietly(figure, _EFFECT_END, y + 0.25 * line, head, "right")


def _ink_on(colour: str) -> str:
    """Return the one of white and black with the better contrast on `colour` (WCAG 2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if luminance < _MIDDLE_LUMINANCE else "#000000"
