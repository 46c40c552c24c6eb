"""The accuracy of the forecasts in the backtest, and a recommendation when it is poor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.insights import words
from services.insights.facts import Facts
from services.insights.recommendation import Evidence, Move, Recommendation
from services.skill import sentence, skill_of
from services.text import Text

FEWEST_ORIGINS = 8
NARROW = 0.65  # a lower coverage of the 80 % interval is reported
_WEEK = 7

_WEAK = Text(
    en="The forecasts have been no better than “the same as last week”: decide by the actual figures.",
    ru="Прогнозы не точнее, чем «как неделю назад»: опирайтесь на фактические данные.",
)
_TOO_NARROW = Text(
    en="The forecast bands have been too narrow: the 80\u00a0% band held only {coverage} of the time.",
    ru="Диапазоны прогноза оказались слишком узкими: в диапазон 80\u00a0% попало лишь {coverage} значений.",
)
_CAVEAT = Text(
    en="All forecasts scored here were made before the days they speak of.",
    ru="Все оценённые прогнозы сделаны до наступления тех дней, о которых они говорят.",
)


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation when forecasts have no skill or intervals that are far too narrow."""
    overall, skill = _overall(facts), skill_of(facts.prediction.scores)
    if _weeks(facts) < FEWEST_ORIGINS or not overall.get("forecasts"):
        return []
    if skill is not None and not skill.is_better:
        return [_recommendation(facts, _WEAK, "skill", skill.saved, 0.0)]
    coverage = overall.get("coverage80")
    if coverage is not None and coverage < NARROW:
        told = _TOO_NARROW.format(coverage=words.share(round(coverage, 2)))
        return [_recommendation(facts, told, "coverage80", float(coverage), 0.8)]
    return []


def told(facts: Facts) -> Text:
    """Return one sentence on the skill of the forecasts."""
    return sentence(skill_of(facts.prediction.scores))


def _recommendation(
    facts: Facts, sentence: Text, metric: str, value: float, baseline: float
) -> Recommendation:
    last, weeks = facts.prediction.data_to, _weeks(facts)
    overall = _overall(facts)
    return Recommendation(
        rule_id="forecast_accuracy",
        channel=None,
        severity="info",
        metric=metric,
        value=value,
        baseline=baseline,
        interval=None,
        evidence=Evidence(
            last - timedelta(days=_WEEK * weeks - 1),
            last,
            _WEEK * weeks,
            None,
            {"forecasts": overall.get("forecasts"), "mase": overall.get("mase")},
        ),
        impact=None,
        action=Move("use_actuals"),
        sentence=sentence,
        evidence_text=told(facts),
        caveat=_CAVEAT,
    )


def _overall(facts: Facts) -> Mapping[str, Any]:
    overall = facts.prediction.scores.get("overall")
    return overall if isinstance(overall, Mapping) else {}


def _weeks(facts: Facts) -> int:
    return int(facts.prediction.scores.get("origins") or 0)
