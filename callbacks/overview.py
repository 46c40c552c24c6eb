"""Callbacks of the Overview, for a snapshot and a period.

The key figures have a callback of their own: they are shown while the browser still loads the scripts for
tables and charts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import Input
from dash.exceptions import PreventUpdate

from callbacks.page_options import from_request
from callbacks.wiring import complete, outputs, tell_run, want_while_open
from layouts import advice, decision, ids, report_links
from layouts import overview as layout
from layouts.reader import Drawn, PageSetup
from services.charts.channel_colours import colour
from services.views import Overview

if TYPE_CHECKING:
    from collections.abc import Callable

    from dash import Dash

    from services.analytics import Analytics


ADVICE_LEAVES = (*advice.LEAVES, *decision.LEAVES)


def days_of(period: int) -> int | None:
    """Return the number of days that an option of the period selector means; None means all."""
    return None if period == layout.ALL else period


def colours(overview: Overview) -> dict[int, str]:
    """Return the colour of every channel, by the channel's position."""
    return {channel.position: colour(channel.position) for channel in overview.channels}


def show_figures(analytics: Analytics, setup: PageSetup, run_id: int, period: int) -> Drawn:
    """Show the key figures of a period, and the links to its reports."""
    overview = analytics.overview(days_of(period), run_id)
    return layout.draw_figures(overview, setup.reader) | report_links.draw(overview, setup)


def show_charts(analytics: Analytics, setup: PageSetup, run_id: int, period: int) -> Drawn:
    """Show the trend and the channels' ROI for a period."""
    overview = analytics.overview(days_of(period), run_id)
    return layout.draw_charts(overview, colours(overview), setup.reader)


def show_table(analytics: Analytics, setup: PageSetup, run_id: int, period: int) -> Drawn:
    """Show the figures of each channel for a period."""
    overview = analytics.overview(days_of(period), run_id)
    return layout.draw_table(overview, colours(overview), setup.reader)


def show_advice(analytics: Analytics, setup: PageSetup, run_id: int) -> Drawn:
    """Show the decision and the recommendations of a snapshot."""
    found = analytics.advice(run_id)
    return advice.draw(found, setup.reader.lang) | decision.draw(found, setup.reader)


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the snapshot, while the tab is open, and the period to the Overview."""
    want_while_open(app, "wantFigures", ids.FIGURES)

    def connect(leaves: tuple[str, ...], show: Callable[[Analytics, PageSetup, int, int], Drawn]) -> None:
        @app.callback(
            output=outputs(leaves),
            inputs={"run_id": Input(ids.FIGURES, "data"), "period": Input(ids.PERIOD, "value")},
        )
        def _(run_id: int | None, period: int) -> Drawn:
            if run_id is None:
                raise PreventUpdate
            drawn = show(analytics, from_request(setup, analytics.currency), run_id, period)
            tell_run(run_id)
            return complete(leaves, drawn)

    connect(layout.FIGURE_LEAVES, show_figures)
    connect(layout.CHART_LEAVES, show_charts)
    connect(layout.TABLE_LEAVES, show_table)

    @app.callback(output=outputs(ADVICE_LEAVES), inputs={"run_id": Input(ids.FIGURES, "data")})
    def _(run_id: int | None) -> Drawn:
        if run_id is None:
            raise PreventUpdate
        drawn = show_advice(analytics, from_request(setup, analytics.currency), run_id)
        tell_run(run_id)
        return complete(ADVICE_LEAVES, drawn)
