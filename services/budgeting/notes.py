"""What a budget plan could not do, in words."""

from __future__ import annotations

from services.budgeting.bounds import money
from services.budgeting.decision import Decision
from services.budgeting.plan_inputs import Desk, Draft
from services.budgeting.words import (
    BELOW_LIMITS,
    KEPT,
    LEFT_OUT,
    NO_CHANGE,
    NO_ROWS,
    SHORT_HISTORY,
    UNSPENT,
)
from services.text import Text, number, percent


def notes(desk: Desk, decision: Decision, draft: Draft) -> tuple[Text, ...]:
    """Return everything worth saying about a draft, the most important first."""
    if not desk.known.channels:
        return (NO_ROWS, *_about_rows(desk))
    return (
        *_about_total(desk, draft),
        *([] if decision.is_free.any() else [NO_CHANGE]),
        *_about_channels(desk),
        *_about_rows(desk),
    )


def _about_total(desk: Desk, draft: Draft) -> list[Text]:
    least, most = int(desk.bounds.lower.sum()), int(desk.bounds.upper.sum())
    unspent = draft.total - int(draft.split.sum())
    if unspent > 0:
        limit = Text(en=percent(desk.change_limit, "en"), ru=percent(desk.change_limit, "ru"))
        return [UNSPENT.format(amount=_amount(unspent), most=_amount(most), limit=limit)]
    return [BELOW_LIMITS.format(least=_amount(least))] if draft.total < least else []


def _about_channels(desk: Desk) -> list[Text]:
    bases = list(zip(desk.known.channels, desk.known.basis, strict=True))
    named = {reason: [channel for channel, basis in bases if basis == reason] for reason in KEPT}
    return [
        KEPT[reason].format(period=desk.period_days, channels=", ".join(sorted(channels)))
        for reason, channels in named.items()
        if channels
    ]


def _about_rows(desk: Desk) -> list[Text]:
    found = [LEFT_OUT.format(n=desk.left_out)] if desk.left_out else []
    if 0 < desk.n_days < desk.period_days:
        found.append(SHORT_HISTORY.format(days=desk.n_days, period=desk.period_days))
    return found


def _amount(cents: int) -> Text:
    return Text(en=number(money(cents), "en", decimals=2), ru=number(money(cents), "ru", decimals=2))
