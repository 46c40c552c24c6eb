"""The page before there are any figures: how to import campaigns."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.reader import Drawn
from services.text import Lang, Text
from services.views import SyncStatus

NO_CAMPAIGNS = Text(en="There are no campaigns yet", ru="Кампаний пока нет")
TWO_WAYS = Text(
    en="Demetra computes everything from campaign rows. There are two ways to get some in:",
    ru="Demetra всё считает по строкам кампаний. Загрузить их можно двумя способами:",
)
OWN_FILE = Text(
    en="your own file: CSV from any ad platform; format and columns are recognised",
    ru="ваш файл: CSV из любого рекламного кабинета; формат и колонки определяются сами",
)
SAMPLE = Text(
    en="sample campaigns: two years of six channels, to look around",
    ru="примерные кампании: два года, шесть каналов — чтобы осмотреться",
)
IMPORT = Text(en="demetra import FILE", ru="demetra import ФАЙЛ")
NO_FIGURES = Text(en="The first figures are on their way", ru="Первые данные уже считаются")
NO_FIGURES_HINT = Text(
    en="There are campaigns, and the first sync is under way or about to start by itself. "
    "What it finds will appear here as soon as it is done.",
    ru="Кампании есть, первое обновление уже идёт или скоро начнётся само. "
    "Результаты появятся здесь, как только оно закончится.",
)

LEAVES = (f"{ids.PAGE}.className",)


def skeleton(lang: Lang) -> Component:
    """Return both empty states; the page's class shows one of them, or neither."""
    return html.Div(
        [
            html.Section(
                [
                    html.H2(NO_CAMPAIGNS[lang]),
                    html.P(TWO_WAYS[lang]),
                    html.Ol(
                        [
                            html.Li([html.Code(IMPORT[lang]), html.Span(OWN_FILE[lang])]),
                            html.Li([html.Code("demetra demo"), html.Span(SAMPLE[lang])]),
                        ]
                    ),
                ],
                className="empty-state empty-campaigns",
            ),
            html.Section(
                [html.H2(NO_FIGURES[lang]), html.P(NO_FIGURES_HINT[lang])],
                className="empty-state empty-figures",
            ),
        ],
    )


def draw(status: SyncStatus) -> Drawn:
    """Choose what the page shows: figures, or an empty state."""
    if status.snapshot is not None:
        state = "has-figures"
    else:
        state = "has-campaigns" if status.has_campaigns else "has-nothing"
    activity = "" if status.active is None else " is-renewing"
    return {f"{ids.PAGE}.className": f"page {state}{activity}"}
