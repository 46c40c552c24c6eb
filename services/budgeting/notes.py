"""Sentences on the limits of a budget plan."""

from __future__ import annotations

from services.budgeting.bounds import money
from services.budgeting.decision import Decision
from services.budgeting.plan_inputs import CandidateSplit, PlanInputs
from services.budgeting.words import (
    BELOW_LIMITS,
    KEPT,
    NO_CHANGE,
    NO_ROWS,
    REPAIRED,
    SHORT_HISTORY,
    UNSPENT,
)
from services.text import Text, number, percent


def notes(inputs: PlanInputs, decision: Decision, candidate: CandidateSplit) -> tuple[Text, ...]:
    """Return the notes on a candidate split, the most important first."""
    if not inputs.estimates.channels:
        return (NO_ROWS, *_about_rows(inputs))
    return (
        *_about_total(inputs, candidate),
        *([] if decision.is_free.any() else [NO_CHANGE]),
        *_about_channels(inputs),
        *_about_rows(inputs),
    )


def _about_total(inputs: PlanInputs, candidate: CandidateSplit) -> list[Text]:
    least, most = int(inputs.bounds.lower.sum()), int(inputs.bounds.upper.sum())
    unspent = candidate.total - int(candidate.split.sum())
    if unspent > 0:
        limit = Text(en=percent(inputs.change_limit, "en"), ru=percent(inputs.change_limit, "ru"))
        return [UNSPENT.format(amount=_amount(unspent), most=_amount(most), limit=limit)]
    return [BELOW_LIMITS.format(least=_amount(least))] if candidate.total < least else []


def _about_channels(inputs: PlanInputs) -> list[Text]:
    bases = list(zip(inputs.estimates.channels, inputs.estimates.basis, strict=True))
    named = {reason: [channel for channel, basis in bases if basis == reason] for reason in KEPT}
    return [
        KEPT[reason].format(period=inputs.period_days, channels=", ".join(sorted(channels)))
        for reason, channels in named.items()
        if channels
    ]


def _about_rows(inputs: PlanInputs) -> list[Text]:
    found = [REPAIRED.format(n=inputs.repaired)] if inputs.repaired else []
    if 0 < inputs.n_days < inputs.period_days:
        found.append(SHORT_HISTORY.format(days=inputs.n_days, period=inputs.period_days))
    return found


def _amount(cents: int) -> Text:
    return Text(en=number(money(cents), "en", decimals=2), ru=number(money(cents), "ru", decimals=2))
