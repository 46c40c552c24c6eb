from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from layouts import ids, track_record
from layouts.reader import Reader
from services.views import TrackRecord
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT


def drawn(
    reader: Reader = ENGLISH, *, skill: float = 0.21, inside: float = 0.79, weeks: int = 26, **record: Any
) -> list[Any]:
    scores = {"overall": {"skill": skill, "coverage80": inside}, "origins": weeks}
    none_yet = {"made_from": None, "made_to": None, "forecasts": 0, "days": 0, "inside80": None, "scores": ()}
    values = track_record.draw(
        TrackRecord(**{"snapshot": replace(SNAPSHOT, scores=scores), **none_yet, **record}), reader
    )
    return [
        values[f"{name}.children"].replace("\u00a0", " ")
        for name in (ids.FORECAST_SKILL, ids.FORECAST_RECORD)
    ]


CAME_DUE: dict[str, Any] = {
    "made_from": date(2026, 10, 1),
    "made_to": date(2026, 11, 21),
    "forecasts": 4000,
    "days": 52,
    "inside80": 0.812,
}


def test_the_backtest_is_told_in_words() -> None:
    assert drawn()[0] == (
        "Forecasts: 21 % better than “same as last week”; in the last 26 weeks the 80 % band held 79 % "
        "of the time."
    )


def test_recorded_forecasts_are_not_shown_before_their_days_have_come() -> None:
    assert drawn()[1] == ""


def test_recorded_forecasts_are_shown_once_their_days_have_come() -> None:
    assert drawn(**CAME_DUE)[1] == (
        "Of the forecasts made since 1 Oct, 81 % of days fell inside the 80 % range "
        "(days that have come: 52)."
    )


@pytest.mark.parametrize("skill", [0.004, 0.0, -0.3])
def test_no_skill_is_called_so(skill: float) -> None:
    assert drawn(skill=skill)[0].startswith("Forecasts: no better than “same as last week”;")


@pytest.mark.parametrize("values", [{"skill": None}, {"inside": None}, {"weeks": 0}, {"weeks": 3}])
def test_too_little_history_is_called_so(values: dict[str, None] | dict[str, int]) -> None:
    assert drawn(**values)[0] == "Forecasts: there is too little history yet to tell how good they are."


def test_a_snapshot_without_scores_says_so_too() -> None:
    record = TrackRecord(replace(SNAPSHOT, scores={}), None, None, 0, 0, None, ())

    assert "too little" in track_record.draw(record, ENGLISH)[track_record.LEAVES[0]]


def test_it_speaks_russian() -> None:
    skill, record = drawn(RUSSIAN, **CAME_DUE)

    assert skill == (
        "Прогнозы: на 21 % точнее, чем «как неделю назад»; в диапазон 80 % попало 79 % значений (недель: 26)."
    )
    assert record == "Из прогнозов, сделанных с 1 окт, в диапазон 80 % попало 81 % (наступило дней: 52)."
