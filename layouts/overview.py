"""The Overview tab: key figures of a period, trend, channels and recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import advice, figures, ids, incomplete, kpis, numbers, tables, words
from layouts.elements import aria
from layouts.reader import Drawn, Reader
from services.text import Lang, Text
from services.views import ChannelPerformance, Column, Overview, Row

ALL = 0
DEFAULT_DAYS = 28
CHANNEL_ROWS = 8
PERIODS: tuple[tuple[int, Text], ...] = (
    (7, Text(en="7 d", ru="7 дн.")),
    (28, Text(en="28 d", ru="28 дн.")),
    (90, Text(en="90 d", ru="90 дн.")),
    (ALL, Text(en="all", ru="всё")),
)
PERIOD = Text(en="Period", ru="Период")
AGAINST = Text(en="{now}, against {before}", ru="{now} по сравнению с {before}")
TREND = Text(en="Spend and revenue over time", ru="Расход и выручка по времени")
BY_DAY = Text(en="{currency} per day", ru="{currency} в день")
BY_WEEK = Text(en="{currency} per week", ru="{currency} в неделю")
ROI = Text(en="ROI by channel", ru="ROI по каналам")
ROI_NOTE = Text(
    en="return above spend; line: 80\u00a0% interval",
    ru="отдача сверх расхода; чёрточка — интервал 80\u00a0%",
)
ROI_LEFT_OUT = Text(en="Shown: {shown} of {all} channels, best first", ru="Показаны лучшие: {shown} из {all}")
PERFORMANCE = Text(en="Channel performance", ru="Показатели каналов")

COLUMNS: tuple[Column, ...] = (
    Column("channel", words.CHANNEL),
    Column("spend", words.SPEND, "money"),
    Column("revenue", words.REVENUE, "money"),
    Column("roi", words.ROI, "percent"),
    Column("conversions", words.CONVERSIONS, "count"),
    Column("acquisition_cost", words.ACQUISITION_COST, "money"),
    Column("ctr", words.CTR, "percent"),
)

FIGURE_LEAVES = (
    *kpis.LEAVES,
    f"{ids.PERIOD_SPAN}.children",
    f"{ids.INCOMPLETE}.children",
    f"{ids.INCOMPLETE}.className",
    f"{ids.OVERVIEW}.className",
)
CHART_LEAVES = (
    f"{ids.TREND}.figure",
    f"{ids.TREND_STEP}.children",
    f"{ids.ROI}.figure",
    f"{ids.ROI_NOTE}.children",
)
TABLE_LEAVES = (*tables.leaves(ids.PERFORMANCE), f"{ids.PERFORMANCE}.style_data_conditional")


def skeleton(lang: Lang) -> Component:
    """Return the tab without figures; every part has its final height."""
    return html.Div(
        [
            _period(lang),
            kpis.skeleton(lang),
            html.P(id=ids.INCOMPLETE, className="is-hidden"),
            html.Div(
                [
                    _panel(TREND[lang], ids.TREND_STEP, _graph(ids.TREND, TREND[lang], lang)),
                    _panel(ROI[lang], ids.ROI_NOTE, _graph(ids.ROI, ROI[lang], lang)),
                    _panel(
                        PERFORMANCE[lang],
                        None,
                        tables.table(ids.PERFORMANCE, lang, page_rows=CHANNEL_ROWS, with_filter=False),
                        "panel-table",
                    ),
                    _panel(advice.TITLE[lang], None, advice.skeleton(lang)),
                ],
                className="panels",
            ),
        ],
        id=ids.OVERVIEW,
        className="overview is-loading",
    )


def draw_figures(overview: Overview, reader: Reader) -> Drawn:
    """Show the key figures of a period, the days that are compared, and what the figures lack."""
    lacks = incomplete.sentence(overview, reader.lang)
    return kpis.draw(overview, reader) | {
        f"{ids.INCOMPLETE}.children": lacks,
        f"{ids.INCOMPLETE}.className": "incomplete quiet" if lacks else "is-hidden",
        f"{ids.PERIOD_SPAN}.children": _span(overview, reader.lang),
        f"{ids.OVERVIEW}.className": "overview",
    }


def draw_charts(overview: Overview, colours: Mapping[int, str], reader: Reader) -> Drawn:
    """Show the trend and the channels' ROI."""
    step = BY_DAY if overview.trend_step_days == 1 else BY_WEEK
    return {
        f"{ids.TREND}.figure": figures.trend(overview.trend, overview.trend_step_days, reader),
        f"{ids.TREND_STEP}.children": step.format(currency=reader.currency)[reader.lang],
        f"{ids.ROI}.figure": figures.roi_by_channel(overview.channels, colours, reader),
        f"{ids.ROI_NOTE}.children": _roi_note(overview, reader.lang),
    }


def draw_table(overview: Overview, colours: Mapping[int, str], reader: Reader) -> Drawn:
    """Show the figures of each channel."""
    rows = [_row(channel) for channel in overview.channels]
    marks = tables.colour_marks({c.position: colours[c.position] for c in overview.channels})
    drawn = tables.draw(ids.PERFORMANCE, COLUMNS, rows, reader)
    return drawn | {f"{ids.PERFORMANCE}.style_data_conditional": marks}


def _period(lang: Lang) -> Component:
    choice = dbc.RadioItems(
        id=ids.PERIOD,
        options=[{"label": text[lang], "value": days} for days, text in PERIODS],
        value=DEFAULT_DAYS,
        class_name="btn-group period-choice",
        input_class_name="btn-check",
        label_class_name="btn",
        label_checked_class_name="active",
        persistence=True,
        persistence_type="local",
    )
    return html.Div(
        [
            html.Div(choice, role="group", **aria(label=PERIOD[lang])),
            html.Span(id=ids.PERIOD_SPAN, className="quiet tabular", **aria(live="polite")),
        ],
        className="period",
    )


def _panel(title: str, note: str | None, content: Component, extra: str = "") -> Component:
    head: list[Component] = [html.H2(title, className="panel-title")]
    if note is not None:
        head.append(html.Span(id=note, className="quiet"))
    return html.Section([html.Div(head, className="panel-head"), content], className=f"panel {extra}".strip())


def _graph(id_: str, title: str, lang: Lang) -> Component:
    blank = {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    config: Any = figures.config(lang)
    graph = dcc.Graph(id=id_, figure=blank, config=config, responsive=True)
    # The component fills its parent, which has a fixed height.
    return html.Div(graph, className="graph", role="img", **aria(label=title))


def _span(overview: Overview, lang: Lang) -> str:
    now = numbers.span(overview.date_from, overview.date_to, lang)
    if overview.previous_from is None or overview.previous_to is None:
        return now
    before = numbers.span(overview.previous_from, overview.previous_to, lang)
    return AGAINST.format(now=now, before=before)[lang]


def _roi_note(overview: Overview, lang: Lang) -> str:
    total = len(overview.channels)
    if total <= figures.MOST_CHANNELS:
        return ROI_NOTE[lang]
    return ROI_LEFT_OUT.format(shown=figures.MOST_CHANNELS, all=total)[lang]


def _row(channel: ChannelPerformance) -> Row:
    totals = channel.totals
    return {
        "channel": channel.channel,
        "spend": totals.cost,
        "revenue": totals.revenue,
        "roi": totals.roi,
        "conversions": totals.conversions,
        "acquisition_cost": totals.acquisition_cost,
        "ctr": totals.ctr,
        tables.POSITION: channel.position,
    }
