"""Rules: saturated channels, where further spend does not pay, and channels that merit a spend test."""

from __future__ import annotations

import numpy as np

from services.budgeting.budget_plan import Effect, Share
from services.insights import words
from services.insights.budgets import CAVEAT, marginal_range, plan_evidence
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS, WEEK
from services.insights.levels import LEVEL_DAYS
from services.insights.rates import ROAS
from services.insights.recommendation import NO_CAVEAT, Move, Recommendation
from services.text import Text
from services.worth import Told

SATURATED_AT = 0.05  # largest probability that the next unit spent pays back
TEST_PART = 0.3
TEST_WEEKS = (2, 4, 6, 8)
_SEEN_AT = 2.5  # standard errors: detected with a power of about 80 % by a two-sided test at 10 %

_SATURATED = Told(
    money=Text(
        en="{channel} is saturated: of what it spends per {days} days, the last {step} bring back only "
        "{back}, while each {step} brings back {mean} on average.",
        ru="{channel}: канал насыщен — из затрат за {days} дн. последние {step} возвращают лишь {back}, "
        "хотя в среднем каждые {step} возвращают {mean}.",
    ),
    conversions=Text(
        en="{channel} is saturated: of what it spends per {days} days, the last {step} bring only {back} "
        "conversions, while each {step} brings {mean} on average.",
        ru="{channel}: канал насыщен — из затрат за {days} дн. последние {step} приносят конверсий лишь "
        "{back}, хотя в среднем каждые {step} — {mean}.",
    ),
)
_SATURATED_EVIDENCE = Told(
    money=Text(
        en="Marginal ROI {marginal}, 80\u00a0% range {low} to {high}; probability that the next unit spent "
        "pays back: {chance}. Spend per {days} days: {current}. {basis}",
        ru="Предельный ROI {marginal}, диапазон 80\u00a0%: от {low} до {high}; вероятность, что следующая "
        "единица затрат окупится: {chance}. Затраты за период (дней: {days}): {current}. {basis}",
    ),
    conversions=Text(
        en="The next conversion costs {marginal} (80\u00a0% range: {low} to {high}); probability that it "
        "costs less than {ceiling}: {chance}. Spend per {days} days: {current}. {basis}",
        ru="Следующая конверсия стоит {marginal} (диапазон 80\u00a0%: от {low} до {high}); вероятность, что "
        "она дешевле {ceiling}: {chance}. Затраты за период (дней: {days}): {current}. {basis}",
    ),
)
_TEST = Told(
    money=Text(
        en="{channel}: try {part} more spend for {weeks} weeks ({extra}); about {gain} of extra revenue is "
        "expected in them.",
        ru="{channel}: попробуйте увеличить затраты на {part} (недель: {weeks}, {extra}); "
        "за это время ожидается около {gain} дополнительной выручки.",
    ),
    conversions=Text(
        en="{channel}: try {part} more spend for {weeks} weeks ({extra}); about {gain} extra conversions are "
        "expected in them.",
        ru="{channel}: попробуйте увеличить затраты на {part} (недель: {weeks}, {extra}); "
        "за это время ожидается дополнительных конверсий: около {gain}.",
    ),
)
_TEST_EVIDENCE = Told(
    money=Text(
        en="Probability that more spend brings more here than elsewhere: {chance}; expected marginal ROI "
        "{marginal}. {basis} {shown}",
        ru="Вероятность, что рост затрат здесь выгоднее, чем в других каналах: {chance}; ожидаемый "
        "предельный ROI {marginal}. {basis} {shown}",
    ),
    conversions=Text(
        en="Probability that more spend brings more here than elsewhere: {chance}; expected cost of the next "
        "conversion {marginal}. {basis} {shown}",
        ru="Вероятность, что рост затрат здесь выгоднее, чем в других каналах: {chance}; ожидаемая "
        "стоимость следующей конверсии {marginal}. {basis} {shown}",
    ),
)
_TEST_SHOWS = Told(
    money=Text(
        en="A change of revenue of {size} or more would show in these weeks.",
        ru="За эти недели станет видно изменение выручки от {size}.",
    ),
    conversions=Text(
        en="A change of {size} conversions or more would show in these weeks.",
        ru="За эти недели станет видно изменение числа конверсий от {size}.",
    ),
)


def find(facts: Facts, *, at_a_loss: frozenset[str]) -> list[Recommendation]:
    """Return recommendations for saturated channels and for tests of spend, except for `at_a_loss`."""
    shares = [share for share in facts.plan.shares if share.channel not in at_a_loss]
    if not facts.worth.has_break_even:
        return []  # whether further spend pays is not known
    return [
        *(_saturated(facts, share) for share in shares if _is_saturated(facts, share)),
        *(
            _test(facts, share, weeks)
            for share in shares
            if share.action == "test"
            and share.recommended >= share.current  # a smaller total is no time to test more
            and (weeks := _enough_weeks(facts, share)) is not None
        ),
    ]


def _is_saturated(facts: Facts, share: Share) -> bool:
    """Return whether the next unit spent probably does not pay, as estimated from the channel's own past.

    A channel that loses on average is not saturated: it loses from the first unit on. Where the plan gives
    more, the others bring back even less, or the total is larger: then it is not the one to cut.
    """
    is_more = share.recommended > share.current
    known = share.basis == "estimated" and share.marginal_roi_before is not None and not is_more
    return known and _mean_roi(facts, share.channel) > 0 and (share.p_pays or 0.0) <= SATURATED_AT


def _mean_roi(facts: Facts, channel: str) -> float:
    """Return a channel's ROI of the newest 13 weeks; NaN without spend."""
    if channel not in facts.history.channels:
        return float("nan")
    place = facts.history.channels.index(channel)
    revenue, cost = facts.history.recent_pair("revenue", "cost", LEVEL_DAYS)
    return float(revenue[place] / cost[place] - 1) if cost[place] > 0 else float("nan")


def _saturated(facts: Facts, share: Share) -> Recommendation:
    marginal, limits = share.marginal_roi_before or 0.0, marginal_range(share)
    low, high = limits or (marginal, marginal)
    pays = share.p_pays or 0.0
    cut = float(share.current) * TEST_PART
    step, telling = _round_step(float(share.current)), facts.telling
    told_low, told_high = telling.roi_range(low, high)
    return Recommendation(
        rule_id="saturated",
        channel=share.channel,
        severity="warning",
        metric="marginal_roi",
        value=marginal,
        baseline=0.0,
        interval=limits,
        evidence=plan_evidence(facts, 1 - pays),
        impact=Effect(max(-high, 0.0) * cut, max(-marginal, 0.0) * cut, -low * cut),
        action=Move("reduce_spend", share.current, min(share.recommended, share.current)),
        sentence=telling.choose(_SATURATED).format(
            channel=share.channel,
            step=words.amount(step, facts.currency),
            back=telling.brought(step * max(1 + marginal, 0.0)),
            mean=telling.brought(step * (1 + _mean_roi(facts, share.channel))),
            days=facts.plan.period_days,
        ),
        evidence_text=telling.choose(_SATURATED_EVIDENCE).format(
            marginal=telling.roi(marginal),
            low=told_low,
            high=told_high,
            ceiling=words.amount(facts.worth.reference, facts.currency),
            chance=words.chance(pays),
            days=facts.plan.period_days,
            current=words.amount(float(share.current), facts.currency),
            basis=telling.word(share.evidence),
        ),
        caveat=CAVEAT,
        period_days=facts.plan.period_days,
    )


def _test(facts: Facts, share: Share, weeks: int) -> Recommendation:
    daily = float(share.current) / facts.plan.period_days
    extra = _extra(facts, share, weeks)
    marginal = share.marginal_roi_before or 0.0
    low, high = marginal_range(share) or (marginal, marginal)
    size = _visible(facts, share.channel, weeks)
    telling = facts.telling
    shown = telling.choose(_TEST_SHOWS).format(size=telling.brought(size)) if size else NO_CAVEAT
    return Recommendation(
        rule_id="headroom",
        channel=share.channel,
        severity="opportunity",
        metric="marginal_roi",
        value=marginal,
        baseline=0.0,
        interval=marginal_range(share),
        evidence=plan_evidence(facts, share.p_increase, visible_effect=size, weeks=weeks),
        impact=Effect(low * extra, marginal * extra, high * extra),
        action=Move("test_spend", daily, daily * (1 + TEST_PART)),
        sentence=telling.choose(_TEST).format(
            channel=share.channel,
            part=words.share(TEST_PART),
            weeks=weeks,
            extra=words.change(extra, facts.currency),
            gain=telling.brought(extra * (1 + marginal)),
        ),
        evidence_text=telling.choose(_TEST_EVIDENCE).format(
            chance=words.chance(share.p_increase),
            marginal=telling.roi(marginal),
            basis=telling.word(share.evidence),
            shown=shown,
        ),
        caveat=CAVEAT,
        period_days=WEEK * weeks,
    )


def _extra(facts: Facts, share: Share, weeks: int) -> float:
    """Return the extra spend of a test (money)."""
    return float(share.current) / facts.plan.period_days * WEEK * weeks * TEST_PART


def _enough_weeks(facts: Facts, share: Share) -> int | None:
    """Return the fewest weeks in which a test shows the expected gain; None if none of `TEST_WEEKS` does.

    A test that could not show what is expected of it would end in "no effect", whatever is true.
    """
    for weeks in TEST_WEEKS:
        gain = _extra(facts, share, weeks) * (1 + (share.marginal_roi_before or 0.0))
        size = _visible(facts, share.channel, weeks)
        if size is not None and size <= gain:
            return weeks
    return None


def _visible(facts: Facts, channel: str, weeks: int) -> float | None:
    """Return the smallest change of revenue in some weeks that a test would detect, in money."""
    if channel not in facts.history.channels:
        return None
    place = facts.history.channels.index(channel)
    error = float(facts.weekly_noise[ROAS].error(WEEK * weeks)[place])
    daily = float(facts.per_period(facts.history.recent("revenue"))[place]) / PERIOD_DAYS
    size = _SEEN_AT * error * daily * WEEK * weeks
    return size if np.isfinite(size) and size > 0 else None


def _round_step(spend: float) -> float:
    """Return a round amount of about a tenth of the spend: 1, 10, 100 ..."""
    return float(10.0 ** np.floor(np.log10(spend / 2))) if spend > 2 else 1.0
