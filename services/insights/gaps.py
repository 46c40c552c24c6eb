"""Rule: an unusually long gap in a channel's data."""

from __future__ import annotations

import numpy as np

from services.insights import words
from services.insights.facts import Facts
from services.insights.history import day_date
from services.insights.recommendation import Evidence, Move, Recommendation
from services.numerics import Bools
from services.text import Text

_LEAST_GAP = 3
_GAP_DAYS = 56

_GAP = Text(
    en="{channel}: no data for days: {days} (from {day}). Was the channel paused, or is an export missing?",
    ru="{channel}: нет данных (дней: {days}, с {day}). Канал остановлен или не дошла выгрузка?",
)
_GAP_EVIDENCE = Text(
    en="The longest earlier gap, in days: {usual}.",
    ru="Самый длинный пропуск до этого, дней: {usual}.",
)
_GAP_CAVEAT = Text(
    en="Missing days count as days without activity.",
    ru="Дни без данных считаются днями без активности.",
)


def find(facts: Facts) -> list[Recommendation]:
    """Return a recommendation for each channel with a recent gap more than twice as long as any before."""
    history = facts.newest or facts.history
    active = history.counts["cost"] + history.counts["impressions"] > 0
    for name in ("cost", "impressions"):  # a day with rows that do not record one of them is no gap
        active = active | ~history.is_recorded(name)
    active = active & history.observed
    silent = int(history.last_day.max()) - history.last_day  # days without data up to the account's last day
    found = []
    for c in range(len(history.channels)):
        gap = _newest_gap(active[c, history.observed[c]], int(silent[c]))
        if gap is not None:
            found.append(_gap_finding(facts, c, *gap))
    return found


def _newest_gap(active: Bools, silent: int) -> tuple[int, int, int] | None:
    """Return an unusual recent gap: its length, days since its start, and the longest earlier gap, in days.

    active: days with data (time); silent: days without data after them.
    """
    days = np.concatenate([active, np.zeros(silent, dtype=bool)])
    edges = np.diff(np.concatenate([[1], days.astype(np.int8), [1]]))
    starts, last_day = np.flatnonzero(edges < 0), np.flatnonzero(edges > 0)
    lengths = last_day - starts
    recent = last_day > days.size - _GAP_DAYS
    if not recent.any() or days.size < 2 * _GAP_DAYS or not days.any():
        return None
    longest = int(np.argmax(np.where(recent, lengths, 0)))
    usual = int(lengths[~recent].max(initial=0))
    length, since = int(lengths[longest]), int(days.size - starts[longest])
    is_unusual = length >= _LEAST_GAP and length > 2 * usual and since <= _GAP_DAYS
    return (length, since, usual) if is_unusual else None


def _gap_finding(facts: Facts, c: int, length: int, since: int, usual: int) -> Recommendation:
    last = int((facts.newest or facts.history).last_day.max())
    first = day_date(last - since + 1)
    return Recommendation(
        rule_id="data_quality",
        channel=facts.history.channels[c],
        severity="warning",
        metric="gap_days",
        value=float(length),
        baseline=float(usual),
        interval=None,
        evidence=Evidence(first, day_date(last - since + length), length, None),
        impact=None,
        action=Move("check_data"),
        sentence=_GAP.format(channel=facts.history.channels[c], days=length, day=words.day(first)),
        evidence_text=_GAP_EVIDENCE.format(usual=usual),
        caveat=_GAP_CAVEAT,
    )
