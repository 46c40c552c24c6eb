"""Dashboard: the ROI forecast of each channel over the horizon, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.dashboards.spec import Dashboard, RenderContext, RowValues
from services.dashboards.values import ratio
from services.dashboards.words import CHANNEL, per_unit, percent_range, short_percent
from services.database.tables import RATIO, snapshot_table
from services.text import Lang, Text
from services.views import Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.dashboards.results import Results

TITLE = Text(en="ROI forecast by channel", ru="Прогноз ROI по каналам")

TABLE = snapshot_table(
    "ml_roi_forecast",
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("roi_forecast", RATIO),
    sa.Column("roi_low", RATIO),
    sa.Column("roi_high", RATIO),
)

COLUMNS = (
    CHANNEL,
    Column("roi_forecast", Text(en="ROI forecast", ru="Прогноз ROI"), "percent"),
    Column("roi_low", Text(en="80\u00a0%: from", ru="80\u00a0%: от"), "percent"),
    Column("roi_high", Text(en="80\u00a0%: to", ru="80\u00a0%: до"), "percent"),
)

SUBTITLE = Text(
    en="Profit per amount spent; 0\u00a0% is break-even. Lines: 80\u00a0% range.",
    ru="Прибыль на вложенную сумму; 0\u00a0% — вышли в ноль. Линии — диапазон 80\u00a0%.",
)
VALUE = Text(en="ROI", ru="ROI")
RANGE = Text(en="80\u00a0% range", ru="диапазон 80\u00a0%")
LEFT_OUT = Text(en="Channels: the best {shown} of {all}", ru="Каналы: {shown} лучших из {all}")
MOST_BARS = 8

NO_FORECAST = Text(
    en="No channel has a ROI forecast: that takes spend and revenue in the data.",
    ru="Прогноза ROI нет ни по одному каналу: для него в данных нужны и расход, и выручка.",
)
RETURN = Text(
    en="{channel} is expected to return {revenue} per unit spent (ROI {roi}",
    ru="{channel}: на каждую вложенную единицу ожидается выручка {revenue} (ROI {roi}",
)
BOUNDS = Text(en="; 80\u00a0%: {bounds}", ru="; 80\u00a0%: {bounds}")
BEST_OF = Text(en=", the best of {count} channels", ru=" — лучший прогноз, всего каналов: {count}")
OPEN = Text(
    en=", though its range overlaps with that of {channel}",
    ru=", но его диапазон пересекается с диапазоном {channel}",
)


def rows(results: Results) -> list[RowValues]:
    """Return one row per channel, the highest forecast first, channels without a forecast last."""
    channels = results.prediction.channels
    values = [
        {"channel": channel, "roi_forecast": ratio(roi), "roi_low": ratio(low), "roi_high": ratio(high)}
        for channel, roi, low, high in zip(
            channels["channel"], channels["roi"], channels["roi_low"], channels["roi_high"], strict=True
        )
    ]
    return sorted(values, key=_best_first)


def draw(rows: Sequence[RowValues], context: RenderContext) -> Figure:
    """Draw a bar with its interval for each of the best channels."""
    from services.charts import bars, style

    lang = context.lang
    if not rows:
        return style.empty(TITLE[lang], lang)
    figure = style.canvas(TITLE[lang], SUBTITLE[lang])
    shown = [
        bars.Bar(r["channel"], context.colour(r["channel"]), r["roi_forecast"], r["roi_low"], r["roi_high"])
        for r in rows[:MOST_BARS]
    ]
    words = bars.Words(
        VALUE[lang],
        RANGE[lang],
        write=lambda value: short_percent(value, lang),
        write_range=lambda low, high: percent_range(low, high, lang),
    )
    bars.draw_bars(figure, shown, words)
    if len(shown) < len(rows):
        style.note(figure, LEFT_OUT.format(shown=len(shown), all=len(rows))[lang])
    return figure


def headline(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the sentence on the channel with the highest ROI forecast, with its interval."""
    known = [row for row in rows if row["roi_forecast"] is not None]
    if not known:
        return NO_FORECAST[context.lang]
    best, lang = known[0], context.lang
    sentence = RETURN.format(
        channel=best["channel"],
        revenue=per_unit(best["roi_forecast"], lang),
        roi=short_percent(best["roi_forecast"], lang),
    )[lang]
    if best["roi_low"] is not None and best["roi_high"] is not None:
        sentence += BOUNDS.format(bounds=percent_range(best["roi_low"], best["roi_high"], lang))[lang]
    return sentence + ")" + _how_far_ahead(known, lang) + "."


DASHBOARD = Dashboard(
    slug="roi-forecast",
    title=TITLE,
    table=TABLE,
    columns=COLUMNS,
    rows=rows,
    draw=draw,
    headline=headline,
)


def _how_far_ahead(known: Sequence[RowValues], lang: Lang) -> str:
    """Return the clause that compares the best channel with the next, also if their intervals overlap."""
    if len(known) == 1:
        return ""
    best, second = known[:2]
    is_open = None not in (best["roi_low"], second["roi_high"]) and second["roi_high"] >= best["roi_low"]
    words = BEST_OF.format(count=len(known))[lang]
    return words + (OPEN.format(channel=second["channel"])[lang] if is_open else "")


def _best_first(row: RowValues) -> tuple[bool, float, str]:
    roi = row["roi_forecast"]
    return roi is None, -(roi or 0.0), row["channel"]
