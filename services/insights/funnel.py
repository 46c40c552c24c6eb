"""Rule: a step of the funnel got worse: CTR (ads), conversion (landing page), price of impressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.insights import words
from services.insights.changes import Change, clear_changes
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import CONVERSION, CPM, CTR, Rate
from services.insights.recommendation import Move, Recommendation
from services.text import Text

_SHOWN_IMPRESSIONS = 1000  # prices of impressions are shown per thousand

_CAVEAT_RATE = Text(
    en="The loss assumes that the other steps stay as they are.",
    ru="Потери оценены при условии, что остальные показатели не меняются.",
)
_CAVEAT_LATE = Text(
    en="Conversions that are reported late make the newest days look worse than they are.",
    ru="Если конверсии поступают с задержкой, последние дни выглядят хуже, чем есть.",
)
_CAVEAT_PRICE = Text(
    en="Dearer impressions can be worth it if they reach people who buy: compare ROI as well.",
    ru="Дорогие показы могут окупаться, если их видят те, кто покупает: сверьтесь с ROI.",
)
_EVIDENCE = Text(
    en="{span}: {counted}. Compared with the {baseline} days before. "
    "Probability that this is not chance: {chance}.",
    ru="{span}: {counted}. База сравнения — предыдущие {baseline} дн. "
    "Вероятность, что это не случайность: {chance}.",
)


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of the funnel: its rate, the sign of a change for the worse, its cost and the action."""

    rate: Rate
    below: str
    metric: str
    worse: int
    action: str
    sentence: Text
    counted: Text
    caveat: Text
    units: Callable[[Change], float]


def _clicks_lost(change: Change) -> float:
    """Return the revenue of a period's impressions at a CTR of 1."""
    per_click = change.before["revenue"] / change.before["clicks"]
    return change.now["impressions"] / change.days * PERIOD_DAYS * per_click


def _conversions_lost(change: Change) -> float:
    per_conversion = change.before["revenue"] / change.before["conversions"]
    return change.now["clicks"] / change.days * PERIOD_DAYS * per_conversion


def _impressions_bought(change: Change) -> float:
    return change.now["impressions"] / change.days * PERIOD_DAYS


_STEPS = (
    _Step(
        rate=CTR,
        below="impressions",
        metric="ctr",
        worse=-1,
        action="renew_creative",
        sentence=Text(
            en="{channel}: CTR has fallen from {before} to {after} since {day}. Renew the ads.",
            ru="{channel}: с {day} CTR упал с {before} до {after}. Обновите объявления.",
        ),
        counted=Text(en="{above} clicks on {below} impressions", ru="кликов {above} на {below} показов"),
        caveat=_CAVEAT_RATE,
        units=_clicks_lost,
    ),
    _Step(
        rate=CONVERSION,
        below="clicks",
        metric="conversion",
        worse=-1,
        action="check_landing_page",
        sentence=Text(
            en="{channel}: conversion has fallen from {before} to {after} since {day}. "
            "Check the landing page and the tracking.",
            ru="{channel}: с {day} конверсия упала с {before} до {after}. "
            "Проверьте посадочную страницу и счётчики.",
        ),
        counted=Text(en="{above} conversions of {below} clicks", ru="конверсий {above} на {below} кликов"),
        caveat=_CAVEAT_LATE,
        units=_conversions_lost,
    ),
    _Step(
        rate=CPM,
        below="impressions",
        metric="cpm",
        worse=1,
        action="review_bids",
        sentence=Text(
            en="{channel}: a thousand impressions cost {after} since {day}, before {before}. "
            "Review bids and audience.",
            ru="{channel}: с {day} тысяча показов стоит {after}, раньше — {before}. "
            "Пересмотрите ставки и аудиторию.",
        ),
        counted=Text(en="{above} for {below} impressions", ru="{above} за {below} показов"),
        caveat=_CAVEAT_PRICE,
        units=_impressions_bought,
    ),
)


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation for each step of a channel's funnel that got worse."""
    return [
        _recommendation(facts, step, change)
        for step in _STEPS
        for change in clear_changes(facts, step.rate)
        if change.relative * step.worse > 0
    ]


def _recommendation(facts: Facts, step: _Step, change: Change) -> Recommendation:
    size = _SHOWN_IMPRESSIONS if step.rate is CPM else 1
    low, high = change.interval
    after, before = (_written(step, rate * size, facts.currency) for rate in (change.value, change.usual))
    return Recommendation(
        rule_id="funnel",
        channel=change.channel,
        severity="warning",
        metric=step.metric,
        value=change.value * size,
        baseline=change.usual * size,
        interval=(max(low, 0.0) * size, high * size),
        evidence=change.evidence(),
        impact=change.at_stake(step.units(change)),
        action=Move(step.action, change.value * size, change.usual * size),
        sentence=step.sentence.format(
            channel=change.channel, before=before, after=after, day=words.day(change.first)
        ),
        evidence_text=_EVIDENCE.format(
            span=words.span(change.first, change.last),
            counted=_counted(step, change, facts.currency),
            baseline=change.baseline_days,
            chance=words.chance(change.probability),
        ),
        caveat=step.caveat,
    )


def _written(step: _Step, value: float, currency: str) -> Text:
    return words.amount(value, currency) if step.rate is CPM else words.share(value)


def _counted(step: _Step, change: Change, currency: str) -> Text:
    above, below = change.now[step.rate.above], change.now[step.below]
    return step.counted.format(
        above=words.amount(above, currency) if step.rate is CPM else words.count(above),
        below=words.count(below),
    )
