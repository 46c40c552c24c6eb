from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dashboards import reach_ctr, roi_timeseries
from services.dashboards.daily import Measure, held, last_actual_day
from services.dashboards.outlooks import Outlook, is_told, outlooks_of
from services.dashboards.results import Results
from services.dashboards.spec import RenderContext
from services.forecasting import predict
from services.text import Lang, both
from tests.dashboards.made_up import LAST, context, results, told, words
from tests.dashboards.made_up import plan as made_plan

ROI = Measure("roi", both("ROI"), both("ROI"))
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


def test_without_any_actual_value_everything_is_ahead() -> None:
    assert last_actual_day([row(3, roi_pred=1.0), row(4, roi_pred=1.0)], [ROI]) == LAST + timedelta(days=2)


def outlook(before: float | None, after: float, low: float, high: float, z: float = 0.0) -> Outlook:
    return Outlook(before, after, low, high, 28, z)


def of_roi(lang: Lang, **outlooks: Outlook) -> RenderContext:
    return replace(context(lang), outlooks=replace(context().outlooks, by_measure={"roi": outlooks}))


DAYS = [row(0, name, roi_actual=1.0, roi_low=0.5, roi_high=2.0) for name in ("VK", "OK")]


@pytest.mark.parametrize(
    ("rows", "given", "sentence"),
    [
        ([], of_roi("en"), "There are no days to show yet."),
        (DAYS, of_roi("en"), "No channel has both recent days and a forecast of ROI."),
        (
            [row(0, roi_actual=1.0)],
            of_roi("en", VK=outlook(1.0, 1.1, 0.8, 1.4)),
            (
                "VK: no clear change of ROI is expected in the 28 days to 20\u00a0December: 110\u00a0% "
                "(80\u00a0% range: 80–140\u00a0%), after 100\u00a0% in the last 28 days. "
                "No past day has been predicted yet."
            ),
        ),
        (
            DAYS,
            of_roi("en", VK=outlook(1.0, 1.1, 0.8, 1.4, 1.0), OK=outlook(1.5, 1.1, 0.8, 1.4, -1.9)),
            (
                "No clear change of ROI is expected in the 28 days to 20\u00a0December in any channel shown. "
                "Of past days, 100\u00a0% fell inside their 80\u00a0% range."
            ),
        ),
        (
            DAYS,
            of_roi("ru", VK=outlook(1.0, 2.0, 1.8, 2.2, 4.0), OK=outlook(3.0, 1.1, 0.8, 1.4, -3.9)),
            (
                "VK: ROI, вероятно, вырастет до 200\u00a0% за 28 дн. до 20\u00a0декабря "
                "(диапазон 80\u00a0%: 180–220\u00a0%); за последние 28 дн. — 100\u00a0%; "
                "других каналов с явным изменением: 1. Из прошедших дней в свой диапазон 80\u00a0% "
                "попало 100\u00a0%."
            ),
        ),
    ],
)
def test_the_headline_tells_a_change_only_beyond_its_range(
    rows: list[dict[str, Any]], given: RenderContext, sentence: str
) -> None:
    assert roi_timeseries.headline(rows, given) == sentence


def test_a_few_days_tell_nothing_of_a_change() -> None:
    young = of_roi("en", VK=replace(outlook(1.0, 1.1, 0.8, 1.4), days=5))

    assert roi_timeseries.headline([row(0, roi_actual=1.0)], young).startswith(
        "With fewer than 14 days of data"
    )


def test_a_change_outside_the_range_needs_more_certainty_among_more_channels() -> None:
    alone, among = (is_told(outlook(1.0, 2.0, 1.8, 2.2, 2.2), compared) for compared in (1, 6))

    assert (alone, among) == (True, False)
    assert not is_told(outlook(None, 2.0, 1.8, 2.2, 9.0), 1)
    assert not is_told(replace(outlook(1.0, 2.0, 1.8, 2.2, 9.0), days=5), 1)


def test_an_outlook_is_a_ratio_of_sums_and_a_count_is_per_day() -> None:
    given = results(channels=1, past=60)
    skewed = given.days.assign(
        cost=np.where(np.arange(60) % 7 == 0, 9_000.0, 10.0),
        revenue=np.where(np.arange(60) % 7 == 0, 18_000.0, 60.0),
    )

    found = outlooks_of(replace(given, days=skewed))

    recent = skewed[-28:]
    assert found.of("roi")["Google Ads"].before == pytest.approx(
        recent["revenue"].sum() / recent["cost"].sum() - 1
    )
    reach = found.of("reach")["Google Ads"]
    assert (reach.before, reach.after, reach.low) == pytest.approx((80_000.0, 80_000.0, 70_000.0))
    assert (found.days, found.last) == (28, LAST + timedelta(days=28))


@pytest.mark.parametrize("seed", range(3))
def test_skewed_days_of_a_calm_channel_do_not_look_like_a_change(seed: int) -> None:
    random = np.random.default_rng([14, seed])
    days = calm_days(random, channels=4, sigma=1.0)

    prediction = predict(days, 28)
    found = outlooks_of(Results(days=days, prediction=prediction, plan=made_plan(())))

    for measure in ("roi", "conversion", "ctr", "reach"):
        of_channels = found.of(measure)
        assert len(of_channels) == 4
        assert not any(is_told(one, len(of_channels)) for one in of_channels.values())


def calm_days(random: np.random.Generator, channels: int, sigma: float) -> pd.DataFrame:
    """Days on which nothing changes but chance: all counts lognormal, with mean 1 times their level."""
    size = (channels, 250)
    noise = {name: np.exp(random.normal(0, sigma, size) - sigma**2 / 2) for name in "abcde"}
    cost = 500 * noise["a"]
    impressions = np.round(cost * 100 * np.exp(random.normal(0, 0.1, size)))
    clicks = np.round(impressions * 0.02 * noise["b"])
    conversions = np.round(clicks * 0.05 * noise["c"])
    values = {
        "impressions": impressions,
        "clicks": clicks,
        "conversions": conversions,
        "cost": cost,
        "revenue": cost * 2 * noise["d"],
    }
    return pd.DataFrame(
        {
            "channel": np.repeat([f"C{c}" for c in range(channels)], size[1]),
            "date": np.tile(pd.date_range("2026-01-01", periods=size[1]), channels),
            **{name: of_name.ravel() for name, of_name in values.items()},
        }
    )


def test_every_channel_has_its_column_of_panels_with_its_numbers() -> None:
    given = results(channels=3)
    figure = roi_timeseries.draw(roi_timeseries.rows(given), told(given))

    colours = [{line.get_color() for line in strip.lines} for strip in figure.axes]
    assert [len(of_strip) for of_strip in colours] == [3, 3]
    assert {"ROI", "Conversion", "Google Ads", "Instagram", "Facebook"} <= set(words(figure))
    arrows = [any(arrow in word for arrow in (" → ", " ≈ ")) and word.endswith("%") for word in words(figure)]
    assert sum(arrows) == 2 * 3


def test_the_picture_says_how_many_channels_it_leaves_out() -> None:
    figure = reach_ctr.draw(reach_ctr.rows(results(channels=12, past=30)), context())

    assert "Channels: the 6 with the largest spend of 12" in words(figure)


def test_many_channels_are_drawn_over_fewer_days_than_one_or_two() -> None:
    weeks = {}
    for channels in (2, 3):
        strip = roi_timeseries.draw(roi_timeseries.rows(results(channels=channels)), context()).axes[0]
        weeks[channels] = len({x for line in strip.lines for x in np.asarray(line.get_xdata())}) / channels

    assert weeks == {2: (182 + 28) / 7, 3: (91 + 28) / 7}


def test_a_channel_that_shows_itself_three_times_as_often_is_told_to_rise() -> None:
    days = calm_days(np.random.default_rng(14), channels=3, sigma=0.2)
    grown = (days["channel"] == "C1") & (days["date"] > days["date"].max() - pd.Timedelta(days=12))
    counts = ["impressions", "clicks", "conversions", "cost", "revenue"]
    days.loc[grown, counts] *= 3

    found = outlooks_of(Results(days=days, prediction=predict(days, 28), plan=made_plan(())))

    told = [channel for channel, one in found.of("reach").items() if is_told(one, 3)]
    assert told == ["C1"]
    assert found.of("reach")["C1"].z > 0
