from __future__ import annotations

import pandas as pd
import pytest

from tests.insights.simulated import account, segments
from tests.insights.values import advised, of_rule


@pytest.fixture(scope="module")
def quiet() -> pd.DataFrame:
    return account(1)


def test_a_better_segment_is_named_with_its_roi_and_that_of_the_rest(quiet: pd.DataFrame) -> None:
    split = segments(quiet, 1, lift=1.5)

    best = of_rule(advised(quiet, segments=split), "segment")[0]

    of_device = split[(split["channel"] == "Channel 1") & (split["attribute"] == "device")].set_index("value")
    mobile, rest = of_device.loc["mobile"], of_device.drop("mobile")[["revenue", "cost"]].sum()
    assert (best["channel"], best["evidence"]["value"], best["metric"]) == ("Channel 1", "mobile", "roi")
    assert best["evidence"]["measured"] == pytest.approx(mobile["revenue"] / mobile["cost"] - 1)
    assert best["baseline"] < best["value"] <= best["evidence"]["measured"]
    assert best["baseline"] == pytest.approx(rest["revenue"] / rest["cost"] - 1)


def test_attributes_that_divide_the_rows_alike_are_told_once(quiet: pd.DataFrame) -> None:
    split = segments(quiet, 1, lift=1.5)
    twin = split[split["attribute"] == "device"].assign(attribute="audience")

    told = of_rule(advised(quiet, segments=pd.concat([split, twin], ignore_index=True)), "segment")

    assert len(told) == 1


@pytest.mark.parametrize("seed", range(4))
def test_segments_split_at_random_are_all_the_same(quiet: pd.DataFrame, seed: int) -> None:
    assert not of_rule(advised(quiet, segments=segments(quiet, seed)), "segment")


def test_segments_without_cost_or_of_unknown_channels_are_left_out(quiet: pd.DataFrame) -> None:
    split = segments(quiet, 1)
    split.loc[split["value"] == "mobile", ["clicks", "conversions", "cost", "revenue"]] = 0.0
    split = pd.concat([split, split.assign(channel="Nobody")], ignore_index=True)

    records = advised(quiet, segments=split)

    assert not of_rule(records, "segment")


def test_no_segments_are_no_trouble(quiet: pd.DataFrame) -> None:
    assert not of_rule(advised(quiet, segments=segments(quiet, 1).head(0)), "segment")
