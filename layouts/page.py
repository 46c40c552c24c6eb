"""The page: a static skeleton without figures, built once."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import (
    dashboard,
    data_view,
    empty,
    history_view,
    ids,
    notices,
    overview,
    pacing_view,
    plan_view,
    slides,
    sync_bar,
    view_bar,
)
from layouts.elements import aria, data, icon
from layouts.reader import PageSetup
from services.text import Lang, Text

NAME = "Demetra"
OVERVIEW = Text(en="Overview", ru="Обзор")
DASHBOARDS = Text(en="ML dashboards", ru="ML-дашборды")
THEME = Text(en="Light or dark", ru="Светлая или тёмная тема")
CLOSE = Text(en="Close", ru="Закрыть")
SKIP = Text(en="Skip to the figures", ru="К показателям")


def page(setup: PageSetup) -> Component:
    """Return the whole skeleton."""
    lang = setup.reader.lang
    return html.Div(
        [
            html.A(SKIP[lang], href="#main", className="skip-link"),
            *_memory(setup),
            top(lang),
            html.Main(
                [notices.skeleton(lang), empty.skeleton(lang), _tabs(setup)],
                id="main",
                className="content",
                tabIndex="-1",
            ),
            slides.skeleton(lang),
        ],
        id=ids.PAGE,
        className="page is-starting",
        **data(close=CLOSE[lang]),
    )


def top(lang: Lang) -> Component:
    """Return the header: name, freshness, sync button, Data and History buttons, theme button."""
    return html.Header(
        [
            html.H1([html.Span(className="mark", **aria(hidden="true")), NAME], className="brand"),
            html.H1(NAME, className="visually-hidden embedded-title"),  # where the brand is hidden
            html.Div([sync_bar.freshness(lang), sync_bar.skeleton(lang)], className="sync-area"),
            data_view.button(lang),
            history_view.button(lang),
            slides.button(lang),
            _theme_button(lang),
        ],
        className="top",
    )


def _memory(setup: PageSetup) -> list[Component]:
    return [
        dcc.Store(id=ids.TICK, data=0),
        dcc.Store(id=ids.SNAPSHOT),
        dcc.Store(id=ids.FIGURES),
        dcc.Store(id=ids.CARDS),
        dcc.Store(id=ids.PICTURE_THEME),
        *view_bar.stores(),
        dcc.Store(id=ids.VERSION, data=setup.version),
        dcc.Store(id=ids.RENEWED),
        data_view.words(setup),
        history_view.words(),
        plan_view.words(),
        dcc.Store(id=ids.WORDS_ASKED),
        dcc.Interval(id=ids.RENEWAL, interval=setup.polling_ms),
    ]


def _tabs(setup: PageSetup) -> Component:
    lang = setup.reader.lang
    tabs: Component = dbc.Tabs(
        [
            dbc.Tab(overview.skeleton(lang), label=OVERVIEW[lang], tab_id=ids.TAB_OVERVIEW),
            dbc.Tab(dashboard.skeleton(setup), label=DASHBOARDS[lang], tab_id=ids.TAB_DASHBOARDS),
            dbc.Tab(
                [plan_view.skeleton(lang), pacing_view.skeleton()],
                label=plan_view.PLAN[lang],
                tab_id=ids.TAB_PLAN,
            ),
        ],
        id=ids.TABS,
        active_tab=setup.tab or ids.TAB_OVERVIEW,
    )
    return tabs


def _theme_button(lang: Lang) -> Component:
    return html.Button(
        icon("theme"),
        id=ids.THEME,
        type="button",
        className="theme-button",
        title=THEME[lang],
        **aria(label=THEME[lang]),
    )
