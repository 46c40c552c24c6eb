"""The six cards of key figures: value, change against the period before, and a small line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers, words
from layouts.reader import Drawn, Reader
from layouts.sparkline import EMPTY, sparkline
from services.text import NOTHING, Lang, Text, money, number, percent
from services.views import Advice, Kpi, KpiName, Overview

Good = Literal["up", "down", "neither"]
Written = Literal["money", "ratio", "count"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: its title, its format, and the direction that is good."""

    name: KpiName
    title: Text
    written: Written
    good: Good


Mood = Literal["good", "bad", "even"]

FIGURES: tuple[Figure, ...] = (
    Figure("spend", words.SPEND, "money", "neither"),
    Figure("revenue", words.REVENUE, "money", "up"),
    Figure("roi", words.ROI, "ratio", "up"),
    Figure("conversions", words.CONVERSIONS, "count", "up"),
    Figure("acquisition_cost", words.ACQUISITION_COST, "money", "down"),
    Figure("ctr", words.CTR, "ratio", "up"),
)
RETURNS: Mapping[KpiName, KpiName] = {"revenue": "roi", "conversions": "acquisition_cost"}
"""What the money brings of a sum: revenue per cost, conversions per cost."""

WARNINGS = frozenset({"critical", "warning"})
RULES = frozenset({"anomaly", "funnel", "trend", "unprofitable"})  # on a whole channel
_OF_MONEY: tuple[KpiName, ...] = ("revenue", "roi", "conversions", "acquisition_cost")
BEHIND: Mapping[str, tuple[KpiName, ...]] = {
    "roi": _OF_MONEY,
    "conversion": _OF_MONEY,
    "ctr": ("ctr", *_OF_MONEY),
    "cpm": ("roi", "acquisition_cost"),
}
"""The key figures that a recommendation on a rate stands behind."""

PARTS = ("value.children", "value.className", "value.title", "unit.children", "line.src")
CHANGE_PARTS = ("change.children", "change.className", "change.title")
LEAVES = tuple(ids.kpi(f.name, part) for f in FIGURES for part in PARTS + CHANGE_PARTS)

KEY_FIGURES = Text(en="Key figures", ru="Главные показатели")
BETTER = Text(en="Better than before: {before}", ru="Лучше, чем раньше: {before}")
WORSE = Text(en="Worse than before: {before}", ru="Хуже, чем раньше: {before}")
BEFORE = Text(en="Before: {before}", ru="Раньше: {before}")
LEVEL = Text(en="no real change", ru="без изменений")
WITHIN_CHANCE = Text(
    en="Before: {before}. A change of this size ({change}) comes by chance.",
    ru="Раньше: {before}. Изменение такого размера ({change}) бывает случайно.",
)
MISSING = Text(en="not in the data", ru="нет в данных")
ZERO = Text(en="0 in all rows", ru="везде 0")
NEEDS = Text(en="needs {figures}", ru="нет данных: {figures}")
MOST_UNEQUAL = 1.15  # 31 days against 28
OWN_SUMS = frozenset({"spend", "revenue", "conversions"})  # the other figures are ratios of two sums
UP_TO = Text(
    en="{sentence} (complete days only, up to {day}: {now})",
    ru="{sentence} (только полные дни, по {day}: {now})",
)
UNFINISHED = Text(
    en="No comparison: these days are still coming in, or the data do not cover the period before.",
    ru="Сравнить не с чем: данные за эти дни ещё поступают или за предыдущий период их нет.",
)
NO_COMPARISON = Text(
    en="No comparison: the data do not cover the period before, or only in part.",
    ru="Сравнить не с чем: за предыдущий период данных нет или они неполные.",
)


def skeleton(lang: Lang) -> Component:
    """Return the six cards without figures."""
    head = html.H2(KEY_FIGURES[lang], className="visually-hidden")
    return html.Section([head, html.Div([_card(figure, lang) for figure in FIGURES], className="kpis")])


def draw(overview: Overview, reader: Reader, warned: frozenset[KpiName] = frozenset()) -> Drawn:
    """Fill the cards with the figures of a period.

    warned: the figures of which a recommendation tells a loss, see `warned_of`. Only these are red.
    """
    kpis = {kpi.name: kpi for kpi in overview.kpis}
    drawn: Drawn = {}
    for figure in FIGURES:
        kpi = kpis[figure.name]
        mood = _mood(figure, kpis, overview, reader.lang)
        colour = "even" if mood == "bad" and figure.name not in warned else mood
        for part, value in _parts(figure, kpi, (mood, colour), overview, reader).items():
            drawn[ids.kpi(figure.name, part)] = value
    return drawn


def _card(figure: Figure, lang: Lang) -> Component:
    def part(name: str) -> str:
        return ids.kpi(figure.name, name)

    return html.Div(
        [
            html.H3(figure.title[lang], className="kpi-title"),
            html.P(
                [
                    html.Span(NOTHING, id=part("value"), className="kpi-value"),
                    html.Span(id=part("unit"), className="kpi-unit"),
                ],
                className="kpi-figure",
            ),
            html.Div(
                [
                    html.Span(id=part("change"), className="change"),
                    html.Img(id=part("line"), className="kpi-line", src=EMPTY, alt=""),
                ],
                className="kpi-course",
            ),
        ],
        className="kpi",
    )


def warned_of(advice: Advice, overview: Overview) -> frozenset[KpiName]:
    """Return the figures that a warning of the run is about: what moves with a rate that got worse.

    Warnings on channels that the overview does not show do not count.
    """
    shown = {None, *(one.channel for one in overview.channels)}
    metrics = {
        str(item.item.get("metric"))
        for item in advice.items
        if item.severity in WARNINGS and item.rule_id in RULES and item.channel in shown
    }
    return frozenset(name for metric in metrics for name in BEHIND.get(metric, ()))


def _parts(figure: Figure, kpi: Kpi, moods: tuple[Mood, Mood], overview: Overview, reader: Reader) -> Drawn:
    if kpi.lacks:
        return _missing(figure, kpi, reader.lang)
    return {
        "value.children": _value(figure, kpi.value, reader.lang),
        "value.className": "kpi-value",
        "value.title": _exact(figure, kpi.value, reader),
        "unit.children": reader.currency if figure.written == "money" and kpi.value is not None else "",
        "line.src": sparkline(kpi.series),
        **_change(figure, kpi, moods, overview.settled_to, reader),
    }


def _missing(figure: Figure, kpi: Kpi, lang: Lang) -> Drawn:
    """Return a card of a figure that the data do not have: no number, and no 0 that looks like one."""
    figures = ", ".join(words.lower(words.SUMS[name][lang]) for name in kpi.lacks)
    known = MISSING if kpi.value is None else ZERO
    said = known if figure.name in OWN_SUMS else NEEDS.format(figures=figures)
    change = dict.fromkeys(("change.children", "change.title"), "") | {"change.className": "is-hidden"}
    return {
        "value.children": said[lang],
        "value.className": "kpi-value is-missing",
        "value.title": "",
        "unit.children": "",
        "line.src": EMPTY,
        **change,
    }


def _value(figure: Figure, value: float | None, lang: Lang) -> str:
    if figure.written == "ratio":
        small = value is not None and abs(value) < 0.1
        return percent(value, lang, decimals=2 if small else None)
    if figure.written == "money":
        return numbers.large(value, lang, decimals=0 if value is None or abs(value) >= 1000 else 2)
    return numbers.large(value, lang)


def _exact(figure: Figure, value: float | None, reader: Reader) -> str:
    if figure.written == "money":
        return money(value, reader.currency, reader.lang)
    if figure.written == "ratio":
        return percent(value, reader.lang, decimals=2)
    return number(value, reader.lang)


def _change(
    figure: Figure, kpi: Kpi, moods: tuple[Mood, Mood], settled_to: date | None, reader: Reader
) -> Drawn:
    """Return the change: in words what it means, and its colour."""
    kpi, (mood, colour) = kpi.settled, moods
    written = _written_change(figure, kpi, reader.lang)
    if written == NOTHING:
        why = (NO_COMPARISON if kpi.compared is None else UNFINISHED)[reader.lang]
        return dict(zip(CHANGE_PARTS, (NOTHING, "change is-unknown", why), strict=True))
    before = _exact(figure, kpi.previous, reader)
    is_chance = _is_chance(figure, kpi, written)
    sentence = WITHIN_CHANCE if is_chance else {"good": BETTER, "bad": WORSE, "even": BEFORE}[mood]
    title = sentence.format(before=before, change=written)[reader.lang]
    if kpi.compared is not None and settled_to is not None:
        day, now = numbers.span(settled_to, settled_to, reader.lang), _exact(figure, kpi.value, reader)
        title = UP_TO.format(sentence=title, day=day, now=now)[reader.lang]
    said = LEVEL[reader.lang] if is_chance else _arrow(written) + written
    return dict(zip(CHANGE_PARTS, (said, f"change is-{colour}", title), strict=True))


def _is_chance(figure: Figure, kpi: Kpi, written: str) -> bool:
    """Tell whether a change is as large as chance alone makes it, or too small to be written."""
    if figure.good == "neither" or kpi.value is None or kpi.previous is None:
        return False
    return _direction(written) == "level" or kpi.is_within_chance


def _is_of_as_many_days(overview: Overview) -> bool:
    """Tell whether both periods are about as long, as two months are: else sums are neither good nor bad."""
    if overview.previous_from is None or overview.previous_to is None:
        return True
    now = (overview.date_to - overview.date_from).days + 1
    before = (overview.previous_to - overview.previous_from).days + 1
    return max(now, before) <= MOST_UNEQUAL * min(now, before)


def _written_change(figure: Figure, kpi: Kpi, lang: Lang) -> str:
    write = numbers.change_in_points if figure.written == "ratio" else numbers.change
    return write(kpi.value, kpi.previous, lang)


def _mood(figure: Figure, kpis: Mapping[KpiName, Kpi], overview: Overview, lang: Lang) -> Mood:
    """Judge a change by what it means: a higher cost per conversion is bad.

    Revenue and conversions follow the spend, which is decided. So a change of them is good or bad only if
    what the money brings has changed in the same sense, too: fewer conversions for less money are not worse.
    """
    if figure.name in OWN_SUMS and not _is_of_as_many_days(overview):
        return "even"
    own = _own_mood(figure, kpis[figure.name], lang)
    judge = RETURNS.get(figure.name)
    if judge is None or kpis[judge].settled.value is None:
        return own
    by = next(one for one in FIGURES if one.name == judge)
    return own if own == _own_mood(by, kpis[judge], lang) else "even"


def _own_mood(figure: Figure, kpi: Kpi, lang: Lang) -> Mood:
    """Judge a change by its direction alone; "even" within chance, or without a comparison."""
    kpi = kpi.settled
    written = _written_change(figure, kpi, lang)
    if figure.good == "neither" or written == NOTHING or _is_chance(figure, kpi, written):
        return "even"
    return "good" if _direction(written) == figure.good else "bad"


def _direction(written: str) -> Literal["up", "down", "level"]:
    return "up" if written.startswith("+") else "down" if written.startswith("−") else "level"


def _arrow(written: str) -> str:
    return {"up": "↑ ", "down": "↓ ", "level": ""}[_direction(written)]
