"""The sentence of a forecast dashboard while there are too few days of data for a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.text import LANGS, Lang, Text, day_of_month
from services.views import FORECAST_FROM_DAYS, forecast_from

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

WAITS = Text(
    en="{days} of {needed} days of data: forecasts come with the data of {day}.",
    ru="Дней с данными: {days} из {needed}. Прогнозы появятся с данными за {day}.",
)


def waiting(results: Results) -> Text | None:
    """Return the sentence on a history that is too short for a forecast, None for one that is long enough."""
    if results.days.empty:
        return None
    first, last = (found.date() for found in (results.days["date"].min(), results.days["date"].max()))
    day = forecast_from(first, last)
    if day is None:
        return None
    return WAITS.format(
        days=(last - first).days + 1,
        needed=FORECAST_FROM_DAYS,
        day=Text(**{lang: f"{day_of_month(day, lang)} {day.year}" for lang in LANGS}),
    )


def draw(title: Text, words: Text, lang: Lang) -> Figure:
    """Draw the sentence in place of the chart."""
    from services.charts import style

    return style.empty(title[lang], lang, words[lang])
