"""Callbacks of the presentation: the slides of a run, into the deck that asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import Input, Output, State
from dash.exceptions import PreventUpdate

from callbacks.page_options import from_request
from callbacks.wiring import complete, in_browser, outputs, tell_run
from layouts import ids, slides
from layouts.reader import Drawn, PageSetup
from layouts.slides import RunToPresent
from services.periods import last_days
from services.views import MOST_SHOWN_ROWS, Theme, Variant

if TYPE_CHECKING:
    from dash import Dash

    from services.analytics import Analytics


def show_slides(analytics: Analytics, setup: PageSetup, deck: str, run_id: int, theme: Theme) -> Drawn:
    """Return the slides of a run for a deck, with pictures in the language and theme of the page."""
    variant = Variant(setup.reader.lang, theme)
    run = RunToPresent(
        overview=analytics.overview(last_days(slides.DAYS), run_id),
        advice=analytics.advice(run_id),
        boards=tuple(
            (analytics.dashboard(slug, run_id, MOST_SHOWN_ROWS), analytics.chart(slug, run_id, variant))
            for slug, _ in setup.dashboards
        ),
    )
    return slides.draw(run, deck, setup)


def register(app: Dash, analytics: Analytics, setup: PageSetup) -> None:
    """Connect the run that each deck is to show to its slides."""
    in_browser(app, "tellRun", Output(ids.PRESENTATION, "data-run"), Input(ids.SNAPSHOT, "data"))
    for deck in slides.DECKS:
        _register_deck(app, analytics, setup, deck)


def _register_deck(app: Dash, analytics: Analytics, setup: PageSetup, deck: str) -> None:
    leaves = slides.LEAVES[deck]

    @app.callback(
        output=outputs(leaves),
        inputs={"run_id": Input(ids.slides_run(deck), "data")},
        state={"theme": State(ids.PICTURE_THEME, "data")},
        prevent_initial_call=True,
    )
    def _(run_id: int | None, theme: Theme | None) -> Drawn:
        if run_id is None:
            raise PreventUpdate
        own = from_request(setup, analytics.currency_of(run_id))
        wanted = Variant(own.reader.lang, theme or "light")
        drawn = show_slides(analytics, own, deck, run_id, wanted.theme)
        if analytics.has_charts(run_id, wanted):  # else a later answer has others
            tell_run(run_id)
        return complete(leaves, drawn)
