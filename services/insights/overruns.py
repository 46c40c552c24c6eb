"""Rule: spend is far above its usual level, for some days (shift scan) or on the last day (spike)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from services.budgeting.budget_plan import Effect
from services.insights import words
from services.insights.changes import Change, clear_changes, describe
from services.insights.facts import SPIKE_RISK, Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import SPEND
from services.insights.recommendation import Move, Recommendation
from services.text import Text
from services.worth import Told

_LEAST_EXCESS = 0.25
_LEAST_DAYS = 28
_TAIL_PART = 0.02  # share of past deviations, the largest ones, that the tail is fitted to
_LEAST_TAIL = 8
_HEAVIEST, _LIGHTEST = 2.0, 8.0

_SENTENCE = Text(
    en="{channel}: spend is {excess} above its usual level since {day}: {value} a day instead of {usual}.",
    ru="{channel}: с {day} затраты на {excess} выше обычных: {value} в день вместо {usual}.",
)
_ONE_DAY = Text(
    en="{channel}: on {day} spend was {excess} above its usual level: {value} instead of {usual}.",
    ru="{channel}: {day} затраты были на {excess} выше обычных: {value} вместо {usual}.",
)
_EVIDENCE = Told(
    money=Text(
        en="{span}: {extra} more than usual for these days of the week; ROI in these days: {roi}, before: "
        "{roi_before}. Compared with the {baseline} days before. {chance}",
        ru="{span}: на {extra} больше обычного; ROI за эти дни: {roi}, до этого: {roi_before}. "
        "База сравнения — предыдущие {baseline} дн. {chance}",
    ),
    conversions=Text(
        en="{span}: {extra} more than usual for these days of the week; cost per conversion in these days: "
        "{roi}, before: {roi_before}. Compared with the {baseline} days before. {chance}",
        ru="{span}: на {extra} больше обычного; стоимость конверсии за эти дни: {roi}, до этого: "
        "{roi_before}. База сравнения — предыдущие {baseline} дн. {chance}",
    ),
)
_CAVEAT = Text(
    en="A planned increase looks the same in the data: check whether it was meant.",
    ru="В данных запланированный рост выглядит так же: проверьте, был ли он намеренным.",
)


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation for each channel that spends far more than usual."""
    lasting = {c.place: c for c in clear_changes(facts, SPEND) if c.relative >= _LEAST_EXCESS}
    sudden = {
        c: replace(change, chance=chance)
        for c, chance in _spikes(facts)
        if (change := describe(facts, SPEND, c, 1, _one_day_error(facts, c)))
        and change.relative >= _LEAST_EXCESS
        and (c not in lasting or _is_one_day(lasting[c], change))
    }
    return [
        *(_recommendation(facts, one, _SENTENCE) for c, one in lasting.items() if c not in sudden),
        *(_recommendation(facts, one, _ONE_DAY) for one in sudden.values()),
    ]


def _is_one_day(lasting: Change, last: Change) -> bool:
    """Return whether the last day alone makes the excess: the days before it are not far above usual."""
    before = lasting.days - 1
    rest = lasting.measured * lasting.days - last.measured
    return before > 0 and rest / before < (1 + _LEAST_EXCESS) * lasting.usual


def _recommendation(facts: Facts, change: Change, sentence: Text) -> Recommendation:
    extra = (change.value - change.usual) * change.days
    return Recommendation(
        rule_id="budget_overrun",
        channel=change.channel,
        severity="critical" if change.relative >= 1 else "warning",
        metric="cost_per_day",
        value=change.value,
        baseline=change.usual,
        interval=change.interval,
        evidence=change.evidence(_extra_spend(change)),
        impact=None,
        action=Move("check_budget", change.value, change.usual),
        sentence=sentence.format(
            channel=change.channel,
            day=words.day(change.first),
            excess=words.share(round(change.relative, 2)),
            value=words.amount(change.value, facts.currency),
            usual=words.amount(change.usual, facts.currency),
        ),
        evidence_text=facts.telling.choose(_EVIDENCE).format(
            span=words.span(change.first, change.last),
            extra=words.amount(extra, facts.currency),
            roi=_roi(facts, change.now),
            roi_before=_roi(facts, change.before),
            baseline=change.baseline_days,
            chance=words.by_chance(change.chance),
        ),
        caveat=_CAVEAT,
    )


def _one_day_error(facts: Facts, c: int) -> float:
    return float(facts.noise[SPEND].error(1)[c])


def _extra_spend(change: Change) -> Effect | None:
    """Return the extra spend of a period if it continues; for a spike, that of its one day."""
    return change.times(PERIOD_DAYS if change.days > 1 else 1)


def _roi(facts: Facts, sums: Mapping[str, float]) -> Text:
    if not sums["cost"] > 0 or math.isnan(sums["revenue"]):
        return words.NOTHING
    return facts.telling.roi(sums["revenue"] / sums["cost"] - 1)


def _spikes(facts: Facts) -> list[tuple[int, float]]:
    """Return the channels whose spend of the last day is a significant outlier: number and chance.

    The chance is that of any such outlier in a sync, over all channels (Bonferroni).

    The p-value is from a power law fitted to the largest past deviations of all channels, so heavy tails
    raise the limit: B. M. Hill (1975), "A simple general approach to inference about the tail of a
    distribution", Annals of Statistics 3.
    """
    series = facts.series[SPEND]
    known = series.known[:, :-1]
    past = np.sort(series.deviation[:, :-1][known])
    looked_at = facts.is_going & facts.has_days & (known.sum(axis=1) >= _LEAST_DAYS)
    size = max(int(_TAIL_PART * past.size), _LEAST_TAIL)
    if past.size <= size or past[-size] <= 0:
        return []
    start = max(float(past[-size]), 1.0)
    weight = np.log(np.maximum(past[-size:] / start, 1.0)).mean()
    power = float(np.clip(1 / max(weight, 1e-9), _HEAVIEST, _LIGHTEST))
    latest = np.maximum(series.deviation[:, -1], start)
    p = size / past.size * (latest / start) ** -power
    chance = p * max(int(looked_at.sum()), 1)
    return [(int(c), float(chance[c])) for c in np.flatnonzero(looked_at & (chance <= SPIKE_RISK))]
