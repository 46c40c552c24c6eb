"""Rows, chart and headline that the dashboards of actual and predicted days share.

Rows contain daily ratios without the sums behind them. So labels and headline take their figures from the
`Outlooks` of the run: ratios of sums, and sums per day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from services.dashboards.outlooks import FEWEST_DAYS, RECENT_DAYS, Outlook, is_told
from services.dashboards.spec import RenderContext, RowValues
from services.dashboards.values import count, ratio
from services.dashboards.words import from_to, percent_range, short_percent
from services.text import Lang, Text, both, compact, day_of_month, percent
from services.views import Column, Kind
from services.worth import Reading, Worth

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

MOST_PANELS, FEW_PANELS = 6, 2
ARROW, ABOUT = " → ", " ≈ "
SHORT_PAST_DAYS, LONG_PAST_DAYS = 91, 182
LEFT_OUT = Text(
    en="Channels: the {shown} with the largest spend of {all}", ru="Каналы: {shown} крупнейших из {all}"
)

NO_ROWS = Text(en="There are no days to show yet.", ru="Показывать пока нечего: дней с данными нет.")
NO_OUTLOOK = Text(
    en="No channel has both recent days and a forecast of {measure}.",
    ru="Ни у одного канала нет сразу и недавних дней, и прогноза ({measure}).",
)
TOO_FEW = Text(
    en="With fewer than {days} days of data, no change can be told from chance",
    ru="Пока данных меньше чем за {days} дн., изменение нельзя отличить от случайности",
)
RISES = Text(
    en="{channel}: {measure} is expected to rise to {after} in the {ahead} days to {until} (80\u00a0% range: "
    "{bounds}), from {before} in the last {days} days",
    ru="{channel}: {measure}, вероятно, вырастет до {after} за {ahead} дн. до {until} (диапазон 80\u00a0%: "
    "{bounds}); за последние {days} дн. — {before}",
)
FALLS = Text(
    en="{channel}: {measure} is expected to fall to {after} in the {ahead} days to {until} (80\u00a0% range: "
    "{bounds}), from {before} in the last {days} days",
    ru="{channel}: {measure}, вероятно, снизится до {after} за {ahead} дн. до {until} (диапазон 80\u00a0%: "
    "{bounds}); за последние {days} дн. — {before}",
)
OTHERS = Text(
    en="; other channels with a clear change: {number}", ru="; других каналов с явным изменением: {number}"
)
STEADY = Text(
    en="No clear change of {measure} is expected in the {ahead} days to {until} in any channel shown",
    ru="Явных изменений ({measure}) за {ahead} дн. до {until} не ожидается ни у одного канала на графике",
)
STEADY_ONE = Text(
    en="{channel}: no clear change of {measure} is expected in the {ahead} days to {until}: {after} "
    "(80\u00a0% range: {bounds}), after {before} in the last {days} days",
    ru="{channel}: явного изменения ({measure}) за {ahead} дн. до {until} не ожидается: {after} (диапазон "
    "80\u00a0%: {bounds}); за последние {days} дн. — {before}",
)
HELD = Text(
    en=". Of past days, {part} fell inside their 80\u00a0% range.",
    ru=". Из прошедших дней в свой диапазон 80\u00a0% попало {part}.",
)
NOT_HELD = Text(en=". No past day has been predicted yet.", ru=". Прошедших дней с прогнозом пока нет.")

_COLUMN_WORDS = (
    ("actual", Text(en="{title}, actual", ru="{title}: факт")),
    ("pred", Text(en="{title}, predicted", ru="{title}: прогноз")),
    ("low", Text(en="{title}, 80\u00a0%: from", ru="{title}, 80\u00a0%: от")),
    ("high", Text(en="{title}, 80\u00a0%: to", ru="{title}, 80\u00a0%: до")),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric that is recorded and predicted by day; `name` is the prefix of its columns.

    `inline` is its name inside a sentence, `told` the form of its value over several days.
    """

    name: str
    title: Text
    inline: Text
    told: Text = field(default_factory=lambda: both("{value}"))
    is_ratio: bool = True
    decimals: int = 0  # of the percent in labels; at most one from 10 % up
    reading: Reading = "as stored"
    label: Text | None = None  # beside its panels, where the title is too long

    @property
    def kind(self) -> Kind:
        """The format of its column: a stored count is whole, another reading is not."""
        return "percent" if self.is_ratio else "count" if self.reading == "as stored" else "number"

    def write(self, value: float | None, lang: Lang) -> str:
        """Format a value for axes."""
        return short_percent(value, lang) if self.is_ratio else compact(value, lang)

    def say(self, value: float | None, lang: Lang) -> str:
        """Format the value of a period for sentences: a count is one per day."""
        return self.told.format(value=self.tell(value, lang))[lang]

    def bounds(self, outlook: Outlook, lang: Lang) -> str:
        """Format the 80 % limits of an outlook."""
        if self.is_ratio:
            return percent_range(outlook.low, outlook.high, lang)
        return from_to(compact(outlook.low, lang), compact(outlook.high, lang), "–")

    def tell(self, value: float | None, lang: Lang) -> str:
        """Format a value for labels and sentences, where small differences matter."""
        if value is None or not self.is_ratio or abs(value) >= 1:
            return self.write(value, lang)
        return percent(value, lang, decimals=self.decimals if abs(value) < 0.1 else min(self.decimals, 1))


def columns(measures: Sequence[Measure]) -> tuple[Column, ...]:
    """Return the columns of the measures in the table on the page."""
    return tuple(
        Column(f"{m.name}_{part}", words.format(title=m.title), m.kind, reading=m.reading)
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
    rows = _read(rows, measures, context.worth)
    channels = list(dict.fromkeys(row["channel"] for row in rows))
    shown = channels[:MOST_PANELS]
    facets = [lines.Facet(channel, context.colour(channel)) for channel in shown]
    strips = [
        lines.Strip(
            m.name, (m.label or m.title)[lang], partial(m.write, lang=lang), _labels(m, shown, context)
        )
        for m in measures
    ]
    lines.draw_lines(figure, _recent(rows, shown, last), facets, strips, last, lang)
    if len(shown) < len(channels):
        style.head_note(figure, LEFT_OUT.format(shown=len(shown), all=len(channels))[lang])
    return figure


def headline_of_days(rows: Sequence[RowValues], context: RenderContext, measures: Sequence[Measure]) -> str:
    """Return the sentence on the clearest expected change of the first measure, and on interval coverage.

    It speaks of the channels that are drawn.
    """
    lang, measure = context.lang, measures[0]
    if not rows:
        return NO_ROWS[lang]
    drawn = list(dict.fromkeys(row["channel"] for row in rows))[:MOST_PANELS]
    known = {
        channel: outlook
        for channel, outlook in _outlooks(measure, drawn, context).items()
        if None not in (outlook.before, outlook.after, outlook.low, outlook.high)
    }
    if not known:
        return NO_OUTLOOK.format(measure=measure.inline)[lang]
    if all(outlook.days < FEWEST_DAYS for outlook in known.values()):
        return TOO_FEW.format(days=FEWEST_DAYS)[lang] + _how_it_held(rows, measure, lang)
    return _on_changes(known, measure, context) + _how_it_held(rows, measure, lang)


def _on_changes(known: Mapping[str, Outlook], measure: Measure, context: RenderContext) -> str:
    changing = [channel for channel, outlook in known.items() if is_told(outlook, len(known))]
    if not changing and len(known) > 1:
        return _filled(STEADY, "", next(iter(known.values())), measure, context)
    channel = max(changing or known, key=lambda channel: abs(known[channel].z))
    words = STEADY_ONE if not changing else RISES if known[channel].z > 0 else FALLS
    others = OTHERS.format(number=len(changing) - 1)[context.lang] if len(changing) > 1 else ""
    return _filled(words, channel, known[channel], measure, context) + others


def _filled(words: Text, channel: str, outlook: Outlook, measure: Measure, context: RenderContext) -> str:
    lang = context.lang
    return words.format(
        channel=channel,
        measure=measure.inline,
        after=measure.say(outlook.after, lang),
        before=measure.say(outlook.before, lang),
        bounds=measure.bounds(outlook, lang),
        days=outlook.days,
        ahead=context.outlooks.days,
        until=day_of_month(context.outlooks.last, lang),
    )[lang]


def _outlooks(measure: Measure, channels: Sequence[str], context: RenderContext) -> dict[str, Outlook]:
    found = context.outlooks.of(measure.name)
    return {
        channel: _outlook_read(found[channel], measure, context.worth)
        for channel in channels
        if channel in found
    }


def _outlook_read(outlook: Outlook, measure: Measure, worth: Worth) -> Outlook:
    """Return an outlook with the values that people see."""
    if measure.reading == "as stored":
        return outlook
    values = outlook.before, outlook.after, outlook.low, outlook.high
    before, after, low, high = (worth.read(value, measure.reading) for value in values)
    return replace(outlook, before=before, after=after, low=low, high=high)


def _read(rows: Sequence[RowValues], measures: Sequence[Measure], worth: Worth) -> Sequence[RowValues]:
    """Return the rows with the values that people see."""
    names = {
        f"{measure.name}_{part}": measure.reading
        for measure in measures
        for part, _ in _COLUMN_WORDS
        if measure.reading != "as stored"
    }
    if not names:
        return rows
    return [
        {**row, **{name: worth.read(row[name], reading) for name, reading in names.items()}} for row in rows
    ]


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


def _labels(measure: Measure, channels: Sequence[str], context: RenderContext) -> dict[str, str]:
    """Return the figures above the panels: an arrow only where a change may be told, else an "about"."""
    found = _outlooks(measure, channels, context)
    known = sum(None not in (outlook.before, outlook.after) for outlook in found.values())
    return {channel: _label(measure, found.get(channel), known, context.lang) for channel in channels}


def _label(measure: Measure, outlook: Outlook | None, compared: int, lang: Lang) -> str:
    before, after = (outlook.before, outlook.after) if outlook else (None, None)
    is_clear = outlook is not None and is_told(outlook, compared)
    return from_to(measure.tell(before, lang), measure.tell(after, lang), ARROW if is_clear else ABOUT)


def _how_it_held(rows: Sequence[RowValues], measure: Measure, lang: Lang) -> str:
    part = held(rows, measure)
    return NOT_HELD[lang] if part is None else HELD.format(part=percent(part, lang, decimals=0))[lang]
