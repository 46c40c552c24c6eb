from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from layouts import ages, empty, ids, past
from tests.layouts.values import ENGLISH, NOW, RUSSIAN, SNAPSHOT, status

TODAY = NOW.date()


def aged(days: int) -> dict[str, str]:
    return past.draw(status(snapshot=replace(SNAPSHOT, data_to=TODAY - timedelta(days=days))), ENGLISH)


@pytest.mark.parametrize("days", [-1, 0, 14, ages.PAST_DAYS])
def test_while_the_days_ahead_are_not_over_nothing_is_replaced(days: int) -> None:
    assert set(aged(days).values()) == {""}


@pytest.mark.parametrize("days", [ages.PAST_DAYS + 1, 373, 4000])
def test_what_is_over_is_told_in_the_past_with_its_year(days: int) -> None:
    told = aged(days)
    end = TODAY - timedelta(days=days)

    assert f"{days} days ago" in told[f"{ids.PAST_ADVICE}.children"]
    for leaf in past.LEAVES:
        assert str(end.year) in told[leaf]
        assert "were for" in told[leaf] or "was for" in told[leaf]


def test_the_sentences_exist_in_russian() -> None:
    old = status(snapshot=replace(SNAPSHOT, data_to=TODAY - timedelta(days=373)))

    told = past.draw(old, RUSSIAN)

    assert "373 дн. назад" in told[f"{ids.PAST_ADVICE}.children"]
    assert "Это история, а не прогноз" in told[f"{ids.PAST_FORECASTS}.children"]


def test_without_a_snapshot_nothing_is_over() -> None:
    assert set(past.draw(status(snapshot=None), ENGLISH).values()) == {""}


def test_the_page_hides_what_is_over() -> None:
    assert "has-past" in empty.draw(status(), is_past=True)[f"{ids.PAGE}.className"].split()
    assert "has-past" not in empty.draw(status())[f"{ids.PAGE}.className"]
