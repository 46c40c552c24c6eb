from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts import figures
from services.text import Lang
from services.views import ChannelPerformance, Totals, TrendPoint
from tests.layouts.values import ENGLISH, RUSSIAN, TOTALS, channel

POINTS = tuple(TrendPoint(date(2026, 11, day), TOTALS) for day in (1, 2, 3))


def with_roi(name: str, position: int, revenue: int) -> ChannelPerformance:
    return channel(name, position, Totals(cost=Decimal(100), revenue=Decimal(revenue)))


@settings(deadline=None)
@given(st.floats(0, 1e6), st.floats(0.01, 1e9))
def test_ticks_are_even_and_enclose_what_they_are_for(below: float, above: float) -> None:
    ticks = figures.nice_ticks(-below, above)

    steps = [after - before for before, after in pairwise(ticks)]
    width = below + above
    assert ticks[0] <= -below + 1e-6 * width
    assert ticks[-1] >= above - 1e-6 * width
    assert 2 <= len(ticks) <= 9
    assert max(steps) == pytest.approx(min(steps), rel=1e-3)


def test_ticks_are_round_numbers() -> None:
    assert figures.nice_ticks(0, 4800) == [0, 1000, 2000, 3000, 4000, 5000]
    assert figures.nice_ticks(0, 0) == pytest.approx([0, 0.2])


def test_the_trend_names_its_lines_where_they_end() -> None:
    figure = figures.trend(POINTS, 1, RUSSIAN)

    assert [trace["name"] for trace in figure["data"]] == ["Выручка", "Расход"]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["<b>Выручка</b>", "<b>Расход</b>"]
    assert {note["x"] for note in figure["layout"]["annotations"]} == {"2026-11-03"}


def test_a_point_of_the_trend_says_its_amount_in_the_readers_way() -> None:
    revenue = figures.trend(POINTS, 1, RUSSIAN)["data"][0]

    assert revenue["y"] == [151900.0] * 3
    assert revenue["customdata"][0] == "151\u202f900\u00a0EUR"


def test_a_step_of_a_week_is_named_as_seven_days() -> None:
    hover = figures.trend(POINTS, 7, RUSSIAN)["layout"]["xaxis"]["hoverformat"]

    assert hover == "7 дней с %-d %b %Y"


def test_a_single_day_is_drawn_as_a_point() -> None:
    assert figures.trend(POINTS[:1], 1, ENGLISH)["data"][0]["mode"] == "markers"


def trend_of(revenue: list[int | None], cost: list[int | None]) -> figures.Figure:
    points = [
        TrendPoint(date(2026, 11, day), replace(TOTALS, revenue=_money(earned), cost=_money(spent)))
        for day, (earned, spent) in enumerate(zip(revenue, cost, strict=True), start=1)
    ]
    return figures.trend(points, 1, ENGLISH)


def _money(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def test_days_that_do_not_record_revenue_are_a_gap_in_its_line() -> None:
    figure = trend_of([None, 40, 50, None], [20, 30, 20, 10])

    revenue, spend = figure["data"]
    assert (revenue["y"], revenue["mode"]) == ([None, 40.0, 50.0, None], "lines")
    assert spend["y"] == [20.0, 30.0, 20.0, 10.0]
    ends = {note["text"]: (note["x"], note["y"]) for note in figure["layout"]["annotations"]}
    assert ends == {"<b>Revenue</b>": ("2026-11-03", 50.0), "<b>Spend</b>": ("2026-11-04", 10.0)}


def test_a_day_between_two_gaps_is_a_point() -> None:
    assert trend_of([None, 40, None, 50, 60], [20] * 5)["data"][0]["mode"] == "lines+markers"


def test_what_is_never_recorded_has_no_line() -> None:
    figure = trend_of([None, None], [20, 30])

    assert [trace["name"] for trace in figure["data"]] == ["Spend"]
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["<b>Spend</b>"]
    (note,) = trend_of([None, None], [None, None])["layout"]["annotations"]
    assert "Neither spend nor revenue is recorded" in note["text"]


def test_channels_stand_best_first_in_their_own_colours() -> None:
    channels = [with_roi("Low", 0, 90), with_roi("High", 1, 300)]

    figure = figures.roi_by_channel(channels, {0: "#000001", 1: "#000002"}, ENGLISH)

    (bars,) = figure["data"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["High", "Low"]
    assert bars["x"] == [2.0, -0.1]
    assert bars["marker"]["color"] == ["#000002", "#000001"]


def test_a_bar_carries_its_interval() -> None:
    (bars,) = figures.roi_by_channel([with_roi("One", 0, 315)], {}, ENGLISH)["data"]

    assert bars["error_x"]["array"] == pytest.approx([0.25])
    assert bars["error_x"]["arrayminus"] == pytest.approx([0.25])
    assert "80\u00a0%: 190\u00a0% … 240\u00a0%" in bars["customdata"][0]


def test_a_bar_without_an_interval_carries_none() -> None:
    known = with_roi("One", 0, 315)
    unknown = replace(with_roi("Two", 1, 400), roi_low=None, roi_high=None)

    with_interval, without = figures.roi_by_channel([known, unknown], {}, ENGLISH)["data"]

    assert (with_interval["y"], without["y"]) == ([1], [0])
    assert "error_x" in with_interval
    assert "error_x" not in without


def test_a_channel_without_spend_has_no_bar() -> None:
    empty = figures.roi_by_channel([channel("Free", 0, Totals())], {}, ENGLISH)

    assert empty["data"] == []
    assert "takes spend and revenue" in empty["layout"]["annotations"][0]["text"]


def test_of_many_channels_the_best_and_the_worst_are_shown_with_their_figures() -> None:
    channels = [with_roi(f"Channel {n}", n, 100 + n) for n in range(12)]

    figure = figures.roi_by_channel(channels, {}, ENGLISH)

    (bars,) = figure["data"]
    assert bars["meta"] == [11, 10, 9, 8, 3, 2, 1, 0]
    labels = [label["text"].replace("\u00a0", " ") for label in figure["layout"]["annotations"]]
    assert labels == [f"{roi:.0f} %" for roi in (100 * value for value in bars["x"])]


def test_names_cannot_bring_markup_into_a_chart() -> None:
    name = '<a href="http://evil">x</a>'

    written = json.dumps(figures.roi_by_channel([with_roi(name, 0, 200)], {}, ENGLISH))

    assert "<a" not in written
    assert "&lt;a" in written


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Telegram", "eighteen letters.."], ["Telegram", "eighteen letters.."]),
        (["a name of nineteen."], ["a name of ninetee…"]),
        (
            ["Direct: all search, Moscow", "Direct: all search, Kazan", "Direct: retargeting"],
            ["Direct: a…, Moscow", "Direct: a…h, Kazan", "Direct: retargeti…"],
        ),
        (["", "<script>alert(1)</script>"], ["", "&lt;script&gt;alert(1)&lt;…"]),
    ],
)
def test_names_are_cut_where_that_leaves_them_different(names: list[str], short: list[str]) -> None:
    assert figures.short_names(names) == short


@given(st.lists(st.text()))
def test_no_name_takes_more_than_its_room(names: list[str]) -> None:
    assert all(len(unescape(short)) <= 18 for short in figures.short_names(names))


@pytest.mark.parametrize("lang", get_args(Lang))
def test_without_rows_a_chart_says_so(lang: Any) -> None:
    reader = {"en": ENGLISH, "ru": RUSSIAN}[lang]

    for figure in (figures.trend((), 1, reader), figures.roi_by_channel((), {}, reader)):
        assert figure["layout"]["annotations"][0]["text"] == figures.NO_ROWS[lang]


def test_months_are_the_readers() -> None:
    assert figures.config("ru")["locales"]["ru"]["format"]["shortMonths"][10] == "ноя"
