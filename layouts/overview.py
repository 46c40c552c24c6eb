"""The Overview tab: key figures of a period, trend, channels and recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import (
    advice,
    channel_campaigns,
    channel_page,
    decision,
    figures,
    ids,
    incomplete,
    kpis,
    numbers,
    past,
    report_links,
    tables,
    unfinished,
    view_bar,
    words,
    worth,
)
from layouts.elements import aria
from layouts.reader import Drawn, Reader
from services.text import Lang, Text
from services.views import Advice, ChannelPerformance, Column, KpiName, Overview, Row

CHANNEL_ROWS = 8
TREND = Text(en="Spend and revenue over time", ru="Расход и выручка по времени")
SPEND_TREND = Text(en="Spend over time", ru="Расход по времени")
BY_DAY = Text(en="{currency} per day", ru="{currency} в день")
BY_WEEK = Text(en="{currency} per week", ru="{currency} в неделю")
DOTTED = Text(en="{step}; dotted: {before}", ru="{step}; пунктир — {before}")
ROI = Text(en="ROI by channel", ru="ROI по каналам")
ROI_NOTE = Text(
    en="return above spend; line: 80\u00a0% interval",
    ru="отдача сверх расхода; чёрточка — интервал 80\u00a0%",
)
COST = Text(en="Cost per conversion by channel", ru="Стоимость привлечения по каналам")
COST_NOTE = Text(en="{currency}; the lowest first", ru="{currency}; сначала самая низкая")
ROI_LEFT_OUT = Text(
    en="Shown: the best {half} and the worst {half} of {all} channels",
    ru="Показаны {half} лучших и {half} худших из {all}",
)
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
    *report_links.LEAVES,
    *view_bar.LEAVES,
    f"{ids.INCOMPLETE}.children",
    f"{ids.INCOMPLETE}.className",
    f"{ids.WORTH}.children",
    f"{ids.WORTH}.className",
    f"{ids.OVERVIEW}.className",
)
CHART_LEAVES = (
    f"{ids.TREND}.figure",
    f"{ids.TREND_TITLE}.children",
    f"{ids.TREND_STEP}.children",
    f"{ids.ROI}.figure",
    f"{ids.ROI_TITLE}.children",
    f"{ids.ROI_NOTE}.children",
)
TABLE_LEAVES = (*tables.leaves(ids.PERFORMANCE), f"{ids.PERFORMANCE}.style_data_conditional")


def skeleton(lang: Lang) -> Component:
    """Return the tab without figures; every part has its final height."""
    return html.Div(
        [
            view_bar.skeleton(lang),
            view_bar.crumbs(lang),
            past.advice_line(),
            decision.skeleton(lang),
            kpis.skeleton(lang),
            html.P(id=ids.INCOMPLETE, className="is-hidden"),
            html.P(id=ids.WORTH, className="is-hidden"),
            html.Div(
                [
                    _chart_panel(TREND[lang], ids.TREND_TITLE, ids.TREND_STEP, ids.TREND, lang),
                    _chart_panel(ROI[lang], ids.ROI_TITLE, ids.ROI_NOTE, ids.ROI, lang, "of-account"),
                    _panel(
                        [html.H2(PERFORMANCE[lang], className="panel-title")],
                        tables.table(ids.PERFORMANCE, lang, page_rows=CHANNEL_ROWS, with_filter=False),
                        "panel-table of-account",
                    ),
                    _panel(
                        [
                            html.H2(advice.TITLE[lang], className="panel-title"),
                            html.Span(id=ids.ADVICE_OF, className="quiet"),
                        ],
                        advice.skeleton(lang),
                        "panel-advice of-account",
                    ),
                    *channel_campaigns.skeleton(lang),
                    *channel_page.skeleton(lang),
                ],
                className="panels",
            ),
        ],
        id=ids.OVERVIEW,
        className="overview is-loading",
    )


def draw_figures(overview: Overview, reader: Reader, advice: Advice | None = None) -> Drawn:
    """Show the key figures of a period, the days that are compared, and what the figures lack.

    advice: that of the same run. Without it no change is red.
    """
    warned = frozenset[KpiName]() if advice is None else kpis.warned_of(advice, overview)
    sentences = incomplete.sentence(overview, reader), unfinished.sentence(overview, reader.lang)
    lacks, judged = " ".join(filter(None, sentences)), worth.sentence(overview, reader.lang)
    state = "overview is-channel" if overview.selection.channel else "overview"
    return {
        **kpis.draw(overview, reader, warned),
        **view_bar.draw(overview, reader.lang),
        f"{ids.INCOMPLETE}.children": lacks,
        f"{ids.INCOMPLETE}.className": "incomplete quiet" if lacks else "is-hidden",
        f"{ids.WORTH}.children": judged,
        f"{ids.WORTH}.className": "incomplete quiet" if judged else "is-hidden",
        f"{ids.OVERVIEW}.className": state,
    }


def draw_problem(why: Text, lang: Lang) -> Drawn:
    """Say why there are no figures of the days or of the channel in the address."""
    return view_bar.draw_problem(why, lang) | {f"{ids.OVERVIEW}.className": "overview has-problem"}


def draw_charts(overview: Overview, colours: Mapping[int, str], reader: Reader) -> Drawn:
    """Show the trend, and the channels' ROI; without revenue, their cost per conversion."""
    step = BY_DAY if overview.trend_step_days == 1 else BY_WEEK
    unrecorded = overview.totals.unrecorded
    title = SPEND_TREND if "revenue" in unrecorded else TREND
    return {
        f"{ids.TREND}.figure": figures.trend(
            overview.trend,
            overview.trend_step_days,
            reader,
            unrecorded,
            overview.unfinished,
            overview.trend_before,
        ),
        f"{ids.TREND_TITLE}.children": title[reader.lang],
        f"{ids.TREND_STEP}.children": _step_note(overview, step, reader),
        **_ranking(overview, colours, reader),
    }


def _ranking(overview: Overview, colours: Mapping[int, str], reader: Reader) -> Drawn:
    """Show the channels by ROI, or by cost per conversion where that is all that the data can rank."""
    lang = reader.lang
    totals = overview.totals
    if "revenue" in totals.unrecorded and totals.roi is None and totals.acquisition_cost is not None:
        figure, title = figures.cost_by_channel(overview.channels, colours, reader), COST
        note = COST_NOTE.format(currency=reader.currency)[lang]
    else:
        figure, title = figures.roi_by_channel(overview.channels, colours, reader), ROI
        note = _roi_note(overview, lang) if any(c.totals.roi is not None for c in overview.channels) else ""
    return {
        f"{ids.ROI}.figure": figure,
        f"{ids.ROI_TITLE}.children": title[lang],
        f"{ids.ROI_NOTE}.children": note,
    }


def draw_table(overview: Overview, colours: Mapping[int, str], reader: Reader) -> Drawn:
    """Show the figures of each channel; a column that the data do not have is left out."""
    rows = [_row(channel) for channel in overview.channels]
    marks = tables.colour_marks({c.position: colours[c.position] for c in overview.channels})
    absent = {kpi.name for kpi in overview.kpis if kpi.lacks}
    columns = [column for column in COLUMNS if column.name not in absent]
    drawn = tables.draw(ids.PERFORMANCE, columns, rows, reader)
    return drawn | {f"{ids.PERFORMANCE}.style_data_conditional": marks}


def _chart_panel(title: str, title_id: str, note: str, graph: str, lang: Lang, extra: str = "") -> Component:
    head = [html.H2(title, id=title_id, className="panel-title"), html.Span(id=note, className="quiet")]
    return _panel(head, _graph(graph, title, lang), extra)


def _panel(head: list[Component], content: Component, extra: str = "") -> Component:
    return html.Section([html.Div(head, className="panel-head"), content], className=f"panel {extra}".strip())


def _graph(id_: str, title: str, lang: Lang) -> Component:
    blank = {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}
    config: Any = figures.config(lang)
    graph = dcc.Graph(id=id_, figure=blank, config=config, responsive=True)
    # The component fills its parent, which has a fixed height.
    return html.Div(graph, className="graph", role="img", **aria(label=title))


def _step_note(overview: Overview, step: Text, reader: Reader) -> str:
    """Return the unit of the trend, and which days its dotted lines are of."""
    unit = step.format(currency=reader.currency)[reader.lang]
    first, last = overview.previous_from, overview.previous_to
    if first is None or last is None:
        return unit
    return DOTTED.format(step=unit, before=numbers.span(first, last, reader.lang))[reader.lang]


def _roi_note(overview: Overview, lang: Lang) -> str:
    total = len(overview.channels)
    if total <= figures.MOST_CHANNELS:
        return ROI_NOTE[lang]
    return ROI_LEFT_OUT.format(half=figures.MOST_CHANNELS // 2, all=total)[lang]


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
