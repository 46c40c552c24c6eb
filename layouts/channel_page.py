"""The panels of one channel: what is expected and planned, its recommendations, the quality of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dash import html
from dash.development.base_component import Component

from layouts import decision, ids, numbers, windows
from layouts.reader import Drawn, Reader
from services.text import Lang, Text, money, percent, signed
from services.views import ChannelDays, DashboardView, Overview, Recommendation, Row
from services.worth import Told

PLACES = 6
MOST_DAYS_NAMED = 3
AHEAD = Text(en="Forecast and plan", ru="Прогноз и план")
ADVICE = Text(en="Recommendations for this channel", ru="Рекомендации по этому каналу")
QUALITY = Text(en="Data of this channel", ru="Данные этого канала")
TITLES = {ids.CHANNEL_AHEAD: AHEAD, ids.CHANNEL_ADVICE: ADVICE, ids.CHANNEL_QUALITY: QUALITY}

FORECAST = Text(
    en="ROI expected for {days}: {value} (80\u00a0% range: {low} to {high}).",
    ru="Ожидаемый ROI за {days}: {value} (диапазон 80\u00a0%: от {low} до {high}).",
)
COST_FORECAST = Text(
    en="Cost per conversion expected for {days}: {value} (80\u00a0% range: {low} to {high}).",
    ru="Ожидаемая стоимость привлечения за {days}: {value} (диапазон 80\u00a0%: от {low} до {high}).",
)
NO_FORECAST = Text(
    en="There is no forecast: the channel has too few days, or has stopped.",
    ru="Прогноза нет: у канала слишком мало дней или он остановлен.",
)
PLAN = Text(
    en="Plan for {days}: spend {before} → {after}.",
    ru="План на {days}: расход {before} → {after}.",
)
PLAN_GAIN = Text(
    en="Of that alone, revenue {gain} (80\u00a0% range: {low} to {high}).",
    ru="Только от этого выручка {gain} (диапазон 80\u00a0%: от {low} до {high}).",
)
KEEP = Text(en="Plan for {days}: spend stays at {before}.", ru="План на {days}: расход прежний, {before}.")
NO_PLAN = Text(en="The channel is not in the plan of the budget.", ru="В плане бюджета этого канала нет.")
NEXT = Told(
    money=Text(
        en="The next {step} would bring {now} at today’s spend, {then} after the plan.",
        ru="Следующие {step} принесут {now} при нынешнем расходе и {then} после плана.",
    ),
    conversions=Text(
        en="The next {step} would bring {now} conversions at today’s spend, {then} after the plan.",
        ru="Следующие {step} принесут конверсий: {now} при нынешнем расходе и {then} после плана.",
    ),
)
NONE = Text(
    en="None for this channel at the moment.",
    ru="Сейчас по этому каналу рекомендаций нет.",
)
DAYS = Text(en="Rows of {days}.", ru="Строки есть за {days}.")
LATE = Text(
    en="The newest rows are of {day}, {late} days before the newest of the account: figures of these days "
    "are missing, or the channel has stopped.",
    ru="Последние строки — за {day}, на {late} дн. раньше, чем у аккаунта: данные за эти дни не пришли или "
    "канал остановлен.",
)
COMPLETE = Text(en="No day of the period is missing.", ru="В периоде нет пропущенных дней.")
MISSING = Text(
    en="Days of the period without rows: {number} ({days}). They count as days without activity.",
    ru="Дней периода без строк: {number} ({days}). Они считаются днями без активности.",
)
IMPORTED = Text(en="Newest file: {file}, taken in on {day}.", ru="Последний файл: {file}, загружен {day}.")
FETCHED = Text(
    en="Newest file: {file}, fetched from “{source}” on {day}.",
    ru="Последний файл: {file}, получен из «{source}» {day}.",
)
_PARTS = ("children", "className")
LEAVES = (
    *(f"{ids.place(panel, n)}.{part}" for panel in TITLES for n in range(PLACES) for part in _PARTS),
    f"{ids.CHANNEL_AHEAD}-of.children",
    f"{ids.CHANNEL_ADVICE}-of.children",
)


@dataclass(frozen=True, slots=True)
class NewestFile:
    """The newest file with rows of a channel: its name, its day, and the declared source it came from."""

    name: str
    day: date
    source: str | None


@dataclass(frozen=True, slots=True)
class ChannelViews:
    """What is shown of one channel, all of one run; `newest_file` is as of now."""

    overview: Overview
    days: ChannelDays
    forecast: DashboardView
    plan: DashboardView
    recommendations: Sequence[Recommendation]
    newest_file: NewestFile | None


def skeleton(lang: Lang) -> list[Component]:
    """Return the panels, whose lines are hidden until they have words."""
    return [_panel(panel, title[lang]) for panel, title in TITLES.items()]


def draw(views: ChannelViews, reader: Reader) -> Drawn:
    """Fill the panels of a channel."""
    lines = {
        ids.CHANNEL_AHEAD: [*_forecast(views, reader), *_plan(views, reader)],
        ids.CHANNEL_ADVICE: [one.sentence[reader.lang] for one in views.recommendations]
        or [NONE[reader.lang]],
        ids.CHANNEL_QUALITY: _quality(views, reader.lang),
    }
    drawn: Drawn = {}
    for panel, texts in lines.items():
        for place in range(PLACES):
            text = texts[place] if place < len(texts) else ""
            drawn[f"{ids.place(panel, place)}.children"] = text
            drawn[f"{ids.place(panel, place)}.className"] = "" if text else "is-hidden"
    note = windows.by_data(views.overview.snapshot, reader.lang)
    return drawn | {f"{panel}-of.children": note for panel in (ids.CHANNEL_AHEAD, ids.CHANNEL_ADVICE)}


def of_channel(items: Sequence[Recommendation], channel: str) -> list[Recommendation]:
    """Return the recommendations about a channel, also those that move money to it or from it."""
    return [
        one
        for one in items
        if one.channel == channel or channel in {m.channel for m in decision.moves_of(one)}
    ]


def _panel(panel: str, title: str) -> Component:
    head = [html.H2(title, className="panel-title"), html.Span(id=f"{panel}-of", className="quiet")]
    lines = [html.Li(id=ids.place(panel, n), className="is-hidden") for n in range(PLACES)]
    return html.Section(
        [html.Div(head, className="panel-head"), html.Ul(lines, className="channel-lines")],
        className="panel of-channel",
    )


def _advice(items: Sequence[Recommendation], lang: Lang) -> list[str]:
    return [one.sentence[lang] for one in items] or [NONE[lang]]


def _row(view: DashboardView, channel: str) -> Row | None:
    return next((row for row in view.rows if row["channel"] == channel), None)


def _forecast(views: ChannelViews, reader: Reader) -> list[str]:
    row, snapshot = _row(views.forecast, views.days.channel), views.overview.snapshot
    horizon, worth = snapshot.scores.get("horizon"), snapshot.worth
    bounds = None if row is None else [row["roi_forecast"], row["roi_low"], row["roi_high"]]
    if bounds is None or None in bounds or not isinstance(horizon, int):
        return [NO_FORECAST[reader.lang]]
    template = FORECAST
    if worth.in_conversions:  # a lower cost is a higher return
        template, bounds = COST_FORECAST, [worth.cost_per_conversion(bounds[n]) for n in (0, 2, 1)]
    value, low, high = (
        money(one, reader.currency, reader.lang) if worth.in_conversions else percent(one, reader.lang)
        for one in bounds
    )
    days = windows.days_ahead(views.days.newest, horizon, reader.lang)
    return [template.format(days=days, value=value, low=low, high=high)[reader.lang]]


def _plan(views: ChannelViews, reader: Reader) -> list[str]:
    row = _row(views.plan, views.days.channel)
    if row is None or not row.get("period_days"):
        return [NO_PLAN[reader.lang]]
    days = windows.days_ahead(views.days.newest, row["period_days"], reader.lang)
    before, after = (decision.amount(row[name], reader) for name in ("current_budget", "recommended_budget"))
    if before == after:
        return [KEEP.format(days=days, before=before)[reader.lang]]
    plan = PLAN.format(days=days, before=before, after=after)[reader.lang]
    return [f"{plan} {_gain(views, row, reader)}".strip(), *_next(views, row, reader)]


def _gain(views: ChannelViews, row: Row, reader: Reader) -> str:
    effects = [row[f"effect_{part}"] for part in ("p50", "p10", "p90")]
    if None in effects:
        return ""
    worth = views.overview.snapshot.worth
    gain, low, high = (signed(decision.brought(float(one), worth, reader)) for one in effects)
    return worth.word(PLAN_GAIN).format(gain=gain, low=low, high=high)[reader.lang]


def _next(views: ChannelViews, row: Row, reader: Reader) -> list[str]:
    amounts = [row[name] for name in ("next_1000_now", "next_1000_then")]
    if None in amounts:
        return []
    worth = views.overview.snapshot.worth
    now, then = (decision.brought(float(one), worth, reader) for one in amounts)
    return [worth.choose(NEXT).format(step=decision.amount(1000, reader), now=now, then=then)[reader.lang]]


def _quality(views: ChannelViews, lang: Lang) -> list[str]:
    days, overview, file = views.days, views.overview, views.newest_file
    lines = [DAYS.format(days=numbers.span(days.first, days.last, lang))[lang]]
    if days.late_days:
        last = numbers.span(days.last, days.last, lang)
        lines.append(LATE.format(day=last, late=days.late_days)[lang])
    missing = days.missing(overview.date_from, overview.date_to)
    lines.append(_missing(missing, lang) if missing else COMPLETE[lang])
    if file is not None:
        template = IMPORTED if file.source is None else FETCHED
        day = numbers.span(file.day, file.day, lang)
        lines.append(template.format(file=file.name, source=file.source, day=day)[lang])
    return lines


def _missing(days: Sequence[date], lang: Lang) -> str:
    named = [numbers.day(day, lang) for day in days[:MOST_DAYS_NAMED]]
    more = " …" if len(days) > MOST_DAYS_NAMED else ""
    return MISSING.format(number=len(days), days=", ".join(named) + more)[lang]
