"""The page before there are any figures: how to import campaigns."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids
from layouts.reader import Drawn
from services.text import Lang, Text
from services.views import SyncStatus

NO_CAMPAIGNS = Text(en="There are no campaigns yet", ru="Кампаний пока нет")
WAYS = Text(
    en="Demetra computes everything from campaign rows. These are the ways to get some in:",
    ru="Demetra всё считает по строкам кампаний. Загрузить их можно так:",
)
DROP = Text(en="Drop a file here", ru="Перетащите файл сюда")
DROP_HINT = Text(
    en="an export of any ad platform, anywhere on this page; you see what was understood before it is stored",
    ru="выгрузку из любого рекламного кабинета, в любое место страницы; "
    "вы увидите, что понято, прежде чем она сохранится",
)
CHOOSE = Text(en="Choose files", ru="Выбрать файлы")
OWN_FILE = Text(
    en="the same in a shell on the server; format and columns are recognised",
    ru="то же в командной строке сервера; формат и колонки определяются сами",
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
                    html.P(WAYS[lang]),
                    html.Ol(
                        [
                            _drop(lang),
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


def _drop(lang: Lang) -> Component:
    """Return the first way; it is hidden with the Data button, whose view it opens."""
    choose = html.Button(CHOOSE[lang], type="button", className="btn data-choose")
    return html.Li(
        [html.Strong(DROP[lang]), html.Span(DROP_HINT[lang]), html.Div(choose)], className="empty-drop"
    )


def draw(status: SyncStatus, *, is_past: bool = False) -> Drawn:
    """Choose what the page shows: figures, or an empty state.

    The pictures are pale while a run is active, but not for longer than a run usually takes.
    `is_past`: forecasts and recommendations are about days that are over, so a sentence replaces them.
    """
    if status.snapshot is not None:
        state = "has-figures"
    else:
        state = "has-campaigns" if status.has_campaigns else "has-nothing"
    activity = "" if status.active is None or status.is_slow else " is-renewing"
    past = " has-past" if is_past else ""
    return {f"{ids.PAGE}.className": f"page {state}{activity}{past}"}
