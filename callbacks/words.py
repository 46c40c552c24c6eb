"""Callback of the texts of the views that scripts build, which the page does without until one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import Input

from callbacks.page_options import from_request
from callbacks.wiring import outputs
from layouts import data_view, history_view, ids, plan_view
from layouts.reader import Drawn, PageSetup

if TYPE_CHECKING:
    from dash import Dash

LEAVES = tuple(f"{words}.data-words" for words in (ids.DATA_WORDS, ids.HISTORY_WORDS, ids.PLAN_WORDS))


def register(app: Dash, setup: PageSetup) -> None:
    """Send the texts when a view needs them for the first time."""

    @app.callback(
        output=outputs(LEAVES), inputs={"asked": Input(ids.WORDS_ASKED, "data")}, prevent_initial_call=True
    )
    def _(asked: int | None) -> Drawn:
        lang = from_request(setup).reader.lang
        return data_view.draw_words(lang) | history_view.draw_words(lang) | plan_view.draw_words(lang)
