"""Rules: the best and the worst channel by ROI, if probable enough, and channels at a loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from services.budgeting.budget_plan import Effect
from services.insights import words
from services.insights.changes import P80
from services.insights.facts import LOSS_RISK, Facts
from services.insights.history import PERIOD_DAYS
from services.insights.levels import ENOUGH, Levels, Ranking, believe, rank, read_levels
from services.insights.recommendation import Evidence, Move, Recommendation
from services.text import Text
from services.worth import Told

_BEST = Told(
    money=Text(
        en="In the last {days} days {channel} brought back most for its money: ROI {roi}, {others} {all}.",
        ru="За последние {days} дн. больше всего на вложенные деньги принёс {channel}: ROI {roi}, "
        "{others} — {all}.",
    ),
    conversions=Text(
        en="In the last {days} days a conversion cost least in {channel}: {roi}, {others} {all}.",
        ru="За последние {days} дн. дешевле всего конверсия обходилась в {channel}: {roi}, {others} — {all}.",
    ),
)
_WORST = Told(
    money=Text(
        en="In the last {days} days {channel} brought back least for its money: ROI {roi}, {others} {all}.",
        ru="За последние {days} дн. меньше всего на вложенные деньги принёс {channel}: ROI {roi}, "
        "{others} — {all}.",
    ),
    conversions=Text(
        en="In the last {days} days a conversion cost most in {channel}: {roi}, {others} {all}.",
        ru="За последние {days} дн. дороже всего конверсия обходилась в {channel}: {roi}, {others} — {all}.",
    ),
)
_ALL_CHANNELS = Text(en="all channels together", ru="по всем каналам")
_RECORDED = Text(
    en="all that is recorded with spend and revenue", ru="по всему, где записаны и расход, и выручка"
)
_RANK_EVIDENCE = Told(
    money=Text(
        en="{span}, 80\u00a0% range of ROI: {low} to {high}. Probability that it is {which}: {chance}.",
        ru="{span}, диапазон ROI 80\u00a0%: от {low} до {high}. Вероятность, что это {which} канал: "
        "{chance}.",
    ),
    conversions=Text(
        en="{span}, 80\u00a0% range of the cost per conversion: {low} to {high}. Probability that it is "
        "{which}: {chance}.",
        ru="{span}, диапазон стоимости конверсии 80\u00a0%: от {low} до {high}. Вероятность, что это {which} "
        "канал: {chance}.",
    ),
)
_THE_BEST = Text(en="the best channel", ru="действительно лучший")
_THE_WORST = Text(en="the worst channel", ru="действительно худший")
_RANK_CAVEAT = Told(
    money=Text(
        en="ROI is a mean: it does not say what the next unit spent brings. The budget plan does.",
        ru="ROI — среднее: он не говорит, что принесут следующие вложения. На это отвечает план бюджета.",
    ),
    conversions=Text(
        en="This is a mean: it does not say what the next conversion costs. The budget plan does.",
        ru="Это среднее: сколько будет стоить следующая конверсия, оно не говорит. На это отвечает план "
        "бюджета.",
    ),
)
SMALL_PART = 0.01
_SMALL_CAVEAT = Told(
    money=Text(
        en="This rests on only {cost} of spend: with more money the ROI can be quite different.",
        ru="Это основано лишь на {cost} затрат: при больших вложениях ROI может быть совсем другим.",
    ),
    conversions=Text(
        en="This rests on only {cost} of spend: with more money the cost per conversion can be quite "
        "different.",
        ru="Это основано лишь на {cost} затрат: при больших вложениях стоимость конверсии может быть совсем "
        "другой.",
    ),
)
_LOSS = Told(
    money=Text(
        en="In the last {days} days {channel} did not earn back its cost: ROI {roi} "
        "(80\u00a0% range: {low} to {high}).",
        ru="За последние {days} дн. {channel} не окупился: ROI {roi} (диапазон 80\u00a0%: от {low} до "
        "{high}).",
    ),
    conversions=Text(
        en="In the last {days} days a conversion of {channel} cost more than {ceiling}: {roi} "
        "(80\u00a0% range: {low} to {high}).",
        ru="За последние {days} дн. конверсия {channel} стоила больше {ceiling}: {roi} "
        "(диапазон 80\u00a0%: от {low} до {high}).",
    ),
)
_LOSS_EVIDENCE = Told(
    money=Text(
        en="{span}: cost {cost}, revenue {revenue}. At this ROI, "
        "going without it saves {saved} per {period} days. Probability that ROI is below 0: {chance}.",
        ru="{span}: затраты {cost}, выручка {revenue}. При таком ROI отказ от канала сберёг бы {saved} за "
        "{period} дн. Вероятность, что ROI ниже нуля: {chance}.",
    ),
    conversions=Text(
        en="{span}: cost {cost}, conversions {revenue}. Per {period} days that is {saved} more than these "
        "may cost. Probability that one costs more than {ceiling}: {chance}.",
        ru="{span}: затраты {cost}, конверсий {revenue}. За {period} дн. это на {saved} больше, чем они "
        "могут стоить. Вероятность, что конверсия стоит больше {ceiling}: {chance}.",
    ),
)
_LOSS_GIVEN_MORE = Told(
    money=Text(
        en="{span}: cost {cost}, revenue {revenue}. Within its total, the budget plan still gives it more, "
        "since the last of the spend brings back even less elsewhere; a smaller total would save more. "
        "Probability that ROI is below 0: {chance}.",
        ru="{span}: затраты {cost}, выручка {revenue}. В пределах общей суммы план всё же даёт каналу "
        "больше: последние затраты других каналов возвращают ещё меньше; уменьшить общую сумму было бы "
        "выгоднее. "
        "Вероятность, что ROI ниже нуля: {chance}.",
    ),
    conversions=Text(
        en="{span}: cost {cost}, conversions {revenue}. Within its total, the budget plan still gives it "
        "more, since the next conversion is even dearer elsewhere; a smaller total would save more. "
        "Probability that one costs more than {ceiling}: {chance}.",
        ru="{span}: затраты {cost}, конверсий {revenue}. В пределах общей суммы план всё же даёт каналу "
        "больше: следующая конверсия у других каналов ещё дороже; уменьшить общую сумму было бы "
        "выгоднее. "
        "Вероятность, что конверсия стоит больше {ceiling}: {chance}.",
    ),
)
_LOSS_CAVEAT = Told(
    money=Text(
        en="Only revenue in the data counts: repeat purchases and other channels' sales that this one "
        "started are not in it.",
        ru="Учтена только выручка из данных: повторные покупки и продажи, которые этот канал подготовил "
        "для других, в неё не входят.",
    ),
    conversions=Text(
        en="Only conversions in the data count, not those that this channel started and others ended.",
        ru="Учтены только конверсии из данных, без тех, что этот канал подготовил для других.",
    ),
)


def find(facts: Facts) -> list[Recommendation]:
    """Return recommendations for the best and the worst channel, if probable, and for channels at a loss."""
    levels = read_levels(facts)
    at_loss = _at_loss(levels).tolist() if facts.worth.has_break_even else []
    losses = [_loss(facts, levels, c) for c in at_loss]
    ranking = rank(among(facts, levels))
    best, worst = leaders(ranking)
    named = []
    if best is not None:
        named.append(_named(facts, levels, best, float(ranking.p_best[best]), is_best=True))
    if worst is not None:
        named.append(_named(facts, levels, worst, float(ranking.p_worst[worst]), is_best=False))
    return named + losses


def among(facts: Facts, levels: Levels) -> Levels:
    """Return the levels without brand search: most of its revenue would have come anyway.

    Source: Blake, Nosko and Tadelis (2015), "Consumer heterogeneity and paid search effectiveness".
    """
    is_brand = np.array([channel in facts.account.brand for channel in facts.history.channels], dtype=bool)
    return replace(levels, usable=levels.usable & ~is_brand)


def leaders(ranking: Ranking) -> tuple[int | None, int | None]:
    """Return the numbers of the best and the worst channel; None below a probability of 0.8."""
    best, worst = int(ranking.p_best.argmax()), int(ranking.p_worst.argmax())
    is_best, is_worst = ranking.p_best[best] >= ENOUGH, ranking.p_worst[worst] >= ENOUGH
    return (best if is_best else None), (worst if is_worst else None)


def _at_loss(levels: Levels) -> np.ndarray:
    """Return the numbers of the channels whose upper confidence limit of ROI is below 0."""
    tests = max(int(levels.usable.sum()), 1)
    highest = levels.value + stats.t.isf(LOSS_RISK / tests, levels.freedom) * levels.error
    return np.flatnonzero(levels.usable & (highest < 1))


def _given_more(facts: Facts) -> frozenset[str]:
    """Return the channels whose budget the plan makes larger."""
    return frozenset(share.channel for share in facts.plan.shares if share.recommended > share.current)


def _interval(levels: Levels, c: int) -> tuple[float, float]:
    value, error = float(levels.value[c]), float(levels.error[c])
    return max(value - P80 * error, 0.0) - 1, value + P80 * error - 1


def _evidence(facts: Facts, levels: Levels, c: int, probability: float) -> Evidence:
    history = facts.history
    return Evidence(
        first=history.day(c, _days_of(facts, levels, c) - 1),
        last=history.day(c),
        n_days=int(levels.n_days[c]),
        probability=probability,
    )


def _days_of(facts: Facts, levels: Levels, c: int) -> int:
    """Return the days that a channel's level is told for: its own, if it is younger than the window."""
    return min(int(facts.history.observed[c].sum()), levels.days)


def _named(facts: Facts, levels: Levels, c: int, probability: float, *, is_best: bool) -> Recommendation:
    evidence, (low, high) = _evidence(facts, levels, c, probability), _interval(levels, c)
    history = facts.history
    together = history.together()  # on the same days, whichever channels have stopped before
    revenue, cost = together.recent_pair("revenue", "cost", levels.days)
    whole = float(revenue[0] / cost[0])
    spend = float(history.recent("cost", levels.days)[c])
    roi, telling = float(levels.value[c]) - 1, facts.telling
    told_low, told_high = telling.roi_range(low, high)
    return Recommendation(
        rule_id="winner" if is_best else "loser",
        channel=history.channels[c],
        severity="info",
        metric="roi",
        value=roi,
        baseline=whole - 1,
        interval=(low, high),
        evidence=evidence,
        impact=None,
        action=Move("compare"),
        sentence=telling.choose(_BEST if is_best else _WORST).format(
            channel=history.channels[c],
            days=_days_of(facts, levels, c),
            roi=telling.roi(roi),
            others=telling.word(_RECORDED) if history.lacks_roi(levels.days) else _ALL_CHANNELS,
            all=telling.roi(whole - 1),
        ),
        evidence_text=telling.choose(_RANK_EVIDENCE).format(
            span=words.span(history.day(c, _days_of(facts, levels, c) - 1), history.day(c)),
            low=told_low,
            high=told_high,
            which=_THE_BEST if is_best else _THE_WORST,
            chance=words.chance(probability),
        ),
        caveat=telling.choose(_SMALL_CAVEAT).format(cost=words.amount(spend, facts.currency))
        if spend < SMALL_PART * float(cost[0])
        else telling.choose(_RANK_CAVEAT),
    )


def _loss(facts: Facts, levels: Levels, c: int) -> Recommendation:
    """Return the recommendation to spend less, or only to look where the budget plan spends more.

    The plan splits a fixed total, so it can give more to a channel at a loss: where that saves the others'
    larger losses at the margin.
    """
    history = facts.history
    is_given_more = history.channels[c] in _given_more(facts)
    belief = believe(levels)
    probability = float(stats.t.cdf((1 - belief.mean[c]) / belief.error[c], levels.freedom[c]))
    revenue, spend = history.recent_pair("revenue", "cost", levels.days)
    roi, (low, high) = float(levels.value[c]) - 1, _interval(levels, c)
    cost = float(facts.per_period(history.recent_pair("revenue", "cost", PERIOD_DAYS)[1])[c])
    telling = facts.telling
    told_low, told_high = telling.roi_range(low, high)
    ceiling = words.amount(facts.worth.reference, facts.currency)
    return Recommendation(
        rule_id="unprofitable",
        channel=history.channels[c],
        severity="warning" if is_given_more else "critical",
        metric="roi",
        value=roi,
        baseline=0.0,
        interval=(low, high),
        evidence=_evidence(facts, levels, c, probability),
        impact=None if is_given_more else Effect(max(-high, 0.0) * cost, -roi * cost, -low * cost),
        action=Move("compare") if is_given_more else Move("reduce_spend", cost, None),
        sentence=telling.choose(_LOSS).format(
            channel=history.channels[c],
            days=_days_of(facts, levels, c),
            roi=telling.roi(roi),
            low=told_low,
            high=told_high,
            ceiling=ceiling,
        ),
        evidence_text=telling.choose(_LOSS_GIVEN_MORE if is_given_more else _LOSS_EVIDENCE).format(
            span=words.span(history.day(c, _days_of(facts, levels, c) - 1), history.day(c)),
            cost=words.amount(float(spend[c]), facts.currency),
            revenue=telling.brought(float(revenue[c])),
            ceiling=ceiling,
            saved=words.amount(-roi * cost, facts.currency),
            period=PERIOD_DAYS,
            chance=words.chance(probability),
        ),
        caveat=telling.choose(_LOSS_CAVEAT),
        period_days=PERIOD_DAYS,
    )
