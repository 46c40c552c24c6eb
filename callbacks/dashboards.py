"""Callbacks of the ML dashboards tab: all cards from one run, and the track record above them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.page_options import from_request
from callbacks.wiring import complete, in_browser, outputs, tell_run, want_while_open
from layouts import dashboard, ids, track_record
from layouts.reader import Drawn, PageSetup
from services.errors import DemetraError
from services.views import MOST_SHOWN_ROWS, Theme, Variant

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics


# Properties of a card that the large view copies, and their targets; assets/demetra.js uses these names.
LARGE_PARTS = (
    ("card", "data-run"),
    ("card", "data-made"),
    ("headline", "children"),
    ("picture", "src"),
    ("picture", "alt"),
    ("png", "href"),
    ("png", "download"),
)
LARGE_LEAVES = (
    (ids.LARGE, "is_open"),
    (ids.LARGE_TITLE, "children"),
    (ids.LARGE_RUN, "children"),
    (ids.LARGE_PICTURE, "src"),
    (ids.LARGE_PICTURE, "alt"),
    (ids.LARGE_PNG, "href"),
    (ids.LARGE_PNG, "download"),
    (ids.LARGE_SHOWN, "data"),
)


def show_card(
    analytics: Analytics, setup: PageSetup, slug: str, run_id: int, theme: Theme = "light"
) -> Drawn:
    """Show one dashboard of a run; on failure, show why and keep the last picture."""
    try:
        view = analytics.dashboard(slug, run_id, MOST_SHOWN_ROWS)
        chart = analytics.chart(slug, run_id, Variant(setup.reader.lang, theme))
        return dashboard.draw(view, chart, setup)
    except DemetraError as error:
        return dashboard.draw_problem(slug, error.text, setup.reader)


def show_large(analytics: Analytics, slug: str, run_id: int, variant: Variant) -> Drawn:
    """Show the chart of a run at full resolution."""
    return dashboard.draw_large(analytics.chart(slug, run_id, variant), variant.theme)


def show_cards(analytics: Analytics, setup: PageSetup, run_id: int, theme: Theme = "light") -> Drawn:
    """Show all dashboards of a run."""
    drawn: Drawn = {}
    for slug, _ in setup.dashboards:
        drawn |= show_card(analytics, setup, slug, run_id, theme)
    return drawn


def show_track_record(analytics: Analytics, setup: PageSetup, run_id: int) -> Drawn:
    """Show the track record of the forecasts, as of a run."""
    return track_record.draw(analytics.track_record(run_id), setup.reader)


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the snapshot, while the tab is open, to the cards and to the track record."""
    slugs = [slug for slug, _ in setup.dashboards]
    leaves = tuple(leaf for slug in slugs for leaf in dashboard.leaves(slug))

    want_while_open(app, "wantCards", ids.CARDS)

    @app.callback(
        output=outputs(leaves),
        inputs={"run_id": Input(ids.CARDS, "data"), "theme": Input(ids.PICTURE_THEME, "data")},
    )
    def _(run_id: int | None, theme: Theme | None) -> Drawn:
        if run_id is None:
            raise PreventUpdate
        own = from_request(setup, analytics.currency_of(run_id))
        wanted = Variant(own.reader.lang, theme or "light")
        drawn = show_cards(analytics, own, run_id, wanted.theme)
        is_whole = not any(drawn[ids.card(slug, "problem.children")] for slug in slugs)
        if is_whole and analytics.has_charts(run_id, wanted):
            tell_run(run_id)
        return complete(leaves, drawn)

    @app.callback(output=outputs(track_record.LEAVES), inputs={"run_id": Input(ids.CARDS, "data")})
    def _(run_id: int | None) -> Drawn:
        if run_id is None:
            raise PreventUpdate
        drawn = show_track_record(analytics, from_request(setup, analytics.currency_of(run_id)), run_id)
        tell_run(run_id)
        return complete(track_record.LEAVES, drawn)

    _register_large(app, analytics, setup, slugs)


def _register_large(app: Dash, analytics: Analytics, setup: PageSetup, slugs: Sequence[str]) -> None:
    """Connect the cards to the large view: a click opens it, and an open one shows new pictures.

    These are two callbacks: Dash delays a callback while a request for any of its inputs is pending, and a
    click must not wait for that.
    """
    presses = [Input(ids.card(slug, "open"), "n_clicks") for slug in slugs]
    pictures = [Input(ids.card(slug, "picture"), "src") for slug in slugs]
    states = (
        *(State(ids.card(slug, part), name) for slug in slugs for part, name in LARGE_PARTS),
        State(ids.PICTURE_THEME, "data"),
        State(ids.LARGE, "is_open"),
        State(ids.LARGE_SHOWN, "data"),
        State(ids.LARGE_WHOLE, "data"),
    )
    in_browser(app, "openLarge", *(Output(*leaf) for leaf in LARGE_LEAVES), *presses, *states)
    again = [Output(*leaf, allow_duplicate=True) for leaf in LARGE_LEAVES]
    in_browser(app, "renewLarge", *again, *pictures, *states)

    @app.callback(Output(ids.LARGE_WHOLE, "data"), Input(ids.LARGE_SHOWN, "data"), prevent_initial_call=True)
    def _(shown: dict[str, Any] | None) -> Any:
        if shown is None or shown["slug"] not in slugs:
            raise PreventUpdate
        wanted = Variant(from_request(setup).reader.lang, shown["theme"])
        return show_large(analytics, shown["slug"], shown["run"], wanted)[f"{ids.LARGE_WHOLE}.data"]

    in_browser(
        app,
        "showWhole",
        Output(ids.LARGE_PICTURE, "src", allow_duplicate=True),
        Input(ids.LARGE_WHOLE, "data"),
        State(ids.LARGE_SHOWN, "data"),
    )
