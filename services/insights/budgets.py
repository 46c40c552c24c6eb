"""What the budget plan says about single channels: where money moves, where it is wasted, what to try."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from services.budgeting.budget_plan import BudgetPlan, Effect, Share
from services.insights import words
from services.insights.facts import Facts
from services.insights.finding import NO_CAVEAT, Evidence, Finding, Move
from services.insights.history import PERIOD_DAYS, day_date
from services.insights.rates import ROAS
from services.text import Text

Amounts = list[tuple[Share, Decimal]]

# On simulated accounts where no split is better than another, plans promise up to 1.5 % of revenue
# and a probability of 0.9 in about 2 of 100; on accounts with something to gain 80 of 100 pass.
SURE = 0.9
LEAST_GAIN = 0.015
SATURATED_AT = 0.2  # the largest probability that the next unit spent pays back
_TEST_PART = 0.3
_TEST_DAYS = 14
_SHOWN = 4
_PAIR = Text(en="{channel} {before} → {after}", ru="{channel} {before} → {after}")
_SEEN_AT = 2.5  # standard errors: what a test shows with a power of about 80 % at 10 %, two-sided

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
    en="Change of revenue, 80 % range: {low} to {high}; probability of an increase: {chance}. "
    "Marginal ROI before and after: {marginals}.",
    ru="Изменение выручки, диапазон 80 %: от {low} до {high}; вероятность роста: {chance}. "
    "Предельный ROI до и после: {marginals}.",
)
_SATURATED = Text(
    en="{channel} is saturated: the last {step} spent bring back only {back}.",
    ru="{channel}: канал насыщен, из последних {step} затрат возвращается лишь {back}.",
)
_SATURATED_EVIDENCE = Text(
    en="Marginal ROI {marginal}, 80 % range {low} to {high}; probability that the next unit spent pays "
    "back: {chance}. Spend per {days} days: {current}. {basis}",
    ru="Предельный ROI {marginal}, диапазон 80 %: от {low} до {high}; вероятность, что следующая единица "
    "затрат окупится: {chance}. Затраты за период (дней: {days}): {current}. {basis}",
)
_TEST = Text(
    en="{channel}: try {part} more spend for two weeks ({extra}); about {gain} of extra revenue is expected.",
    ru="{channel}: попробуйте на две недели увеличить затраты на {part} ({extra}); "
    "ожидаемая прибавка выручки — около {gain}.",
)
_TEST_EVIDENCE = Text(
    en="Probability that more spend brings more here than elsewhere: {chance}; expected marginal ROI "
    "{marginal}. {basis} {shown}",
    ru="Вероятность, что рост затрат здесь выгоднее, чем в других каналах: {chance}; ожидаемый предельный "
    "ROI {marginal}. {basis} {shown}",
)
_TEST_SHOWS = Text(
    en="A change of revenue of {size} or more would show in the test.",
    ru="Такая проверка покажет изменение выручки от {size}.",
)
_CAVEAT = Text(
    en="Estimated from history: saturation and changing demand cannot always be told apart.",
    ru="Оценка по прошлым данным: насыщение не всегда можно отличить от изменения спроса.",
)


def find(facts: Facts) -> list[Finding]:
    """Return the plan's move of money, the saturated channels and the spend tests worth making."""
    shares = facts.plan.shares
    return [
        *_shift(facts),
        *(_saturated(facts, share) for share in shares if _is_saturated(share)),
        *(_test(facts, share) for share in shares if share.action == "test"),
    ]


def allocation(facts: Facts) -> Text:
    """Say what the plan does to the budget, where that is no recommendation."""
    givers, takers = moves(facts.plan)
    if not givers or not takers:
        return _KEEP
    return _SMALL.format(
        effect=words.change(facts.plan.effect.p50, facts.currency),
        chance=words.chance(facts.plan.p_improves),
    )


def _is_worth_it(facts: Facts) -> bool:
    """Tell whether the move is probable and large enough: small gains appear where there are none."""
    revenue = float(facts.per_period(facts.history.recent("revenue")).sum())
    usual = revenue * facts.plan.period_days / PERIOD_DAYS
    return facts.plan.p_improves >= SURE and facts.plan.effect.p50 >= LEAST_GAIN * usual


def moves(plan: BudgetPlan) -> tuple[Amounts, Amounts]:
    """Return who gives and who takes, largest first, with the amount against today's split of the total."""
    today = sum((share.current for share in plan.shares), Decimal(0))
    scale = (plan.total - plan.unspent) / today if today else Decimal(1)
    changes = [(share, share.recommended - share.current * scale) for share in plan.shares]
    givers = [(s, -c) for s, c in changes if s.action == "decrease" and c < 0]
    takers = [(s, c) for s, c in changes if s.action == "increase" and c > 0]
    return _largest_first(givers), _largest_first(takers)


def _largest_first(amounts: Amounts) -> Amounts:
    return sorted(amounts, key=lambda pair: (-pair[1], pair[0].channel))


def _shift(facts: Facts) -> list[Finding]:
    plan = facts.plan
    givers, takers = moves(plan)
    if not givers or not takers or not _is_worth_it(facts):
        return []
    moved = [share for share, _ in (*takers, *givers)]
    best, worst = takers[0][0], givers[0][0]
    amount = min(sum(float(c) for _, c in side) for side in (givers, takers))
    return [
        Finding(
            rule_id="budget_shift",
            channel=best.channel,
            severity="opportunity",
            metric="marginal_roi",
            value=best.marginal_roi_before,
            baseline=worst.marginal_roi_before,
            interval=_marginal_range(best),
            evidence=_plan_evidence(facts, plan.p_improves, moves=[_told(share) for share in moved]),
            impact=plan.effect,
            action=Move(
                "shift_budget",
                {share.channel: share.current for share in moved},
                {share.channel: share.recommended for share in moved},
            ),
            sentence=_SHIFT.format(
                money=words.amount(amount, facts.currency),
                days=plan.period_days,
                givers=words.names([share.channel for share, _ in givers]),
                takers=words.names([share.channel for share, _ in takers]),
                effect=words.change(plan.effect.p50, facts.currency),
            ),
            evidence_text=_SHIFT_EVIDENCE.format(
                low=words.change(plan.effect.p10, facts.currency),
                high=words.change(plan.effect.p90, facts.currency),
                chance=words.chance(plan.p_improves),
                marginals=_marginals(moved),
            ),
            caveat=_CAVEAT,
            period_days=plan.period_days,
        )
    ]


def _is_saturated(share: Share) -> bool:
    """Tell whether the next unit spent hardly pays, where the channel's own past says so."""
    known = share.basis == "estimated" and share.marginal_roi_before is not None
    return known and share.p_pays is not None and share.p_pays <= SATURATED_AT


def _saturated(facts: Facts, share: Share) -> Finding:
    marginal, limits = share.marginal_roi_before or 0.0, _marginal_range(share)
    low, high = limits or (marginal, marginal)
    pays = share.p_pays or 0.0
    cut = float(share.current) * _TEST_PART
    step = _round_step(float(share.current))
    return Finding(
        rule_id="saturated",
        channel=share.channel,
        severity="warning",
        metric="marginal_roi",
        value=marginal,
        baseline=0.0,
        interval=limits,
        evidence=_plan_evidence(facts, 1 - pays),
        impact=Effect(max(-high, 0.0) * cut, max(-marginal, 0.0) * cut, -low * cut),
        action=Move("reduce_spend", share.current, min(share.recommended, share.current)),
        sentence=_SATURATED.format(
            channel=share.channel,
            step=words.amount(step, facts.currency),
            back=words.amount(step * max(1 + marginal, 0.0), facts.currency),
        ),
        evidence_text=_SATURATED_EVIDENCE.format(
            marginal=words.share(marginal),
            low=words.share(low),
            high=words.share(high),
            chance=words.chance(pays),
            days=facts.plan.period_days,
            current=words.amount(float(share.current), facts.currency),
            basis=share.evidence,
        ),
        caveat=_CAVEAT,
        period_days=facts.plan.period_days,
    )


def _test(facts: Facts, share: Share) -> Finding:
    daily = float(share.current) / facts.plan.period_days
    extra = daily * _TEST_DAYS * _TEST_PART
    marginal = share.marginal_roi_before or 0.0
    low, high = _marginal_range(share) or (marginal, marginal)
    size = _visible(facts, share.channel)
    shown = _TEST_SHOWS.format(size=words.amount(size, facts.currency)) if size else NO_CAVEAT
    return Finding(
        rule_id="headroom",
        channel=share.channel,
        severity="opportunity",
        metric="marginal_roi",
        value=marginal,
        baseline=0.0,
        interval=_marginal_range(share),
        evidence=_plan_evidence(facts, share.p_increase, visible_effect=size),
        impact=Effect(low * extra, marginal * extra, high * extra),
        action=Move("test_spend", daily, daily * (1 + _TEST_PART)),
        sentence=_TEST.format(
            channel=share.channel,
            part=words.share(_TEST_PART),
            extra=words.change(extra, facts.currency),
            gain=words.amount(extra * (1 + marginal), facts.currency),
        ),
        evidence_text=_TEST_EVIDENCE.format(
            chance=words.chance(share.p_increase),
            marginal=words.share(marginal),
            basis=share.evidence,
            shown=shown,
        ),
        caveat=_CAVEAT,
        period_days=_TEST_DAYS,
    )


def _visible(facts: Facts, channel: str) -> float | None:
    """Return the change of revenue in two weeks that would stand out from the channel's noise."""
    if channel not in facts.history.channels:
        return None
    place = facts.history.channels.index(channel)
    error = float(facts.noise[ROAS].error(_TEST_DAYS)[place])
    daily = float(facts.per_period(facts.history.recent("revenue"))[place]) / PERIOD_DAYS
    size = _SEEN_AT * error * daily * _TEST_DAYS
    return size if np.isfinite(size) and size > 0 else None


def _plan_evidence(facts: Facts, probability: float, **details: object) -> Evidence:
    length = facts.history.length
    last = int(facts.history.ends.max())
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
    """Write "Search 40 % → 31 %" for each channel that has both values."""
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


def _marginal_range(share: Share) -> tuple[float, float] | None:
    if share.marginal_roi_low is None or share.marginal_roi_high is None:
        return None
    return share.marginal_roi_low, share.marginal_roi_high


def _round_step(spend: float) -> float:
    """Return a round amount of about a tenth of the spend: 1, 10, 100 ..."""
    return float(10.0 ** np.floor(np.log10(spend / 2))) if spend > 2 else 1.0
