"""A breakdown as a table for spreadsheets, with the rows of the rest and of the total."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.reports.content import Heading, Table
from services.text import Lang, Text
from services.views import (
    ADDITIVE_FIGURES,
    BREAKDOWN_FIGURES,
    KPI_TITLES,
    Breakdown,
    BreakdownFigure,
    BreakdownRow,
    Kind,
)

ROW, OTHERS, UNNAMED, TOGETHER, TOTAL = "row", "others", "unnamed", "together", "total"
_KINDS: dict[BreakdownFigure, Kind] = {
    "spend": "money",
    "revenue": "money",
    "conversions": "number",
    "clicks": "count",
    "impressions": "count",
    "roi": "percent",
    "ctr": "percent",
    "conversion": "percent",
    "acquisition_cost": "money",
}
FIGURE_TITLES: dict[BreakdownFigure, Text] = {
    "spend": KPI_TITLES["spend"],
    "revenue": KPI_TITLES["revenue"],
    "conversions": KPI_TITLES["conversions"],
    "clicks": Text(en="Clicks", ru="Клики"),
    "impressions": Text(en="Impressions", ru="Показы"),
    "roi": KPI_TITLES["roi"],
    "ctr": KPI_TITLES["ctr"],
    "conversion": Text(en="Conversion rate", ru="Конверсия"),
    "acquisition_cost": KPI_TITLES["acquisition_cost"],
}
_BEFORE = Text(en="{title}, before", ru="{title}, раньше")
_CHANGE = Text(en="{title}, change", ru="{title}, изменение")
_SHARE = Text(en="{title}, share of the change", ru="{title}, доля в изменении")
_WHAT = Text(en="Row", ru="Строка")
_CHANNEL = Text(en="Channel", ru="Канал")
_NAME = Text(en="Name", ru="Название")
_KEY = Text(en="Key", ru="Ключ")
_TITLE = Text(en="Breakdown", ru="Разбивка")
_KINDS_OF_ROWS = {
    ROW: Text(en="", ru=""),
    OTHERS: Text(en="All others", ru="Все остальные"),
    UNNAMED: Text(en="Without a name", ru="Без названия"),
    TOGETHER: Text(en="Days with too many values", ru="Дни со слишком многими значениями"),
    TOTAL: Text(en="Total", ru="Всего"),
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its name in CSV, its title, the kind of its values, and the value of a row."""

    name: str
    title: Text
    kind: Kind
    value: Callable[[str, BreakdownRow], Any]


def _columns() -> Iterator[_Column]:
    yield _Column("row", _WHAT, "text", lambda what, _: what)
    yield _Column("channel", _CHANNEL, "text", lambda _, row: row.channel)
    yield _Column("key", _KEY, "text", lambda _, row: row.key)
    yield _Column("name", _NAME, "text", lambda _, row: row.name)
    for figure in BREAKDOWN_FIGURES:
        title, kind = FIGURE_TITLES[figure], _KINDS[figure]
        name = "cost" if figure == "spend" else figure
        yield _Column(figure, title, kind, partial(_now, name))
        yield _Column(f"previous_{figure}", _BEFORE.format(title=title), kind, partial(_before, name))
        yield _Column(f"change_{figure}", _CHANGE.format(title=title), kind, partial(_change, figure))
        if figure in ADDITIVE_FIGURES:
            share = partial(_share, figure)
            yield _Column(f"share_{figure}", _SHARE.format(title=title), "percent", share)


def _now(name: str, _: str, row: BreakdownRow) -> Any:
    return getattr(row.totals, name)


def _before(name: str, _: str, row: BreakdownRow) -> Any:
    return None if row.previous is None else getattr(row.previous, name)


def _change(figure: BreakdownFigure, _: str, row: BreakdownRow) -> Any:
    return row.changes[figure].change if row.changes else None


def _share(figure: BreakdownFigure, _: str, row: BreakdownRow) -> float | None:
    return row.changes[figure].share if row.changes else None


COLUMNS = tuple(_columns())
"""The columns of the table, in their order."""


def column_values(found: Breakdown) -> Iterator[tuple[Any, ...]]:
    """Yield the values of `COLUMNS` for each row, those of the rest and of the total last."""
    return (tuple(column.value(what, row) for column in COLUMNS) for what, row in _rows(found))


def breakdown_table(found: Breakdown, lang: Lang) -> Table:
    """Return a breakdown as a table in a language; amounts are in the currency of the workbook."""
    worth = found.snapshot.worth
    headings = (Heading(worth.word(column.title)[lang], column.kind, column.name) for column in COLUMNS)
    rows = ((_KINDS_OF_ROWS[what][lang], *values) for what, *values in column_values(found))
    return Table(_TITLE[lang], tuple(headings), tuple(rows))


def _rows(found: Breakdown) -> Iterator[tuple[str, BreakdownRow]]:
    yield from ((ROW, row) for row in found.rows)
    for what, row in (
        (OTHERS, found.others),
        (UNNAMED, found.unnamed),
        (TOGETHER, found.together),
        (TOTAL, found.total),
    ):
        if row is not None:
            yield what, row
