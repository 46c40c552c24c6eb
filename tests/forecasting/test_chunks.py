"""A panel forecast part by part gives the figures of the whole, wherever the parts are computed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from services.forecasting import chunks, evaluate, predict, train
from tests.forecasting.accounts import account

CLOSE = 1e-12


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    """Seven channels of different ages: one is late, one has stopped, one is nearly always 0."""
    whole = account(channels=7, days=150, seed=3)
    last = whole["date"].max()
    channel, age = whole["channel"], (last - whole["date"]).dt.days
    kept = ~((channel == "Channel 1") & (age < 3)) & ~((channel == "Channel 4") & (age < 50))
    kept &= ~((channel == "Channel 2") & (age > 30))
    whole.loc[(channel == "Channel 6") & (age % 3 > 0), ["clicks", "conversions", "revenue"]] = 0.0
    chosen: pd.DataFrame = whole[kept].reset_index(drop=True)
    return chosen


@pytest.mark.parametrize("most", [1, 3])
def test_a_prediction_in_parts_is_the_prediction_of_the_whole(days: pd.DataFrame, most: int) -> None:
    model = train(days, 28)
    whole = [predict(days, 28), predict(days, 28, model)]

    with parts_of(most):
        in_parts = [predict(days, 28), predict(days, 28, model)]

    for one, other in zip(whole, in_parts, strict=True):
        assert_close(other.daily, one.daily)
        assert_close(other.channels, one.channels)
        assert other.scores == one.scores


@pytest.mark.parametrize("most", [1, 3])
def test_training_in_parts_learns_what_training_of_the_whole_does(days: pd.DataFrame, most: int) -> None:
    whole = train(days, 28)

    with parts_of(most):
        in_parts = train(days, 28)

    assert in_parts.channels_ == whole.channels_
    assert in_parts.scores == whole.scores
    for name, learned in whole.learned_.items():
        for key, values in learned.items():
            np.testing.assert_allclose(in_parts.learned_[name][key], values, rtol=CLOSE)


def test_scores_in_parts_are_those_of_the_whole(days: pd.DataFrame) -> None:
    whole = evaluate(days, 28)

    with parts_of(2):
        assert evaluate(days, 28) == whole


def test_what_channels_have_in_common_is_learned_from_all_parts(days: pd.DataFrame) -> None:
    """Intervals of one chunk alone would differ: the chunks do share their errors."""
    alone = predict(days[days["channel"] == "Channel 0"], 28).daily["reach_high"].to_numpy()

    with parts_of(1):
        together = predict(days, 28).daily.query("channel == 'Channel 0'")["reach_high"].to_numpy()

    assert not np.allclose(alone[-28:], together[-28:], rtol=1e-3)


@contextmanager
def parts_of(most: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "MOST_CHANNELS", most)
        yield


def assert_close(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare frames, ratios as revenue per cost: ROI is that less 1, so that rounding counts near 0."""
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=CLOSE, atol=CLOSE)
