"""Rows, chart and headline that the dashboards of actual and predicted days share.

Rows contain daily ratios without the sums behind them. So a period is summarised by its median day, never by
a mean of ratios.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from services.dashboards.spec import RenderContext, RowValues
from services.dashboards.values import count, ratio
from services.dashboards.words import from_to, short_percent
from services.text import Lang, Text, compact, percent
from services.views import Column

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

RECENT_DAYS = 28
MOST_PANELS, FEW_PANELS = 6, 2
SHORT_PAST_DAYS, LONG_PAST_DAYS = 91, 182
LEFT_OUT = Text(
    en="Channels: the {shown} with the largest spend of {all}", ru="Каналы: {shown} крупнейших из {all}"
)

NO_ROWS = Text(en="There are no days to show yet.", ru="Показывать пока нечего: дней с данными нет.")
NO_OUTLOOK = Text(
    en="No channel has both recent days and a forecast of {measure}.",
    ru="Ни у одного канала нет сразу и недавних дней, и прогноза ({measure}).",
)
OUTLOOK = Text(
    en="{measure}, {channel}: {after} on a median day ahead, after {before} in the last 28 days",
    ru="{measure}, {channel}: {after} в медианный день впереди против {before} за последние 28 дней",
)
LARGEST = Text(en=" (the largest change)", ru=" (самое большое изменение)")
HELD = Text(
    en="; {part} of past days fell inside the 80\u00a0% band.",
    ru="; в диапазон 80\u00a0% попало прошедших дней: {part}.",
)
NOT_HELD = Text(en="; no past day has been predicted yet.", ru="; прошедших дней с прогнозом пока нет.")

_COLUMN_WORDS = (
    ("actual", Text(en="{title}, actual", ru="{title}: факт")),
    ("pred", Text(en="{title}, predicted", ru="{title}: прогноз")),
    ("low", Text(en="{title}, 80\u00a0%: from", ru="{title}, 80\u00a0%: от")),
    ("high", Text(en="{title}, 80\u00a0%: to", ru="{title}, 80\u00a0%: до")),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric that is recorded and predicted by day; `name` is the prefix of its columns."""

    name: str
    title: Text
    is_ratio: bool = True
    decimals: int = 0  # of the percent in labels; at most one from 10 % up

    def write(self, value: float | None, lang: Lang) -> str:
        """Format a value for axes."""
        return short_percent(value, lang) if self.is_ratio else compact(value, lang)

    def tell(self, value: float | None, lang: Lang) -> str:
        """Format a value for labels and sentences, where small differences matter."""
        if value is None or not self.is_ratio or abs(value) >= 1:
            return self.write(value, lang)
        return percent(value, lang, decimals=self.decimals if abs(value) < 0.1 else min(self.decimals, 1))


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The median day of a channel: in the last 28 days of data, and in the days ahead."""

    before: float | None
    after: float | None


def columns(measures: Sequence[Measure]) -> tuple[Column, ...]:
    """Return the columns of the measures in the table on the page."""
    return tuple(
        Column(f"{m.name}_{part}", words.format(title=m.title), "percent" if m.is_ratio else "count")
        for m in measures
        for part, words in _COLUMN_WORDS
    )


def rows_of_days(results: Results, measures: Sequence[Measure]) -> list[RowValues]:
    """Return one row per channel and day, including the days ahead, newest day first.

    Within a day the channels are sorted by cost in the last 28 days, the largest first.
    """
    daily = _in_order(results)
    values: dict[str, list[Any]] = {
        "date": [day.date() for day in daily["date"]],
        "channel": daily["channel"].tolist(),
    }
    for measure in measures:
        clean = ratio if measure.is_ratio else count
        for part, _ in _COLUMN_WORDS:
            name = f"{measure.name}_{part}"
            values[name] = [clean(value) for value in daily[name].tolist()]
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def draw_days(
    rows: Sequence[RowValues], context: RenderContext, title: Text, measures: Sequence[Measure]
) -> Figure:
    """Draw a column of panels for each of the six channels with the largest spend."""
    from services.charts import lines, style

    lang = context.lang
    if not rows:
        return style.empty(title[lang], lang)
    figure = style.canvas(title[lang])
    last = last_actual_day(rows, measures)
    channels = list(dict.fromkeys(row["channel"] for row in rows))
    shown = channels[:MOST_PANELS]
    facets = [lines.Facet(channel, context.colour(channel)) for channel in shown]
    strips = [
        lines.Strip(m.name, m.title[lang], partial(m.write, lang=lang), _labels(rows, m, last, lang))
        for m in measures
    ]
    lines.draw_lines(figure, _recent(rows, shown, last), facets, strips, last, lang)
    if len(shown) < len(channels):
        style.note(figure, LEFT_OUT.format(shown=len(shown), all=len(channels))[lang])
    return figure


def headline_of_days(rows: Sequence[RowValues], context: RenderContext, measures: Sequence[Measure]) -> str:
    """Return the sentence on the largest forecast change of the first measure, and on interval coverage."""
    lang, measure = context.lang, measures[0]
    if not rows:
        return NO_ROWS[lang]
    seen = outlooks(rows, measure, last_actual_day(rows, measures))
    whole = {channel: outlook for channel, outlook in seen.items() if _change(measure, outlook) is not None}
    if not whole:
        return NO_OUTLOOK.format(measure=measure.title)[lang]
    channel = max(whole, key=lambda channel: _change(measure, whole[channel]) or 0.0)
    before, after = (measure.tell(value, lang) for value in (whole[channel].before, whole[channel].after))
    sentence = OUTLOOK.format(measure=measure.title, channel=channel, before=before, after=after)[lang]
    return sentence + (LARGEST[lang] if len(whole) > 1 else "") + _how_it_held(rows, measure, lang)


def outlooks(rows: Sequence[RowValues], measure: Measure, last: date) -> dict[str, Forecasts]:
    """Return the median days of every channel; None without recent days or without a forecast."""
    first = last - timedelta(days=RECENT_DAYS)
    before = _medians(rows, f"{measure.name}_actual", lambda day: first < day <= last)
    after = _medians(rows, f"{measure.name}_pred", lambda day: day > last)
    return {c: Forecasts(before.get(c), after.get(c)) for c in dict.fromkeys(row["channel"] for row in rows)}


def held(rows: Sequence[RowValues], measure: Measure) -> float | None:
    """Return the share of the predicted past days with the actual value inside the 80 % interval."""
    triples = ([row[f"{measure.name}_{part}"] for part in ("low", "actual", "high")] for row in rows)
    inside = [low <= actual <= high for low, actual, high in triples if None not in (low, actual, high)]
    return sum(inside) / len(inside) if inside else None


def last_actual_day(rows: Sequence[RowValues], measures: Sequence[Measure]) -> date:
    """Return the last day with any actual value, or the day before the first of `rows`."""
    known: list[date] = [
        row["date"] for row in rows if any(row[f"{m.name}_actual"] is not None for m in measures)
    ]
    first: date = min(row["date"] for row in rows)
    return max(known, default=first - timedelta(days=1))


def _recent(rows: Sequence[RowValues], channels: Sequence[str], last: date) -> list[RowValues]:
    """Return the rows to draw: fewer past days for many channels, so that the days ahead stay visible."""
    first = last - timedelta(days=SHORT_PAST_DAYS if len(channels) > FEW_PANELS else LONG_PAST_DAYS)
    return [row for row in rows if row["channel"] in channels and row["date"] > first]


def _in_order(results: Results) -> pd.DataFrame:
    daily, days = results.prediction.daily, results.days
    recent = days[days["date"] > days["date"].max() - timedelta(days=RECENT_DAYS)]
    spend = recent.groupby("channel")["cost"].sum()
    ordered = daily.assign(spend=daily["channel"].map(spend).fillna(0.0))
    return ordered.sort_values(["date", "spend", "channel"], ascending=[False, False, True])


def _labels(rows: Sequence[RowValues], measure: Measure, last: date, lang: Lang) -> dict[str, str]:
    return {
        channel: from_to(measure.tell(outlook.before, lang), measure.tell(outlook.after, lang))
        for channel, outlook in outlooks(rows, measure, last).items()
    }


def _medians(rows: Sequence[RowValues], name: str, is_in_period: Callable[[date], bool]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for row in rows:
        if row[name] is not None and is_in_period(row["date"]):
            values.setdefault(row["channel"], []).append(row[name])
    return {channel: median(of_channel) for channel, of_channel in values.items()}


def _change(measure: Measure, outlook: Forecasts) -> float | None:
    """Return the size of a forecast change: absolute for a ratio, relative for a count."""
    if outlook.before is None or outlook.after is None:
        return None
    move = abs(outlook.after - outlook.before)
    return move if measure.is_ratio else move / max(abs(outlook.before), 1.0)


def _how_it_held(rows: Sequence[RowValues], measure: Measure, lang: Lang) -> str:
    part = held(rows, measure)
    return NOT_HELD[lang] if part is None else HELD.format(part=percent(part, lang, decimals=0))[lang]
