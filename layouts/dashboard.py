"""One card of the ML dashboards tab: headline, picture, table, and the run that they come from."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, numbers, past, tables, track_record, windows
from layouts.elements import aria, icon
from layouts.reader import Drawn, PageSetup, Reader
from layouts.sparkline import EMPTY
from services.text import NO_BREAK_SPACE, Lang, Text, number
from services.views import Chart, DashboardView, Row, Theme

OPEN_LARGE = Text(en="Open large: {title}", ru="Открыть крупно: {title}")
RUN = Text(en="Run {run_id}, {time}", ru="Запуск {run_id}, {time}")
FIRST_ROWS = Text(
    en="{run}. Rows: the first {shown} of {all}; the CSV has all",
    ru="{run}. Строки: первые {shown} из {all}; в CSV — все",
)
DOWNLOAD_PNG = Text(en="Download the chart as PNG: {title}", ru="Скачать график в PNG: {title}")
DOWNLOAD_SHOWN = Text(en="Download this chart as PNG", ru="Скачать этот график в PNG")
DOWNLOAD_EXCEL = Text(
    en="Download the table as CSV for Excel: {title}", ru="Скачать таблицу в CSV для Excel: {title}"
)
DOWNLOAD_CSV = Text(en="Download the table as CSV: {title}", ru="Скачать таблицу в CSV: {title}")

PARTS = (
    "title.children",
    "open.title",
    "card.className",
    "card.data-run",
    "card.data-made",
    "headline.children",
    "picture.src",
    "picture.alt",
    "run.children",
    "covers.children",
    "png.href",
    "csv.href",
    "excel.href",
    "problem.children",
)


def leaves(slug: str) -> tuple[str, ...]:
    """Return the names of the values that `draw` returns for a card."""
    return (*(ids.card(slug, part) for part in PARTS), *tables.leaves(ids.card(slug, "table")))


def skeleton(setup: PageSetup) -> Component:
    """Return the tab: track record, a card for each dashboard, and the large view that they share."""
    lang = setup.reader.lang
    return html.Div(
        [
            past.forecasts_line(),
            track_record.skeleton(),
            html.Div([_card(slug, title[lang], lang) for slug, title in setup.dashboards], className="cards"),
            _large(lang),
        ],
        id=ids.DASHBOARDS,
        className="dashboards",
    )


def draw(view: DashboardView, chart: Chart, setup: PageSetup) -> Drawn:
    """Show a dashboard of one run: headline, picture and table agree because they come from the same run."""
    slug, run_id = view.slug, view.snapshot.run_id
    api = f"{setup.prefix}api/ml-dashboard/{slug}"
    headline = view.headline[setup.reader.lang]
    waits = view.is_forecast and view.snapshot.forecast_from is not None  # its headline says until when
    title = view.title[setup.reader.lang]
    values = {
        "title.children": title,
        "open.title": OPEN_LARGE.format(title=title)[setup.reader.lang],
        "card.className": "card-panel is-waiting" if waits else "card-panel",
        "card.data-run": run_id,
        "card.data-made": _run(view, setup.reader),
        "headline.children": headline,
        "picture.src": _embedded(chart.for_card),
        "picture.alt": headline,
        "run.children": _run_and_rows(view, setup.reader),
        "covers.children": windows.covered(view, setup.reader.lang),
        "png.href": f"{api}/chart?run={run_id}&lang={chart.variant.lang}&theme={chart.variant.theme}",
        "csv.href": f"{api}/data?run={run_id}&format=csv",
        "excel.href": f"{api}/data?run={run_id}&format=csv&excel=1&lang={setup.reader.lang}",
        "problem.children": "",
    }
    drawn = {ids.card(slug, part): value for part, value in values.items()}
    rows = () if waits else _in_order_of_days(view.shown)
    opened_at = _first_of_newest_day(rows, view.snapshot.data_to)
    return drawn | tables.draw(ids.card(slug, "table"), view.columns, rows, setup.reader, opened_at=opened_at)


def _in_order_of_days(rows: Sequence[Row]) -> Sequence[Row]:
    """Return rows of days oldest first; rows without a date as they are."""
    return sorted(rows, key=lambda row: row["date"]) if rows and "date" in rows[0] else rows


def _first_of_newest_day(rows: Sequence[Row], newest: date | None) -> int:
    """Return the position of the first row of the newest day with data; forecasts follow below it."""
    days = (place for place, row in enumerate(rows) if "date" in row and row["date"] == newest)
    return next(days, 0)


def draw_large(chart: Chart, theme: Theme) -> Drawn:
    """Return the picture at full resolution. Until it arrives, the large view shows the card's picture.

    `theme` is that of the page; a picture in it may be missing.
    """
    whole = {"slug": chart.slug, "run": chart.run_id, "theme": theme, "src": _embedded(chart.png)}
    return {f"{ids.LARGE_WHOLE}.data": whole}


def draw_problem(slug: str, text: Text, reader: Reader) -> Drawn:
    """Show why a card was not updated. Its last picture and table stay."""
    return {
        ids.card(slug, "card.className"): "card-panel has-problem",
        ids.card(slug, "problem.children"): text[reader.lang],
    }


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode("ascii")


def _card(slug: str, title: str, lang: Lang) -> Component:
    def part(name: str) -> str:
        return ids.card(slug, name)

    return html.Section(
        [
            html.Div(
                [
                    html.H2(title, id=part("title"), className="panel-title"),
                    html.Span(id=part("covers"), className="quiet tabular card-covers"),
                ],
                className="panel-head",
            ),
            html.P(id=part("headline"), className="headline"),
            html.P(id=part("problem"), className="notice is-warn card-problem", role="status"),
            html.Button(
                html.Img(id=part("picture"), src=EMPTY, alt="", className="picture", width=1200, height=600),
                id=part("open"),
                n_clicks=0,
                type="button",
                className="picture-button",
                title=OPEN_LARGE.format(title=title)[lang],
            ),
            html.Div(tables.table(part("table"), lang), className="card-table"),
            _foot(slug, title, lang),
        ],
        id=part("card"),
        className="card-panel is-loading",
    )


def _foot(slug: str, title: str, lang: Lang) -> Component:
    def download(part: str, words: str, kind: str, label: Text) -> Component:
        return _download(
            ids.card(slug, part), words, f"demetra-{slug}.{kind}", label.format(title=title)[lang]
        )

    run = html.Span(id=ids.card(slug, "run"), className="quiet tabular")
    links = [
        download("png", "PNG", "png", DOWNLOAD_PNG),
        download("csv", "CSV", "csv", DOWNLOAD_CSV),
        download("excel", "Excel", "csv", DOWNLOAD_EXCEL),
    ]
    return html.Footer([run, *links], className="card-foot")


def _download(id_: str, words: str, file_name: str, label: str) -> Component:
    return html.A(
        [icon("download"), words],
        id=id_,
        download=file_name,
        className="download",
        title=label,
        **aria(label=label),
    )


def _large(lang: Lang) -> Component:
    head = html.Div(
        [dbc.ModalTitle(id=ids.LARGE_TITLE), html.Span(id=ids.LARGE_RUN, className="quiet tabular")],
        className="large-head",
    )
    download = html.A(
        [icon("download"), "PNG"], id=ids.LARGE_PNG, className="download", title=DOWNLOAD_SHOWN[lang]
    )
    modal: Component = dbc.Modal(
        [
            dbc.ModalHeader([head, download], close_button=True),
            dbc.ModalBody(html.Img(id=ids.LARGE_PICTURE, src=EMPTY, alt="", className="large-picture")),
        ],
        id=ids.LARGE,
        is_open=False,
        fullscreen=True,
        fade=False,
        labelledby=ids.LARGE_TITLE,
        class_name="large",
    )
    return html.Div([modal, dcc.Store(id=ids.LARGE_SHOWN), dcc.Store(id=ids.LARGE_WHOLE)])


def _run(view: DashboardView, reader: Reader) -> str:
    time = numbers.in_full(view.snapshot.created_at, reader)
    run = RUN.format(run_id=view.snapshot.run_id, time=time)[reader.lang]
    return run.replace(" ", NO_BREAK_SPACE, 1)


def _run_and_rows(view: DashboardView, reader: Reader) -> str:
    run = _run(view, reader)
    if not view.rows_left_out:
        return run
    shown, whole = (number(n, reader.lang) for n in (len(view.rows), len(view.rows) + view.rows_left_out))
    return FIRST_ROWS.format(run=run, shown=shown, all=whole)[reader.lang]
