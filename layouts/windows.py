"""What panels cover that do not follow the period of the page: the whole account, which days, which run."""

from __future__ import annotations

from datetime import date, timedelta

from layouts import numbers
from services.text import Lang, Text
from services.views import DashboardView, Snapshot

BY_DATA = Text(en="by the data to {day}", ru="по данным на {day}")
NOT_OF_PERIOD = Text(
    en="whole account, by the data to {day}; does not follow the period above",
    ru="весь аккаунт, по данным на {day}; от периода выше не зависит",
)
COVERED = Text(en="Whole account · {what} · run {run}", ru="Весь аккаунт · {what} · запуск {run}")
DATA = Text(en="data to {day}", ru="данные по {day}")
FORECAST = Text(en="data to {day}, forecast to {end}", ru="данные по {day}, прогноз по {end}")
PLAN = Text(en="plan for {days}", ru="план на {days}")


def not_of_period(snapshot: Snapshot, lang: Lang) -> str:
    """Return the note of a panel on the Overview; empty for a snapshot without data."""
    return _of_newest(NOT_OF_PERIOD, snapshot, lang)


def by_data(snapshot: Snapshot, lang: Lang) -> str:
    """Return the note of a panel of one channel; empty for a snapshot without data."""
    return _of_newest(BY_DATA, snapshot, lang)


def _of_newest(note: Text, snapshot: Snapshot, lang: Lang) -> str:
    day = snapshot.data_to
    return "" if day is None else note.format(day=numbers.span(day, day, lang))[lang]


def covered(view: DashboardView, lang: Lang) -> str:
    """Return what the picture of a dashboard is of: the whole account, which days, which run."""
    last = view.snapshot.data_to
    if last is None:
        return ""
    return COVERED.format(what=_days(view, last, lang), run=view.snapshot.run_id)[lang]


def days_ahead(last: date, days: int, lang: Lang) -> str:
    """Return as many days after the last one of the data."""
    return numbers.span(last + timedelta(days=1), last + timedelta(days=days), lang)


def _days(view: DashboardView, last: date, lang: Lang) -> str:
    day, horizon = numbers.span(last, last, lang), view.snapshot.scores.get("horizon")
    planned = next((row["period_days"] for row in view.rows if row.get("period_days")), None)
    if planned is not None:
        return PLAN.format(days=days_ahead(last, planned, lang))[lang]
    if not view.is_forecast or not isinstance(horizon, int):
        return DATA.format(day=day)[lang]
    end = last + timedelta(days=horizon)
    return FORECAST.format(day=day, end=numbers.span(end, end, lang))[lang]
