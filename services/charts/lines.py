"""Actual and predicted lines: a small panel for each channel, a strip of panels for each measure.

Six noisy daily lines in one panel are unreadable. So every channel has its own panel on the common scale of
its strip, and long histories are drawn as the median of each seven days. (A mean of daily ratios would weight
a day almost without spend like any other.) The seven days are counted from the last day of data, so that no
point mixes actual and forecast days.
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
from matplotlib.ticker import MaxNLocator

from services.charts import style
from services.charts.dates import day_label, marks
from services.charts.typeface import FAMILIES, fitted, shortened
from services.text import Lang, Text
from services.views import Row

BAND_OPACITY = 0.18
AHEAD_OPACITY = 0.12
WEEKLY_FROM_DAYS = 49  # shorter periods are drawn day by day
PARTS = ("actual", "pred", "low", "high")

_LEFT, _RIGHT, _GAP = 1.55, style.WIDTH - 0.2, 0.24  # all in inches
_PANEL_HEIGHT = 1.3
_BOTTOMS = (2.85, 0.92)
_NAMES_Y, _LABEL_ABOVE = 4.66, 0.17
_DATES_Y, _TICK = 0.567, 5 / 72
_LOOKS: dict[str, Any] = {"actual": "", "pred": (2.6, 1.4)}  # dashes, in line widths
_HEADROOM = 0.05
_REACH = 0.6  # an interval may extend the scale beyond the lines by this share of their range

ACTUAL = Text(en="actual", ru="факт")
PREDICTED = Text(en="predicted", ru="прогноз")
BAND = Text(en="range for 80\u00a0% of days", ru="диапазон для 80\u00a0% дней")
AHEAD = Text(en="still ahead: from {day}", ru="ещё впереди: с {day}")
FOOT_DAYS = Text(
    en="Numbers: last 28 days → forecast (≈: no clear change).",
    ru="Числа: прошлые 28 дней → впереди (≈: без явных перемен).",
)
FOOT_WEEKS = Text(
    en="Lines: median of 7 days. Numbers: last 28 days → forecast (≈: no clear change).",
    ru="Линии — медиана 7 дней; числа: прошлые 28 → впереди (≈: без перемен).",
)


@dataclass(frozen=True, slots=True)
class Facet:
    """A channel, drawn as a column of panels."""

    channel: str
    colour: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A measure, drawn as a strip of panels.

    `name` is the prefix of its values in a row (`name_actual`, `_pred`, `_low`, `_high`).
    `labels` are the texts above the panels, by channel.
    """

    name: str
    heading: str
    write: Callable[[float | None], str]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Panels:
    """The layout of the panels of a strip, in inches from the left edge of the first panel."""

    channels: Sequence[str]
    first: date
    last: date

    @property
    def wide(self) -> float:
        """The width of a panel in inches."""
        count = len(self.channels)
        return (_RIGHT - _LEFT - (count - 1) * _GAP) / count

    @property
    def lefts(self) -> list[float]:
        """The left edges of the panels."""
        return [place * (self.wide + _GAP) for place in range(len(self.channels))]

    @property
    def day(self) -> float:
        """The width of a day in inches."""
        return self.wide / ((self.last - self.first).days + 1)

    def place(self, day: date) -> float:
        """Return the position of the middle of `day` in a panel, in inches from its left edge."""
        return (day.toordinal() - self.first.toordinal() + 0.5) * self.day

    def places(self, channels: pd.Series[str], days: pd.Series[float]) -> pd.Series[float]:
        """Return the positions in the strip of days (as ordinals) in the panels of their channels."""
        lefts = dict(zip(self.channels, self.lefts, strict=True))
        return channels.map(lefts).astype(float) + (days - self.first.toordinal() + 0.5) * self.day


def draw_lines(
    figure: Figure, rows: Sequence[Row], facets: Sequence[Facet], strips: Sequence[Strip],
    last: date, lang: Lang,
) -> None:  # fmt: skip
    """Draw two strips of panels; `last` is the last day of data, and all days after it are forecast."""
    _draw_key(figure, last, lang)
    foot = FOOT_DAYS if step_days(rows) == 1 else FOOT_WEEKS
    style.write_quietly(figure, style.MARGIN, style.FOOT_Y, foot[lang])
    days = [row["date"] for row in rows]
    panels = _Panels([facet.channel for facet in facets], min(days), max(days))
    room = panels.wide + _GAP / 2
    names = fitted(panels.channels, room, style.BODY_SIZE, "semibold", fold_to=style.FOLDED_SIZE)
    for name, left in zip(names, panels.lefts, strict=True):
        style.write_name(figure, _LEFT + left, _NAMES_Y, name)
    dates = _dates(panels, lang)
    for strip, bottom in zip(strips, _BOTTOMS, strict=True):
        points = median_days(rows, strip.name, last)
        _mark_dates(_draw_strip(figure, points, facets, strip, bottom, panels, last), dates)
    for x, label in dates:
        style.write_quietly(figure, _LEFT + x, _DATES_Y, label, "center")


def median_days(rows: Sequence[Row], name: str, last: date) -> pd.DataFrame:
    """Return the medians of the measure `name` over steps of 7 days (1 day for short histories).

    The columns are channel, step (0 is the first step after `last`), date (the mean of its days, as
    an ordinal), actual, pred, low and high.
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
    """Return the number of days per drawn point."""
    days = {row["date"] for row in rows}
    return 7 if (max(days) - min(days)).days >= WEEKLY_FROM_DAYS else 1


def _draw_strip(
    figure: Figure, points: pd.DataFrame, facets: Sequence[Facet], strip: Strip, bottom: float,
    panels: _Panels, last: date,
) -> Axes:  # fmt: skip
    """Draw one measure: all its panels share one `Axes`, with x in inches."""
    axes = style.axes(figure, _LEFT, bottom, _RIGHT - _LEFT, _PANEL_HEIGHT)
    points = points.assign(x=panels.places(points["channel"], points["date"]))
    axes.set_xlim(0, _RIGHT - _LEFT)
    axes.set_ylim(*_limits(points))
    for facet in facets:
        band = _with_gaps(points[points["channel"] == facet.channel])
        axes.fill_between(
            band["x"], band["low"], band["high"], color=facet.colour, alpha=BAND_OPACITY, linewidth=0
        )
    _draw_stretches(axes, _stretches(points), {facet.channel: facet.colour for facet in facets})
    _mark_ahead(axes, panels, last)
    _mark_values(axes, panels, strip)
    _write_labels(figure, bottom + _PANEL_HEIGHT + _LABEL_ABOVE, panels, strip)
    return axes


def _draw_stretches(axes: Axes, lines: pd.DataFrame, colours: dict[str, str]) -> None:
    if lines.empty:  # seaborn warns about an empty frame
        return
    sns.lineplot(
        lines, x="x", y="value", hue="channel", palette=colours, style="part", style_order=list(_LOOKS),
        dashes=_LOOKS, units="stretch", estimator=None, errorbar=None, linewidth=2.5, legend=False, ax=axes,
    )  # fmt: skip
    lone = lines[lines["is_lone"]]
    axes.scatter(lone["x"], lone["value"], s=25, c=lone["channel"].map(colours), linewidths=0, zorder=2)


def _with_gaps(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points of one channel with a NaN row for each missing step, which interrupts the band."""
    every = range(int(points["step"].min()), int(points["step"].max()) + 1)
    return points.set_index("step").reindex(every)


def _stretches(points: pd.DataFrame) -> pd.DataFrame:
    """Return one row per drawn point; a new stretch begins after a gap, so that no line crosses it."""
    long = points.melt(["channel", "x", "step"], list(_LOOKS), var_name="part").dropna()
    is_start = long.groupby(["channel", "part"])["step"].diff().ne(1)
    long = long.assign(stretch=is_start.cumsum())
    return long.assign(is_lone=long.groupby("stretch")["step"].transform("size") == 1)


def _limits(points: pd.DataFrame) -> tuple[float, float]:
    """Return the limits of a strip's common scale: zero, all lines, and the intervals up to a maximum."""
    lines = points[["actual", "pred"]].to_numpy().ravel()
    lines = np.append(lines[np.isfinite(lines)], 0.0)
    extent = float(np.ptp(lines)) or 1.0
    band = points[["low", "high"]].to_numpy().ravel()
    reach = lines.min() - _REACH * extent, lines.max() + _REACH * extent
    ends = np.concatenate([lines, np.clip(band[np.isfinite(band)], *reach)])
    low, high = float(ends.min()), float(ends.max())
    return low, high + _HEADROOM * (high - low) if high > low else 1.0


def _mark_ahead(axes: Axes, panels: _Panels, last: date) -> None:
    inside = panels.place(last) + panels.day / 2
    begins = [left + inside for left in panels.lefts]
    heights = axes.get_xaxis_transform()
    axes.broken_barh(
        [(x, panels.wide - inside) for x in begins], (0, 1), transform=heights, color=style.WHEAT,
        alpha=AHEAD_OPACITY, linewidth=0, zorder=0,
    )  # fmt: skip
    axes.vlines(begins, 0, 1, transform=heights, color=style.QUIET, linewidth=1.4)


def _mark_values(axes: Axes, panels: _Panels, strip: Strip) -> None:
    low, high = axes.get_ylim()
    ticks = [y for y in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= y <= high]
    axes.set_yticks(ticks, [strip.write(tick) for tick in ticks])
    across = [(y, left, left + panels.wide) for y in ticks for left in panels.lefts]
    axes.hlines(*zip(*across, strict=True), color=style.LINE, linewidth=1.2, zorder=0.5)
    ends = [left + panels.wide for left in panels.lefts]
    axes.hlines([0] * len(ends), panels.lefts, ends, color=style.QUIET, linewidth=1.2, zorder=1)


def _dates(panels: _Panels, lang: Lang) -> list[tuple[float, str]]:
    """Return the positions and labels of the date ticks of all panels."""
    found = marks(panels.first, panels.last, panels.wide, lang)
    return [(left + panels.place(mark.day), mark.label) for left in panels.lefts for mark in found]


def _mark_dates(axes: Axes, dates: Sequence[tuple[float, str]]) -> None:
    # Ticks of matplotlib would take most of a strip's time: each has two lines and two texts.
    axes.set_xticks([])
    axes.vlines(
        [x for x, _ in dates], -_TICK / _PANEL_HEIGHT, 0, transform=axes.get_xaxis_transform(),
        color=style.QUIET, linewidth=0.8, clip_on=False,
    )  # fmt: skip


def _write_labels(figure: Figure, y: float, panels: _Panels, strip: Strip) -> None:
    heading = shortened(strip.heading, _LEFT - style.MARGIN, style.SMALL_SIZE, "semibold")
    style.write(figure, style.MARGIN, y, heading, size=style.SMALL_SIZE, weight="semibold")
    for channel, left in zip(panels.channels, panels.lefts, strict=True):
        label = shortened(strip.labels[channel], panels.wide + _GAP / 2, style.SMALL_SIZE)
        style.write(figure, _LEFT + left, y, label, size=style.SMALL_SIZE)


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
