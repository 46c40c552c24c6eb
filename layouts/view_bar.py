"""The bar above the Overview: period, comparison and channel. assets/view.js keeps them in the address.

The controls are native and need no request. The names of the channels come with the figures, into a store.
"""

from __future__ import annotations

from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, numbers, report_links, words
from layouts.elements import aria, data
from layouts.reader import Drawn
from services.periods import Selection
from services.text import Lang, Text
from services.views import Overview

CHOSEN_DATES = "dates"  # the option of a selector that shows two fields for dates
PERIODS: tuple[tuple[str, Text], ...] = (
    ("7", Text(en="Last 7 days", ru="Последние 7 дней")),
    ("28", Text(en="Last 28 days", ru="Последние 28 дней")),
    ("90", Text(en="Last 90 days", ru="Последние 90 дней")),
    ("month", Text(en="This month", ru="Этот месяц")),
    ("last-month", Text(en="Last month", ru="Прошлый месяц")),
    ("quarter", Text(en="This quarter", ru="Этот квартал")),
    ("last-quarter", Text(en="Last quarter", ru="Прошлый квартал")),
    ("year", Text(en="This year", ru="Этот год")),
    ("all", Text(en="All days", ru="Все дни")),
    (CHOSEN_DATES, Text(en="Two dates …", ru="Две даты …")),
)
COMPARISONS: tuple[tuple[str, Text], ...] = (
    ("before", Text(en="the period before", ru="с предыдущим периодом")),
    ("year", Text(en="same weekdays a year ago", ru="с теми же днями недели год назад")),
    (CHOSEN_DATES, Text(en="two dates …", ru="с двумя датами …")),
    ("none", Text(en="nothing", ru="ни с чем")),
)
TITLE = Text(en="Period and filters", ru="Период и фильтры")
PERIOD = Text(en="Period", ru="Период")
AGAINST = Text(en="against", ru="сравнить")
ALL_CHANNELS = Text(en="All channels", ru="Все каналы")
CLEAR = Text(en="Clear", ru="Сбросить")
COPY = Text(en="Copy link", ru="Скопировать ссылку")
WORDS: dict[str, Text] = {
    "from": Text(en="from", ru="с"),
    "to": Text(en="to", ru="по"),
    "compare-from": Text(en="compared from", ru="сравнить с"),
    "compare-to": Text(en="compared to", ru="сравнить по"),
    "copied": Text(en="Copied", ru="Скопировано"),
    "not-copied": Text(en="Copy the address of the page", ru="Скопируйте адрес страницы"),
    "days": Text(en="Last {n} days", ru="Последние дни: {n}"),
}
COMPARED = Text(en="{now}, against {before}", ru="{now} по сравнению с {before}")
LENGTHS = Text(
    en="{compared} ({now} days against {before}: sums differ for that alone)",
    ru="{compared} (дней: {now} и {before}, суммы различаются уже поэтому)",
)
UNCOVERED = Text(
    en="{now}; no comparison, because there are data of {data} only",
    ru="{now}; сравнить не с чем: данные есть только за {data}",
)
LEAVES = (f"{ids.VIEW_SPAN}.children", f"{ids.VIEW_BAR}.data-shown", f"{ids.CHANNEL_TITLE}.children")
CHANNEL_LEAVES = (f"{ids.CHANNELS}.data",)


def skeleton(lang: Lang) -> Component:
    """Return the bar with the usual period; the channels are filled in later."""
    controls = html.Div(
        [
            _choice(ids.PERIOD, PERIOD[lang], PERIODS, "period", lang),
            _choice(ids.COMPARE, AGAINST[lang], COMPARISONS, "compare", lang),
            _choice(ids.CHANNEL, words.CHANNEL[lang], (("", ALL_CHANNELS),), "channel", lang),
            html.Button(CLEAR[lang], id=ids.VIEW_CLEAR, type="button", className="view-button is-hidden"),
            html.Button(COPY[lang], id=ids.VIEW_COPY, type="button", className="view-button"),
            html.Span(id=ids.VIEW_SAID, className="quiet", role="status"),
        ],
        className="view-controls",
    )
    dates = html.Span(id=ids.VIEW_SPAN, className="quiet tabular", **aria(live="polite"))
    below = html.Div([dates, report_links.skeleton(lang)], className="view-below")
    texts = data(**{name: text[lang] for name, text in WORDS.items()})
    return html.Section(
        [controls, below], id=ids.VIEW_BAR, className="view-bar", **texts, **aria(label=TITLE[lang])
    )


def stores() -> list[Component]:
    """Return the stores: what is shown, as the address has it, and the channels to choose from."""
    usual = Selection()
    shown = {"period": usual.period_text, "compare": usual.comparison_text, "channel": ""}
    return [dcc.Store(id=ids.VIEW, data=shown), dcc.Store(id=ids.CHANNELS)]


def crumbs(lang: Lang) -> Component:
    """Return the way back from a channel to all of them; hidden while all are shown."""
    back = html.Button(ALL_CHANNELS[lang], id=ids.ALL_CHANNELS, type="button", className="crumb-back")
    name = html.H2(id=ids.CHANNEL_TITLE, className="crumb-here", tabIndex="-1", **aria(current="page"))
    return html.Nav(
        [back, html.Span("›", **aria(hidden="true")), name],
        className="crumbs",
        **aria(label=words.CHANNEL[lang]),
    )


def draw(overview: Overview, lang: Lang) -> Drawn:
    """Say which days are shown and compared, in full, and which channel."""
    ends = (overview.date_from, overview.date_to, overview.previous_from, overview.previous_to)
    asked = overview.selection
    days = ("" if day is None else day.isoformat() for day in ends)
    return {
        f"{ids.VIEW_SPAN}.children": span(overview, lang),
        f"{ids.VIEW_BAR}.data-shown": ",".join(
            (*days, asked.period_text, asked.comparison_text, asked.channel or "")
        ),
        f"{ids.CHANNEL_TITLE}.children": overview.selection.channel or "",
    }


def draw_problem(why: Text, lang: Lang) -> Drawn:
    """Say why the address selects nothing."""
    return {
        f"{ids.VIEW_SPAN}.children": why[lang],
        f"{ids.VIEW_BAR}.data-shown": f",,,,{why[lang]}",
        f"{ids.CHANNEL_TITLE}.children": "",
    }


def draw_channels(overview: Overview) -> Drawn:
    """Return the channels to choose from, and the days that the data have."""
    first, last = overview.snapshot.data_from, overview.snapshot.data_to
    days = [day.isoformat() for day in (first, last) if day is not None]
    return {f"{ids.CHANNELS}.data": {"names": list(overview.all_channels), "days": days}}


def span(overview: Overview, lang: Lang) -> str:
    """Return the days of the period and those that it is compared with."""
    now = numbers.span(overview.date_from, overview.date_to, lang)
    first, last = overview.previous_from, overview.previous_to
    if first is None or last is None:
        return now if overview.selection.comparison == "none" else _uncovered(overview, now, lang)
    compared = COMPARED.format(now=now, before=numbers.span(first, last, lang))[lang]
    lengths = _days(overview.date_from, overview.date_to), _days(first, last)
    if lengths[0] == lengths[1]:
        return compared
    return LENGTHS.format(compared=compared, now=lengths[0], before=lengths[1])[lang]


def _uncovered(overview: Overview, now: str, lang: Lang) -> str:
    first, last = overview.snapshot.data_from, overview.snapshot.data_to
    if first is None or last is None:
        return now
    return UNCOVERED.format(now=now, data=numbers.span(first, last, lang))[lang]


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def _choice(id_: str, label: str, options: tuple[tuple[str, Text], ...], name: str, lang: Lang) -> Component:
    choice = html.Select(
        [html.Option(text[lang], value=value) for value, text in options], id=id_, className="view-choice"
    )
    return html.Div(
        [
            html.Label(label, htmlFor=id_, className="quiet"),
            choice,
            html.Span(className="view-dates", **data(of=name)),
        ],
        className=f"view-part view-{name}",
    )
