"""How a month goes against its targets, below the plan: the place and the texts for assets/plan/pacing.js."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from layouts import ids
from services.text import Text
from services.views import KPI_TITLES

WORDS: dict[str, Text] = {
    "paceTitle": Text(en="The month against its targets", ru="Месяц и его цели"),
    "paceMonth": Text(en="Month", ru="Месяц"),
    "paceNone": Text(
        en="{month} has no target yet. {expected}",
        ru="На {month} целей пока нет. {expected}",
    ),
    "paceExpected": Text(
        en="Spend so far: {so_far}; expected by {until}: {expected}{range}.",
        ru="Израсходовано: {so_far}; к {until} ожидается {expected}{range}.",
    ),
    "paceRange": Text(en=" (80\u00a0% range: {low} – {high})", ru=" (диапазон 80\u00a0%: {low} – {high})"),
    "paceBounds": Text(en=" ({low} – {high})", ru=" ({low} – {high})"),
    "paceWhat": Text(en="What", ru="Что"),
    "paceTarget": Text(en="Target", ru="Цель"),
    "paceSoFar": Text(en="So far, to {day}", ru="К {day}"),
    "paceEnd": Text(en="Expected by {day}, 80\u00a0% range", ru="Ожидается к {day}, диапазон 80\u00a0%"),
    "paceShare": Text(en="Of the target", ru="От цели"),
    "paceAbove": Text(en="Chance to end above it", ru="Вероятность превысить"),
    "pacePerDay": Text(en="A day from now, to meet it", ru="В день, чтобы попасть в цель"),
    "paceRunsOut": Text(en="Used up on", ru="Закончится"),
    "paceLasts": Text(en="it lasts", ru="хватит"),
    "paceUsual": Text(en="{needed} (expected: {expected})", ru="{needed} (ожидается: {expected})"),
    "paceAll": Text(en="Whole account", ru="Весь аккаунт"),
    "paceMeasure_spend": KPI_TITLES["spend"],
    "paceMeasure_revenue": KPI_TITLES["revenue"],
    "paceMeasure_conversions": KPI_TITLES["conversions"],
    "paceSet": Text(en="Set a target", ru="Задать цель"),
    "paceChannel": Text(en="Channel", ru="Канал"),
    "paceMeasure": Text(en="Measure", ru="Показатель"),
    "paceAmount": Text(en="Amount in the month", ru="Сумма за месяц"),
    "paceSave": Text(en="Save", ru="Сохранить"),
    "paceSaved": Text(en="Saved.", ru="Сохранено."),
    "paceRemove": Text(en="Remove the target: {what}", ru="Убрать цель: {what}"),
    "paceRemoved": Text(en="Removed.", ru="Цель убрана."),
    "paceNoAmount": Text(
        en="Type the amount of the month, 0 or more.", ru="Введите сумму за месяц: 0 или больше."
    ),
    "paceFailed": Text(
        en="The targets could not be shown: {reason}", ru="Цели показать не удалось: {reason}"
    ),
    "paceNewest": Text(
        en="Pacing is of the newest figures. This page shows an older run.",
        ru="Темп считается по новейшим данным, а на странице — более старый запуск.",
    ),
}


def skeleton() -> Component:
    """Return the place, which the script fills when the tab is opened."""
    return html.Section(id=ids.PACING, className="plan pacing")
