"""Tables of campaigns and of attribute values: spend, what came back, trend, share of the change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from layouts import words
from layouts.elements import aria
from layouts.reader import Reader
from layouts.sparkline import sparkline
from services.main_change import is_new, is_over
from services.text import NOTHING, Lang, Text, money, number, percent, signed
from services.views import Breakdown, BreakdownFigure, BreakdownRow

NAMES = {
    "campaign": Text(en="Campaign", ru="Кампания"),
    "audience": Text(en="Audience", ru="Аудитория"),
    "device": Text(en="Device", ru="Устройство"),
    "region": Text(en="Region", ru="Регион"),
    "country": Text(en="Country", ru="Страна"),
    "goal": Text(en="Goal", ru="Цель"),
    "age": Text(en="Age", ru="Возраст"),
    "gender": Text(en="Gender", ru="Пол"),
    "placement": Text(en="Placement", ru="Площадка"),
    "format": Text(en="Format", ru="Формат"),
}
TREND = Text(en="{figure}, trend", ru="{figure}, динамика")
SHARE = Text(en="Change in {figure}, share", ru="Изменение: {figure}, доля")
REST = Text(en="The rest: {number}", ru="Остальные: {number}")
UNNAMED = Text(en="Rows without a name", ru="Строки без названия")
TOGETHER = Text(en="Values that are not kept apart", ru="Значения, которые не хранятся по отдельности")
TOTAL = Text(en="All together", ru="Всего")
NEW = Text(en="new", ru="новая")
OVER = Text(en="no rows in the period", ru="в периоде нет строк")

Cell = Callable[[BreakdownRow], str]


@dataclass(frozen=True, slots=True)
class PartTable:
    """A breakdown as a table. `figure` is what is compared; `has_change`: its change is beyond noise."""

    found: Breakdown
    figure: BreakdownFigure
    has_change: bool
    has_trends: bool
    label: str

    def draw(self, reader: Reader) -> Component:
        """Return the table; its rows, the rest, and the total."""
        head = [html.Th(title, scope="col") for title in self._titles(reader)]
        body = [self._line(row, name, reader) for row, name in self._rows(reader.lang)]
        made = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="part-table tabular")
        # Wide and long tables scroll in their frame, also by keyboard.
        return html.Div(made, className="part-frame", tabIndex="0", role="region", **aria(label=self.label))

    def _titles(self, reader: Reader) -> Iterator[str]:
        lang = reader.lang
        yield name_of(self.found.question.by, lang)
        yield from (f"{title[lang]}{unit}" for title, unit, _ in self._columns(reader))
        if self.has_trends:
            yield TREND.format(figure=title_of(self.found.question.sort)[lang])[lang]
        if self.has_change:
            yield SHARE.format(figure=words.lower(title_of(self.figure)[lang]))[lang]

    def _columns(self, reader: Reader) -> Sequence[tuple[Text, str, Cell]]:
        """Return title, unit and cells of the figures that the data have."""
        lang, unrecorded = reader.lang, self.found.total.totals.unrecorded
        unit = f", {reader.currency}"

        def amount(name: str) -> Cell:
            return lambda row: _amount(getattr(row.totals, name), lang)

        spend = [] if "cost" in unrecorded else [(words.SPEND, unit, amount("cost"))]
        if "revenue" not in unrecorded:
            money_columns = [
                (words.REVENUE, unit, amount("revenue")),
                (words.ROI, "", lambda row: percent(row.totals.roi, lang)),
            ]
            return [*spend, *money_columns]
        return [
            *spend,
            (words.CONVERSIONS, "", lambda row: number(row.totals.conversions, lang)),
            (words.ACQUISITION_COST, unit, amount("acquisition_cost")),
        ]

    def _rows(self, lang: Lang) -> Iterator[tuple[BreakdownRow, str]]:
        found = self.found
        yield from ((row, row.name or row.key or NOTHING) for row in found.rows)
        if found.others is not None:
            yield found.others, REST.format(number=number(found.others.parts, lang))[lang]
        if found.unnamed is not None:
            yield found.unnamed, UNNAMED[lang]
        if found.together is not None:
            yield found.together, TOGETHER[lang]
        yield found.total, TOTAL[lang]

    def _line(self, row: BreakdownRow, name: str, reader: Reader) -> Component:
        lang = reader.lang
        title = html.Th([name, *_state(row, lang)], scope="row")
        cells = [html.Td(cell(row)) for _, _, cell in self._columns(reader)]
        if self.has_trends:
            cells.append(html.Td(_trend(row)))
        if self.has_change:
            cells.append(html.Td(_changed(row, self.figure, reader)))
        return html.Tr([title, *cells], className="is-sum" if row.key is None else None)


def name_of(by: str, lang: Lang) -> str:
    """Return what rows are divided by in the reader's language; a column without a word as it is named."""
    return NAMES[by][lang] if by in NAMES else by


def title_of(figure: BreakdownFigure) -> Text:
    """Return the title of a figure that is compared."""
    return {"spend": words.SPEND, "conversions": words.CONVERSIONS}.get(figure, words.REVENUE)


def written_change(row: BreakdownRow, figure: BreakdownFigure, reader: Reader) -> str:
    """Return the change of a figure with its sign and unit; a dash where it is not known."""
    found = row.changes.get(figure)
    return written(None if found is None else found.change, figure, reader)


def written(change: Decimal | float | None, figure: BreakdownFigure, reader: Reader) -> str:
    """Return a change with its sign and unit."""
    if figure == "conversions":
        return signed(number(change, reader.lang))
    return signed(money(change, reader.currency, reader.lang))


def _amount(value: object, lang: Lang) -> str:
    if value is None:
        return NOTHING
    amount = float(str(value))
    return number(amount, lang, decimals=0 if abs(amount) >= 1000 else 2)


def _changed(row: BreakdownRow, figure: BreakdownFigure, reader: Reader) -> str:
    found = row.changes.get(figure)
    change = written_change(row, figure, reader)
    return (
        change if found is None or found.share is None else f"{change} · {percent(found.share, reader.lang)}"
    )


def _state(row: BreakdownRow, lang: Lang) -> list[Component]:
    if row.key is None:
        return []
    word = OVER if is_over(row) else NEW if is_new(row) else None
    return [] if word is None else [html.Span(f" · {word[lang]}", className="quiet")]


def _trend(row: BreakdownRow) -> Component | None:
    return html.Img(src=sparkline(row.trend), alt="", className="part-trend") if row.trend else None
