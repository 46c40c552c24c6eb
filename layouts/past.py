"""Sentences in place of recommendations and forecasts that are about days long over."""

from __future__ import annotations

from datetime import timedelta

from dash import html
from dash.development.base_component import Component

from layouts import ages, ids, numbers
from layouts.reader import Drawn, Reader
from services.text import Text
from services.views import SyncStatus

ADVICE = Text(
    en="The data end on {day}, {days} days ago. What they supported was for {period} and is over: import "
    "newer campaigns to see what to do now.",
    ru="Данные кончаются {day}, {days} дн. назад. Рекомендации по ним относились к периоду {period} и уже "
    "не действуют: загрузите более новые данные, чтобы увидеть, что делать сейчас.",
)
FORECASTS = Text(
    en="History, not an outlook: these forecasts and this plan were for {period}, from data up to {day}. "
    "Import newer campaigns for a forecast of the days ahead.",
    ru="Это история, а не прогноз: расчёты относились к периоду {period} и сделаны по данным до {day}. "
    "Загрузите более новые данные, чтобы получить прогноз.",
)
LEAVES = (f"{ids.PAST_ADVICE}.children", f"{ids.PAST_FORECASTS}.children")


def advice_line() -> Component:
    """Return the place of the sentence on recommendations; hidden while they are current."""
    return html.P(id=ids.PAST_ADVICE, className="past-line notice is-warn")


def forecasts_line() -> Component:
    """Return the place of the sentence on forecasts; hidden while they are current."""
    return html.P(id=ids.PAST_FORECASTS, className="past-line notice is-warn")


def draw(status: SyncStatus, reader: Reader) -> Drawn:
    """Say what the forecasts and recommendations were about, once their days are over."""
    newest = status.snapshot.data_to if status.snapshot is not None else None
    if newest is None or not ages.is_past(status, reader):
        return dict.fromkeys(LEAVES, "")
    period = numbers.span(newest + timedelta(days=1), newest + timedelta(days=ages.PAST_DAYS), reader.lang)
    values = {
        "day": numbers.span(newest, newest, reader.lang),
        "days": ages.age_days(status, reader),
        "period": period,
    }
    words = (text.format(**values)[reader.lang] for text in (ADVICE, FORECASTS))
    return dict(zip(LEAVES, words, strict=True))
