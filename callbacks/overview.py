"""Callbacks of the Overview, for a snapshot and a period.

The key figures have a callback of their own: they are shown while the browser still loads the scripts for
tables and charts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dash import Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.page_options import from_request
from callbacks.wiring import complete, in_browser, outputs, tell_run, want_while_open
from layouts import advice, channel_page, decision, ids, report_links, view_bar
from layouts import overview as layout
from layouts.reader import Drawn, PageSetup
from services.charts.channel_colours import colour
from services.dashboards import budget, roi_forecast
from services.errors import InvalidInputError, UnavailableError, UnknownChannelError
from services.periods import Selection, comparison_of, period_of
from services.text import Text
from services.views import Overview

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics


Show = Callable[["Analytics", PageSetup, int, Selection], Drawn]
"""Shows a part of the Overview: facade, page, run and selection -> new values."""

ADVICE_LEAVES = (*advice.LEAVES, *decision.LEAVES, *view_bar.CHANNEL_LEAVES)

View = Mapping[str, str]
"""What a page shows: period, comparison and channel as its address has them."""


class UnknownViewError(InvalidInputError):
    """The address of the page names a period or a comparison that is none."""

    code = "unknown_view"
    words = Text(
        en="The address asks for “{value}”, which is no period. Choose one above.",
        ru="В адресе указано «{value}» — такого периода нет. Выберите период выше.",
    )


def selection_of(view: View) -> Selection:
    """Return what a view of the page selects; raises `UnknownViewError`."""
    period, comparison = period_of(view["period"]), comparison_of(view["compare"])
    if period is None or comparison is None:
        raise UnknownViewError(value=view["period" if period is None else "compare"])
    return Selection(period, comparison, view["channel"] or None)


def colours(overview: Overview) -> dict[int, str]:
    """Return the colour of every channel, by the channel's position."""
    return {channel.position: colour(channel.position) for channel in overview.channels}


def show_figures(analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection) -> Drawn:
    """Show the key figures of a period, and the links to its reports."""
    overview, advice_of_run = analytics.overview(selection, run_id), analytics.advice(run_id)
    return layout.draw_figures(overview, setup.reader, advice_of_run) | report_links.draw(overview, setup)


def show_charts(analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection) -> Drawn:
    """Show the trend and the channels' ROI for a period."""
    overview = analytics.overview(selection, run_id)
    return layout.draw_charts(overview, colours(overview), setup.reader)


def show_table(analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection) -> Drawn:
    """Show the figures of each channel for a period."""
    overview = analytics.overview(selection, run_id)
    return layout.draw_table(overview, colours(overview), setup.reader)


def show_advice(analytics: Analytics, setup: PageSetup, run_id: int) -> Drawn:
    """Show the decision and the recommendations of a snapshot, and the channels to choose from."""
    found = analytics.advice(run_id)
    return (
        advice.draw(found, setup.reader.lang)
        | decision.draw(found, setup.reader)
        | view_bar.draw_channels(analytics.overview(Selection(), run_id))
    )


def show_channel(analytics: Analytics, setup: PageSetup, run_id: int, selection: Selection) -> Drawn:
    """Show what is expected, planned, recommended and known of one channel."""
    channel = selection.channel or ""
    overview = analytics.overview(selection, run_id)
    views = channel_page.ChannelViews(
        overview=overview,
        days=analytics.channel_days(channel, run_id),
        forecast=analytics.dashboard(roi_forecast.DASHBOARD.slug, run_id),
        plan=analytics.dashboard(budget.DASHBOARD.slug, run_id),
        recommendations=channel_page.of_channel(analytics.advice(run_id).items, channel),
        newest_file=_newest_file(analytics, channel),
    )
    return channel_page.draw(views, setup.reader)


def _newest_file(analytics: Analytics, channel: str) -> channel_page.NewestFile | None:
    """Return the newest file with rows of a channel; None without one, and while the database is down."""
    try:
        newest = analytics.imports(1, channel=channel)
    except UnavailableError:
        return None
    return next(
        (channel_page.NewestFile(i.file_name, i.imported_at.date(), i.fetched_from) for i in newest), None
    )


def show_view(
    part: tuple[Show, tuple[str, ...]], analytics: Analytics, setup: PageSetup, run_id: int, view: View
) -> Drawn:
    """Show a part of the Overview for a view of the page; `part` has its leaves, too.

    If the view selects nothing, the part that has the leaves of `layout.draw_problem` says why.
    """
    show, leaves = part
    try:
        return show(analytics, setup, run_id, selection_of(view))
    except (InvalidInputError, UnknownChannelError) as error:
        problem = layout.draw_problem(error.text, setup.reader.lang)
        return {leaf: value for leaf, value in problem.items() if leaf in leaves}


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the snapshot, while the tab is open, and the view of the address to the Overview."""
    want_while_open(app, "wantFigures", ids.FIGURES)
    in_browser(app, "startView", Output(ids.VIEW, "data"), Input(ids.PAGE, "id"), at_start=True)
    in_browser(app, "tabOpened", Input(ids.TABS, "active_tab"))
    in_browser(app, "setChannels", Input(ids.CHANNELS, "data"))
    rows = State(ids.PERFORMANCE, "data")
    in_browser(app, "barPressed", Input(ids.ROI, "clickData"), State(ids.ROI, "figure"), rows)

    def connect(leaves: tuple[str, ...], show: Show) -> None:
        @app.callback(
            output=outputs(leaves),
            inputs={"run_id": Input(ids.FIGURES, "data"), "view": Input(ids.VIEW, "data")},
        )
        def _(run_id: int | None, view: View) -> Drawn:
            if run_id is None:
                raise PreventUpdate
            page = from_request(setup, analytics.currency_of(run_id))
            drawn = show_view((show, leaves), analytics, page, run_id, view)
            tell_run(run_id)
            return complete(leaves, drawn)

    connect(layout.FIGURE_LEAVES, show_figures)
    connect(layout.CHART_LEAVES, show_charts)
    connect(layout.TABLE_LEAVES, show_table)

    @app.callback(
        output=outputs(channel_page.LEAVES),
        inputs={"run_id": Input(ids.FIGURES, "data"), "view": Input(ids.VIEW, "data")},
    )
    def _(run_id: int | None, view: View) -> Drawn:
        if run_id is None or not view["channel"]:
            raise PreventUpdate
        page = from_request(setup, analytics.currency_of(run_id))
        part = show_channel, channel_page.LEAVES
        # Not of the run alone: the newest file is as of now, so `tell_run` is not called.
        return complete(channel_page.LEAVES, show_view(part, analytics, page, run_id, view))

    @app.callback(output=outputs(ADVICE_LEAVES), inputs={"run_id": Input(ids.FIGURES, "data")})
    def _(run_id: int | None) -> Drawn:
        if run_id is None:
            raise PreventUpdate
        drawn = show_advice(analytics, from_request(setup, analytics.currency_of(run_id)), run_id)
        tell_run(run_id)
        return complete(ADVICE_LEAVES, drawn)
