"""Rule: ROI has shifted from its usual level; with start, size and the step of the funnel that caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.insights import words
from services.insights.changes import Change, clear_changes
from services.insights.decomposition import decompose
from services.insights.facts import Facts
from services.insights.funnel import Step, as_cause, changed_steps, tell
from services.insights.history import PERIOD_DAYS
from services.insights.rates import ROAS
from services.insights.recommendation import NO_CAVEAT, Move, Recommendation, Severity
from services.insights.telling import Telling
from services.text import Text
from services.worth import Told

_DRAWN_FROM = 0.05  # of the measured change
_FELL = Told(
    money=Text(
        en="{channel}: since {day} ROI is down, from {before} to about {after}{cause}.{steps}",
        ru="{channel}: с {day} ROI ниже — около {after} вместо {before}{cause}.{steps}",
    ),
    conversions=Text(
        en="{channel}: since {day} a conversion costs more, about {after} instead of {before}{cause}.{steps}",
        ru="{channel}: с {day} конверсия стоит дороже — около {after} вместо {before}{cause}.{steps}",
    ),
)
_ROSE = Told(
    money=Text(
        en="{channel}: since {day} ROI is up, from {before} to about {after}{cause}.{steps}",
        ru="{channel}: с {day} ROI выше — около {after} вместо {before}{cause}.{steps}",
    ),
    conversions=Text(
        en="{channel}: since {day} a conversion costs less, about {after} instead of {before}{cause}.{steps}",
        ru="{channel}: с {day} конверсия стоит дешевле — около {after} вместо {before}{cause}.{steps}",
    ),
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
_EVIDENCE = Told(
    money=Text(
        en="{span} against the {baseline} days before. At the earlier ROI the same spend would have brought "
        "{expected}; it brought {actual}.{parts}{drawn} {chance}",
        ru="{span}; база сравнения — предыдущие {baseline} дн. При прежнем ROI эти затраты принесли бы "
        "{expected}, а принесли {actual}.{parts}{drawn} {chance}",
    ),
    conversions=Text(
        en="{span} against the {baseline} days before. At the earlier cost per conversion the same spend "
        "would have brought {expected} conversions; it brought {actual}.{parts}{drawn} {chance}",
        ru="{span}; база сравнения — предыдущие {baseline} дн. При прежней стоимости конверсии эти затраты "
        "принесли бы конверсий: {expected}, а принесли: {actual}.{parts}{drawn} {chance}",
    ),
)
_DRAWN = Told(
    money=Text(
        en=" Measured in these days: ROI {measured}; less is told, because the days were picked for their "
        "size.",
        ru=" Измерено за эти дни: ROI {measured}; сказано меньше, потому что дни выбраны по величине "
        "отличия.",
    ),
    conversions=Text(
        en=" Measured in these days: {measured} per conversion; a smaller change is told, because the days "
        "were picked for their size.",
        ru=" Измерено за эти дни: {measured} за конверсию; названо меньшее изменение, потому что дни выбраны "
        "по величине отличия.",
    ),
)
_PARTS = Told(
    money=Text(
        en=" Parts of the difference: price of impressions {impressions}, CTR {ctr}, "
        "conversion {conversion}, order value {order_value}.",
        ru=" Из чего складывается разница: цена показов {impressions}, CTR {ctr}, конверсия {conversion}, "
        "средний чек {order_value}.",
    ),
    conversions=Text(
        en=" Parts of the difference, in conversions: price of impressions {impressions}, CTR {ctr}, "
        "conversion {conversion}.",
        ru=" Из чего складывается разница, в конверсиях: цена показов {impressions}, CTR {ctr}, "
        "конверсия {conversion}.",
    ),
)
_CAVEAT = Text(
    en="Conversions that are reported late make the newest days look worse than they are.",
    ru="Если конверсии поступают с задержкой, последние дни выглядят хуже, чем есть.",
)


def find(facts: Facts, *, steady: frozenset[str] = frozenset()) -> list[Recommendation]:
    """Return a recommendation for each channel with a recent shift of ROI, except for `steady` trends.

    A step of the funnel that got worse in the same channel is told inside the alarm: one cause, one finding.
    """
    steps = changed_steps(facts)
    return [
        _recommendation(facts, change, [one for one in steps if one[1].channel == change.channel])
        for change in clear_changes(facts, ROAS)
        if change.channel not in steady
    ]


def _recommendation(facts: Facts, change: Change, steps: Sequence[tuple[Step, Change]]) -> Recommendation:
    parts = decompose(change.now, change.before)
    has_fallen = change.relative < 0
    steps = steps if has_fallen else ()
    stake = change.times(change.now["cost"] / change.days * PERIOD_DAYS)
    low, high = change.interval
    return Recommendation(
        rule_id="anomaly",
        channel=change.channel,
        severity=_severity(change),
        metric="roi",
        value=change.value - 1,
        baseline=change.usual - 1,
        interval=(low - 1, high - 1),
        evidence=change.evidence(
            stake,
            measured=change.measured - 1,
            decomposition=parts,
            causes=[as_cause(step, one) for step, one in steps],
        ),
        impact=None,
        action=Move("find_cause" if has_fallen else "keep", change.usual - 1, change.value - 1),
        sentence=_sentence(facts, change, parts, [tell(step, one, facts.currency) for step, one in steps]),
        evidence_text=_evidence(facts.telling, change, parts),
        caveat=_CAVEAT if has_fallen else NO_CAVEAT,
    )


def _severity(change: Change) -> Severity:
    if change.relative > 0:
        return "opportunity"
    return "critical" if change.value < 1 <= change.usual else "warning"


def _sentence(facts: Facts, change: Change, parts: Mapping[str, float] | None, steps: Sequence[Text]) -> Text:
    has_risen = change.relative > 0
    cause = _NOTHING
    if parts is not None:
        step = max(parts, key=lambda name: parts[name] if has_risen else -parts[name])
        cause = _CAUSE.format(cause=_CAUSES[step, has_risen])
    telling = facts.telling
    return telling.choose(_ROSE if has_risen else _FELL).format(
        channel=change.channel,
        before=telling.roi(change.usual - 1),
        after=_about(telling, change.value - 1),
        day=words.day(change.first),
        cause=cause,
        steps=words.in_each(lambda lang: "".join(f" {_capital(told[lang])}" for told in steps)),
    )


def _about(telling: Telling, roi: float) -> Text:
    """Format an estimated ROI in whole percent."""
    return telling.roi(round(roi, 2))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _evidence(telling: Telling, change: Change, parts: Mapping[str, float] | None) -> Text:
    told = _NOTHING
    if parts is not None:
        told = telling.choose(_PARTS).format(**{step: telling.change(part) for step, part in parts.items()})
    return telling.choose(_EVIDENCE).format(
        span=words.span(change.first, change.last),
        baseline=change.baseline_days,
        expected=telling.brought(change.usual * change.now["cost"]),
        actual=telling.brought(change.now["revenue"]),
        parts=told,
        drawn=_drawn(telling, change),
        chance=words.by_chance(change.chance),
    )


def _drawn(telling: Telling, change: Change) -> Text:
    """Return the sentence on the measured ROI, where clearly less is told."""
    if abs(change.measured - change.value) < _DRAWN_FROM * abs(change.measured - change.usual):
        return _NOTHING
    return telling.choose(_DRAWN).format(measured=_about(telling, change.measured - 1))
