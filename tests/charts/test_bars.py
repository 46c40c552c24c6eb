from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle, Wedge

from services.charts import bars, split, style
from services.charts.bars import Bar

WORDS = bars.Words("value", "range", lambda value: f"<{value}>", lambda low, high: f"<{low}..{high}>")


def bar(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    name: str = "VK",
    colour: str = "#0072b2",
) -> Bar:
    return bars.Bar(name, colour, value, low, high)


def rectangles(axes: Axes) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def widths(axes: Axes) -> list[float]:
    return [patch.get_width() for patch in rectangles(axes)]


def test_each_bar_has_its_length_colour_and_row() -> None:
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0), bar(-0.5, colour="#d55e00")], WORDS)

    assert widths(axes) == [2.0, -0.5]
    assert [to_hex(patch.get_facecolor()) for patch in axes.patches] == ["#0072b2", "#d55e00"]
    assert rectangles(axes)[0].get_y() < rectangles(axes)[1].get_y()
    assert axes.yaxis_inverted()


def test_intervals_are_drawn_where_there_are_any() -> None:
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, 1.5, 2.5), bar(1.0)], WORDS)

    intervals = [list(x) for x in (np.asarray(line.get_xdata()) for line in axes.lines) if len(set(x)) == 2]
    assert intervals == [[1.5, 2.5]]


def test_numbers_stand_beside_the_bars() -> None:
    figure = style.canvas("t")

    bars.draw_bars(figure, [bar(2.0, 1.5, 2.5), bar(None)], WORDS)

    words = [text.get_text() for text in figure.texts]
    assert {"<2.0>", "<1.5..2.5>", "<None>", "<None..None>", "value", "range"} <= set(words)


def test_one_wild_interval_does_not_shrink_all_bars() -> None:
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, 1.0, 900.0), bar(1.0, -900.0, 2.0)], WORDS)

    assert axes.get_xlim()[0] > -4
    assert axes.get_xlim()[1] < 4


def test_names_are_written_literally_and_cut_to_their_room() -> None:
    name = "$a_1$ and $b^2$ " * 9
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, name=name)], WORDS)

    (label,) = axes.get_yticklabels()
    assert label.get_text().startswith("$a_1$ and $b^2$")
    assert label.get_text().endswith("…")
    assert not label.get_parse_math()


def part(today: float, recommended: float, name: str = "VK", colour: str = "#0072b2") -> split.Part:
    return split.Part(name, colour, today, recommended, "12.4", "+30 %", "240 → 210 %", "−1 … +2")


HEADS = split.Words("today", "recommended", "ROI", "effect", "range")


def test_pie_and_amounts_are_drawn_as_given() -> None:
    figure = style.canvas("t")
    parts = [part(10.0, 13.0), part(8.0, 5.0, "OK", "#d55e00")]
    slices = [split.Slice(0.75, "#0072b2", "75 %"), split.Slice(0.25, "#d55e00", "25 %")]

    split.draw_split(figure, parts, slices, HEADS)

    pie, amounts = figure.axes
    wedges = [patch for patch in pie.patches if isinstance(patch, Wedge)]
    assert [w.theta2 - w.theta1 for w in wedges] == pytest.approx([270, 90])
    assert wedges[0].theta2 == pytest.approx(90)
    assert [text.get_text() for text in pie.texts] == ["75 %", "25 %"]
    assert widths(amounts) == [10.0, 8.0, 13.0, 5.0]
    assert "240 → 210 %" in [text.get_text() for text in figure.texts]


def test_a_slice_too_small_for_words_has_none() -> None:
    figure = style.canvas("t")
    slices = [split.Slice(0.97, "#0072b2", "97 %"), split.Slice(0.03, "#d55e00", "3 %")]

    split.draw_split(figure, [part(1.0, 1.0)], slices, HEADS)

    assert [text.get_text() for text in figure.axes[0].texts if text.get_text()] == ["97 %"]


@pytest.mark.parametrize(
    "colour", ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5C5C5C"]
)
def test_words_on_slices_can_be_read(colour: str) -> None:
    figure = style.canvas("t")

    split.draw_split(figure, [part(1.0, 1.0)], [split.Slice(1.0, colour, "100 %")], HEADS)

    (words,) = figure.axes[0].texts
    assert contrast(to_hex(words.get_color()), colour) >= 4.5


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
