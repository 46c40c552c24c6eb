"""Rule: the budget plan's move of money between channels, if it is probable and large enough."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from services.budgeting.budget_plan import BudgetPlan, Share
from services.insights import words
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS, day_date
from services.insights.rates import ROAS
from services.insights.recommendation import Evidence, Move, Recommendation
from services.text import Text

Amounts = list[tuple[Share, Decimal]]

# On simulated accounts where no split is better than another, about 1 % of plans pass these limits; on
# accounts with something to gain, 55 to 85 %. The plan itself is shown in any case.
SURE = 0.9
LEAST_GAIN = 0.015  # of revenue
_ONE_IN_FORTY = 1.96
_SHOWN = 4
_PAIR = Text(en="{channel} {before} → {after}", ru="{channel} {before} → {after}")

_KEEP = Text(
    en="Keep today's split of the budget: the data do not support moving money.",
    ru="Оставьте нынешнее деление бюджета: данные не дают оснований переносить деньги.",
)
_SMALL = Text(
    en="The budget plan moves some money, but its gain is small or uncertain ({effect}, "
    "probability {chance}): there is no hurry.",
    ru="План бюджета предлагает перенести часть денег, но выигрыш мал или неясен ({effect}, вероятность "
    "{chance}): спешить незачем.",
)
_SHIFT = Text(
    en="Move {money} per {days} days from {givers} to {takers}. Expected change of revenue: {effect}.",
    ru="Перенесите {money} (за {days} дн.): откуда — {givers}, куда — {takers}. "
    "Ожидаемое изменение выручки: {effect}.",
)
_SHIFT_EVIDENCE = Text(
    en="Change of revenue, 80\u00a0% range: {low} to {high}; probability of an increase: {chance}. "
    "Marginal ROI before and after: {marginals}.",
    ru="Изменение выручки, диапазон 80\u00a0%: от {low} до {high}; вероятность роста: {chance}. "
    "Предельный ROI до и после: {marginals}.",
)
CAVEAT = Text(
    en="Estimated from history: saturation and changing demand cannot always be told apart.",
    ru="Оценка по прошлым данным: насыщение не всегда можно отличить от изменения спроса.",
)


def find(facts: Facts) -> list[Recommendation]:
    """Return one recommendation with the plan's move of money, or none."""
    plan = facts.plan
    givers, takers = moves(plan)
    moved = [share for share, _ in (*takers, *givers)]
    if not givers or not takers or not _is_worth_it(facts, moved):
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
            impact=plan.effect,
            action=Move(
                "shift_budget",
                {share.channel: share.current for share in moved},
                {share.channel: share.recommended for share in moved},
            ),
            sentence=facts.worth.word(_SHIFT).format(
                money=words.amount(amount, facts.currency),
                days=plan.period_days,
                givers=words.names([share.channel for share, _ in givers]),
                takers=words.names([share.channel for share, _ in takers]),
                effect=words.change(plan.effect.p50, facts.currency),
            ),
            evidence_text=facts.worth.word(_SHIFT_EVIDENCE).format(
                low=words.change(plan.effect.p10, facts.currency),
                high=words.change(plan.effect.p90, facts.currency),
                chance=words.chance(plan.p_improves),
                marginals=_marginals(moved),
            ),
            caveat=CAVEAT,
            period_days=plan.period_days,
        )
    ]


def allocation(facts: Facts) -> Text:
    """Return the sentence on the plan's split, for a summary without a budget recommendation."""
    givers, takers = moves(facts.plan)
    if not givers or not takers:
        return _KEEP
    return _SMALL.format(
        effect=words.change(facts.plan.effect.p50, facts.currency),
        chance=words.chance(facts.plan.p_improves),
    )


def _is_worth_it(facts: Facts, moved: Sequence[Share]) -> bool:
    """Return whether the move is probable, large enough, and beyond the noise of the last four weeks."""
    effect = facts.plan.effect.p50
    revenue = float(facts.per_period(facts.history.recent("revenue")).sum())
    is_large = effect >= LEAST_GAIN * revenue * facts.plan.period_days / PERIOD_DAYS
    return facts.plan.p_improves >= SURE and is_large and effect > _luck(facts, moved)


def _luck(facts: Facts, moved: Sequence[Share]) -> float:
    """Return the apparent gain (money) of a plan where all channels are equal, as the upper 2.5 % limit.

    Each channel's revenue / cost of four weeks has a random error. A plan gives to channels with a positive
    error and takes from channels with a negative one, so all errors count in its favour: their sum is one of
    half-normal variables.
    """
    errors = dict(zip(facts.history.channels, facts.noise[ROAS].error(PERIOD_DAYS).tolist(), strict=True))
    sizes = np.array([abs(share.effect.p50) * errors.get(share.channel, 0.0) for share in moved])
    sizes = np.nan_to_num(sizes)
    spread = np.sqrt((1 - 2 / np.pi) * (sizes**2).sum())
    return float(np.sqrt(2 / np.pi) * sizes.sum() + _ONE_IN_FORTY * spread)


def moves(plan: BudgetPlan) -> tuple[Amounts, Amounts]:
    """Return the channels that give money and those that take it, largest amount first.

    Amounts are against today's split scaled to the plan's total.
    """
    today = sum((share.current for share in plan.shares), Decimal(0))
    scale = (plan.total - plan.unspent) / today if today else Decimal(1)
    changes = [(share, share.recommended - share.current * scale) for share in plan.shares]
    givers = [(s, -c) for s, c in changes if s.action == "decrease" and c < 0]
    takers = [(s, c) for s, c in changes if s.action == "increase" and c > 0]
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


def _marginals(shares: Sequence[Share]) -> Text:
    """Return "Search 40 % → 31 %" for each channel that has both values."""
    parts = [
        _PAIR.format(
            channel=share.channel,
            before=words.share(share.marginal_roi_before),
            after=words.share(share.marginal_roi_after),
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
