"""One line on how good the forecasts are: in the backtest, and as they were really made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers
from layouts.reader import Drawn, Reader
from services.text import Lang, Text, percent
from services.views import TrackRecord

FEWEST_WEEKS = 4
SCORED = Text(
    en="Forecasts: {skill} “same as last week”; in the last {weeks} weeks the 80\u00a0% band held "
    "{inside} of the time.",
    ru="Прогнозы: {skill} «как неделю назад»; в диапазон 80\u00a0% попало {inside} значений "
    "(недель: {weeks}).",
)
BETTER = Text(en="{part} better than", ru="на {part} точнее, чем")
NO_BETTER = Text(en="no better than", ru="не точнее, чем")
TOO_LITTLE = Text(
    en="Forecasts: there is too little history yet to tell how good they are.",
    ru="Прогнозы: истории пока мало, чтобы судить об их точности.",
)
CAME_DUE = Text(
    en="Of the forecasts made since {since}, {inside} of days fell inside the 80\u00a0% range "
    "(days that have come: {days}).",
    ru="Из прогнозов, сделанных с {since}, в диапазон 80\u00a0% попало {inside} (наступило дней: {days}).",
)

LEAVES = (f"{ids.FORECAST_SKILL}.children", f"{ids.FORECAST_RECORD}.children")


def skeleton() -> Component:
    """Return the line, empty."""
    return html.P(
        [html.Span(id=ids.FORECAST_SKILL), " ", html.Span(id=ids.FORECAST_RECORD)], className="track-record"
    )


def draw(record: TrackRecord, reader: Reader) -> Drawn:
    """Say how the forecasts of a snapshot's method have done, and how earlier promises turned out."""
    sentences = _skill(record.snapshot.scores, reader.lang), _record(record, reader)
    return dict(zip(LEAVES, sentences, strict=True))


def _skill(scores: Mapping[str, Any], lang: Lang) -> str:
    overall = scores.get("overall") or {}
    skill, inside, weeks = overall.get("skill"), overall.get("coverage80"), scores.get("origins") or 0
    if skill is None or inside is None or weeks < FEWEST_WEEKS:
        return TOO_LITTLE[lang]
    is_better = round(skill, 2) > 0
    words = BETTER.format(part=_part(skill, lang)) if is_better else NO_BETTER
    return SCORED.format(skill=words, weeks=weeks, inside=_part(inside, lang))[lang]


def _record(record: TrackRecord, reader: Reader) -> str:
    if record.made_from is None or record.inside80 is None:
        return ""
    since, inside = numbers.day(record.made_from, reader.lang), _part(record.inside80, reader.lang)
    return CAME_DUE.format(since=since, inside=inside, days=record.days)[reader.lang]


def _part(value: float, lang: Lang) -> str:
    return percent(value, lang, decimals=0)
