"""Page and recommendations say the same of the forecasts, by one rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts import track_record
from layouts.reader import Reader
from services.skill import skill_of
from services.text import Lang
from services.views import TrackRecord
from tests.insights.simulated import account
from tests.insights.values import advised, of_rule
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(1)


def on_the_page(
    scores: dict[str, Any],
    reader: Reader = ENGLISH,
) -> Any:
    record = TrackRecord(replace(SNAPSHOT, scores=scores), None, None, 0, 0, None, ())
    return track_record.draw(record, reader)[track_record.LEAVES[0]]


@pytest.mark.parametrize("skill", [-0.3, 0.0, 0.001, 0.0049, 0.0051, 0.02, 0.215, 0.5])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_page_and_recommendations_agree(quiet: pd.DataFrame, skill: float, lang: Lang) -> None:
    [summary] = [one for one in advised(quiet, skill=skill) if one["rule_id"] == "summary"]
    told = summary["ml_predictions"]["forecast_accuracy"][lang]
    shown = on_the_page(
        {"overall": {"skill": skill, "coverage80": 0.8}, "origins": 26}, ENGLISH if lang == "en" else RUSSIAN
    )

    worse = "no better than" if lang == "en" else "не точнее, чем"
    assert (worse in told) == (worse in shown) == (round(skill, 2) <= 0)
    assert ("\u00a0% better" in told) == ("\u00a0% better" in shown)
    assert len(of_rule(advised(quiet, skill=skill), "forecast_accuracy")) == (worse in told)


@given(st.none() | st.floats(-1, 1), st.none() | st.floats(0, 1), st.none() | st.integers(0, 60))
def test_what_is_called_better_is_never_better_by_nothing(
    skill: float | None, inside: float | None, weeks: int | None
) -> None:
    found = skill_of({"overall": {"skill": skill, "coverage80": inside}, "origins": weeks})
    shown = on_the_page({"overall": {"skill": skill, "coverage80": inside}, "origins": weeks})

    assert (found is None) == (skill is None or inside is None or (weeks or 0) < 4) == ("too little" in shown)
    assert "Forecasts: 0" not in shown


@pytest.mark.parametrize("scores", [{}, {"overall": None}, {"overall": []}, {"origins": None}])
def test_scores_of_another_form_are_too_little(scores: dict[str, Any]) -> None:
    assert skill_of(scores) is None
