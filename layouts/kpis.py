"""The six cards of key figures: value, change against the period before, and a small line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers, words
from layouts.reader import Drawn, Reader
from layouts.sparkline import EMPTY, sparkline
from services.text import NOTHING, Lang, Text, money, number, percent
from services.views import Kpi, KpiName, Overview

Good = Literal["up", "down", "neither"]
Written = Literal["money", "ratio", "count"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure: its title, its format, and the direction that is good."""

    name: KpiName
    title: Text
    written: Written
    good: Good


FIGURES: tuple[Figure, ...] = (
    Figure("spend", words.SPEND, "money", "neither"),
    Figure("revenue", words.REVENUE, "money", "up"),
    Figure("roi", words.ROI, "ratio", "up"),
    Figure("conversions", words.CONVERSIONS, "count", "up"),
    Figure("acquisition_cost", words.ACQUISITION_COST, "money", "down"),
    Figure("ctr", words.CTR, "ratio", "up"),
)
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


def draw(overview: Overview, reader: Reader) -> Drawn:
    """Fill the cards with the figures of a period."""
    kpis = {kpi.name: kpi for kpi in overview.kpis}
    drawn: Drawn = {}
    for figure in FIGURES:
        for part, value in _parts(figure, kpis[figure.name], overview, reader).items():
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


def _parts(figure: Figure, kpi: Kpi, overview: Overview, reader: Reader) -> Drawn:
    if kpi.lacks:
        return _missing(figure, kpi, reader.lang)
    return {
        "value.children": _value(figure, kpi.value, reader.lang),
        "value.className": "kpi-value",
        "value.title": _exact(figure, kpi.value, reader),
        "unit.children": reader.currency if figure.written == "money" and kpi.value is not None else "",
        "line.src": sparkline(kpi.series),
        **_change(figure, kpi, overview.settled_to, reader),
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


def _change(figure: Figure, kpi: Kpi, settled_to: date | None, reader: Reader) -> Drawn:
    kpi = kpi.settled
    write = numbers.change_in_points if figure.written == "ratio" else numbers.change
    written = write(kpi.value, kpi.previous, reader.lang)
    if written == NOTHING:
        why = (NO_COMPARISON if kpi.compared is None else UNFINISHED)[reader.lang]
        return dict(zip(CHANGE_PARTS, (NOTHING, "change is-unknown", why), strict=True))
    before = _exact(figure, kpi.previous, reader)
    is_chance = _is_chance(figure, kpi, written)
    mood = "even" if is_chance else _mood(figure, written)
    sentence = WITHIN_CHANCE if is_chance else {"good": BETTER, "bad": WORSE, "even": BEFORE}[mood]
    title = sentence.format(before=before, change=written)[reader.lang]
    if kpi.compared is not None and settled_to is not None:
        day, now = numbers.span(settled_to, settled_to, reader.lang), _exact(figure, kpi.value, reader)
        title = UP_TO.format(sentence=title, day=day, now=now)[reader.lang]
    said = LEVEL[reader.lang] if is_chance else _arrow(written) + written
    return dict(zip(CHANGE_PARTS, (said, f"change is-{mood}", title), strict=True))


def _is_chance(figure: Figure, kpi: Kpi, written: str) -> bool:
    """Tell whether a change is as large as chance alone makes it, or too small to be written."""
    if figure.good == "neither" or kpi.value is None or kpi.previous is None:
        return False
    return _direction(written) == "level" or kpi.is_within_chance


def _mood(figure: Figure, written: str) -> Literal["good", "bad", "even"]:
    """Judge a change by what it means: a higher cost per conversion is bad."""
    if figure.good == "neither":
        return "even"
    return "good" if _direction(written) == figure.good else "bad"


def _direction(written: str) -> Literal["up", "down", "level"]:
    return "up" if written.startswith("+") else "down" if written.startswith("−") else "level"


def _arrow(written: str) -> str:
    return {"up": "↑ ", "down": "↓ ", "level": ""}[_direction(written)]
