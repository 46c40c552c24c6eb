"""All tables of the page, so that another table component would be a change in one file.

Cells are numbers and plain text, never markup: the name `<script>` is shown as text. Numbers stay numbers, so
that sorting and filtering work; the column's format displays them.
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
from services.text import NO_BREAK_SPACE, NOTHING, THIN_SPACE, Lang, Text
from services.views import Column, Kind, Row

PAGE_ROWS = 5
POSITION = "_position"  # the channel's fixed position, for its colour; not a column

_FILTER = Text(en="Filter…", ru="Фильтр…")
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
_MARKS: dict[Lang, dict[str, str]] = {
    "en": {"decimal": ".", "group": ",", "percent": f"{NO_BREAK_SPACE}%"},
    "ru": {"decimal": ",", "group": THIN_SPACE, "percent": f"{NO_BREAK_SPACE}%"},
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
        sort_mode="multi",
        filter_action="native" if with_filter else "none",
        filter_options={"placeholder_text": _FILTER[lang], "case": "insensitive"},
        cell_selectable=False,
        style_as_list_view=True,
        style_table={"overflowX": "auto"},
        style_cell={"textAlign": "right"},
        style_cell_conditional=[],
    )
    words = data(**{name: text[lang] for name, text in _WORDS.items()})
    return html.Div(made, className="table-frame" + (" has-filter" if with_filter else ""), **words)


def draw(id_: str, columns: Sequence[Column], rows: Sequence[Row], reader: Reader) -> dict[str, Any]:
    """Return the leaf values that show `rows` in the table `id_`."""
    largest = _largest_by_figure(columns, rows)
    return {
        f"{id_}.columns": [_column(c, largest.get(_figure(c), 0.0), reader) for c in columns],
        f"{id_}.data": [_row(columns, row, reader.lang) for row in rows],
        f"{id_}.style_cell_conditional": _aligned(columns),
    }


def leaves(id_: str) -> tuple[str, ...]:
    """Return the names of the values that `draw` returns."""
    return f"{id_}.columns", f"{id_}.data", f"{id_}.style_cell_conditional"


def colour_marks(colours: Mapping[int, str], column: str = "channel") -> list[dict[str, Any]]:
    """Return `style_data_conditional` that marks each channel's cell with the channel's colour."""
    return [
        {
            "if": {"filter_query": f"{{{POSITION}}} = {position}", "column_id": column},
            "boxShadow": f"inset 4px 0 0 {colour}",
        }
        for position, colour in colours.items()
    ]


def _column(column: Column, largest: float, reader: Reader) -> dict[str, Any]:
    title = column.title[reader.lang]
    if column.kind == "money":
        title = f"{title}, {reader.currency}"
    made: dict[str, Any] = {"id": column.name, "name": title, "type": _types(column.kind)}
    if made["type"] == "numeric":
        made["format"] = _format(column.kind, largest, reader.lang)
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


def _format(kind: Kind, largest: float, lang: Lang) -> dict[str, Any]:
    """Return a d3 format with as many decimals as columns with that largest value need."""
    money = ",.0f" if largest >= _CENTS_BELOW else ",.2f"
    ratio = ",.0%" if largest >= _WHOLE_PERCENT_FROM else ",.1%" if largest >= _FINE_PERCENT_BELOW else ",.2%"
    digits = ",.0f" if largest >= _CENTS_BELOW else ",.1f" if largest >= _TENTHS_BELOW else ",.2f"
    specifiers = {"money": money, "percent": ratio, "count": ",.0f", "number": digits}
    return {"specifier": specifiers.get(kind, ",.2f"), "locale": _MARKS[lang], "nully": NOTHING}


def _row(columns: Iterable[Column], row: Row, lang: Lang) -> dict[str, Any]:
    cells = {column.name: _cell(column, row[column.name], lang) for column in columns}
    return cells | ({POSITION: row[POSITION]} if POSITION in row else {})


def _cell(column: Column, value: object, lang: Lang) -> object:
    if isinstance(value, str) and value in column.words:
        return column.words[value][lang]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _aligned(columns: Iterable[Column]) -> list[dict[str, Any]]:
    words = [column.name for column in columns if column.kind in {"text", "date"}]
    return [{"if": {"column_id": name}, "textAlign": "left"} for name in words]
