"""Callbacks of the campaigns and attributes on the page of one channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from dash import Input
from dash.exceptions import PreventUpdate

from callbacks.overview import Show, View, show_view
from callbacks.page_options import from_request
from callbacks.wiring import complete, outputs, tell_run
from layouts import channel_campaigns, ids
from layouts.reader import Drawn, PageSetup
from services.errors import UnansweredError
from services.main_change import MainChange, main_change
from services.periods import Selection
from services.views import BreakdownFigure, BreakdownQuestion, Overview

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics

BY_CAMPAIGN, BY_CHANNEL = "campaign", "channel"
MOST_CAMPAIGNS = 200
Explained = Literal["revenue", "conversions", "spend"]
_EXPLAINED: tuple[Explained, ...] = ("revenue", "conversions", "spend")
MOST_VALUES = 12
MOST_SEARCHED = 200  # characters
Asked = Mapping[str, str]
"""What is searched for among the campaigns, and their order: "spend", "fall" or "rise"."""


def show_campaigns(
    asked: Asked, analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection
) -> Drawn:
    """Show the campaigns of a channel, and where the change of its revenue comes from."""
    overview = analytics.overview(selection, run_id)
    figure, noise = _compared(overview)
    question = _question(asked, selection, figure)
    try:
        found = analytics.breakdown(question, run_id)
    except UnansweredError:
        views = channel_campaigns.CampaignViews(None, figure, has_change=False, main=None)
        return channel_campaigns.draw(views, setup.reader)
    main = None if noise is None else _main_change(analytics, run_id, selection, (figure, noise))
    has_change = noise is not None and _is_beyond(overview, figure, noise)
    return channel_campaigns.draw(
        channel_campaigns.CampaignViews(found, figure, has_change, main), setup.reader
    )


def show_dimensions(analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection) -> Drawn:
    """Show the channel's figures by each attribute of the data."""
    overview = analytics.overview(selection, run_id)
    figure, noise = _compared(overview)
    names = [one.name for one in analytics.dimensions(run_id) if one.name not in (BY_CAMPAIGN, BY_CHANNEL)]
    usual = BreakdownQuestion(
        BY_CHANNEL, selection, sort=_sorted_by(overview), limit=MOST_VALUES, has_trends=False
    )
    found = [analytics.breakdown(replace(usual, by=name), run_id) for name in names]
    has_change = noise is not None and _is_beyond(overview, figure, noise)
    return channel_campaigns.draw_dimensions(found, figure, has_change, setup.reader)


def _compared(overview: Overview) -> tuple[Explained, float | None]:
    """Return the figure whose change is explained, and how much chance explains of it.

    That is revenue; without it conversions, else spend. None if the figure is not compared: the periods do
    not record the same, or days are still coming in.
    """
    kpis = {kpi.name: kpi for kpi in overview.kpis}
    figure: Explained = next((name for name in _EXPLAINED if not kpis[name].lacks), "spend")
    is_open = overview.settled_to is not None and figure != "spend"
    return figure, None if kpis[figure].previous is None or is_open else kpis[figure].noise


def _is_beyond(overview: Overview, figure: BreakdownFigure, noise: float) -> bool:
    kpi = next(kpi for kpi in overview.kpis if kpi.name == figure)
    return kpi.value is not None and kpi.previous is not None and abs(kpi.value - kpi.previous) > noise


def _sorted_by(overview: Overview) -> BreakdownFigure:
    return "conversions" if "cost" in overview.totals.unrecorded else "spend"


def _question(asked: Asked, selection: Selection, figure: BreakdownFigure) -> BreakdownQuestion:
    search = asked["search"].strip()[:MOST_SEARCHED] or None
    question = BreakdownQuestion(BY_CAMPAIGN, selection, search=search, limit=MOST_CAMPAIGNS)
    if asked["order"] not in ("fall", "rise"):
        return question
    return replace(question, sort=figure, by_change=True, ascending=asked["order"] == "fall")


def _main_change(
    analytics: Analytics, run_id: int, selection: Selection, compared: tuple[BreakdownFigure, float]
) -> MainChange | None:
    """Return where the change comes from, of all campaigns, whatever is searched for."""
    figure, noise = compared
    first = BreakdownQuestion(BY_CAMPAIGN, selection, sort=figure, by_change=True, limit=1, has_trends=False)
    rises = analytics.breakdown(first, run_id)
    falls = analytics.breakdown(replace(first, ascending=True), run_id)
    return main_change(figure, noise, falls, rises)


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the view, and what is searched for, to the tables."""
    inputs = {"run_id": Input(ids.FIGURES, "data"), "view": Input(ids.VIEW, "data")}

    @app.callback(
        output=outputs(channel_campaigns.LEAVES),
        inputs={**inputs, "asked": Input(ids.CAMPAIGNS_ASKED, "data")},
    )
    def _(run_id: int | None, view: View, asked: Asked) -> Drawn:
        show = partial(show_campaigns, asked)
        return _drawn((show, channel_campaigns.LEAVES), analytics, setup, run_id, view)

    @app.callback(output=outputs(channel_campaigns.DIMENSION_LEAVES), inputs=inputs)
    def _(run_id: int | None, view: View) -> Drawn:
        return _drawn((show_dimensions, channel_campaigns.DIMENSION_LEAVES), analytics, setup, run_id, view)


def _drawn(
    part: tuple[Show, tuple[str, ...]], analytics: Analytics, setup: PageSetup, run_id: int | None, view: View
) -> Drawn:
    if run_id is None or not view["channel"]:
        raise PreventUpdate
    page = from_request(setup, analytics.currency_of(run_id))
    drawn = show_view(part, analytics, page, run_id, view)
    tell_run(run_id)
    return complete(part[1], drawn)
