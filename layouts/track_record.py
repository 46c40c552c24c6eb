"""One line on the quality of the forecasts: in the backtest, and of recorded forecasts."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids, numbers
from layouts.reader import Drawn, Reader
from services import skill
from services.text import Text, percent
from services.views import TrackRecord

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
    """Show the skill in the backtest of a snapshot's run, and how earlier recorded forecasts turned out."""
    sentences = skill.line(skill.skill_of(record.snapshot.scores))[reader.lang], _record(record, reader)
    return dict(zip(LEAVES, sentences, strict=True))


def _record(record: TrackRecord, reader: Reader) -> str:
    if record.made_from is None or record.inside80 is None:
        return ""
    since = numbers.day(record.made_from, reader.lang)
    inside = percent(record.inside80, reader.lang, decimals=0)
    return CAME_DUE.format(since=since, inside=inside, days=record.days)[reader.lang]
