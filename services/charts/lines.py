"""Actual and predicted lines: a small panel for each channel, a strip of panels for each measure.

Six noisy daily lines in one panel are a tangle, so every channel has its own panel on the common
scale of its strip, and long histories are drawn as the median of each seven days. (A mean of daily
ratios would count a day almost without spend like the best one.) The sevens are counted from the
last day of data, so that none of them mixes the known with the forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from services.charts import style
from services.charts.dates import day_label, marks
from services.charts.typeface import FAMILIES, shortened
from services.text import Lang, Text
from services.views import Row

BAND_OPACITY = 0.18
AHEAD_OPACITY = 0.12
WEEKLY_FROM_DAYS = 49  # shorter stretches of time are drawn day by day
PARTS = ("actual", "pred", "low", "high")

_LEFT, _RIGHT, _GAP = 1.55, style.WIDTH - 0.2, 0.24  # all in inches
_PANEL_HEIGHT = 1.3
_BOTTOMS = (2.85, 0.92)
_NAMES_Y, _LABEL_ABOVE = 4.66, 0.17
_LOOKS: dict[str, Any] = {"actual": "", "pred": (2.6, 1.4)}  # dashes, in line widths
_HEADROOM = 0.05
_REACH = 0.6  # how far beyond the lines a band may stretch the scale, as a part of their extent

ACTUAL = Text(en="actual", ru="факт")
PREDICTED = Text(en="predicted", ru="прогноз")
BAND = Text(en="range for 80 % of days", ru="диапазон для 80 % дней")
AHEAD = Text(en="still ahead: from {day}", ru="ещё впереди: с {day}")
FOOT_DAYS = Text(
    en="Numbers: median day, last 28 days → ahead.", ru="Числа — медианный день: прошлые 28 дней → впереди."
)
FOOT_WEEKS = Text(
    en="Lines: median of 7 days. Numbers: median day, last 28 days → ahead.",
    ru="Линии — медиана 7 дней; числа — медианный день: прошлые 28 → впереди.",
)


@dataclass(frozen=True, slots=True)
class Facet:
    """A channel, which gets a column of panels."""

    channel: str
    colour: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A measure, which gets a strip of panels.

    `name` begins the names of its values in a row (`name_actual`, `_pred`, `_low`, `_high`);
    `labels` says what stands above each channel's panel.
    """

    name: str
    heading: str
    write: Callable[[float | None], str]
    labels: dict[str, str]


def draw_lines(
    figure: Figure, rows: Sequence[Row], facets: Sequence[Facet], strips: Sequence[Strip],
    last: date, lang: Lang,
) -> None:  # fmt: skip
    """Draw two strips of panels; `last` is the last day of data, all days after it are forecast."""
    _draw_names(figure, facets)
    _draw_key(figure, last, lang)
    foot = FOOT_DAYS if step_days(rows) == 1 else FOOT_WEEKS
    style.write_quietly(figure, style.MARGIN, style.FOOT_Y, foot[lang])
    ends = min(row["date"] for row in rows), max(row["date"] for row in rows)
    for strip, bottom in zip(strips, _BOTTOMS, strict=True):
        points = median_days(rows, strip.name, last)
        _draw_strip(figure, points, facets, strip, bottom, last, ends)
    _mark_dates(figure.axes, len(facets), ends, lang)


def median_days(rows: Sequence[Row], name: str, last: date) -> pd.DataFrame:
    """Return the medians of steps of days: 7 days, or 1 in short histories.

    The frame has channel, step (0 is the first one after `last`), date (the mean of its days, as
    ordinals) and the four values of the measure `name`: actual, pred, low, high.
    """
    days = pd.DataFrame(
        {
            "channel": [row["channel"] for row in rows],
            "date": [row["date"].toordinal() for row in rows],
            **{part: [row[f"{name}_{part}"] for row in rows] for part in PARTS},
        }
    ).astype(dict.fromkeys(PARTS, float))
    length = step_days(rows)
    first_ahead = last.toordinal() + 1
    days["step"] = (days["date"] - first_ahead) // length
    grouped = days.groupby(["channel", "step"])
    return grouped[list(PARTS)].median().assign(date=grouped["date"].mean()).reset_index()


def step_days(rows: Sequence[Row]) -> int:
    """Return how many days one drawn point stands for."""
    days = {row["date"] for row in rows}
    return 7 if (max(days) - min(days)).days >= WEEKLY_FROM_DAYS else 1


def _draw_strip(
    figure: Figure, points: pd.DataFrame, facets: Sequence[Facet], strip: Strip, bottom: float,
    last: date, ends: tuple[date, date],
) -> None:  # fmt: skip
    limits, lines = _limits(points), _stretches(points)
    top = bottom + _PANEL_HEIGHT
    heading = shortened(strip.heading, _LEFT - style.MARGIN, style.SMALL_SIZE, "semibold")
    style.write(figure, style.MARGIN, top + _LABEL_ABOVE, heading, size=style.SMALL_SIZE, weight="semibold")
    for place, facet in enumerate(facets):
        left, wide = _column(place, len(facets))
        panel = style.axes(figure, left, bottom, wide, _PANEL_HEIGHT)
        band, own = (frame[frame["channel"] == facet.channel] for frame in (points, lines))
        _draw_panel(panel, _with_gaps(band), own, facet.colour)
        panel.set_ylim(*limits)
        _mark_ahead(panel, last, ends)
        _mark_values(panel, strip, with_labels=place == 0)
        label = shortened(strip.labels[facet.channel], wide + _GAP / 2, style.SMALL_SIZE)
        style.write(figure, left, top + _LABEL_ABOVE, label, size=style.SMALL_SIZE)


def _draw_panel(panel: Axes, band: pd.DataFrame, lines: pd.DataFrame, colour: str) -> None:
    panel.fill_between(band["date"], band["low"], band["high"], color=colour, alpha=BAND_OPACITY, linewidth=0)
    sns.lineplot(
        lines, x="date", y="value", style="part", style_order=list(_LOOKS), dashes=_LOOKS,
        units="stretch", estimator=None, errorbar=None, color=colour, linewidth=2.5, legend=False, ax=panel,
    )  # fmt: skip
    lone = lines[lines["is_lone"]]
    panel.plot(lone["date"], lone["value"], "o", color=colour, markersize=5)


def _with_gaps(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points of one channel with an empty one for each missing step, which parts a band."""
    every = range(int(points["step"].min()), int(points["step"].max()) + 1)
    return points.set_index("step").reindex(every)


def _stretches(points: pd.DataFrame) -> pd.DataFrame:
    """Return one row per drawn point; a new stretch begins after a gap, which no line may bridge."""
    long = points.melt(["channel", "date", "step"], list(_LOOKS), var_name="part").dropna()
    is_start = long.groupby(["channel", "part"])["step"].diff().ne(1)
    long = long.assign(stretch=is_start.cumsum())
    return long.assign(is_lone=long.groupby("stretch")["step"].transform("size") == 1)


def _limits(points: pd.DataFrame) -> tuple[float, float]:
    """Return the common scale of a strip: zero, all lines, and the bands up to a limit."""
    lines = points[["actual", "pred"]].to_numpy().ravel()
    lines = np.append(lines[np.isfinite(lines)], 0.0)
    extent = float(np.ptp(lines)) or 1.0
    band = points[["low", "high"]].to_numpy().ravel()
    reach = lines.min() - _REACH * extent, lines.max() + _REACH * extent
    ends = np.concatenate([lines, np.clip(band[np.isfinite(band)], *reach)])
    low, high = float(ends.min()), float(ends.max())
    return low, high + _HEADROOM * (high - low) if high > low else 1.0


def _mark_ahead(panel: Axes, last: date, ends: tuple[date, date]) -> None:
    today, first, end = (day.toordinal() for day in (last, *ends))
    panel.set_xlim(first - 0.5, end + 0.5)
    panel.axvspan(today + 0.5, end + 0.5, color=style.WHEAT, alpha=AHEAD_OPACITY, linewidth=0, zorder=0)
    panel.axvline(today + 0.5, color=style.QUIET, linewidth=1.4)


def _mark_values(panel: Axes, strip: Strip, *, with_labels: bool) -> None:
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: strip.write(value)))
    panel.tick_params(labelleft=with_labels)
    style.grid(panel, "y")
    panel.axhline(0, color=style.QUIET, linewidth=1.2, zorder=1)


def _mark_dates(panels: Sequence[Axes], columns: int, ends: tuple[date, date], lang: Lang) -> None:
    found = marks(*ends, _column(0, columns)[1], lang)
    for place, panel in enumerate(panels):
        panel.xaxis.set_major_locator(FixedLocator([mark.day.toordinal() for mark in found]))
        panel.xaxis.set_major_formatter(FixedFormatter([mark.label for mark in found]))
        is_lowest = place >= len(panels) - columns
        panel.tick_params(axis="x", length=5, color=style.QUIET, labelbottom=is_lowest)


def _draw_names(figure: Figure, facets: Sequence[Facet]) -> None:
    for place, facet in enumerate(facets):
        left, wide = _column(place, len(facets))
        name = shortened(facet.channel, wide + _GAP / 2, style.BODY_SIZE, "semibold")
        style.write(figure, left, _NAMES_Y, name, weight="semibold")


def _draw_key(figure: Figure, last: date, lang: Lang) -> None:
    first_ahead = day_label(last + timedelta(days=1), lang, with_year=True)
    handles = {
        ACTUAL[lang]: Line2D([], [], color=style.INK, linewidth=2.6),
        PREDICTED[lang]: Line2D([], [], color=style.INK, linewidth=2.6, linestyle=(0, _LOOKS["pred"])),
        BAND[lang]: Patch(color=style.INK, alpha=BAND_OPACITY, linewidth=0),
        AHEAD.format(day=first_ahead)[lang]: Patch(color=style.WHEAT, alpha=2 * AHEAD_OPACITY, linewidth=0),
    }
    key = figure.legend(
        list(handles.values()), list(handles), ncols=len(handles), frameon=False, loc="lower left",
        bbox_to_anchor=(style.MARGIN / style.WIDTH, style.SUBTITLE_Y / style.HEIGHT), borderaxespad=0,
        borderpad=0, handlelength=2.2, handletextpad=0.5, columnspacing=1.6,
        prop={"family": FAMILIES["regular"], "size": style.SMALL_SIZE}, labelcolor=style.QUIET,
    )  # fmt: skip
    for label in key.get_texts():
        label.set_parse_math(False)


def _column(place: int, columns: int) -> tuple[float, float]:
    """Return the left edge and the width of a column of panels."""
    wide = (_RIGHT - _LEFT - (columns - 1) * _GAP) / columns
    return _LEFT + place * (wide + _GAP), wide
