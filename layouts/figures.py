"""The two plotly charts of the Overview, as plain dictionaries.

Ticks and hover texts are formatted here and not by plotly, to match the rest of the page. Backgrounds are
transparent, and `assets/30_overview.css` sets the colours of texts and lines, so a change of theme needs no
new figure. Plotly interprets some markup in texts, so names from campaign files are escaped.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

from layouts import numbers, words
from layouts.reader import Reader
from layouts.unfinished import note
from services.text import NO_BREAK_SPACE, Lang, Text, compact, money, percent
from services.views import ChannelPerformance, TrendPoint, UnfinishedDay
from services.worth import best_and_worst

Figure = dict[str, Any]

REVENUE_COLOUR = "#2F8F68"  # readable on the backgrounds of both themes
SPEND_COLOUR = "#B97F08"
HATCH_COLOUR = "#7A877F"
HOVER_DAY = Text(en="%-d %b %Y", ru="%-d %b %Y")  # in the format of d3
HOVER_WEEK = Text(en="7 days from %-d %b %Y", ru="7 дней с %-d %b %Y")
NO_ROWS = Text(en="No rows in this period.", ru="В этом периоде нет данных.")
NO_ROI = Text(
    en="No ROI: that takes spend and revenue in the data.",
    ru="ROI нет: для него в данных нужны и расход, и выручка.",
)
NO_MONEY = Text(
    en="Neither spend nor revenue is recorded in this period.",
    ru="В этом периоде не записаны ни расход, ни выручка.",
)
BEFORE = Text(en="{name} then", ru="{name} тогда")
MOST_CHANNELS = 8
DAYS_WITH_DAY_TICKS = 120
MOST_DATES = 6
DAY_MS = 86_400_000

_TICKS_WANTED = 4
_FONT = {"family": "Demetra Inter, system-ui, sans-serif", "size": 12}
_NAME_LENGTH = 18
_LABEL_MARGIN = 64  # pixels beside the bars, for their values


def config(lang: Lang) -> dict[str, Any]:
    """Return plotly's settings: no tool bar, resized with its card, month names in the reader's language."""
    months = [month.capitalize() if lang == "en" else month for month in numbers.MONTHS[lang]]
    return {
        "displayModeBar": False,
        "responsive": True,
        "doubleClick": False,
        "locale": lang,
        "locales": {lang: {"dictionary": {}, "format": {"shortMonths": months, "months": months}}},
    }


def trend(
    points: Sequence[TrendPoint],
    step_days: int,
    reader: Reader,
    unrecorded: Collection[str] = (),
    unfinished: Sequence[UnfinishedDay] = (),
    before: Sequence[TrendPoint] = (),
) -> Figure:
    """Return the lines of revenue and spend, labelled at their ends; a gap where one is not recorded.

    The steps `before`, which the period is compared with, are dotted lines, each step below that of the same
    number in the period. A sum in `unrecorded` has no line: a line at 0 would look like a measurement. Steps
    with days that are still coming in are hatched.
    """
    if not points:
        return _empty(NO_ROWS[reader.lang])
    drawn = {
        "revenue": (words.REVENUE, REVENUE_COLOUR, [_number(point.totals.revenue) for point in points]),
        "cost": (words.SPEND, SPEND_COLOUR, [_number(point.totals.cost) for point in points]),
    }
    lines = [
        line
        for name, line in drawn.items()
        if name not in unrecorded and any(value is not None for value in line[2])
    ]
    if not lines:
        return _empty(NO_MONEY[reader.lang])
    dates = [point.date for point in points]
    compared = [
        (name, colour, [_number(getattr(point.totals, of)) for point in before[: len(points)]])
        for of, (name, colour, _) in drawn.items()
        if of not in unrecorded
    ]
    known = [value for _, _, values in (*lines, *compared) for value in values if value is not None]
    ticks = nice_ticks(min(0.0, *known), max(known))
    layout = _layout(
        margin={"l": _left_margin(ticks, reader.lang), "r": 70, "t": 10, "b": 30},
        hovermode="x unified",
        xaxis=_date_axis(dates, step_days, reader.lang),
        yaxis=_value_axis(ticks, lambda value: compact(value, reader.lang), low=ticks[0], high=ticks[-1]),
        annotations=_end_labels(lines, dates, reader.lang, span=ticks[-1] - ticks[0]),
    )
    traces = [_line(name[reader.lang], colour, dates, values, reader) for name, colour, values in lines]
    hatched = _hatched(dates, step_days, unfinished, top=ticks[-1], lang=reader.lang)
    dotted = [_dotted(name, colour, dates, values, before, reader) for name, colour, values in compared]
    return {"data": [*hatched, *(dotted if before else ()), *traces], "layout": layout}


def _dotted(
    name: Text,
    colour: str,
    dates: Sequence[date],
    values: Sequence[float | None],
    before: Sequence[TrendPoint],
    reader: Reader,
) -> dict[str, Any]:
    """Return the line of what the period is compared with; the hover text has its own date."""
    hover = [
        f"{numbers.span(point.date, point.date, reader.lang)}: {money(value, reader.currency, reader.lang)}"
        for point, value in zip(before, values, strict=False)
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": BEFORE.format(name=name)[reader.lang],
        "x": [day.isoformat() for day, _ in zip(dates, values, strict=False)],
        "y": list(values),
        "line": {"color": colour, "width": 1.5, "dash": "dot"},
        "opacity": 0.7,
        "customdata": hover,
        "hovertemplate": "%{customdata}",
    }


def _hatched(
    dates: Sequence[date], step_days: int, unfinished: Sequence[UnfinishedDay], *, top: float, lang: Lang
) -> list[dict[str, Any]]:
    """Return the hatched area over the steps with unfinished days, with a note on each; or nothing."""
    notes: dict[date, str] = {}
    for day in unfinished:
        step = max((start for start in dates if start <= day.date), default=None)
        if step is not None and (day.date - step).days < step_days:
            notes.setdefault(step, note(day, lang))
    if not notes:
        return []
    before = [start for start in dates if start < min(notes)][-1:]
    x = [*before, *sorted(notes)]
    return [
        {
            "type": "scatter",
            "mode": "none",
            "name": "",
            "x": [start.isoformat() for start in x],
            "y": [top] * len(x),
            "fill": "tozeroy",
            "fillcolor": "rgba(122,135,127,0.10)",
            "fillpattern": {
                "shape": "/",
                "fgcolor": HATCH_COLOUR,
                "fgopacity": 0.6,
                "size": 7,
                "solidity": 0.2,
            },
            "customdata": [notes.get(start, "") for start in x],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
    ]


def roi_by_channel(
    channels: Sequence[ChannelPerformance], colours: Mapping[int, str], reader: Reader
) -> Figure:
    """Return bars of the channels' ROI, best at the top, with intervals; of many, those at both ends."""
    known = [channel for channel in best_first(channels) if channel.totals.roi is not None]
    shown = best_and_worst(known, MOST_CHANNELS)
    if not shown:
        return _empty((NO_ROI if channels else NO_ROWS)[reader.lang])
    bounds = [v for c in shown for v in (c.totals.roi, c.roi_low, c.roi_high) if v is not None]
    layout = _bar_layout(shown, bounds, lambda value: percent(value, reader.lang))
    layout["annotations"] = _labels([percent(c.totals.roi, reader.lang) for c in shown])
    # In one trace, an unknown interval would be drawn with zero width.
    placed = list(enumerate(shown))
    groups = [[(row, c) for row, c in placed if _has_interval(c) is known] for known in (True, False)]
    return {"data": [_bars(group, colours, reader) for group in groups if group], "layout": layout}


def cost_by_channel(
    channels: Sequence[ChannelPerformance], colours: Mapping[int, str], reader: Reader
) -> Figure:
    """Return bars of the cost per conversion, the lowest at the top; of many, those at both ends."""
    known = [(float(c.totals.acquisition_cost), c) for c in channels if c.totals.acquisition_cost is not None]
    shown = best_and_worst(sorted(known, key=lambda pair: (pair[0], pair[1].channel)), MOST_CHANNELS)
    if not shown:
        return _empty(NO_ROWS[reader.lang])
    costs, ranked = [cost for cost, _ in shown], [channel for _, channel in shown]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": costs,
        "y": list(range(len(shown))),
        "marker": {"color": [colours.get(c.position, REVENUE_COLOUR) for c in ranked]},
        "customdata": [_hover_cost(channel, cost, reader) for cost, channel in shown],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout = _bar_layout(ranked, costs, lambda value: compact(value, reader.lang))
    layout["annotations"] = _labels([money(cost, escape(reader.currency), reader.lang) for cost in costs])
    return {"data": [trace], "layout": layout}


def _labels(values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the values of the bars as a column at the right, from the top down."""
    at_the_right = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 6, "showarrow": False}
    return [{**at_the_right, "y": row, "text": value} for row, value in enumerate(values)]


def _hover_cost(channel: ChannelPerformance, cost: float, reader: Reader) -> str:
    name = escape(channel.channel, quote=False)
    return f"<b>{name}</b><br>{money(cost, escape(reader.currency), reader.lang)}"


def _bar_layout(
    shown: Sequence[ChannelPerformance], bounds: Sequence[float], write: Callable[[float], str]
) -> dict[str, Any]:
    """Return the layout of one bar per channel, with an axis that includes 0 and all `bounds`."""
    low, high = min(0.0, *bounds), max(0.0, *bounds)
    ticks, edge = nice_ticks(low, high), 0.03 * (high - low or 1.0)
    return _layout(
        margin={"l": 12, "r": _LABEL_MARGIN, "t": 8, "b": 30},
        hovermode="closest",
        bargap=0.42,
        barmode="overlay",  # each row has one bar
        xaxis=_value_axis(ticks, write, low=low - edge, high=high + edge),
        yaxis={
            "tickvals": list(range(len(shown))),
            "ticktext": short_names([c.channel for c in shown]),
            "range": [max(len(shown), 4) - 0.5, -0.5],
            "automargin": True,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "ticklabelstandoff": 6,
        },
    )


def best_first(channels: Sequence[ChannelPerformance]) -> list[ChannelPerformance]:
    """Return the channels by descending ROI; those without one come last."""
    return sorted(channels, key=lambda c: -math.inf if c.totals.roi is None else c.totals.roi, reverse=True)


def nice_ticks(low: float, high: float) -> list[float]:
    """Return evenly spaced round numbers that enclose `low` and `high`.

    Steps are 1, 2 or 5 times a power of ten (Heckbert 1990, "Nice numbers for graph labels").
    """
    width = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(width / _TICKS_WANTED))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(width / s - _TICKS_WANTED))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, max(last, first + 1) + 1)]


def _left_margin(ticks: Sequence[float], lang: Lang) -> int:
    """Return the pixels that the widest label of a value axis needs; «100 тыс.» is wider than “100 k”."""
    widest = max(len(compact(tick, lang)) for tick in ticks)
    return max(46, 14 + 7 * widest)


def short_names(names: Sequence[str]) -> list[str]:
    """Return channels' names as axis labels for plotly: markup escaped, long names cut.

    A name is cut at its end, or in the middle if another name begins the same way.
    """
    short = [_cut(name, _NAME_LENGTH - 1) for name in names]
    alike = Counter(short)
    return [
        escape(one if alike[one] == 1 else _cut(name, _NAME_LENGTH // 2), quote=False)
        for name, one in zip(names, short, strict=True)
    ]


def _cut(name: str, first: int) -> str:
    """Return a name cut to `_NAME_LENGTH`: its first `first` characters, and as many of its last as fit."""
    if len(name) <= _NAME_LENGTH:
        return name
    last = _NAME_LENGTH - 1 - first
    return f"{name[:first].rstrip()}…{name[len(name) - last :].lstrip()}"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _line(
    name: str, colour: str, dates: Sequence[date], values: list[float | None], reader: Reader
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": _mode(values),
        "name": name,
        "x": [day.isoformat() for day in dates],
        "y": values,
        "line": {"color": colour, "width": 2.25},
        "marker": {"color": colour, "size": 8},
        "customdata": [money(value, escape(reader.currency), reader.lang) for value in values],
        "hovertemplate": "%{customdata}",
    }


def _mode(values: Sequence[float | None]) -> str:
    """Return how plotly draws values: with markers if one stands alone, since a line would not show it."""
    padded = [None, *values, None]
    alone = any(
        value is not None and before is None and after is None
        for before, value, after in zip(padded, values, padded[2:], strict=False)
    )
    return "lines" if not alone else "markers" if len(values) == 1 else "lines+markers"


def _bars(
    placed: Sequence[tuple[int, ChannelPerformance]], colours: Mapping[int, str], reader: Reader
) -> dict[str, Any]:
    """Return one trace of bars, with intervals if these channels have them."""
    rows, shown = zip(*placed, strict=True)
    error = {
        "type": "data",
        "symmetric": False,
        "array": [_reach(c.roi_high, c.totals.roi) for c in shown],
        "arrayminus": [_reach(c.totals.roi, c.roi_low) for c in shown],
        "thickness": 1.5,
        "width": 4,
        "color": "#7A877F",
    }
    return {
        "type": "bar",
        "orientation": "h",
        "x": [c.totals.roi or 0.0 for c in shown],
        "y": list(rows),
        "marker": {"color": [colours.get(c.position, REVENUE_COLOUR) for c in shown]},
        "meta": [c.position for c in shown],  # a click opens the channel
        "customdata": [_hover_roi(c, reader) for c in shown],
        "hovertemplate": "%{customdata}<extra></extra>",
    } | ({"error_x": error} if _has_interval(shown[0]) else {})


def _has_interval(channel: ChannelPerformance) -> bool:
    return channel.roi_low is not None and channel.roi_high is not None


def _reach(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(0.0, high - low)


def _hover_roi(channel: ChannelPerformance, reader: Reader) -> str:
    lang = reader.lang
    said = f"<b>{escape(channel.channel, quote=False)}</b><br>ROI {percent(channel.totals.roi, lang)}"
    if channel.roi_low is None or channel.roi_high is None:
        return said
    low, high = percent(channel.roi_low, lang), percent(channel.roi_high, lang)
    return f"{said}<br>80{NO_BREAK_SPACE}%: {low} … {high}"


def _end_labels(
    lines: Sequence[tuple[Text, str, list[float | None]]], dates: Sequence[date], lang: Lang, *, span: float
) -> list[dict[str, Any]]:
    """Label each line at its last known value; labels of lines that end close together are moved apart."""
    ends = [
        (
            name,
            colour,
            *[(day, value) for day, value in zip(dates, values, strict=True) if value is not None][-1],
        )
        for name, colour, values in lines
    ]
    highest_first = sorted(ends, key=lambda end: end[3], reverse=True)
    gap = (highest_first[0][3] - highest_first[-1][3]) / span if span else 1.0
    shift = 0 if len(ends) == 1 or gap > 0.1 else 8
    return [
        {
            "x": day.isoformat(),
            "y": value,
            "text": f"<b>{name[lang]}</b>",
            "font": {"color": colour, "size": 12},
            "showarrow": False,
            "xanchor": "left",
            "xshift": 6,
            "yshift": yshift,
        }
        for (name, colour, day, value), yshift in zip(highest_first, (shift, -shift), strict=False)
    ]


def _date_axis(dates: Sequence[date], step_days: int, lang: Lang) -> dict[str, Any]:
    days = (dates[-1] - dates[0]).days
    # By default, the axis of a few days would show each date twice.
    ticks = {"nticks": MOST_DATES} if days >= MOST_DATES else {"dtick": DAY_MS}
    return {
        "type": "date",
        "range": [dates[0].isoformat(), dates[-1].isoformat()],  # without it the labels widen the axis
        "tickformat": "%-d %b" if days <= DAYS_WITH_DAY_TICKS else "%b %Y",
        **ticks,
        "tickangle": 0,
        "showgrid": False,
        "fixedrange": True,
        "hoverformat": HOVER_DAY[lang] if step_days == 1 else HOVER_WEEK[lang],
        "spikecolor": "#7A877F",
        "spikethickness": 1,
        "spikedash": "dot",
        "ticks": "",
        "ticklabelstandoff": 7,  # otherwise the first date overlaps the 0 of the other axis
    }


def _value_axis(
    ticks: Sequence[float], write: Callable[[float], str], *, low: float, high: float
) -> dict[str, Any]:
    return {
        "tickvals": list(ticks),
        "ticktext": [write(value) for value in ticks],
        "range": [low, high],
        "fixedrange": True,
        "zeroline": True,
        "zerolinewidth": 1,
        "ticklabelstandoff": 4,
        "tickangle": 0,
    }


def _layout(**own: Any) -> dict[str, Any]:
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": _FONT,
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "uirevision": "keep",
        **own,
    }


def _empty(words: str) -> Figure:
    note = {"text": words, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return {
        "data": [],
        "layout": _layout(xaxis={"visible": False}, yaxis={"visible": False}, annotations=[note]),
    }
