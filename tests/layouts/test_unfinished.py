"""Days that are still coming in: the sentence below the key figures, the changes, the hatched chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from layouts import figures, ids, kpis, unfinished
from services.text import NOTHING
from services.views import Compared, Overview, UnfinishedDay, UnfinishedState
from tests.layouts.values import ENGLISH, RUSSIAN, overview

LAST = date(2026, 11, 22)


def with_days(*days: UnfinishedDay, compared: Compared | None = None) -> Overview:
    late = {"revenue", "roi", "conversions", "acquisition_cost"}
    made = overview()
    changed = tuple(replace(k, compared=compared) if k.name in late else k for k in made.kpis)
    return overview(kpis=changed, unfinished=days, settled_to=date(2026, 11, 20))


def day(number: int, share: float | None, state: UnfinishedState = "coming_in") -> UnfinishedDay:
    return UnfinishedDay(date(2026, 11, number), state, share, is_left_out=share is None or share < 0.5)


def test_complete_days_need_no_sentence() -> None:
    assert unfinished.sentence(overview(), "en") == ""


def test_the_sentence_says_how_much_has_come_in() -> None:
    made = with_days(day(21, 0.8), day(22, 0.6), compared=Compared(1.0, 0.5, 0.1))

    assert "about 70\u00a0% so far" in unfinished.sentence(made, "en")
    assert "около 70\u00a0%" in unfinished.sentence(made, "ru")
    assert "compared up to 20" in unfinished.sentence(made, "en")


@pytest.mark.parametrize(
    ("state", "en", "ru"),
    [
        ("not_learned", "may still be coming in", "могут ещё поступать"),
        ("not_over", "The day is not over", "День ещё не закончился"),
    ],
)
def test_the_sentence_says_why_nothing_is_known(state: UnfinishedState, en: str, ru: str) -> None:
    made = with_days(day(22, None, state))

    assert en in unfinished.sentence(made, "en")
    assert ru in unfinished.sentence(made, "ru")


def test_changes_are_those_of_complete_days() -> None:
    drawn = kpis.draw(with_days(day(22, 0.6), compared=Compared(110.0, 100.0, 1.0)), ENGLISH)

    assert drawn[ids.kpi("revenue", "change.children")] == "↑ +10.0\u00a0%"
    assert "up to 20" in drawn[ids.kpi("revenue", "change.title")]
    assert (
        drawn[ids.kpi("spend", "change.title")]
        == kpis.draw(overview(), ENGLISH)[ids.kpi("spend", "change.title")]
    )


def test_without_complete_days_nothing_is_compared() -> None:
    drawn = kpis.draw(with_days(day(22, 0.6), compared=Compared()), RUSSIAN)

    assert drawn[ids.kpi("roi", "change.children")] == NOTHING
    assert "ещё поступают" in drawn[ids.kpi("roi", "change.title")]


def hatches(*days: UnfinishedDay, step: int = 1) -> list[dict[str, Any]]:
    made = overview()
    figure = figures.trend(made.trend, step, ENGLISH, (), days)
    return [trace for trace in figure["data"] if "fillpattern" in trace]


def test_unfinished_days_are_hatched_with_a_note() -> None:
    (hatch,) = hatches(day(21, 0.8), day(22, None, "not_over"))

    assert hatch["x"] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    assert hatch["customdata"] == ["", "still coming in: about 80\u00a0%", "the day is not over"]


def test_complete_days_are_not_hatched() -> None:
    assert hatches() == []
