"""The presentation: a run as slides for a screen that is read from the back row.

assets/present/present.js shows one slide at a time. There are two decks: while one is shown, new figures are
prepared in the other.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from layouts import advice as advice_list
from layouts import decision, ids, kpis, numbers, words
from layouts import overview as overview_tab
from layouts.elements import aria, data, icon
from layouts.reader import Drawn, PageSetup, Reader
from layouts.trend_picture import THEMES, trend_picture
from services.text import Lang, Text, money, number, percent, signed
from services.views import (
    KPI_TITLES,
    Advice,
    Chart,
    Column,
    DashboardView,
    KpiName,
    Overview,
    Recommendation,
    Row,
)

DECKS = ("a", "b")
DAYS = 28  # of the key figures and the trend
ROWS = 5
MOST_ADVICE = 5
MOST_PLANNED = 8
PLAN_SLUG = "budget-recommendations"

PRESENT = Text(en="Present (P)", ru="Показ (P)")
TITLE = Text(en="Presentation", ru="Показ")
AGAINST = Text(en="{now}, against {before}", ru="{now} по сравнению с {before}")
ANSWER = Text(en="What to do", ru="Что делать")
FIGURES = Text(en="Key figures", ru="Показатели")
PLAN = Text(en="The plan", ru="План")
TODAY = Text(en="today", ru="сейчас")
PLANNED = Text(en="plan", ru="план")
CHANGE = Text(en="change", ru="изменение")
TOTAL = Text(en="Total", ru="Итого")
AND_MORE = Text(en="and {count} more channels", ru="и ещё каналов: {count}")
FOOT = Text(
    en="Run {run_id} · figures of {time} · data to {day}", ru="Запуск {run_id} · данные от {time} · по {day}"
)
WORDS: dict[str, Text] = {
    "place": Text(en="{n} / {m}", ru="{n} / {m}"),
    "said": Text(en="Slide {n} of {m}: {title}", ru="Слайд {n} из {m}: {title}"),
    "next": Text(en="Next slide", ru="Следующий слайд"),
    "previous": Text(en="Previous slide", ru="Предыдущий слайд"),
    "leave": Text(en="Leave the presentation", ru="Закончить показ"),
    "preparing": Text(en="Preparing…", ru="Готовим…"),
    "fresh": Text(en="New figures", ru="Новые данные"),
    "ready": Text(
        en="New figures are ready: with the next slide", ru="Новые данные готовы: со следующего слайда"
    ),
    "syncing": Text(en="Sync under way", ru="Идёт обновление"),
    "mayNot": Text(
        en="Starting a sync takes the role of an operator",
        ru="Обновлять может пользователь с ролью оператора",
    ),
}

LEAVES = {deck: (f"{ids.slides(deck)}.children", f"{ids.slides(deck)}.data-run") for deck in DECKS}


@dataclass(frozen=True, slots=True)
class RunToPresent:
    """The views of one run that its slides are made from."""

    overview: Overview
    advice: Advice
    boards: tuple[tuple[DashboardView, Chart], ...]


def button(lang: Lang) -> Component:
    """Return the button in the header."""
    return html.Button(
        icon("present"),
        id=ids.PRESENT,
        type="button",
        className="theme-button present-button",
        title=PRESENT[lang],
        **aria(label=PRESENT[lang]),
    )


def skeleton(lang: Lang) -> Component:
    """Return the presentation without slides, hidden; the scripts find their texts on it."""
    texts = json.dumps({name: text[lang] for name, text in WORDS.items()}, ensure_ascii=False)
    decks = [html.Div(id=ids.slides(deck), className="slides") for deck in DECKS]
    stores = [dcc.Store(id=ids.slides_run(deck)) for deck in DECKS]
    shown = html.Div(decks, id=ids.PRESENTATION, hidden=True, **data(words=texts))
    return html.Div([shown, *stores], **data(title=TITLE[lang]))


def draw(run: RunToPresent, deck: str, setup: PageSetup) -> Drawn:
    """Return the slides of a run."""
    reader, lang = setup.reader, setup.reader.lang
    slides = [
        _slide("answer", ANSWER[lang], _answer(run.advice, reader)),
        _slide("figures", FIGURES[lang], _figures(run.overview, reader)),
        _slide("trend", overview_tab.TREND[lang], _trend(run.overview, reader)),
        *(_slide("board", view.title[lang], _board(view, chart, reader)) for view, chart in run.boards),
        _slide("advice", advice_list.TITLE[lang], _advice(run.advice, lang)),
        *_plan(run, reader),
    ]
    foot = _foot(run, reader)
    for slide in slides:
        slide.children.append(html.P(foot, className="slide-foot tabular"))
    return dict(zip(LEAVES[deck], (slides, run.overview.snapshot.run_id), strict=True))


def rows_that_matter(view: DashboardView) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """Return the decisive columns and at most `ROWS` rows of a dashboard.

    Of a plan, the largest changes; of days, the last one ahead, for the channels with the largest spend; of
    anything else, the first rows.
    """
    named = {column.name: column for column in view.columns}
    wanted: tuple[str, ...]
    if "recommended_budget" in named:
        wanted = ("channel", "current_budget", "recommended_budget")
        rows = sorted(view.rows, key=lambda row: -abs(_moved(row)))
    elif "date" in named:
        values = [column.name for column in view.columns if column.name.endswith(("_pred", "_low", "_high"))]
        wanted = ("channel", *values[:3])
        rows = [row for row in view.rows if row["date"] == view.rows[0]["date"]]
    else:
        wanted, rows = tuple(named)[:4], list(view.rows)
    return tuple(named[name] for name in wanted if name in named), tuple(rows[:ROWS])


def _moved(row: Row) -> float:
    before, after = _amounts(row)
    return after - before


def _amounts(row: Row) -> tuple[float, float]:
    """Return the current and the recommended budget of a channel."""
    return float(row["current_budget"] or 0), float(row["recommended_budget"] or 0)


def _slide(kind: str, title: str, content: Sequence[Component]) -> Any:
    head = html.H2(title, className="slide-title")
    body = html.Div(list(content), className="slide-body")
    return html.Section([head, body], className=f"slide is-{kind}", **data(title=title))


def _answer(advice: Advice, reader: Reader) -> list[Component]:
    drawn = decision.draw(advice, reader)
    decided = next((item for item in advice.items if item.rule_id == decision.DECISION_RULE), None)
    moves = decision.moves_of(decided)[: decision.MOST_MOVES]
    state = drawn[f"{ids.DECISION_STATE}.children"]
    listed = html.Ul([_move(move, reader) for move in moves], className="slide-moves")
    return [
        html.P(drawn[f"{ids.DECISION_DO}.children"] or state, className="slide-answer"),
        html.P(drawn[f"{ids.DECISION_GAIN}.children"], className="slide-lead tabular"),
        listed if moves else html.P(state, className="slide-lead"),
    ]


def _move(move: decision.Move, reader: Reader) -> Component:
    change = signed(money(move.change, reader.currency, reader.lang))
    amounts = f"{number(move.before, reader.lang)} → {number(move.after, reader.lang)}"
    parts = [
        html.Strong(move.channel),
        html.Span(change, className="tabular"),
        html.Span(amounts, className="slide-quiet tabular"),
    ]
    return html.Li(parts, className=f"slide-move {'is-more' if move.change > 0 else 'is-less'}")


def _figures(overview: Overview, reader: Reader) -> list[Component]:
    drawn = kpis.draw(overview, reader)
    lead = html.P(_window(overview, reader.lang), className="slide-lead")
    tiles = [_tile(kpi.name, drawn, overview, reader.lang) for kpi in overview.kpis]
    return [lead, html.Div(tiles, className="slide-kpis")]


def _tile(name: KpiName, drawn: Drawn, overview: Overview, lang: Lang) -> Component:
    """Return a key figure as its card on the Overview shows it."""

    def shown(part: str) -> Any:
        return drawn[ids.kpi(name, part)]

    title = overview.snapshot.worth.word(KPI_TITLES[name])[lang]
    value = html.Span(shown("value.children"), className="slide-value")
    unit = html.Span(shown("unit.children"), className="slide-unit")
    change = html.P(shown("change.children"), className=shown("change.className"))
    return html.Div([html.H3(title), html.P([value, unit]), change], className="slide-kpi")


def _window(overview: Overview, lang: Lang) -> str:
    now = numbers.span(overview.date_from, overview.date_to, lang)
    if overview.previous_from is None or overview.previous_to is None:
        return now
    before = numbers.span(overview.previous_from, overview.previous_to, lang)
    return AGAINST.format(now=now, before=before)[lang]


def _trend(overview: Overview, reader: Reader) -> list[Component]:
    lang = reader.lang
    titles = {"revenue": words.REVENUE[lang], "cost": words.SPEND[lang]}
    step = overview_tab.BY_DAY if overview.trend_step_days == 1 else overview_tab.BY_WEEK
    span = numbers.span(overview.date_from, overview.date_to, lang)
    sums = {title: getattr(overview.totals, name) for name, title in titles.items()}
    told = "; ".join(f"{title}: {money(value, reader.currency, lang)}" for title, value in sums.items())
    pictures = [
        html.Img(
            src=trend_picture(overview, titles, theme, lang), alt=told, className=f"slide-trend for-{theme}"
        )
        for theme in THEMES
    ]
    lead = f"{step.format(currency=reader.currency)[lang]}, {span}. {told}."
    return [html.P(lead, className="slide-lead tabular"), *pictures]


def _board(view: DashboardView, chart: Chart, reader: Reader) -> list[Component]:
    headline = view.headline[reader.lang]
    if view.is_forecast and view.snapshot.forecast_from is not None:  # the headline says until when
        return [html.P(headline, className="slide-answer")]
    picture = html.Img(
        src="data:image/png;base64," + b64encode(chart.png).decode("ascii"),
        alt=headline,
        className="slide-picture",
        style={"maxWidth": f"{chart.width}px"},  # larger than it is, it would be blurred
    )
    table = [_table(view, reader)] if view.rows else []
    return [
        html.P(headline, className="slide-lead"),
        html.Div([picture, *table], className="slide-parts"),
    ]


def _table(view: DashboardView, reader: Reader) -> Component:
    columns, rows = rows_that_matter(view)
    day = rows[0].get("date")
    caption = [] if day is None else [html.Caption(numbers.span(day, day, reader.lang))]
    head = html.Tr([html.Th(_heading(column, reader), scope="col") for column in columns])
    body = [
        html.Tr(
            [
                html.Th(row["channel"], scope="row"),
                *(html.Td(_cell(column, row, reader.lang)) for column in columns[1:]),
            ]
        )
        for row in rows
    ]
    return html.Table([*caption, html.Thead(head), html.Tbody(body)], className="slide-table tabular")


def _heading(column: Column, reader: Reader) -> str:
    title = column.title[reader.lang]
    return f"{title}, {reader.currency}" if column.kind == "money" else title


def _cell(column: Column, row: Row, lang: Lang) -> str:
    value = row[column.name]
    if column.kind == "percent":
        small = value is not None and abs(value) < 0.1
        return percent(value, lang, decimals=2 if small else 0)
    return number(value, lang) if column.kind in {"money", "count", "number"} else str(value)


def _advice(advice: Advice, lang: Lang) -> list[Component]:
    if not advice.items:
        return [html.P(advice_list.NONE[lang], className="slide-answer")]
    items = [_item(item, lang) for item in advice.items[:MOST_ADVICE]]
    return [html.Ol(items, className="slide-items")]


def _item(item: Recommendation, lang: Lang) -> Component:
    known = advice_list.SEVERITIES.get(item.severity)
    severity = html.Strong("" if known is None else known[lang])
    return html.Li(
        [severity, html.Span(item.sentence[lang])], className=f"slide-item severity-{item.severity}"
    )


def _plan(run: RunToPresent, reader: Reader) -> list[Any]:
    """Return the slide with the plan; none without a plan."""
    view = next((view for view, _ in run.boards if view.slug == PLAN_SLUG), None)
    if view is None or not view.rows or run.overview.snapshot.forecast_from is not None:
        return []
    lang, rows = reader.lang, sorted(view.rows, key=lambda row: -_amounts(row)[1])
    units = ("", *[f", {reader.currency}"] * 3)
    titles = zip((words.CHANNEL, TODAY, PLANNED, CHANGE), units, strict=True)
    heads = [html.Th(title[lang] + unit, scope="col") for title, unit in titles]
    body = [_planned(row["channel"], *_amounts(row), lang) for row in rows[:MOST_PLANNED]]
    before, after = (sum(column) for column in zip(*map(_amounts, rows), strict=True))
    table = html.Table(
        [
            html.Thead(html.Tr(heads)),
            html.Tbody(body),
            html.Tfoot(_planned(TOTAL[lang], before, after, lang)),
        ],
        className="slide-table slide-plan tabular",
    )
    more = len(rows) - MOST_PLANNED
    rest = [html.P(AND_MORE.format(count=more)[lang], className="slide-quiet")] if more > 0 else []
    return [_slide("plan", PLAN[lang], [html.P(view.headline[lang], className="slide-lead"), table, *rest])]


def _planned(name: str, before: float, after: float, lang: Lang) -> Component:
    change = round(after - before)
    cells = (number(before, lang), number(after, lang), signed(number(change, lang)) if change else "0")
    return html.Tr([html.Th(name, scope="row"), *(html.Td(cell) for cell in cells)])


def _foot(run: RunToPresent, reader: Reader) -> str:
    snapshot = run.overview.snapshot
    day = snapshot.data_to
    return FOOT.format(
        run_id=snapshot.run_id,
        time=numbers.in_full(snapshot.created_at, reader),
        day="" if day is None else numbers.span(day, day, reader.lang),
    )[reader.lang]
