"""The result of a rule, and its form as JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from services.budgeting.budget_plan import Effect
from services.text import Text

Severity = Literal["critical", "warning", "opportunity", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "opportunity", "info")
NO_CAVEAT = Text(en="", ru="")

_HIGH, _MEDIUM = 0.95, 0.8
_RARE = 0.01
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Evidence:
    """The data behind a recommendation: the days from `first` to `last`, `n_days` of them with data.

    `probability` is a posterior probability that the statement is true, with the prior that the rule states;
    None where there is none: a significance test has no such probability, and a counted fact needs none.
    `chance` is the probability that a sync of an account in which nothing happens shows any such finding,
    with the price of the search over windows, channels and rates; None where nothing was tested.
    `at_stake` is what the finding amounts to per period, with its sign: no action is promised to undo it.
    """

    first: date | None
    last: date | None
    n_days: int
    probability: float | None
    details: Mapping[str, Any] = field(default_factory=dict)
    chance: float | None = None
    at_stake: Effect | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The proposed action: its kind, and the values before and after it."""

    kind: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation. `channel` is None when it concerns the account.

    `value`, `baseline` and `interval` (of the value, 80 %) are in units of `metric`; `impact` is what the
    action would change, in money per `period_days` and with its sign; None where no action or no effect of it
    is known.
    """

    rule_id: str
    channel: str | None
    severity: Severity
    metric: str
    value: float | None
    baseline: float | None
    interval: tuple[float, float] | None
    evidence: Evidence
    impact: Effect | None
    action: Move
    sentence: Text
    evidence_text: Text
    caveat: Text = NO_CAVEAT
    period_days: int = 28


def worth(recommendation: Recommendation) -> float:
    """Return the expected gain of the action: its impact in money, times the probability of the statement."""
    if recommendation.impact is None or not math.isfinite(recommendation.impact.p50):
        return 0.0
    probability = recommendation.evidence.probability
    return recommendation.impact.p50 * (1.0 if probability is None else probability)


def stake(recommendation: Recommendation) -> float:
    """Return the money at stake, without its sign; 0 where it is unknown."""
    at_stake = recommendation.evidence.at_stake
    return abs(at_stake.p50) if at_stake is not None and math.isfinite(at_stake.p50) else 0.0


def to_record(recommendation: Recommendation) -> dict[str, Any]:
    """Return the recommendation as JSON values: no NaN, no dates, no Decimal."""
    evidence = recommendation.evidence
    record = {
        "rule_id": recommendation.rule_id,
        "channel": recommendation.channel,
        "severity": recommendation.severity,
        "metric": recommendation.metric,
        "value": recommendation.value,
        "baseline": recommendation.baseline,
        "interval": recommendation.interval,
        "evidence": {
            "window": {"from": evidence.first, "to": evidence.last},
            "n_days": evidence.n_days,
            "probability": evidence.probability,
            "chance": evidence.chance,
            "at_stake": _amounts(evidence.at_stake, recommendation.period_days),
            **evidence.details,
        },
        "expected_impact": _amounts(recommendation.impact, recommendation.period_days),
        "confidence": confidence(evidence),
        "action": {
            "type": recommendation.action.kind,
            "from": recommendation.action.before,
            "to": recommendation.action.after,
        },
        "caveat": recommendation.caveat,
        "sentence": recommendation.sentence,
        "evidence_text": recommendation.evidence_text,
    }
    return {name: plain(value) for name, value in record.items()}


def confidence(evidence: Evidence) -> str:
    """Return "high", "medium" or "low", by probability or by chance; a counted statement is "high"."""
    if evidence.probability is None:
        return "high" if evidence.chance is None or evidence.chance <= _RARE else "medium"
    if evidence.probability >= _HIGH:
        return "high"
    return "medium" if evidence.probability >= _MEDIUM else "low"


def plain(value: Any) -> Any:
    """Return a value as JSON values: numbers rounded, NaN and infinities as None, dates in ISO 8601."""
    match value:
        case None | bool() | str():
            return value
        case Text():
            return {"en": value.en, "ru": value.ru}
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
        case tuple() | list():
            return [plain(part) for part in value]
        case int():
            return value
        case Decimal():
            return plain(float(value))
    number = float(value)
    return round(number, _DIGITS) if math.isfinite(number) else None


def _amounts(effect: Effect | None, period_days: int) -> dict[str, Any]:
    amounts = (effect.p10, effect.p50, effect.p90) if effect is not None else (None, None, None)
    return dict(zip(("p10", "p50", "p90"), amounts, strict=True)) | {"period_days": period_days}
