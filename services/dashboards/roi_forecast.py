"""Dashboard: the ROI forecast of each channel over the horizon, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.dashboards.spec import Dashboard, OfConversions, RenderContext, RowValues
from services.dashboards.values import ratio
from services.dashboards.words import CHANNEL, per_unit, percent_range, short_percent
from services.database.tables import RATIO, snapshot_table
from services.text import NO_BREAK_SPACE, NOTHING, Lang, Text, day_of_month, money, number
from services.views import Column
from services.worth import Told, best_and_worst

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.charts.bars import Bar
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

TITLE_OF_COST = Text(
    en="Forecast cost per conversion by channel", ru="Прогноз стоимости конверсии по каналам"
)
COLUMNS_OF_COST = (
    CHANNEL,
    Column(
        "roi_forecast",
        Text(en="Cost per conversion, forecast", ru="Стоимость конверсии: прогноз"),
        "money",
        reading="cost per conversion",
    ),
    # The higher the ROI, the lower the cost.
    Column(
        "roi_high", Text(en="80\u00a0%: from", ru="80\u00a0%: от"), "money", reading="cost per conversion"
    ),
    Column("roi_low", Text(en="80\u00a0%: to", ru="80\u00a0%: до"), "money", reading="cost per conversion"),
)

SUBTITLE = Text(
    en="Profit per amount spent; 0\u00a0% is break-even. Lines: 80\u00a0% range.",
    ru="Прибыль на вложенную сумму; 0\u00a0% — вышли в ноль. Линии — диапазон 80\u00a0%.",
)
SUBTITLE_OF_CEILING = Text(
    en="In {currency}, the lowest first; the ceiling is {reference}. Lines: 80\u00a0% range.",
    ru="В {currency}, сначала самая низкая; предел — {reference}. Линии — диапазон 80\u00a0%.",
)
SUBTITLE_OF_MEAN = Text(
    en="In {currency}, the lowest first; {reference} on average of late. Lines: 80\u00a0% range.",
    ru="В {currency}, сначала самая низкая; в среднем за последнее время — {reference}. Линии — диапазон "
    "80\u00a0%.",
)
VALUE = Told(money=Text(en="ROI", ru="ROI"), conversions=Text(en="cost", ru="стоимость"))
RANGE = Text(en="80\u00a0% range", ru="диапазон 80\u00a0%")
LEFT_OUT = Text(
    en="Channels: the best {best} and the worst {worst} of {all}",
    ru="Каналы: {best} лучших и {worst} худших из {all}",
)
THIN_LEFT_OUT = Text(
    en="Channels: the {shown} of {all} with enough data", ru="Каналы: {shown} из {all}, где данных достаточно"
)
MOST_BARS = 8

NO_FORECAST = Told(
    money=Text(
        en="No channel has a ROI forecast: that takes spend and revenue in the data.",
        ru="Прогноза ROI нет ни по одному каналу: для него в данных нужны и расход, и выручка.",
    ),
    conversions=Text(
        en="No channel has a forecast of the cost per conversion: that takes spend and conversions in the "
        "data.",
        ru="Прогноза стоимости конверсии нет ни по одному каналу: для него в данных нужны и расход, и "
        "конверсии.",
    ),
)
RETURN = Text(
    en="In the {ahead} days to {until}, 1 {currency} in {channel} is expected to bring back {revenue} "
    "{currency} (ROI {roi}",
    ru="За {ahead} дн. до {until} каждый 1 {currency} в {channel} должен вернуть {revenue} "
    "{currency} (ROI {roi}",
)
COST = Text(
    en="In the {ahead} days to {until}, a conversion in {channel} is expected to cost {cost}{bounds}",
    ru="За {ahead} дн. до {until} конверсия в {channel} обойдётся примерно в {cost}{bounds}",
)
COST_BOUNDS = Text(en=" (80\u00a0% range: {bounds})", ru=" (диапазон 80\u00a0%: {bounds})")
LEAST_OF = Text(en=", the least of {count} channels", ru=" — меньше всех, каналов: {count}")
BOUNDS = Text(
    en="; 80\u00a0% range: {low}–{high} {currency}", ru="; диапазон 80\u00a0%: {low}–{high} {currency}"
)
BEST_OF = Text(en=", the most of {count} channels", ru=" — больше всех, каналов: {count}")
OPEN = Text(en="; {channel} may be as good", ru="; {channel}, возможно, не хуже")
NOT_YET = Text(
    en="No channel has enough data yet to be ranked by its forecast.",
    ru="Данных пока мало, чтобы сравнивать каналы по прогнозу.",
)
THIN = Text(
    en=" Too little data to rank: {channels}.", ru=" Слишком мало данных, чтобы сравнивать: {channels}."
)
THIN_ONE = Text(en="{channel} ({cost} of spend in 28 days)", ru="{channel} (затраты за 28 дн.: {cost})")
THIN_NOTE = Text(en="* little data, see the headline", ru="* мало данных, см. вывод")
AND_MORE = Text(en=" and others ({number})", ru=" и другие ({number})")
MOST_NAMES = 3


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
    """Draw a bar with its interval for each channel; of many, for the best and the worst."""
    from services.charts import bars, style

    lang = context.lang
    title = DASHBOARD.named(context.worth)[0][lang]
    if not rows:
        return style.empty(title, lang)
    figure = style.canvas(title, _subtitle(context))
    drawn = _drawn(rows, context)
    shown = [_bar(row, context) for row in drawn]
    in_cost = context.worth.in_conversions
    words = bars.Words(
        context.worth.choose(VALUE)[lang],
        RANGE[lang],
        write=partial(_plain_amount if in_cost else short_percent, lang=lang),
        write_range=partial(_amounts if in_cost else percent_range, lang=lang),
    )
    bars.draw_bars(figure, shown, words)
    style.note(figure, ". ".join(_notes(rows, drawn, context)))
    return figure


def _subtitle(context: RenderContext) -> str:
    if not context.worth.in_conversions:
        return SUBTITLE[context.lang]
    template = SUBTITLE_OF_CEILING if context.worth.has_break_even else SUBTITLE_OF_MEAN
    reference = money(context.worth.reference, context.currency, context.lang)
    return template.format(currency=context.currency, reference=reference)[context.lang]


def _bar(row: RowValues, context: RenderContext) -> Bar:
    from services.charts import bars

    channel, worth = row["channel"], context.worth
    name = f"{channel}*" if _is_thin(channel, context) else channel
    values = row["roi_forecast"], row["roi_low"], row["roi_high"]
    if worth.in_conversions:
        value, high, low = (worth.cost_per_conversion(roi) for roi in values)
        values = value, low, high
    return bars.Bar(name, context.colour(channel), *values)


def _plain_amount(value: float | None, lang: Lang) -> str:
    """Format an amount without its currency."""
    if value is None:
        return NOTHING
    return number(value, lang) if value == round(value) else money(value, "", lang).strip()


def _amounts(low: float | None, high: float | None, lang: Lang) -> str:
    """Format the limits of an amount without its currency; one that is not limited has a dash."""
    return f"{_plain_amount(low, lang)}–{_plain_amount(high, lang)}"


def _drawn(rows: Sequence[RowValues], context: RenderContext) -> Sequence[RowValues]:
    """Return the channels of the picture, the best first: all, or of those that are ranked the two ends."""
    return rows if len(rows) <= MOST_BARS else best_and_worst(_ranked(rows, context), MOST_BARS)


def _ranked(rows: Sequence[RowValues], context: RenderContext) -> list[RowValues]:
    """Return the rows with a forecast and enough data; all with a forecast if none has enough."""
    known = [row for row in rows if row["roi_forecast"] is not None]
    return [row for row in known if not _is_thin(row["channel"], context)] or known


def _notes(rows: Sequence[RowValues], drawn: Sequence[RowValues], context: RenderContext) -> list[str]:
    lang, notes = context.lang, []
    if any(_is_thin(row["channel"], context) for row in drawn):
        notes.append(THIN_NOTE[lang])
    if len(drawn) == MOST_BARS < len(rows):
        half, ranked = MOST_BARS // 2, len(_ranked(rows, context))
        notes.append(LEFT_OUT.format(best=half, worst=half, all=ranked)[lang])
    elif len(drawn) < len(rows):
        notes.append(THIN_LEFT_OUT.format(shown=len(drawn), all=len(rows))[lang])
    return notes


def headline(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the sentence on the channel with the highest ROI forecast, with its interval.

    Channels with too little data are named apart and not ranked.
    """
    lang = context.lang
    known = [row for row in rows if row["roi_forecast"] is not None]
    if not known:
        return context.worth.choose(NO_FORECAST)[lang]
    thin = [row["channel"] for row in known if _is_thin(row["channel"], context)]
    ranked = [row for row in known if row["channel"] not in thin]
    if not ranked and len(known) > 1:
        return NOT_YET[lang] + _apart(thin, context)
    return f"{_best(ranked or known, context)}.{_apart(thin, context)}"


def _best(ranked: Sequence[RowValues], context: RenderContext) -> str:
    best, lang = ranked[0], context.lang
    if context.worth.in_conversions:
        return _cost(best, context) + _beside_others(ranked, lang, LEAST_OF)
    sentence = RETURN.format(
        channel=best["channel"],
        currency=context.currency,
        revenue=per_unit(best["roi_forecast"], lang),
        roi=short_percent(best["roi_forecast"], lang),
        ahead=context.outlooks.days,
        until=day_of_month(context.outlooks.last, lang),
    )[lang]
    if best["roi_low"] is not None and best["roi_high"] is not None:
        low, high = (per_unit(best[name], lang) for name in ("roi_low", "roi_high"))
        sentence += BOUNDS.format(low=low, high=high, currency=context.currency)[lang]
    return sentence + ")" + _beside_others(ranked, lang, BEST_OF)


def _cost(best: RowValues, context: RenderContext) -> str:
    """Return the sentence on the lowest expected cost per conversion."""
    lang, worth = context.lang, context.worth
    low, high = (worth.cost_per_conversion(best[name]) for name in ("roi_high", "roi_low"))
    bounds = ""
    if low is not None and high is not None:
        written = f"{_amounts(low, high, lang)}{NO_BREAK_SPACE}{context.currency}"
        bounds = COST_BOUNDS.format(bounds=written)[lang]
    return COST.format(
        channel=best["channel"],
        cost=worth.written_cost(best["roi_forecast"], context.currency, lang),
        bounds=bounds,
        ahead=context.outlooks.days,
        until=day_of_month(context.outlooks.last, lang),
    )[lang]


def _apart(thin: Sequence[str], context: RenderContext) -> str:
    """Return the sentence that names the channels with too little data, with their spend."""
    if not thin:
        return ""
    lang, basis = context.lang, context.outlooks.basis
    names = [
        THIN_ONE.format(channel=channel, cost=money(basis[channel].cost, context.currency, lang))[lang]
        for channel in thin[:MOST_NAMES]
    ]
    more = AND_MORE.format(number=len(thin) - MOST_NAMES)[lang] if len(thin) > MOST_NAMES else ""
    return THIN.format(channels=", ".join(names) + more)[lang]


def _is_thin(channel: str, context: RenderContext) -> bool:
    basis = context.outlooks.basis.get(channel)
    return basis is not None and basis.is_thin


DASHBOARD = Dashboard(
    slug="roi-forecast",
    title=TITLE,
    table=TABLE,
    columns=COLUMNS,
    rows=rows,
    draw=draw,
    headline=headline,
    is_forecast=True,
    of_conversions=OfConversions(TITLE_OF_COST, COLUMNS_OF_COST),
)


def _beside_others(ranked: Sequence[RowValues], lang: Lang, best_of: Text) -> str:
    """Return the clause that compares the best channel with the next, also if their intervals overlap."""
    if len(ranked) == 1:
        return ""
    best, second = ranked[:2]
    is_open = None not in (best["roi_low"], second["roi_high"]) and second["roi_high"] >= best["roi_low"]
    words = best_of.format(count=len(ranked))[lang]
    return words + (OPEN.format(channel=second["channel"])[lang] if is_open else "")


def _best_first(row: RowValues) -> tuple[bool, float, str]:
    roi = row["roi_forecast"]
    return roi is None, -(roi or 0.0), row["channel"]
