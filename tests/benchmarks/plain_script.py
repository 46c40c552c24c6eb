"""The four pictures as a plain script draws them: pyplot, seaborn, `savefig`; it computes nothing.

Its data are handed to it ready to draw: the points of the lines, the bars and their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from services.charts.lines import PARTS, median_days
from services.charts.style import INK, LINE, QUIET, WHEAT
from services.dashboards import daily, reach_ctr, roi_timeseries

DPI = 300
SIZE = (12, 6)


@dataclass(frozen=True, slots=True)
class Lines:
    """The points of one measure: long rows of channel, day, part and value, and the bands."""

    name: str
    title: str
    points: pd.DataFrame
    bands: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything that is drawn."""

    roi: pd.DataFrame
    budget: pd.DataFrame
    lines: Mapping[str, Sequence[Lines]]
    channels: Sequence[str]
    colours: Mapping[str, str]
    last: date


def prepare(rows: Mapping[str, Sequence[Mapping[str, Any]]], colours: Mapping[str, str]) -> Pictures:
    """Take from the rows of a snapshot what its pictures show."""
    measures = {"roi-timeseries": roi_timeseries.MEASURES, "reach-ctr-timeseries": reach_ctr.MEASURES}
    of_days = rows["roi-timeseries"]
    channels = list(dict.fromkeys(row["channel"] for row in of_days))[: daily.MOST_PANELS]
    last = max(row["date"] for row in of_days if row["roi_actual"] is not None)
    shown = {slug: _recent(rows[slug], channels, last) for slug in measures}
    return Pictures(
        roi=pd.DataFrame(rows["roi-forecast"]),
        budget=pd.DataFrame(rows["budget-recommendations"]).astype(
            dict.fromkeys(("recommended_budget", "current_budget"), float)
        ),
        lines={
            slug: [_lines(shown[slug], m.name, m.title.en, last) for m in found]
            for slug, found in measures.items()
        },
        channels=channels,
        colours=colours,
        last=last,
    )


def draw_all(pictures: Pictures) -> list[bytes]:
    """Draw the four pictures, one after the other."""
    mpl.use("Agg")
    return [
        _saved(lambda: _roi(pictures)),
        *(_saved(partial(_days, pictures, strips)) for strips in pictures.lines.values()),
        _saved(lambda: _budget(pictures)),
    ]


def _saved(draw: Callable[[], Any]) -> bytes:
    figure = draw()
    file = BytesIO()
    figure.savefig(file, dpi=DPI, bbox_inches="tight")
    plt.close(figure)
    return file.getvalue()


def _roi(pictures: Pictures) -> Any:
    rows = pictures.roi
    figure, axes = plt.subplots(figsize=SIZE)
    sns.barplot(rows, x="roi_forecast", y="channel", hue="channel", palette=dict(pictures.colours), ax=axes)
    for place, (value, low, high) in enumerate(
        zip(rows["roi_forecast"], rows["roi_low"], rows["roi_high"], strict=True)
    ):
        axes.plot([low, high], [place, place], color=INK, marker="|", markersize=15, linewidth=2.6)
        axes.text(1.02, place, f"{value:.0%}", transform=axes.get_yaxis_transform(), va="center")
        axes.text(1.1, place, f"{low:.0%}–{high:.0%}", transform=axes.get_yaxis_transform(), va="center")
    axes.set(title="ROI forecast by channel", xlabel="ROI", ylabel="")
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    axes.axvline(0, color=INK)
    axes.grid(visible=True, axis="x", color=LINE)
    return figure


def _days(pictures: Pictures, strips: Sequence[Lines]) -> Any:
    figure, panels = plt.subplots(
        len(strips), len(pictures.channels), figsize=SIZE, sharex=True, sharey="row", squeeze=False
    )
    ahead = pictures.last.toordinal() + 0.5
    for row, strip in zip(panels, strips, strict=True):
        for panel, channel in zip(row, pictures.channels, strict=True):
            points = strip.points[strip.points["channel"] == channel]
            band = strip.bands[strip.bands["channel"] == channel]
            colour = pictures.colours[channel]
            panel.fill_between(band["date"], band["low"], band["high"], color=colour, alpha=0.18, linewidth=0)
            sns.lineplot(
                points, x="date", y="value", style="part", color=colour, linewidth=2.5, legend=False, ax=panel
            )
            panel.axvspan(ahead, band["date"].max() + 3, color=WHEAT, alpha=0.12, linewidth=0)
            panel.axvline(ahead, color=QUIET)
            panel.axhline(0, color=QUIET)
            panel.grid(visible=True, axis="y", color=LINE)
            panel.set(title=channel, xlabel="", ylabel=strip.title if channel == pictures.channels[0] else "")
            panel.set_xticks([band["date"].min(), ahead], labels=["start", "ahead"])
    figure.suptitle(" and ".join(strip.title for strip in strips) + ": actual and predicted")
    handles = [mpl.lines.Line2D([], [], color=INK), mpl.lines.Line2D([], [], color=INK, linestyle="--")]
    figure.legend(handles, ["actual", "predicted"], ncols=2, loc="lower left", frameon=False)
    return figure


def _budget(pictures: Pictures) -> Any:
    rows = pictures.budget
    figure, (pie, amounts, roi) = plt.subplots(1, 3, figsize=SIZE)
    colours = [pictures.colours[channel] for channel in rows["channel"]]
    pie.pie(rows["recommended_budget"], colors=colours, autopct="%.0f %%", startangle=90, counterclock=False)
    long = rows.melt(
        "channel", ["current_budget", "recommended_budget"], var_name="when", value_name="amount"
    )
    sns.barplot(long, x="amount", y="channel", hue="when", ax=amounts)
    sns.barplot(rows, x="roi_pred", y="channel", hue="channel", palette=dict(pictures.colours), ax=roi)
    for place, row in enumerate(rows.itertuples()):
        for x, words in (
            (1.02, f"{row.recommended_budget:,.0f}"),
            (1.2, f"{row.effect_p10} … {row.effect_p90}"),
        ):
            roi.text(x, place, words, transform=roi.get_yaxis_transform(), va="center")
    figure.suptitle("Recommended budget by channel")
    return figure


def _recent(rows: Sequence[Mapping[str, Any]], channels: Sequence[str], last: date) -> list[Any]:
    first = last.toordinal() - daily.SHORT_PAST_DAYS
    return [row for row in rows if row["channel"] in channels and row["date"].toordinal() > first]


def _lines(rows: Sequence[Any], name: str, title: str, last: date) -> Lines:
    points = median_days(rows, name, last)
    long = points.melt(["channel", "date"], list(PARTS[:2]), var_name="part").dropna()
    return Lines(name, title, long, points[["channel", "date", "low", "high"]])
