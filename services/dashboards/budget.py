"""Dashboard: the recommended split of the budget over the channels, and its expected effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.dashboards.spec import Dashboard, OfConversions, RenderContext, RowValues
from services.dashboards.values import money as amount
from services.dashboards.values import ratio
from services.dashboards.words import CHANNEL, Amounts, amounts, from_to, short_percent, step
from services.database.tables import MONEY, RATIO, snapshot_table
from services.text import NOTHING, Lang, Text, money, number, percent
from services.views import Column
from services.worth import Told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from services.budgeting import BudgetPlan, Share
    from services.charts.split import Part, Slice
    from services.dashboards.results import Results

TITLE = Text(en="Recommended budget by channel", ru="Рекомендованный бюджет по каналам")

TABLE = snapshot_table(
    "ml_budget_rec",
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("roi_pred", RATIO),
    sa.Column("conversion_pred", RATIO),
    sa.Column("acquisition_cost", MONEY),
    sa.Column("recommended_budget", MONEY, nullable=False),
    sa.Column("total_budget", MONEY, nullable=False),
    sa.Column("current_budget", MONEY, nullable=False),
    sa.Column("marginal_roi_before", RATIO),
    sa.Column("marginal_roi_after", RATIO),
    sa.Column("effect_p10", MONEY),
    sa.Column("effect_p50", MONEY),
    sa.Column("effect_p90", MONEY),
    sa.Column("p_increase", RATIO),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("roi_now", RATIO),
    sa.Column("roi_then", RATIO),
    sa.Column("next_1000_now", MONEY),
    sa.Column("next_1000_then", MONEY),
    sa.Column("plan_effect_p10", MONEY),
    sa.Column("plan_effect_p50", MONEY),
    sa.Column("plan_effect_p90", MONEY),
    sa.Column("period_days", sa.Integer),
    sa.Column("data_days", sa.Integer),
)

ACTIONS = {
    "increase": Text(en="increase", ru="увеличить"),
    "decrease": Text(en="decrease", ru="уменьшить"),
    "hold": Text(en="hold", ru="оставить"),
    "test": Text(en="test", ru="проверить"),
}

# What decides comes first; a number that is the same in all rows is no column.
COLUMNS = (
    CHANNEL,
    Column("action", Text(en="Action", ru="Действие"), words=ACTIONS),
    Column("current_budget", Text(en="Budget today", ru="Бюджет сейчас"), "money"),
    Column("recommended_budget", Text(en="Recommended budget", ru="Рекомендованный бюджет"), "money"),
    Column("effect_p50", Text(en="Revenue change, expected", ru="Изменение выручки: ожидается"), "money"),
    Column("effect_p10", Text(en="Revenue change, from", ru="Изменение выручки: от"), "money"),
    Column("effect_p90", Text(en="Revenue change, to", ru="Изменение выручки: до"), "money"),
    Column("next_1000_now", Text(en="Next 1,000 bring, now", ru="Следующая 1000 принесёт: сейчас"), "money"),
    Column("next_1000_then", Text(en="Next 1,000 bring, then", ru="Следующая 1000 принесёт: потом"), "money"),
    Column("roi_now", Text(en="ROI now", ru="ROI сейчас"), "percent"),
    Column("roi_then", Text(en="ROI then", ru="ROI потом"), "percent"),
    Column("conversion_pred", Text(en="Conversion, predicted", ru="Конверсия: прогноз"), "percent"),
    Column("acquisition_cost", Text(en="Acquisition cost", ru="Стоимость привлечения"), "money"),
)

COLUMNS_OF_CONVERSIONS = (
    *COLUMNS[:4],
    Column(
        "effect_p50",
        Text(en="Conversions change, expected", ru="Изменение конверсий: ожидается"),
        "number",
        reading="conversions",
    ),
    Column(
        "effect_p10",
        Text(en="Conversions change, from", ru="Изменение конверсий: от"),
        "number",
        reading="conversions",
    ),
    Column(
        "effect_p90",
        Text(en="Conversions change, to", ru="Изменение конверсий: до"),
        "number",
        reading="conversions",
    ),
    Column(
        "next_1000_now",
        Text(en="Conversions of the next 1,000, now", ru="Конверсий от следующей 1000: сейчас"),
        "number",
        reading="conversions",
    ),
    Column(
        "next_1000_then",
        Text(en="Conversions of the next 1,000, then", ru="Конверсий от следующей 1000: потом"),
        "number",
        reading="conversions",
    ),
    Column(
        "roi_now",
        Text(en="Cost per conversion now", ru="Стоимость конверсии сейчас"),
        "money",
        reading="cost per conversion",
    ),
    Column(
        "roi_then",
        Text(en="Cost per conversion then", ru="Стоимость конверсии потом"),
        "money",
        reading="cost per conversion",
    ),
    *COLUMNS[-2:],
)

MOST_PARTS = 8
SUBTITLE = Text(en="Total {total} for {days} days, in {unit}", ru="{total} на {days} дн., {unit}")
TODAY = Text(en="today", ru="сейчас")
RECOMMENDED = Text(en="recommended", ru="рекомендовано")
ROI = Told(
    money=Text(en="ROI now → then", ru="ROI сейчас → потом"),
    conversions=Text(en="CPA now → then", ru="CPA сейчас → потом"),  # no room for more
)
EFFECT = Text(en="revenue change", ru="изменение выручки")
EFFECT_RANGE = Text(en="80\u00a0% range", ru="диапазон 80\u00a0%")
LEFT_OUT = Text(
    en="Channels: the {shown} largest of {all}, the rest in grey",
    ru="Каналы: {shown} крупнейших из {all}, остальные — серым",
)
UNSPENT = Text(en="Palest slice: {unspent} unspent", ru="Самый светлый сектор: не распределено {unspent}")

NO_PLAN = Text(
    en="There is no budget to split yet: no channel has any spend.",
    ru="Делить пока нечего: ни у одного канала нет затрат.",
)
MORE = Text(en="{channel} should get more ({amounts})", ru="{channel} — больше ({amounts})")
LESS = Text(en="{channel} less ({amounts})", ru="{channel} — меньше ({amounts})")
ONLY_LESS = Text(en="{channel} should get less ({amounts})", ru="{channel} — меньше ({amounts})")
TEST = Text(en="{channel} deserves a spend test", ru="{channel} — стоит проверить рост затрат на пробу")
HOLD = Text(
    en="The data support no change of today's split",
    ru="Данные не дают оснований менять нынешнее деление",
)
OF_TOTAL = Text(en="; the total is {total}", ru="; весь бюджет — {total}")
BRAND = Text(
    en="; kept, because most of its revenue would have come anyway (brand search): {channels}",
    ru="; без изменений, потому что большая часть выручки пришла бы и так (поиск по бренду): {channels}",
)
GAIN = Text(
    en="; expected change of revenue: {gain} (80\u00a0% range: {low} to {high})",
    ru="; ожидаемое изменение выручки: {gain} (диапазон 80\u00a0%: от {low} до {high})",
)
EXTRA = Told(
    money=Text(
        en="; the total of {total} is {extra} more than today: revenue {gain} (80\u00a0% range: {low} to "
        "{high}), {each} for each {currency} more",
        ru="; весь бюджет {total} — на {extra} больше, чем сейчас: выручка {gain} (диапазон 80\u00a0%: от "
        "{low} до {high}), {each} на каждый дополнительный {currency}",
    ),
    conversions=Text(
        en="; the total of {total} is {extra} more than today: conversions {gain} (80\u00a0% range: {low} to "
        "{high}), {cost} for each",
        ru="; весь бюджет {total} — на {extra} больше, чем сейчас: конверсии {gain} (диапазон 80\u00a0%: от "
        "{low} до {high}), по {cost} за каждую",
    ),
)
LESS_IN_ALL = Text(
    en="; the total of {total} is {extra} less than today: revenue {gain} (80\u00a0% range: {low} to {high})",
    ru="; весь бюджет {total} — на {extra} меньше, чем сейчас: выручка {gain} (диапазон 80\u00a0%: от {low} "
    "до {high})",
)
SCALED = Text(
    en=" (the spend of {days} days, scaled to {period})",
    ru=" (расход за {days} дн., пересчитанный на {period})",
)
NOT_BACK = Text(
    en="; the last of it does not come back in {channels}: better left unspent",
    ru="; последняя часть не окупается ({channels}): её лучше не тратить",
)
NO_REVENUE = Text(
    en="; kept, because the data have no revenue of it: {channels}",
    ru="; без изменений, потому что выручки в данных нет: {channels}",
)
AND_MORE = Text(en=" and others ({number})", ru=" и другие ({number})")
MOST_NAMES = 3
_WITHOUT_EFFECT = ("no_revenue", "brand", "spike")
LEAST_EXTRA = Decimal("0.001")  # of the total: below, it is today's total, rounded
LEFT = Text(en=", of which {unspent} stays unspent", ru=", из них не распределено {unspent}")


def rows(results: Results) -> list[RowValues]:
    """Return one row per channel of the plan, the largest recommended budget first."""
    records = results.prediction.channels.to_dict("records")
    forecasts = {record["channel"]: record for record in records}
    plan = results.plan
    shares = [share for share in plan.shares if share.basis != "no_cost"]  # no amount is known to split
    values = [_row(share, plan, forecasts.get(share.channel, {})) for share in shares]
    return sorted(values, key=lambda row: (-row["recommended_budget"], row["channel"]))


def draw(rows: Sequence[RowValues], context: RenderContext) -> Figure:
    """Draw the pie of the recommended split, and bars of today's and the recommended amounts."""
    from services.charts import split, style

    lang = context.lang
    if not rows:
        return style.empty(TITLE[lang], lang)
    currency, shown = style.unit(context.currency), rows[:MOST_PARTS]
    scale = amounts(_largest(shown), currency, lang)
    total, days = money(rows[0]["total_budget"], currency, lang), rows[0]["period_days"]
    figure = style.canvas(TITLE[lang], SUBTITLE.format(total=total, days=days, unit=scale.unit)[lang])
    heads = (TODAY, RECOMMENDED, context.worth.choose(ROI), context.worth.word(EFFECT), EFFECT_RANGE)
    words = split.Words(*(head[lang] for head in heads))
    split.draw_split(figure, [_part(row, context, scale) for row in shown], _slices(rows, context), words)
    style.note(figure, _note(rows, currency, lang))
    return figure


def headline(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the sentence on the channels that should get more and less, and on the total."""
    lang = context.lang
    if not rows:
        return NO_PLAN[lang]
    unspent = _unspent(rows)
    end = _of_total(rows, context) + _scaled(rows[0], lang)
    if unspent:
        end += LEFT.format(unspent=money(unspent, context.currency, lang))[lang]
    for basis, words in (("brand", BRAND), ("no_revenue", NO_REVENUE)):
        kept = _with_basis(rows, context.plan, basis)
        end += context.worth.word(words).format(channels=_names(kept, lang))[lang] if kept else ""
    return "; ".join(_advice(rows, context)) + end + "." + _option(context)


DASHBOARD = Dashboard(
    slug="budget-recommendations",
    title=TITLE,
    table=TABLE,
    columns=COLUMNS,
    rows=rows,
    draw=draw,
    headline=headline,
    of_conversions=OfConversions(TITLE, COLUMNS_OF_CONVERSIONS),
)


def _of_total(rows: Sequence[RowValues], context: RenderContext) -> str:
    """Return the clause on the total, with what a total other than today's brings."""
    lang, total = context.lang, rows[0]["total_budget"]
    today = sum(row["current_budget"] for row in rows)
    extra, spent = total - today, sum(row["recommended_budget"] for row in rows) - today
    gains = [rows[0][f"plan_effect_{part}"] for part in ("p50", "p10", "p90")]
    written = money(total, context.currency, lang)
    if abs(extra) < LEAST_EXTRA * total or not spent or None in gains:
        return _gain(context) + OF_TOTAL.format(total=written)[lang]
    gain, low, high = (_signed(value, context) for value in gains)
    words = context.worth.choose(EXTRA) if extra > 0 else context.worth.word(LESS_IN_ALL)
    clause = words.format(
        total=written,
        extra=money(abs(extra), context.currency, lang),
        gain=gain,
        low=low,
        high=high,
        each=number(gains[0] / spent, lang, decimals=2),
        cost=context.worth.written_cost(float(gains[0] / spent) - 1, context.currency, lang),
        currency=context.currency,
    )[lang]
    return clause + (_not_back(rows, lang) if extra > 0 and context.worth.has_break_even else "")


def _gain(context: RenderContext) -> str:
    """Return the clause on the effect of the move that the plan decides."""
    plan, lang = context.plan, context.lang
    if plan is None or plan.verdict != "move":
        return ""
    parts = {"gain": plan.effect.p50, "low": plan.effect.p10, "high": plan.effect.p90}
    written = {name: _signed(value, context) for name, value in parts.items()}
    return context.worth.word(GAIN).format(**written)[lang]


def _signed(value: float | Decimal, context: RenderContext) -> str:
    """Format a change of what channels bring, with a plus sign above zero: whole money, or conversions."""
    if context.worth.in_conversions:
        return step(context.worth.written_conversions(float(value), context.lang))
    return step(money(round(value), context.currency, context.lang))


def _scaled(row: RowValues, lang: Lang) -> str:
    """Return the clause on a history that is shorter than the plan's period."""
    days, period = row["data_days"], row["period_days"]
    return SCALED.format(days=days, period=period)[lang] if days is not None and days < period else ""


def _not_back(rows: Sequence[RowValues], lang: Lang) -> str:
    """Return the clause on channels that get more although their next unit brings back less than itself."""
    losing = [row["channel"] for row in rows if row["action"] == "increase" and _is_below(row)]
    return NOT_BACK.format(channels=_names(losing, lang))[lang] if losing else ""


def _is_below(row: RowValues) -> bool:
    return row["marginal_roi_after"] is not None and row["marginal_roi_after"] < 0


def _row(share: Share, plan: BudgetPlan, forecast: Mapping[Any, Any]) -> RowValues:
    gain = plan.gain or plan.effect
    change = share.revenue_change or share.effect
    is_known = share.basis not in _WITHOUT_EFFECT
    return {
        "channel": share.channel,
        "roi_pred": ratio(forecast.get("roi")),
        "conversion_pred": ratio(forecast.get("conversion")),
        "acquisition_cost": amount(forecast.get("acquisition_cost")),
        "recommended_budget": amount(share.recommended),
        "total_budget": amount(plan.total),
        "current_budget": amount(share.current),
        "marginal_roi_before": ratio(share.marginal_roi_before),
        "marginal_roi_after": ratio(share.marginal_roi_after),
        "effect_p10": amount(change.p10) if is_known else None,
        "effect_p50": amount(change.p50) if is_known else None,
        "effect_p90": amount(change.p90) if is_known else None,
        "p_increase": ratio(share.p_increase) if is_known else None,
        "action": _action(share),
        "roi_now": ratio(share.roi_now),
        "roi_then": ratio(share.roi_then),
        "next_1000_now": _next_thousand(share.marginal_roi_before),
        "next_1000_then": _next_thousand(share.marginal_roi_after),
        "plan_effect_p10": amount(gain.p10),
        "plan_effect_p50": amount(gain.p50),
        "plan_effect_p90": amount(gain.p90),
        "period_days": plan.period_days,
        "data_days": plan.data_days,
    }


def _action(share: Share) -> str:
    """Return what happens to the channel's own amount of today, also where all grow with the total."""
    if share.recommended == share.current:
        return share.action if share.action == "test" else "hold"
    return "increase" if share.recommended > share.current else "decrease"


def _next_thousand(marginal_roi: float | None) -> Decimal | None:
    """Return the revenue of a thousand more, at a marginal ROI."""
    return None if marginal_roi is None else amount(1000 * (1 + marginal_roi))


def _part(row: RowValues, context: RenderContext, scale: Amounts) -> Part:
    from services.charts import split

    lang = context.lang
    return split.Part(
        name=row["channel"],
        colour=context.colour(row["channel"]),
        today=float(row["current_budget"]),
        recommended=float(row["recommended_budget"]),
        amount=scale.write(row["recommended_budget"]),
        change=_change(row, lang),
        roi_words=_now_and_then(row, context),
        effect=_effect(row, context, scale),
    )


def _with_basis(rows: Sequence[RowValues], plan: BudgetPlan | None, basis: str) -> list[str]:
    """Return the channels of the rows whose share of the plan has a basis, in the order of the rows."""
    found = {share.channel for share in plan.shares if share.basis == basis} if plan else set()
    return [row["channel"] for row in rows if row["channel"] in found]


def _option(context: RenderContext) -> str:
    """Return the sentence on a move that is possible but not advised."""
    from services.budgeting.words import option_text

    option = context.plan.option if context.plan else None
    return "" if option is None else " " + option_text(option, context.currency, context.worth)[context.lang]


def _effect(row: RowValues, context: RenderContext, scale: Amounts) -> str:
    """Return the 80 % range of the effect: in the unit of the amounts, or in conversions."""
    low, high = row["effect_p10"], row["effect_p90"]
    if not context.worth.in_conversions or low is None or high is None:
        return scale.change(low, high)
    return " … ".join(dict.fromkeys(_signed(bound, context) for bound in (low, high)))


def _now_and_then(row: RowValues, context: RenderContext) -> str:
    def write(roi: float | None) -> str:
        if context.worth.in_conversions:
            return context.worth.written_cost(roi, "", context.lang).strip()
        return short_percent(roi, context.lang)

    now, then = write(row["roi_now"]), write(row["roi_then"])
    return now if now == then else from_to(now, then)


def _names(channels: Sequence[str], lang: Lang) -> str:
    more = AND_MORE.format(number=len(channels))[lang] if len(channels) > MOST_NAMES else ""
    return ", ".join(channels[:MOST_NAMES]) + more


def _largest(rows: Sequence[RowValues]) -> Decimal:
    names = ("current_budget", "recommended_budget", "effect_p10", "effect_p90")
    found: list[Decimal] = [abs(row[name] or Decimal(0)) for row in rows for name in names]
    return max(found)


def _slices(rows: Sequence[RowValues], context: RenderContext) -> list[Slice]:
    """Return the slices of the total: the shown channels, all others, and the unspent amount."""
    from services.charts import split

    total = rows[0]["total_budget"]
    shown = [(context.colour(row["channel"]), row["recommended_budget"]) for row in rows[:MOST_PARTS]]
    others = sum((row["recommended_budget"] for row in rows[MOST_PARTS:]), Decimal(0))
    amounts = [*shown, (split.OTHERS, others), (split.UNSPENT, _unspent(rows))]
    return [
        split.Slice(float(part / total), colour, percent(part / total, context.lang, decimals=0))
        for colour, part in amounts
        if part > 0
    ]


def _note(rows: Sequence[RowValues], currency: str, lang: Lang) -> str:
    """Return the note that explains the grey slices of the pie."""
    notes, unspent = [], _unspent(rows)
    if unspent:
        notes.append(UNSPENT.format(unspent=money(unspent, currency, lang))[lang])
    if len(rows) > MOST_PARTS:
        notes.append(LEFT_OUT.format(shown=MOST_PARTS, all=len(rows))[lang])
    return ". ".join(notes)


def _change(row: RowValues, lang: Lang) -> str:
    """Format the relative change from today's amount to the recommended one."""
    today = row["current_budget"]
    if not today:
        return NOTHING
    return step(percent((row["recommended_budget"] - today) / today, lang, decimals=0))


def _unspent(rows: Sequence[RowValues]) -> Decimal:
    left: Decimal = rows[0]["total_budget"] - sum(row["recommended_budget"] for row in rows)
    return max(Decimal(0), left)


def _advice(rows: Sequence[RowValues], context: RenderContext) -> list[str]:
    """Return the clauses of the headline: the largest increase and the largest decrease, else a test."""
    up, down = _largest_step(rows, "increase"), _largest_step(rows, "decrease")
    steps = [(up, MORE), (down, LESS if up else ONLY_LESS)]
    clauses = [
        words.format(channel=row["channel"], amounts=_before_and_after(row, context))[context.lang]
        for row, words in steps
        if row is not None
    ]
    if clauses:
        return clauses
    tested = _largest_step(rows, "test")
    hold = HOLD[context.lang]
    return [hold] if tested is None else [hold, TEST.format(channel=tested["channel"])[context.lang]]


def _largest_step(rows: Sequence[RowValues], action: str) -> RowValues | None:
    steps = [row for row in rows if row["action"] == action]
    return max(steps, key=lambda row: abs(row["recommended_budget"] - row["current_budget"]), default=None)


def _before_and_after(row: RowValues, context: RenderContext) -> str:
    before, after = (
        money(row[name], context.currency, context.lang) for name in ("current_budget", "recommended_budget")
    )
    return from_to(before, after)
