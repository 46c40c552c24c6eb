from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dashboards import reach_ctr, roi_timeseries
from services.dashboards.daily import Measure, held, last_actual_day, outlooks
from services.text import Lang, both
from tests.dashboards.made_up import LAST, context, results, words

ROI = Measure("roi", both("ROI"))
floats = st.floats(-5, 5)


def row(offset: int, channel: str = "VK", **values: float | None) -> dict[str, Any]:
    names = [f"{m}_{p}" for m in ("roi", "conversion") for p in ("actual", "pred", "low", "high")]
    return dict.fromkeys(names) | {"date": LAST + timedelta(days=offset), "channel": channel} | values


def test_the_newest_day_comes_first_and_the_largest_spender_within_it() -> None:
    rows = roi_timeseries.rows(results(channels=3, past=5, ahead=2))

    assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
    assert rows[0]["date"] == LAST + timedelta(days=2)
    assert [row["channel"] for row in rows[:3]] == ["Google Ads", "Instagram", "Facebook"]


def test_spend_of_long_ago_does_not_decide_the_order() -> None:
    given = results(channels=2, past=60)
    long_ago = given.days["date"] < "2026-10-01"
    days = given.days.assign(
        cost=given.days["cost"].where(~long_ago | (given.days["channel"] != "Instagram"), 1e9)
    )

    rows = roi_timeseries.rows(replace(given, days=days))

    assert rows[0]["channel"] == "Google Ads"


def test_days_ahead_have_no_actual_values_and_reach_is_whole() -> None:
    rows = reach_ctr.rows(results(channels=1, past=10, ahead=3))

    ahead = [row for row in rows if row["date"] > LAST]
    assert len(ahead) == 3
    assert {(row["reach_actual"], row["ctr_actual"]) for row in ahead} == {(None, None)}
    assert all(row["reach_pred"] == int(row["reach_pred"]) for row in ahead)
    assert all(type(row["date"]) is date for row in rows)


@given(st.lists(st.tuples(floats, floats, floats), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_the_part_held_is_counted_over_days_with_a_band(triples: list[tuple[float, float, float]]) -> None:
    rows = [
        row(-i, roi_low=low, roi_actual=actual, roi_high=high)
        for i, (low, actual, high) in enumerate(triples)
    ]
    rows += [row(1, roi_low=0, roi_high=1), row(-99, roi_actual=0.5)]

    inside = [1 if low <= actual <= high else 0 for low, actual, high in triples]
    assert held(rows, ROI) == pytest.approx(sum(inside) / len(inside))


def test_an_outlook_compares_the_last_28_days_with_those_ahead() -> None:
    old = [row(-28, roi_actual=99.0)]
    recent = [row(-27, roi_actual=1.0), row(-5, roi_actual=2.0, roi_pred=50.0), row(0, roi_actual=4.0)]
    ahead = [row(1, roi_pred=3.0), row(2, roi_pred=5.0)]

    seen = outlooks([*old, *recent, *ahead, row(-40, "OK", roi_actual=1.0)], ROI, LAST)

    assert (seen["VK"].before, seen["VK"].after) == (2.0, 4.0)
    assert (seen["OK"].before, seen["OK"].after) == (None, None)


def test_without_any_actual_value_everything_is_ahead() -> None:
    assert last_actual_day([row(3, roi_pred=1.0), row(4, roi_pred=1.0)], [ROI]) == LAST + timedelta(days=2)


@pytest.mark.parametrize(
    ("rows", "lang", "sentence"),
    [
        ([], "en", "There are no days to show yet."),
        ([row(0, roi_actual=1.0)], "en", "No channel has both recent days and a forecast of ROI."),
        (
            [row(0, roi_actual=1.0), row(1, roi_pred=1.5)],
            "en",
            (
                "ROI, VK: 150\u00a0% on a median day ahead, after 100\u00a0% in the last 28 days;"
                " no past day has been predicted yet."
            ),
        ),
        (
            [
                row(0, roi_actual=1.0, roi_low=0.5, roi_high=2.0),
                row(1, roi_pred=1.5),
                row(0, "OK", roi_actual=0.5, roi_low=0.6, roi_high=0.9),
                row(1, "OK", roi_pred=0.04),
            ],
            "ru",
            (
                "ROI, VK: 150\u00a0% в медианный день впереди против 100\u00a0% за последние 28 дней"
                " (самое большое изменение); в диапазон 80\u00a0% попало прошедших дней: 50\u00a0%."
            ),
        ),
    ],
)
def test_the_finding_tells_the_largest_change_and_how_the_band_held(
    rows: list[dict[str, Any]], lang: Lang, sentence: str
) -> None:
    assert roi_timeseries.headline(rows, context(lang)) == sentence


def test_reach_changes_are_compared_in_proportion() -> None:
    def day(offset: int, channel: str, **values: float) -> dict[str, Any]:
        names = [f"{m}_{p}" for m in ("reach", "ctr") for p in ("actual", "pred", "low", "high")]
        return dict.fromkeys(names) | {"date": LAST + timedelta(days=offset), "channel": channel} | values

    rows = [
        day(0, "large", reach_actual=1e6),
        day(1, "large", reach_pred=1.1e6),
        day(0, "small", reach_actual=1e3),
        day(1, "small", reach_pred=2e3),
    ]

    assert reach_ctr.headline(rows, context()).startswith("Reach, small: 2\u00a0k")


def test_every_channel_has_its_column_of_panels_with_its_numbers() -> None:
    figure = roi_timeseries.draw(roi_timeseries.rows(results(channels=3)), context())

    colours = [{line.get_color() for line in strip.lines} for strip in figure.axes]
    assert [len(of_strip) for of_strip in colours] == [3, 3]
    assert {"ROI", "Conversion", "Google Ads", "Instagram", "Facebook"} <= set(words(figure))
    assert sum(" → " in word and word.endswith("%") for word in words(figure)) == 2 * 3


def test_the_picture_says_how_many_channels_it_leaves_out() -> None:
    figure = reach_ctr.draw(reach_ctr.rows(results(channels=12, past=30)), context())

    assert "Channels: the 6 with the largest spend of 12" in words(figure)


def test_many_channels_are_drawn_over_fewer_days_than_one_or_two() -> None:
    weeks = {}
    for channels in (2, 3):
        strip = roi_timeseries.draw(roi_timeseries.rows(results(channels=channels)), context()).axes[0]
        weeks[channels] = len({x for line in strip.lines for x in np.asarray(line.get_xdata())}) / channels

    assert weeks == {2: (182 + 28) / 7, 3: (91 + 28) / 7}
