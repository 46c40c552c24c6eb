"""Rule: a step of the funnel got worse: CTR (ads), conversion (landing page), price of impressions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.budgeting.budget_plan import Effect
from services.insights import words
from services.insights.changes import Change, clear_changes
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import CONVERSION, CPM, CTR, Rate
from services.insights.recommendation import Move, Recommendation
from services.insights.telling import Telling
from services.text import Text
from services.worth import Told

_SHOWN_IMPRESSIONS = 1000  # prices of impressions are shown per thousand

_CAVEAT_RATE = Text(
    en="The loss assumes that the other steps stay as they are.",
    ru="Потери оценены при условии, что остальные показатели не меняются.",
)
_CAVEAT_LATE = Text(
    en="Conversions that are reported late make the newest days look worse than they are.",
    ru="Если конверсии поступают с задержкой, последние дни выглядят хуже, чем есть.",
)
_CAVEAT_PRICE = Told(
    money=Text(
        en="Dearer impressions can be worth it if they reach people who buy: compare ROI as well.",
        ru="Дорогие показы могут окупаться, если их видят те, кто покупает: сверьтесь с ROI.",
    ),
    conversions=Text(
        en="Dearer impressions can be worth it if they bring conversions: compare their cost as well.",
        ru="Дорогие показы могут быть оправданы, если дают конверсии: сверьтесь с их стоимостью.",
    ),
)
_SENTENCE = Text(en="{channel}: {told}", ru="{channel}: {told}")
_EVIDENCE = Text(
    en="{span}: {counted}. Compared with the {baseline} days before.{lost} {chance}",
    ru="{span}: {counted}. База сравнения — предыдущие {baseline} дн.{lost} {chance}",
)
_LOST = Text(
    en=" If the rest stays as it is, the change of revenue per {days} days is {amount} "
    "(80\u00a0% range: {low} to {high}).",
    ru=" Если остальное не изменится, изменение выручки за {days} дн. составит {amount} "
    "(диапазон 80\u00a0%: от {low} до {high}).",
)
_DEARER = Text(
    en=" The same impressions cost {amount} more per {days} days (80\u00a0% range: {low} to {high}).",
    ru=" Те же показы за {days} дн. обходятся дороже на {amount} (диапазон 80\u00a0%: от {low} до {high}).",
)
_NOTHING = Text(en="", ru="")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: its rate, the sign of a change for the worse, its cost and the action."""

    rate: Rate
    below: str
    metric: str
    worse: int
    action: str
    sentence: Text
    counted: Text
    caveat: Text | Told
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
    Step(
        rate=CTR,
        below="impressions",
        metric="ctr",
        worse=-1,
        action="renew_creative",
        sentence=Text(
            en="since {day} CTR is at about {after} instead of {before}. Renew the ads.",
            ru="с {day} CTR — около {after} вместо {before}. Обновите объявления.",
        ),
        counted=Text(en="{above} clicks on {below} impressions", ru="кликов {above} на {below} показов"),
        caveat=_CAVEAT_RATE,
        units=_clicks_lost,
    ),
    Step(
        rate=CONVERSION,
        below="clicks",
        metric="conversion",
        worse=-1,
        action="check_landing_page",
        sentence=Text(
            en="since {day} conversion is at about {after} instead of {before}. "
            "Check the landing page and the tracking.",
            ru="с {day} конверсия — около {after} вместо {before}. Проверьте посадочную страницу и счётчики.",
        ),
        counted=Text(en="{above} conversions of {below} clicks", ru="конверсий {above} на {below} кликов"),
        caveat=_CAVEAT_LATE,
        units=_conversions_lost,
    ),
    Step(
        rate=CPM,
        below="impressions",
        metric="cpm",
        worse=1,
        action="review_bids",
        sentence=Text(
            en="since {day} a thousand impressions cost about {after} instead of {before}. "
            "Review bids and audience.",
            ru="с {day} тысяча показов стоит около {after} вместо {before}. Пересмотрите ставки и аудиторию.",
        ),
        counted=Text(en="{above} for {below} impressions", ru="{above} за {below} показов"),
        caveat=_CAVEAT_PRICE,
        units=_impressions_bought,
    ),
)


def changed_steps(facts: Facts) -> list[tuple[Step, Change]]:
    """Return each step of a channel's funnel that got worse, with its change."""
    return [
        (step, change)
        for step in _STEPS
        for change in clear_changes(facts, step.rate)
        if change.relative * step.worse > 0
    ]


def find(facts: Facts, *, told: frozenset[str] = frozenset()) -> list[Recommendation]:
    """Return a recommendation for each step that got worse, except in channels whose ROI alarm tells it."""
    return [
        _recommendation(facts, step, change)
        for step, change in changed_steps(facts)
        if change.channel not in told
    ]


def tell(step: Step, change: Change, currency: str) -> Text:
    """Return the sentence on a step, without its channel: what changed since when, and what to do."""
    after, before = (_written(step, rate * _size(step), currency) for rate in (change.value, change.usual))
    return step.sentence.format(before=before, after=after, day=words.day(change.first))


def as_cause(step: Step, change: Change) -> dict[str, object]:
    """Return a step as the JSON values of a cause inside the ROI alarm of its channel."""
    size = _size(step)
    return {
        "rule_id": "funnel",
        "metric": step.metric,
        "value": change.value * size,
        "baseline": change.usual * size,
        "since": change.first,
        "action": step.action,
        "chance": change.chance,
    }


def _size(step: Step) -> int:
    return _SHOWN_IMPRESSIONS if step.rate is CPM else 1


def _recommendation(facts: Facts, step: Step, change: Change) -> Recommendation:
    size, stake = _size(step), change.times(step.units(change))
    low, high = change.interval
    return Recommendation(
        rule_id="funnel",
        channel=change.channel,
        severity="warning",
        metric=step.metric,
        value=change.value * size,
        baseline=change.usual * size,
        interval=(max(low, 0.0) * size, high * size),
        evidence=change.evidence(stake, measured=change.measured * size),
        impact=None,
        action=Move(step.action, change.value * size, change.usual * size),
        sentence=_SENTENCE.format(channel=change.channel, told=tell(step, change, facts.currency)),
        evidence_text=_EVIDENCE.format(
            span=words.span(change.first, change.last),
            counted=_counted(step, change, facts.currency),
            baseline=change.baseline_days,
            lost=_lost(step, stake, facts.telling),
            chance=words.by_chance(change.chance),
        ),
        caveat=facts.telling.choose(step.caveat) if isinstance(step.caveat, Told) else step.caveat,
    )


def _lost(step: Step, stake: Effect | None, telling: Telling) -> Text:
    if stake is None:
        return _NOTHING
    is_price = step.rate is CPM

    def write(value: float) -> Text:
        return words.amount(value, telling.currency) if is_price else telling.change(value)

    return (_DEARER if is_price else telling.word(_LOST)).format(
        days=PERIOD_DAYS,
        amount=write(stake.p50),
        low=write(stake.p10),
        high=write(stake.p90),
    )


def _written(step: Step, value: float, currency: str) -> Text:
    return words.amount(value, currency) if step.rate is CPM else words.share(value)


def _counted(step: Step, change: Change, currency: str) -> Text:
    above, below = change.now[step.rate.above], change.now[step.below]
    return step.counted.format(
        above=words.amount(above, currency) if step.rate is CPM else words.count(above),
        below=words.count(below),
    )
