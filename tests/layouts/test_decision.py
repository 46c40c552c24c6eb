from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from layouts import decision, ids
from layouts.reader import Reader
from services.text import both
from services.views import FORECAST_FROM_DAYS, Advice, Recommendation
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, words

SUMMARY = {
    "recommendations": {"budget_allocation": {"en": "Move 300 EUR.", "ru": "Перенесите 300 EUR."}},
    "channel_comparison": {"analysis": {"en": "Best A, worst B.", "ru": "Лучший A, худший B."}},
    "ml_predictions": {"trend": {"en": "ROI 140 % is expected.", "ru": "Ожидается ROI 140 %."}},
}
GAIN = {"p10": 100.0, "p50": 250.0, "p90": 400.0, "period_days": 28}


def item(rule: str, severity: str = "info", **record: Any) -> Recommendation:
    return Recommendation(1, rule, None, severity, both(f"Of {rule}."), both(""), both(""), record)


def shift(before: dict[str, float], after: dict[str, float], **impact: Any) -> Recommendation:
    return item(
        decision.DECISION_RULE,
        "opportunity",
        action={"type": "shift_budget", "from": before, "to": after},
        expected_impact={**GAIN, **impact},
    )


def drawn(*items: Recommendation, reader: Reader = ENGLISH, **snapshot: Any) -> dict[str, Any]:
    shown = decision.draw(Advice(replace(SNAPSHOT, **snapshot), SUMMARY, items), reader)
    return {name: str(value).replace("\u00a0", " ") for name, value in shown.items()}


def test_everything_that_is_drawn_is_a_leaf() -> None:
    assert set(drawn()) == set(drawn(shift({"A": 1}, {"A": 2}))) == set(decision.LEAVES)


def test_the_decision_is_the_one_of_the_summary_with_its_days_gain_and_range() -> None:
    shown = drawn(shift({"A": 1000, "B": 800}, {"A": 1300, "B": 500}))

    assert shown[f"{ids.DECISION_DO}.children"] == "Move 300 EUR."
    assert shown[f"{ids.DECISION_GAIN}.children"] == (
        "23 Nov – 20 Dec 2026: revenue +250 EUR (80 % range: +100 EUR to +400 EUR)."
    )


def test_each_channel_has_its_amounts_the_largest_change_first() -> None:
    shown = drawn(shift({"A": 1000, "B": 800, "C": 50}, {"A": 1300, "B": 499.0, "C": 50.5}))

    told = [
        [shown[ids.move(n, part)] for part in ("name.children", "change.children", "amounts.children")]
        for n in range(3)
    ]
    assert told == [
        ["B", "−301 EUR", "800 → 499"],
        ["A", "+300 EUR", "1,000 → 1,300"],
        ["C", "+0.50 EUR", "50.00 → 50.50"],
    ]
    assert shown[ids.move(0, "item.className")] == "decision-move is-less"
    assert shown[ids.move(3, "item.className")] == "is-hidden"


def test_moves_without_a_place_are_counted() -> None:
    before = {f"C{n}": 100.0 for n in range(decision.MOST_MOVES + 5)}

    shown = drawn(shift(before, dict.fromkeys(before, 130.0)))

    assert shown[f"{ids.DECISION_MORE}.children"].startswith("and 5 more")


def test_without_a_decision_there_are_no_moves() -> None:
    shown = drawn(item("winner"))

    assert shown[f"{ids.DECISION_DO}.children"] == "Move 300 EUR."  # what the summary says of the budget
    assert shown[f"{ids.DECISION_GAIN}.children"] == ""
    assert shown[f"{ids.DECISION_MOVES}.className"] == "is-hidden"


def test_the_most_urgent_other_finding_is_named_and_the_rest_counted() -> None:
    shown = drawn(shift({"A": 1}, {"A": 2}), item("winner"), item("saturated", "warning"), item("loser"))

    assert shown[f"{ids.DECISION_LOOK}.children"] == "Of saturated. More below: 2."
    assert shown[f"{ids.DECISION_LOOK}-row.className"] == "decision-row"


def test_without_an_urgent_finding_its_line_is_hidden() -> None:
    assert drawn(item("winner"))[f"{ids.DECISION_LOOK}-row.className"] == "is-hidden"


@pytest.mark.parametrize("days", [1, 5, FORECAST_FROM_DAYS - 1])
def test_a_short_history_says_when_forecasts_come_and_gives_none(days: int) -> None:
    last = date(2026, 11, 22)
    first = last - timedelta(days=days - 1)

    shown = drawn(data_from=first, data_to=last)

    do = shown[f"{ids.DECISION_DO}.children"]
    come = first + timedelta(days=FORECAST_FROM_DAYS - 1)
    assert do.startswith(f"There are {days} of the 28 days")
    assert f"with the data of {come.day} " in do
    assert shown[f"{ids.DECISION_STATE}.children"] == "Best A, worst B."


def test_a_history_that_is_long_enough_has_the_forecast() -> None:
    shown = drawn(data_from=date(2026, 10, 26), reader=RUSSIAN)

    assert shown[f"{ids.DECISION_STATE}.children"] == "Лучший A, худший B. Ожидается ROI 140 %."
    assert shown[f"{ids.DECISION_DO}.children"] == "Перенесите 300 EUR."


def test_the_skeleton_names_the_lines_in_both_languages() -> None:
    assert "What to do" in words(decision.skeleton("en"))
    assert "Что делать" in words(decision.skeleton("ru"))


def test_a_summary_of_an_older_version_leaves_the_lines_empty() -> None:
    shown = decision.draw(Advice(SNAPSHOT, {}, ()), ENGLISH)

    assert shown[f"{ids.DECISION_DO}.children"] == ""
    assert shown[f"{ids.DECISION_STATE}-row.className"] == "is-hidden"


def test_the_note_on_the_window_begins_with_a_capital_and_keeps_that_of_the_month() -> None:
    note = drawn()[f"{ids.DECISION_OF}.children"]

    assert note.startswith("Whole account, by the data to 22 Nov 2026")
