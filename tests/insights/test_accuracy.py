from __future__ import annotations

import pandas as pd
import pytest

from tests.insights.simulated import account
from tests.insights.values import advised, of_rule


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(1)


def test_good_forecasts_are_praised_in_the_summary_only(quiet: pd.DataFrame) -> None:
    [summary] = advised(quiet, skill=0.21, coverage80=0.79)

    told = summary["ml_predictions"]["forecast_accuracy"]["en"].replace("\u00a0", " ")
    assert "21 % better than “the same as last week”" in told
    assert "held 79 % of the time" in told


def test_forecasts_without_skill_are_told(quiet: pd.DataFrame) -> None:
    [weak] = of_rule(advised(quiet, skill=-0.05), "forecast_accuracy")

    assert (weak["metric"], weak["value"]) == ("skill", -0.05)


def test_bands_that_hold_too_rarely_are_told(quiet: pd.DataFrame) -> None:
    [narrow] = of_rule(advised(quiet, coverage80=0.5), "forecast_accuracy")

    assert (narrow["metric"], narrow["value"]) == ("coverage80", 0.5)


def test_without_scores_nothing_is_claimed(quiet: pd.DataFrame) -> None:
    [summary] = advised(quiet, skill=None, coverage80=None, forecasts=0)

    assert "too little history" in summary["ml_predictions"]["forecast_accuracy"]["en"]
