"""Rule: ROI has shifted from its usual level; with start, size and the step of the funnel that caused it."""

from __future__ import annotations

from collections.abc import Mapping

from services.insights import words
from services.insights.changes import Change, clear_changes
from services.insights.decomposition import decompose
from services.insights.facts import Facts
from services.insights.history import PERIOD_DAYS
from services.insights.rates import ROAS
from services.insights.recommendation import NO_CAVEAT, Move, Recommendation, Severity
from services.text import Text

_FELL = Text(
    en="{channel}: ROI has fallen from {before} to {after} since {day}{cause}.",
    ru="{channel}: с {day} ROI снизился с {before} до {after}{cause}.",
)
_ROSE = Text(
    en="{channel}: ROI has risen from {before} to {after} since {day}{cause}.",
    ru="{channel}: с {day} ROI вырос с {before} до {after}{cause}.",
)
_CAUSE = Text(en=", mostly because {cause}", ru="; главная причина — {cause}")
_NOTHING = Text(en="", ru="")
_CAUSES: Mapping[tuple[str, bool], Text] = {
    ("impressions", False): Text(en="the money buys fewer impressions", ru="показы подорожали"),
    ("impressions", True): Text(en="the money buys more impressions", ru="показы подешевели"),
    ("ctr", False): Text(en="fewer viewers click", ru="по объявлениям реже кликают"),
    ("ctr", True): Text(en="more viewers click", ru="по объявлениям чаще кликают"),
    ("conversion", False): Text(en="fewer clicks end in a conversion", ru="упала конверсия"),
    ("conversion", True): Text(en="more clicks end in a conversion", ru="выросла конверсия"),
    ("order_value", False): Text(en="each conversion brings less", ru="одна конверсия приносит меньше денег"),
    ("order_value", True): Text(en="each conversion brings more", ru="одна конверсия приносит больше денег"),
}
_EVIDENCE = Text(
    en="{span} against the {baseline} days before. At the earlier ROI the same spend would have brought "
    "{expected}; it brought {actual}.{parts} Probability that this is not chance: {chance}.",
    ru="{span}; база сравнения — предыдущие {baseline} дн. При прежнем ROI эти затраты принесли бы "
    "{expected}, а принесли {actual}.{parts} Вероятность, что это не случайность: {chance}.",
)
_PARTS = Text(
    en=" Parts of the difference: price of impressions {impressions}, CTR {ctr}, "
    "conversion {conversion}, order value {order_value}.",
    ru=" Из чего складывается разница: цена показов {impressions}, CTR {ctr}, конверсия {conversion}, "
    "средний чек {order_value}.",
)
_CAVEAT = Text(
    en="Conversions that are reported late make the newest days look worse than they are.",
    ru="Если конверсии поступают с задержкой, последние дни выглядят хуже, чем есть.",
)


def find(facts: Facts, *, steady: frozenset[str] = frozenset()) -> list[Recommendation]:
    """Return a recommendation for each channel with a recent shift of ROI, except for `steady` trends."""
    changes = clear_changes(facts, ROAS)
    return [_recommendation(facts, change) for change in changes if change.channel not in steady]


def _recommendation(facts: Facts, change: Change) -> Recommendation:
    parts = decompose(change.now, change.before)
    has_fallen = change.relative < 0
    low, high = change.interval
    return Recommendation(
        rule_id="anomaly",
        channel=change.channel,
        severity=_severity(change),
        metric="roi",
        value=change.value - 1,
        baseline=change.usual - 1,
        interval=(low - 1, high - 1),
        evidence=change.evidence(decomposition=parts),
        impact=change.at_stake(change.now["cost"] / change.days * PERIOD_DAYS) if has_fallen else None,
        action=Move("find_cause" if has_fallen else "keep", change.usual - 1, change.value - 1),
        sentence=_sentence(change, parts),
        evidence_text=_evidence(change, parts, facts.currency),
        caveat=_CAVEAT if has_fallen else NO_CAVEAT,
    )


def _severity(change: Change) -> Severity:
    if change.relative > 0:
        return "opportunity"
    return "critical" if change.value < 1 <= change.usual else "warning"


def _sentence(change: Change, parts: Mapping[str, float] | None) -> Text:
    has_risen = change.relative > 0
    cause = _NOTHING
    if parts is not None:
        step = max(parts, key=lambda name: parts[name] if has_risen else -parts[name])
        cause = _CAUSE.format(cause=_CAUSES[step, has_risen])
    return (_ROSE if has_risen else _FELL).format(
        channel=change.channel,
        before=words.share(change.usual - 1),
        after=words.share(change.value - 1),
        day=words.day(change.first),
        cause=cause,
    )


def _evidence(change: Change, parts: Mapping[str, float] | None, currency: str) -> Text:
    told = _NOTHING
    if parts is not None:
        told = _PARTS.format(**{step: words.change(part, currency) for step, part in parts.items()})
    return _EVIDENCE.format(
        span=words.span(change.first, change.last),
        baseline=change.baseline_days,
        expected=words.amount(change.usual * change.now["cost"], currency),
        actual=words.amount(change.now["revenue"], currency),
        parts=told,
        chance=words.chance(change.probability),
    )
