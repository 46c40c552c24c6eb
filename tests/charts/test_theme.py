"""Dark charts: every light colour is replaced, and all contrasts hold."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text as Label

from services.charts import bars, channel_colours, lines, split, style
from services.charts.png import rendered
from services.charts.theme import DARK_GROUND, darken

COLOURS = channel_colours.COLOURS


def _bars() -> Figure:
    figure = style.canvas("ROI", "0 % is break-even")
    words = bars.Words("ROI", "80 %", lambda value: f"{value}", lambda low, high: f"{low} {high}")
    shown = [bars.Bar(f"Channel {n}", colour, n - 2.0, n - 3.0, n) for n, colour in enumerate(COLOURS)]
    bars.draw_bars(figure, shown, words)
    style.note(figure, "8 of 9")
    return figure


def _split() -> Figure:
    figure = style.canvas("Budget")
    parts = [
        split.Part(f"C{n}", colour, 10, 8, "8", "-20 %", "7 %", "+1") for n, colour in enumerate(COLOURS)
    ]
    grey = [split.Slice(0.1, colour, "10 %") for colour in (split.OTHERS, split.UNSPENT)]
    slices = [split.Slice(0.1, colour, "10 %") for colour in COLOURS] + grey
    split.draw_split(figure, parts, slices, split.Words("today", "then", "ROI", "change", "80 %"))
    return figure


def _lines() -> Figure:
    figure, start = style.canvas("ROI by day"), date(2026, 1, 1)
    rows = [
        {"channel": "A", "date": start + timedelta(n), "roi_actual": n / 9, "roi_pred": n / 8,
         "roi_low": 0.1, "roi_high": 5.0}
        for n in range(40)
    ]  # fmt: skip
    strip = lines.Strip("roi", "ROI", lambda value: f"{value}", {"A": "1 → 2"})
    lines.draw_lines(figure, rows, [lines.Facet("A", COLOURS[6])], [strip] * 2, date(2026, 1, 30), "en")
    return figure


@pytest.mark.parametrize("make", [_bars, _split, _lines])
def test_no_large_light_area_is_left(make: object) -> None:
    figure = make()  # type: ignore[operator]
    darken(figure)

    pixels = np.asarray(rendered(figure, 50), dtype=float) / 255
    luminance = _luminance(pixels)

    ground = np.all(np.abs(pixels - to_rgb(DARK_GROUND)) < 0.02, axis=2).mean()
    assert ground > 0.5
    assert (luminance > 0.9).mean() < 0.002  # white percentages on slices are all that may be so light


@pytest.mark.parametrize("make", [_bars, _split, _lines])
def test_words_can_be_read_on_the_dark_ground(make: object) -> None:
    figure = make()  # type: ignore[operator]
    darken(figure)

    pie = {id(text) for axes in figure.axes for text in axes.texts}
    words = [text for text in figure.findobj(Label) if text.get_text().strip() and id(text) not in pie]
    assert words
    assert min(_contrast(text.get_color(), DARK_GROUND) for text in words) >= 4.5


@pytest.mark.parametrize("colour", COLOURS)
def test_each_channel_is_seen_on_the_dark_ground(colour: str) -> None:
    figure = style.canvas("One")
    split._draw_pie(figure, [split.Slice(1.0, colour, "100 %")])
    darken(figure)

    (wedge,) = figure.axes[0].patches
    (text,) = figure.axes[0].texts[1:] or figure.axes[0].texts
    assert _contrast(to_rgb(wedge.get_facecolor()), DARK_GROUND) >= 3
    assert _contrast(text.get_color(), to_rgb(wedge.get_facecolor())) >= 3  # bold and larger than 14 pt


def test_names_stay_in_the_first_colour_and_scales_in_the_second() -> None:
    figure = _bars()
    darken(figure)

    axes = figure.axes[0]
    assert {to_rgb(label.get_color()) for label in axes.get_yticklabels()} == {to_rgb("#E8EEEA")}
    assert {to_rgb(label.get_color()) for label in axes.get_xticklabels()} == {to_rgb("#9DB0A6")}


def test_transparency_stays() -> None:
    figure = _lines()
    before = _opacities(figure)
    darken(figure)

    assert _opacities(figure) == before
    assert min(before) < 0.2


def _opacities(figure: Figure) -> list[float]:
    faces = [np.asarray(one.get_facecolor()) for axes in figure.axes for one in axes.collections]
    return [float(face[0, 3]) for face in faces if len(face)]


def _luminance(colour: object) -> np.ndarray:
    linear = np.asarray(colour, dtype=float)[..., :3]
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def _contrast(one: object, other: object) -> float:
    light, dark = sorted((float(_luminance(to_rgb(c))) for c in (one, other)), reverse=True)  # type: ignore[arg-type]
    return (light + 0.05) / (dark + 0.05)
