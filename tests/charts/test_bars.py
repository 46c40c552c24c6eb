from __future__ import annotations

import pytest
from matplotlib.colors import to_hex

from services.charts import bars, split, style

WORDS = bars.Words("value", "range", lambda value: f"<{value}>", lambda low, high: f"<{low}..{high}>")


def bar(value, low=None, high=None, name="VK", colour="#0072b2"):
    return bars.Bar(name, colour, value, low, high)


def widths(axes):
    return [patch.get_width() for patch in axes.patches]


def test_each_bar_has_its_length_colour_and_row():
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0), bar(-0.5, colour="#d55e00")], WORDS)

    assert widths(axes) == [2.0, -0.5]
    assert [to_hex(patch.get_facecolor()) for patch in axes.patches] == ["#0072b2", "#d55e00"]
    assert axes.patches[0].get_y() < axes.patches[1].get_y()
    assert axes.yaxis_inverted()


def test_intervals_are_drawn_where_there_are_any():
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, 1.5, 2.5), bar(1.0)], WORDS)

    intervals = [list(line.get_xdata()) for line in axes.lines if len(set(line.get_xdata())) == 2]
    assert intervals == [[1.5, 2.5]]


def test_numbers_stand_beside_the_bars():
    figure = style.canvas("t")

    bars.draw_bars(figure, [bar(2.0, 1.5, 2.5), bar(None)], WORDS)

    words = [text.get_text() for text in figure.texts]
    assert {"<2.0>", "<1.5..2.5>", "<None>", "<None..None>", "value", "range"} <= set(words)


def test_one_wild_interval_does_not_shrink_all_bars():
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, 1.0, 900.0), bar(1.0, -900.0, 2.0)], WORDS)

    assert axes.get_xlim()[0] > -4
    assert axes.get_xlim()[1] < 4


def test_names_are_written_literally_and_cut_to_their_room():
    name = "$a_1$ and $b^2$ " * 9
    axes = bars.draw_bars(style.canvas("t"), [bar(2.0, name=name)], WORDS)

    (label,) = axes.get_yticklabels()
    assert label.get_text().startswith("$a_1$ and $b^2$")
    assert label.get_text().endswith("…")
    assert not label.get_parse_math()


def part(today, recommended, roi, name="VK", colour="#0072b2"):
    return split.Part(name, colour, today, recommended, roi, "12.4", "+30 %", "240 %", "−1 … +2")


HEADS = split.Words("today", "recommended", "ROI", "effect", "range")


def test_pie_amounts_and_roi_are_drawn_as_given():
    figure = style.canvas("t")
    parts = [part(10.0, 13.0, 2.4), part(8.0, 5.0, -0.5, "OK", "#d55e00")]
    slices = [split.Slice(0.75, "#0072b2", "75 %"), split.Slice(0.25, "#d55e00", "25 %")]

    split.draw_split(figure, parts, slices, HEADS)

    pie, amounts, rois = figure.axes
    assert [w.theta2 - w.theta1 for w in pie.patches] == pytest.approx([270, 90])
    assert pie.patches[0].theta2 == pytest.approx(90)
    assert [text.get_text() for text in pie.texts] == ["75 %", "25 %"]
    assert widths(amounts) == [10.0, 8.0, 13.0, 5.0]
    assert widths(rois) == [2.4, -0.5]


def test_a_slice_too_small_for_words_has_none():
    figure = style.canvas("t")
    slices = [split.Slice(0.97, "#0072b2", "97 %"), split.Slice(0.03, "#d55e00", "3 %")]

    split.draw_split(figure, [part(1.0, 1.0, None)], slices, HEADS)

    assert [text.get_text() for text in figure.axes[0].texts if text.get_text()] == ["97 %"]


@pytest.mark.parametrize(
    "colour", ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5C5C5C"]
)
def test_words_on_slices_can_be_read(colour):
    figure = style.canvas("t")

    split.draw_split(figure, [part(1.0, 1.0, None)], [split.Slice(1.0, colour, "100 %")], HEADS)

    (words,) = figure.axes[0].texts
    assert contrast(to_hex(words.get_color()), colour) >= 4.5


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
