"""The campaigns and the attributes of one channel: tables, and where the change comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, part_tables
from layouts.elements import data
from layouts.part_tables import PartTable, written_change
from layouts.reader import Drawn, Reader
from services.main_change import MainChange, is_new, is_over
from services.text import Lang, Text, number, percent
from services.views import Breakdown, BreakdownFigure, BreakdownRow

CAMPAIGNS = Text(en="Campaigns of this channel", ru="Кампании этого канала")
DIMENSIONS = Text(en="Audiences, devices and other parts", ru="Аудитории, устройства и другие разрезы")
ORDER = Text(en="Order", ru="Порядок")
BY_SPEND = Text(en="by spend", ru="по расходу")
BY_FALL = Text(en="largest falls first", ru="сначала наибольшие снижения")
BY_RISE = Text(en="largest rises first", ru="сначала наибольший рост")
ORDERS = {"spend": BY_SPEND, "fall": BY_FALL, "rise": BY_RISE}
SEARCH = Text(en="Search campaigns", ru="Поиск кампаний")
SHOWN = Text(en="Shown: {shown} of {all}", ru="Показано: {shown} из {all}")
NOT_FOUND = Text(
    en="No campaign of the period has “{search}” in its name.",
    ru="В названиях кампаний периода нет «{search}».",
)
NO_CAMPAIGNS = Text(
    en="The data of this channel have no campaigns. Export the report with a column of campaign names or ids "
    "and import it: the figures are then listed by campaign.",
    ru="В данных этого канала нет кампаний. Выгрузите отчёт со столбцом названий или номеров кампаний и "
    "загрузите его: показатели будут и по кампаниям.",
)
NO_SUMS = Text(
    en="This run has no sums by campaign: its data have no campaigns, or it is from before they were kept. "
    "Import a report with a column of campaign names or ids, or open a newer run.",
    ru="В этом запуске нет сумм по кампаниям: в данных нет кампаний или запуск сделан раньше, чем их стали "
    "хранить. Загрузите отчёт со столбцом кампаний или откройте более новый запуск.",
)
NO_DIMENSIONS = Text(
    en="The data of this channel have no audiences, devices or other parts. Export the report with such a "
    "column.",
    ru="В данных этого канала нет аудиторий, устройств и других разрезов. Выгрузите отчёт с таким столбцом.",
)
CONSTANT = Text(en="The same in all rows: {names}.", ru="Одинаковы во всех строках: {names}.")

_FALLS: Mapping[str, Text] = {
    "revenue": Text(en="the fall in revenue", ru="снижения выручки"),
    "conversions": Text(en="the fall in conversions", ru="снижения числа конверсий"),
    "spend": Text(en="the fall in spend", ru="снижения расхода"),
}
_RISES: Mapping[str, Text] = {
    "revenue": Text(en="the rise in revenue", ru="роста выручки"),
    "conversions": Text(en="the rise in conversions", ru="роста числа конверсий"),
    "spend": Text(en="the rise in spend", ru="роста расхода"),
}
ONE = Text(
    en="{share} of {change} comes from campaign “{name}”{state}.",
    ru="{share} {change} — от кампании «{name}»{state}.",
)
OPPOSED = Text(
    en="Campaigns went opposite ways, so no share of {change} ({total}) is told: “{name}” {of_row}{other}.",
    ru="Кампании менялись в разные стороны, поэтому доли {change} ({total}) не называются. "
    "«{name}»: {of_row}{other}.",
)
OTHER = Text(en=", “{name}” {change}", ru=", «{name}»: {change}")
OTHERS = Text(en=", all others the other way", ru=", остальные вместе — в обратную сторону")
SPREAD = Text(
    en="No single campaign has half of {change}; the largest part, {share}, is that of “{name}”{state}.",
    ru="Ни одна кампания не даёт половины {change}; наибольшая часть, {share}, — «{name}»{state}.",
)
OF_UNNAMED = Text(
    en="The largest part of {change}, {share}, is in rows without a campaign.",
    ru="Наибольшая часть {change}, {share}, — в строках без кампании.",
)
NEW = Text(en=", which is new in the period", ru=" (новая в этом периоде)")
OVER = Text(en=", which has no rows in the period", ru=" (в этом периоде строк нет)")

LEAVES = (
    f"{ids.CAMPAIGNS}.children",
    f"{ids.CAMPAIGNS_WHY}.children",
    f"{ids.CAMPAIGNS_OF}.children",
)
DIMENSION_LEAVES = (f"{ids.DIMENSIONS}.children",)


@dataclass(frozen=True, slots=True)
class CampaignViews:
    """The campaigns of a channel in the order that is asked for; None if no sums by campaign are kept.

    `main` is where the change of `figure` comes from; `has_change`: it is beyond noise.
    """

    found: Breakdown | None
    figure: BreakdownFigure
    has_change: bool
    main: MainChange | None


def skeleton(lang: Lang) -> list[Component]:
    """Return the two panels without rows; assets/campaigns.js adds the field to search in."""
    order = html.Select(
        [html.Option(text[lang], value=name) for name, text in ORDERS.items()],
        id=ids.CAMPAIGNS_ORDER,
        className="view-choice",
    )
    controls = html.Div(
        [
            html.Span(id=ids.CAMPAIGNS_SEARCH, className="campaign-search", **data(label=SEARCH[lang])),
            html.Div(
                [html.Label(ORDER[lang], htmlFor=ids.CAMPAIGNS_ORDER, className="quiet"), order],
                className="view-part",
            ),
            html.Span(id=ids.CAMPAIGNS_OF, className="quiet", role="status"),
        ],
        className="view-controls",
    )
    why = html.P(id=ids.CAMPAIGNS_WHY, className="campaign-why")
    asked = dcc.Store(id=ids.CAMPAIGNS_ASKED, data={"search": "", "order": "spend"})
    rows = html.Div(id=ids.CAMPAIGNS)
    return [
        _panel(CAMPAIGNS[lang], [why, controls, rows, asked]),
        _panel(DIMENSIONS[lang], [html.Div(id=ids.DIMENSIONS, className="part-tables")]),
    ]


def draw(views: CampaignViews, reader: Reader) -> Drawn:
    """Show the campaigns, and where the change comes from."""
    content, note = _content(views, reader)
    return {
        f"{ids.CAMPAIGNS}.children": content,
        f"{ids.CAMPAIGNS_WHY}.children": "" if views.main is None else sentence(views.main, reader),
        f"{ids.CAMPAIGNS_OF}.children": note,
    }


def draw_dimensions(
    found: Sequence[Breakdown], figure: BreakdownFigure, has_change: bool, reader: Reader
) -> Drawn:
    """Show a table for each attribute; one with the same value in all rows is named with it."""
    lang, named = reader.lang, [one for one in found if one.rows]
    shown: list[Component] = [
        _table_of_values(one, figure, has_change, reader) for one in named if not _is_constant(one)
    ]
    constant = [
        f"{part_tables.name_of(o.question.by, lang)} ({o.rows[0].name})" for o in named if _is_constant(o)
    ]
    if constant:
        shown.append(html.P(CONSTANT.format(names=", ".join(constant))[lang], className="quiet"))
    return {f"{ids.DIMENSIONS}.children": shown or html.P(NO_DIMENSIONS[lang], className="quiet")}


def _table_of_values(
    found: Breakdown, figure: BreakdownFigure, has_change: bool, reader: Reader
) -> Component:
    label = part_tables.name_of(found.question.by, reader.lang)
    return PartTable(found, figure, has_change, has_trends=False, label=label).draw(reader)


def _is_constant(found: Breakdown) -> bool:
    return len(found.rows) == 1 and not (found.others or found.unnamed or found.together)


def sentence(main: MainChange, reader: Reader) -> str:
    """Return where a change comes from; shares only where campaigns did not go opposite ways."""
    lang, row = reader.lang, main.row
    name = row.name or row.key or ""
    change = (_FALLS if main.change < 0 else _RISES)[main.figure][lang]
    words = {"share": percent(main.share, lang, decimals=0), "change": change, "name": name}
    if main.kind != "opposed":
        template = {"one": ONE, "spread": SPREAD, "unnamed": OF_UNNAMED}[main.kind]
        return template.format(**words, state=_state(row, lang))[lang]
    total = _total(main, reader)
    of_row = written_change(row, main.figure, reader)
    return OPPOSED.format(**words, total=total, of_row=of_row, other=_other(main, reader))[lang]


def _total(main: MainChange, reader: Reader) -> str:
    return part_tables.written(main.change, main.figure, reader)


def _other(main: MainChange, reader: Reader) -> str:
    if main.other is None:
        return OTHERS[reader.lang]
    change = written_change(main.other, main.figure, reader)
    return OTHER.format(name=main.other.name or main.other.key, change=change)[reader.lang]


def _state(row: BreakdownRow, lang: Lang) -> str:
    return OVER[lang] if is_over(row) else NEW[lang] if is_new(row) else ""


def _content(views: CampaignViews, reader: Reader) -> tuple[Component, str]:
    """Return the table, or what is missing, and how many campaigns are shown."""
    lang, found = reader.lang, views.found
    if found is None:
        return html.P(NO_SUMS[lang], className="quiet"), ""
    if not found.rows:
        search = found.question.search
        word = NOT_FOUND.format(search=search) if search else NO_CAMPAIGNS
        return html.P(word[lang], className="quiet"), ""
    table = PartTable(found, views.figure, views.has_change, has_trends=True, label=CAMPAIGNS[lang])
    shown, count = (number(one, lang) for one in (len(found.rows), found.count))
    return table.draw(reader), SHOWN.format(shown=shown, all=count)[lang]


def _panel(title: str, content: list[Component]) -> Component:
    head = html.Div([html.H2(title, className="panel-title")], className="panel-head")
    return html.Section([head, *content], className="panel panel-parts of-channel")
