"""All tables of the page, so that another table component would be a change in one file.

Cells are numbers and plain text, never markup: the name `<script>` is shown as text. Numbers can be sorted
and filtered, in the unit and with the decimals that are shown: a filter “> 200” on a column of percents means
what the reader sees. The CSV has the exact values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dash import html
from dash.dash_table.DataTable import DataTable
from dash.development.base_component import Component

from layouts.elements import data
from layouts.reader import Reader
from services.text import MONTHS, NO_BREAK_SPACE, NOTHING, THIN_SPACE, Lang, Text
from services.views import Column, Kind, Row

PAGE_ROWS = 10
POSITION = "_position"  # the channel's fixed position, for its colour; not a column

_FILTER = Text(en="Filter…", ru="Фильтр…")
_NO_MATCH = Text(en="No rows match the filters.", ru="Под фильтры не подходит ни одна строка.")
_CLEAR = Text(en="Clear the filters", ru="Сбросить фильтры")
_COPY = Text(en="Copy table", ru="Скопировать таблицу")
_COPIED = Text(en="Rows copied: {rows}", ru="Скопировано строк: {rows}")
_NOT_COPIED = Text(
    en="The browser does not allow copying here. Download the CSV.",
    ru="Браузер не разрешает копировать. Скачайте CSV.",
)
# Labels for parts of the component that have none; assets/accessible.js sets them.
_WORDS: dict[str, Text] = {
    "first": Text(en="First page", ru="Первая страница"),
    "previous": Text(en="Previous page", ru="Предыдущая страница"),
    "next": Text(en="Next page", ru="Следующая страница"),
    "last": Text(en="Last page", ru="Последняя страница"),
    "page": Text(en="Page", ru="Страница"),
    "sort": Text(en="Sort", ru="Сортировать"),
    "filter": Text(en="Filter", ru="Фильтр"),
}
_MARKS: dict[Lang, dict[str, Any]] = {
    "en": {"decimal": ".", "group": ",", "symbol": ["", f"{NO_BREAK_SPACE}%"]},
    "ru": {"decimal": ",", "group": THIN_SPACE, "symbol": ["", f"{NO_BREAK_SPACE}%"]},
}
_CENTS_BELOW = 1000
_TENTHS_BELOW = 10
_WHOLE_PERCENT_FROM = 2.0
_FINE_PERCENT_BELOW = 0.1


def table(id_: str, lang: Lang, *, page_rows: int = PAGE_ROWS, with_filter: bool = True) -> Component:
    """Return a table without rows: sortable, in pages, optionally with a filter under each title."""
    made = DataTable(
        id=id_,
        columns=[],
        data=[],
        page_size=page_rows,
        page_action="native",
        sort_action="native",
        sort_mode="single",
        filter_action="native" if with_filter else "none",
        filter_options={"placeholder_text": _FILTER[lang], "case": "insensitive"},
        cell_selectable=False,
        style_as_list_view=True,
        style_table={"overflowX": "auto"},
        style_cell={"textAlign": "right"},
        style_cell_conditional=[],
    )
    marks = _MARKS[lang]
    labels = {name: text[lang] for name, text in _WORDS.items()}
    words = data(table=id_, decimal=marks["decimal"], group=marks["group"], **labels)
    if not with_filter:
        return html.Div([made, _copy(lang)], id=frame(id_), className="table-frame", **words)
    months = data(months="|".join(MONTHS[lang]))
    parts = [made, _no_match(lang), _copy(lang)]
    return html.Div(parts, id=frame(id_), className="table-frame has-filter", **words, **months)


def _copy(lang: Lang) -> Component:
    """Return the button with which assets/tables.js copies the rows as they are sorted and filtered."""
    button = html.Button(_COPY[lang], type="button", className="copy-table")
    words = data(copied=_COPIED[lang], refused=_NOT_COPIED[lang])
    return html.Div([button, html.Span(className="quiet", role="status")], className="table-foot", **words)


def _no_match(lang: Lang) -> Component:
    """Return what assets/tables.js shows while the filters leave no row."""
    button = html.Button(_CLEAR[lang], type="button", className="clear-filters")
    return html.P([_NO_MATCH[lang], " ", button], className="no-match quiet", role="status", hidden=True)


def draw(
    id_: str, columns: Sequence[Column], rows: Sequence[Row], reader: Reader, *, opened_at: int = 0
) -> dict[str, Any]:
    """Return the leaf values that show `rows` in the table `id_`.

    assets/tables.js opens its first rows at the page of the row `opened_at`; later rows leave the page
    that the reader has turned to.
    """
    largest = _largest_by_figure(columns, rows)
    decimals = {column.name: _decimals(column.kind, largest.get(_figure(column), 0.0)) for column in columns}
    return {
        f"{id_}.columns": [_column(column, decimals[column.name], reader) for column in columns],
        f"{id_}.data": [_row(columns, row, decimals, reader.lang) for row in rows],
        f"{id_}.style_cell_conditional": _aligned(columns),
        f"{frame(id_)}.data-opened": str(opened_at // PAGE_ROWS),
    }


def leaves(id_: str) -> tuple[str, ...]:
    """Return the names of the values that `draw` returns."""
    of_table = tuple(f"{id_}.{name}" for name in ("columns", "data", "style_cell_conditional"))
    return (*of_table, f"{frame(id_)}.data-opened")


def frame(id_: str) -> str:
    """Return the id of the element around a table."""
    return f"{id_}-frame"


def colour_marks(colours: Mapping[int, str], column: str = "channel") -> list[dict[str, Any]]:
    """Return `style_data_conditional` that marks each channel's cell with the channel's colour."""
    return [
        {
            "if": {"filter_query": f"{{{POSITION}}} = {position}", "column_id": column},
            "boxShadow": f"inset 4px 0 0 {colour}",
        }
        for position, colour in colours.items()
    ]


def _column(column: Column, decimals: int, reader: Reader) -> dict[str, Any]:
    title = column.title[reader.lang]
    if column.kind == "money":
        title = f"{title}, {reader.currency}"
    made: dict[str, Any] = {"id": column.name, "name": title, "type": _types(column.kind)}
    if made["type"] == "numeric":
        made["format"] = _format(column.kind, decimals, reader.lang)
        made["filter_options"] = {"case": "sensitive"}  # otherwise “< 9000” compares digits as letters
    return made


def _largest_by_figure(columns: Sequence[Column], rows: Sequence[Row]) -> dict[tuple[str, Kind], float]:
    """Return the largest value over all columns of one figure, such as ROI, its lower and upper bound."""
    largest: dict[tuple[str, Kind], float] = {}
    for column in columns:
        if _types(column.kind) == "numeric":
            values = [abs(float(row[column.name])) for row in rows if row[column.name] is not None]
            figure = _figure(column)
            largest[figure] = max([*values, largest.get(figure, 0.0)])
    return largest


def _figure(column: Column) -> tuple[str, Kind]:
    return column.name.partition("_")[0], column.kind


def _types(kind: Kind) -> str:
    return {"text": "text", "date": "datetime"}.get(kind, "numeric")


def _decimals(kind: Kind, largest: float) -> int:
    """Return the decimals that columns with that largest value need, in the unit that is shown."""
    if kind == "percent":
        return 0 if largest >= _WHOLE_PERCENT_FROM else 1 if largest >= _FINE_PERCENT_BELOW else 2
    if kind == "count" or largest >= _CENTS_BELOW:
        return 0
    return 1 if kind == "number" and largest >= _TENTHS_BELOW else 2


def _format(kind: Kind, decimals: int, lang: Lang) -> dict[str, Any]:
    """Return a format of d3; its currency symbol is the percent sign."""
    specifier = f"{'$' if kind == 'percent' else ''},.{decimals}f"
    return {"specifier": specifier, "locale": _MARKS[lang], "nully": NOTHING}


def _row(columns: Iterable[Column], row: Row, decimals: Mapping[str, int], lang: Lang) -> dict[str, Any]:
    cells = {column.name: _cell(column, row[column.name], decimals[column.name], lang) for column in columns}
    return cells | ({POSITION: row[POSITION]} if POSITION in row else {})


def _cell(column: Column, value: object, decimals: int, lang: Lang) -> object:
    if isinstance(value, str) and value in column.words:
        return column.words[value][lang]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | int | float):
        shown = float(value) * (100 if column.kind == "percent" else 1)
        return round(shown, decimals)
    return value


def _aligned(columns: Iterable[Column]) -> list[dict[str, Any]]:
    words = [column.name for column in columns if column.kind in {"text", "date"}]
    return [{"if": {"column_id": name}, "textAlign": "left"} for name in words]
