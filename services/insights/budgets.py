"""Rule: the budget plan's move of money between channels, if the plan decides to move any."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.budgeting.budget_plan import BudgetPlan, Share
from services.budgeting.words import option_text
from services.insights import words
from services.insights.facts import Facts
from services.insights.history import day_date
from services.insights.recommendation import Evidence, Move, Recommendation
from services.insights.telling import Telling
from services.text import Text
from services.worth import Told

Amounts = list[tuple[Share, Decimal]]

_SHOWN = 4
_LEAST_EXTRA = Decimal("0.001")  # of today's spend: less is rounding
_PAIR = Text(en="{channel} {before} → {after}", ru="{channel} {before} → {after}")

_KEEP = Text(
    en="Keep today's split of the budget: the data do not support moving money.",
    ru="Оставьте нынешнее деление бюджета: данные не дают оснований переносить деньги.",
)
_NEEDS_WORTH = Text(
    en="Keep today's split of the budget: without revenue, a plan needs what a conversion is worth. "
    "Set DEMETRA_CONVERSION_VALUE, or import revenue.",
    ru="Оставьте нынешнее деление бюджета: без выручки план должен знать, сколько стоит конверсия. "
    "Задайте DEMETRA_CONVERSION_VALUE или импортируйте выручку.",
)
_OPTION = Text(
    en="Keep today's split of the budget. {option}",
    ru="Оставьте нынешнее деление бюджета. {option}",
)
_SPEND_MORE = Text(
    en="Spend {money} more per {days} days, as the budget plan splits it. Expected change of revenue: "
    "{effect} (80\u00a0% range: {low} to {high}).",
    ru="Увеличьте расход на {money} (за {days} дн.) по плану бюджета. Ожидаемое изменение выручки: "
    "{effect} (диапазон 80\u00a0%: от {low} до {high}).",
)
_SPEND_LESS = Text(
    en="The budget is {money} less per {days} days than what is spent today: cut it as the budget plan does. "
    "Expected change of revenue: {effect} (80\u00a0% range: {low} to {high}).",
    ru="Бюджет на {money} меньше нынешнего расхода (за {days} дн.): сократите его по плану. Ожидаемое "
    "изменение выручки: {effect} (диапазон 80\u00a0%: от {low} до {high}).",
)
_SHIFT = Text(
    en="Move {money} per {days} days from {givers} to {takers}. Expected change of revenue: {effect}.",
    ru="Перенесите {money} (за {days} дн.): откуда — {givers}, куда — {takers}. "
    "Ожидаемое изменение выручки: {effect}.",
)
_SHIFT_EVIDENCE = Told(
    money=Text(
        en="Change of revenue, 80\u00a0% range: {low} to {high}; probability of an increase: {chance}. "
        "Marginal ROI before and after: {marginals}.",
        ru="Изменение выручки, диапазон 80\u00a0%: от {low} до {high}; вероятность роста: {chance}. "
        "Предельный ROI до и после: {marginals}.",
    ),
    conversions=Text(
        en="Change of conversions, 80\u00a0% range: {low} to {high}; probability of an increase: {chance}. "
        "Cost of the next conversion before and after: {marginals}.",
        ru="Изменение числа конверсий, диапазон 80\u00a0%: от {low} до {high}; вероятность роста: {chance}. "
        "Стоимость следующей конверсии до и после: {marginals}.",
    ),
)
CAVEAT = Text(
    en="Estimated from history: saturation and changing demand cannot always be told apart.",
    ru="Оценка по прошлым данным: насыщение не всегда можно отличить от изменения спроса.",
)


def find(facts: Facts) -> list[Recommendation]:
    """Return one recommendation with the plan's move of money, or none."""
    plan, telling = facts.plan, facts.telling
    effect = plan.effect if plan.gain is None else plan.gain
    givers, takers = moves(plan)
    moved = [share for share, _ in (*takers, *givers)]
    if not givers or not takers:
        return []
    best, worst = takers[0][0], givers[0][0]
    amount = min(sum(float(c) for _, c in side) for side in (givers, takers))
    return [
        Recommendation(
            rule_id="budget_shift",
            channel=best.channel,
            severity="opportunity",
            metric="marginal_roi",
            value=best.marginal_roi_before,
            baseline=worst.marginal_roi_before,
            interval=marginal_range(best),
            evidence=plan_evidence(facts, plan.p_improves, moves=[_told(share) for share in moved]),
            impact=effect,
            action=Move(
                "shift_budget",
                {share.channel: share.current for share in moved},
                {share.channel: share.recommended for share in moved},
            ),
            sentence=another_total(facts)
            or telling.word(_SHIFT).format(
                money=words.amount(amount, facts.currency),
                days=plan.period_days,
                givers=words.names([share.channel for share, _ in givers]),
                takers=words.names([share.channel for share, _ in takers]),
                effect=telling.change(effect.p50),
            ),
            evidence_text=telling.choose(_SHIFT_EVIDENCE).format(
                low=telling.change(effect.p10),
                high=telling.change(effect.p90),
                chance=words.chance(plan.p_improves),
                marginals=_marginals(moved, telling),
            ),
            caveat=CAVEAT,
            period_days=plan.period_days,
        )
    ]


def allocation(facts: Facts) -> Text:
    """Return the sentence on the plan's split, for a summary without a budget recommendation."""
    another, option = another_total(facts), facts.plan.option
    if option is None:
        return another or (_NEEDS_WORTH if _has_no_revenue(facts.plan) else _KEEP)
    told = option_text(option, facts.currency, facts.worth)
    if another is not None:
        return Text(en=f"{another.en} {told.en}", ru=f"{another.ru} {told.ru}")
    return _OPTION.format(option=told)


def _has_no_revenue(plan: BudgetPlan) -> bool:
    """Tell whether no channel with spend has any revenue, so that no split can be judged."""
    return bool(plan.shares) and all(share.basis == "no_revenue" for share in plan.shares if share.current)


def another_total(facts: Facts) -> Text | None:
    """Return the sentence on a total other than today's spend, with what it brings; None for today's."""
    extra, gain = _extra(facts.plan), facts.plan.gain
    if not extra or gain is None:
        return None
    return facts.worth.word(_SPEND_MORE if extra > 0 else _SPEND_LESS).format(
        money=words.amount(float(abs(extra)), facts.currency),
        days=facts.plan.period_days,
        effect=facts.telling.change(gain.p50),
        low=facts.telling.change(gain.p10),
        high=facts.telling.change(gain.p90),
    )


def _extra(plan: BudgetPlan) -> Decimal:
    """Return what the plan spends beyond today's spend, negative below it; 0 for no more than rounding."""
    today = sum((share.current for share in plan.shares), Decimal(0))
    extra = plan.total - plan.unspent - today
    return extra if abs(extra) > _LEAST_EXTRA * today else Decimal(0)


def moves(plan: BudgetPlan) -> tuple[Amounts, Amounts]:
    """Return the channels that give money and those that take it, largest amount first; none without a move.

    Amounts are against today's own, whatever the plan's total is.
    """
    changes = [(s, s.recommended - s.current) for s in plan.shares if plan.verdict == "move"]
    givers = [(s, -change) for s, change in changes if s.action == "decrease" and change < 0]
    takers = [(s, change) for s, change in changes if s.action == "increase" and change > 0]
    return _largest_first(givers), _largest_first(takers)


def _largest_first(amounts: Amounts) -> Amounts:
    return sorted(amounts, key=lambda pair: (-pair[1], pair[0].channel))


def plan_evidence(facts: Facts, probability: float, **details: object) -> Evidence:
    """Return the evidence of a statement from the budget plan: all days of the history."""
    length = facts.history.length
    last = int(facts.history.last_day.max())
    return Evidence(day_date(last - length + 1), day_date(last), length, probability, details)


def _told(share: Share) -> dict[str, object]:
    return {
        "channel": share.channel,
        "from": share.current,
        "to": share.recommended,
        "marginal_roi_before": share.marginal_roi_before,
        "marginal_roi_after": share.marginal_roi_after,
        "p_increase": share.p_increase,
    }


def _marginals(shares: Sequence[Share], telling: Telling) -> Text:
    """Return "Search 40 % → 31 %" for each channel that has both values."""
    parts = [
        _PAIR.format(
            channel=share.channel,
            before=telling.roi(share.marginal_roi_before),
            after=telling.roi(share.marginal_roi_after),
        )
        for share in shares
        if share.marginal_roi_before is not None and share.marginal_roi_after is not None
    ]
    shown = parts[:_SHOWN]
    return Text(en="; ".join(part.en for part in shown), ru="; ".join(part.ru for part in shown))


def marginal_range(share: Share) -> tuple[float, float] | None:
    """Return the 80 % interval of a channel's marginal ROI, None where it is unknown."""
    if share.marginal_roi_low is None or share.marginal_roi_high is None:
        return None
    return share.marginal_roi_low, share.marginal_roi_high
