from __future__ import annotations

from typing import Any

import pytest

from layouts import ids, kpis
from layouts.reader import Reader
from services.text import NOTHING
from services.views import KpiName
from tests.layouts.values import ENGLISH, RUSSIAN, kpi, overview, words


def drawn(
    name: KpiName, value: float | None, previous: float | None, reader: Reader = ENGLISH
) -> dict[str, Any]:
    figures = [k if k.name != name else kpi(name, value, previous) for k in overview().kpis]
    return kpis.draw(overview(kpis=tuple(figures)), reader)


def part(values: dict[str, Any], name: KpiName, what: str) -> Any:
    return values[ids.kpi(name, what)]


def test_cards_are_named_in_the_readers_language() -> None:
    assert "Acquisition cost" in words(kpis.skeleton("en"))
    assert "Выручка" in words(kpis.skeleton("ru"))


def test_every_part_of_every_card_is_drawn() -> None:
    assert set(kpis.draw(overview(), ENGLISH)) == set(kpis.LEAVES)


@pytest.mark.parametrize(
    ("name", "value", "en", "ru"),
    [
        ("spend", 48210.4, "48,210", "48\u202f210"),
        ("acquisition_cost", 15.05, "15.05", "15,05"),
        ("roi", 2.15, "215\u00a0%", "215\u00a0%"),
        ("ctr", 0.0192, "1.92\u00a0%", "1,92\u00a0%"),
        ("conversions", 1_234_567.0, "1.2\u00a0m", "1,2\u00a0млн"),
        ("roi", None, NOTHING, NOTHING),
    ],
)
def test_values_are_written_as_the_reader_writes(
    name: KpiName, value: float | None, en: str, ru: str
) -> None:
    assert part(drawn(name, value, None), name, "value.children") == en
    assert part(drawn(name, value, None, RUSSIAN), name, "value.children") == ru


def test_money_has_its_currency_beside_it_and_nothing_has_none() -> None:
    assert part(drawn("spend", 1.0, 1.0), "spend", "unit.children") == "EUR"
    assert part(drawn("spend", None, 1.0), "spend", "unit.children") == ""
    assert part(drawn("roi", 1.0, 1.0), "roi", "unit.children") == ""


@pytest.mark.parametrize(
    ("name", "value", "previous", "mood"),
    [
        ("revenue", 2.0, 1.0, "good"),
        ("revenue", 1.0, 2.0, "bad"),
        ("acquisition_cost", 1.0, 2.0, "good"),
        ("acquisition_cost", 2.0, 1.0, "bad"),
        ("spend", 2.0, 1.0, "even"),
        ("spend", 1.0, 2.0, "even"),
        ("revenue", 100.0001, 100.0, "even"),
        ("roi", 1.0, None, "unknown"),
    ],
)
def test_good_and_bad_are_not_the_same_as_up_and_down(
    name: KpiName, value: float, previous: float | None, mood: str
) -> None:
    assert part(drawn(name, value, previous), name, "change.className") == f"change is-{mood}"


def test_good_and_bad_are_said_in_words_too() -> None:
    assert part(drawn("acquisition_cost", 2.0, 1.0), "acquisition_cost", "change.title") == (
        "Worse than before: 1.00\u00a0EUR"
    )
    assert part(drawn("roi", 1.5, 1.4), "roi", "change.children") == "↑ +10\u00a0pp"


def test_without_a_period_before_nothing_is_compared() -> None:
    change = drawn("revenue", 1.0, None)

    assert part(change, "revenue", "change.children") == NOTHING
    assert "do not cover" in part(change, "revenue", "change.title")
