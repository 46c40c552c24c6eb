"""A sentence on where a change comes from is true of the sums, or there is none."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from layouts import channel_campaigns
from services.main_change import MainChange, main_change
from services.views import Breakdown, BreakdownQuestion, BreakdownRow, Change, Totals
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, overview

Pairs = Mapping[str | None, tuple[int, int]]
"""Revenue before and now by campaign; None are the rows without one."""


def row(name: str | None, before: int, now: int, whole: int) -> BreakdownRow:
    change = Change(Decimal(now - before), (now - before) / whole if whole else None)
    return BreakdownRow(name, name, "Telegram", 1, totals(now), totals(before), {"revenue": change})


def totals(n: int) -> Totals:
    return Totals(impressions=n, clicks=n, conversions=Decimal(n), cost=Decimal(n), revenue=Decimal(n))


def breakdown(pairs: Pairs, *, is_falling: bool = True, **values: Any) -> Breakdown:
    """Return the campaigns in the order of their change."""
    before, now = (sum(pair[n] for pair in pairs.values()) for n in (0, 1))
    rows = [row(name, *pair, now - before) for name, pair in pairs.items() if name is not None]
    rows.sort(key=lambda one: one.changes["revenue"].change or 0, reverse=not is_falling)
    seen = overview()
    usual = {
        "snapshot": SNAPSHOT,
        "question": BreakdownQuestion("campaign"),
        **{name: getattr(seen, name) for name in ("date_from", "date_to", "previous_from", "previous_to")},
        "step_days": 1,
        "steps": (),
        "count": len(rows),
        "total": row(None, before, now, now - before),
        "rows": tuple(rows),
        "unnamed": row(None, *pairs[None], now - before) if None in pairs else None,
    }
    return Breakdown(**(usual | values))


def found(pairs: Pairs, noise: float | None = 5.0) -> MainChange | None:
    return main_change("revenue", noise, breakdown(pairs), breakdown(pairs, is_falling=False))


def said(pairs: Pairs, noise: float = 5.0) -> str:
    main = found(pairs, noise)
    assert main is not None
    assert channel_campaigns.sentence(main, RUSSIAN).endswith(".")
    return channel_campaigns.sentence(main, ENGLISH).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ({"X": (200, 118), "Y": (100, 82)}, "82 % of the fall in revenue comes from campaign “X”."),
        ({"X": (118, 200), "Y": (82, 100)}, "82 % of the rise in revenue comes from campaign “X”."),
        (
            {"X": (90, 0), "Y": (100, 90)},
            "90 % of the fall in revenue comes from campaign “X”, which has no rows in the period.",
        ),
        (
            {"X": (0, 90), "Y": (90, 100)},
            "90 % of the rise in revenue comes from campaign “X”, which is new in the period.",
        ),
        (
            {"X": (50, 10), "Y": (50, 20), None: (100, 20)},
            "The largest part of the fall in revenue, 53 %, is in rows without a campaign.",
        ),
    ],
)
def test_a_share_is_said_where_one_campaign_has_most_of_the_change(pairs: Pairs, sentence: str) -> None:
    assert said(pairs) == sentence


def test_opposite_changes_are_told_as_amounts() -> None:
    sentence = said({"X": (300, 100), "Y": (100, 200), "Z": (50, 50)})

    assert "100.00 EUR" in sentence
    assert "“X” −200.00 EUR, “Y” +100.00 EUR" in sentence
    assert "%" not in sentence


def test_many_small_rises_against_one_fall_are_told_as_opposite() -> None:
    rises: dict[str | None, tuple[int, int]] = {f"Y{n}": (10, 15) for n in range(12)}

    assert "all others the other way" in said({"X": (300, 150), **rises})


def test_a_change_of_many_campaigns_is_not_blamed_on_one() -> None:
    said_of = said({f"X{n}": (100, 80 - n) for n in range(5)})

    assert said_of.startswith("No single campaign has half of the fall in revenue; the largest part, 22 %")


@pytest.mark.parametrize(
    ("pairs", "noise"),
    [
        ({"X": (200, 199), "Y": (100, 100)}, 5.0),  # within the noise
        ({"X": (200, 100), "Y": (100, 200)}, 0.0),  # no change at all
        ({"X": (200, 100)}, 5.0),  # the only campaign
        ({"X": (200, 100), "Y": (100, 90)}, None),  # not compared
        ({"X": (0, 0), "Y": (0, 0), None: (100, 10)}, 5.0),  # no campaign has changed
    ],
)
def test_nothing_is_said_where_there_is_nothing_to_tell(pairs: Pairs, noise: float | None) -> None:
    assert found(pairs, noise) is None
