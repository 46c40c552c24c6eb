"""The Overview says of a period what SQL says of the campaign rows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from services.errors import NoSnapshotError, OutsideDataError, UnknownChannelError, UnknownRunError
from services.periods import CalendarPeriod, Dates, LastDays, Selection, last_days
from services.snapshots import store
from services.snapshots.overview import overview
from tests.rows import FIRST_DAY, add_campaigns, publish


def test_totals_agree_with_sql_to_the_cent(connection: sa.Connection) -> None:
    add_campaigns(connection, "Telegram", days=40, cost=[n + 0.01 for n in range(40)])
    add_campaigns(connection, "TikTok", days=40, revenue=[n * 1.0033 for n in range(40)])
    publish(connection)

    seen = overview(connection, last_days(28))

    first = FIRST_DAY + timedelta(days=12)
    sums = connection.execute(
        sa.text("SELECT sum(cost), sum(revenue), sum(clicks) FROM campaigns WHERE date >= :first"),
        {"first": first},
    ).one()
    assert (seen.totals.cost, seen.totals.revenue, seen.totals.clicks) == tuple(sums)
    assert seen.date_from == first
    assert sum(row.totals.cost or 0 for row in seen.channels) == seen.totals.cost
    assert sum(point.totals.revenue or 0 for point in seen.trend) == seen.totals.revenue


def test_ratios_are_ratios_of_sums(connection: sa.Connection) -> None:
    add_campaigns(connection, "A", days=1, cost=100, revenue=100)
    add_campaigns(connection, "B", days=1, cost=1, revenue=11)
    publish(connection)

    assert overview(connection, last_days(None)).totals.roi == pytest.approx(10 / 101)


def test_what_is_recorded_nowhere_is_unknown_and_not_zero(connection: sa.Connection) -> None:
    add_campaigns(connection, "A", days=14, revenue=0)
    publish(connection)

    seen = overview(connection, last_days(7))

    told = [seen.totals, seen.previous, *(p.totals for p in seen.trend), *(c.totals for c in seen.channels)]
    assert None not in told
    assert {totals.roi for totals in told if totals} == {None}
    assert {kpi.value for kpi in seen.kpis if kpi.name == "roi"} == {None}
    assert all(totals.ctr is not None for totals in told if totals)


def test_what_one_channel_alone_does_not_earn_is_measured(connection: sa.Connection) -> None:
    add_campaigns(connection, "A", days=14, revenue=0)
    add_campaigns(connection, "B", days=14)
    publish(connection)

    by_name = {channel.channel: channel.totals.roi for channel in overview(connection, last_days(7)).channels}

    assert by_name["A"] == -1
    assert by_name["B"] is not None


def test_a_period_is_compared_only_with_one_that_the_data_cover(connection: sa.Connection) -> None:
    add_campaigns(connection, days=13, cost=[1] * 6 + [2] * 7)
    publish(connection)

    assert overview(connection, last_days(7)).previous is None
    assert overview(connection, last_days(6)).previous is not None
    assert overview(connection, last_days(None)).previous is None


def test_the_previous_period_has_the_same_length_and_ends_the_day_before(connection: sa.Connection) -> None:
    add_campaigns(connection, days=14, cost=[1] * 7 + [2] * 7)
    publish(connection)

    seen = overview(connection, last_days(7))

    assert (seen.previous_from, seen.previous_to) == (FIRST_DAY, FIRST_DAY + timedelta(days=6))
    spend = next(kpi for kpi in seen.kpis if kpi.name == "spend")
    assert (spend.value, spend.previous) == (14, 7)


def test_a_ratio_without_a_denominator_is_nothing(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3, cost=0, clicks=0, impressions=0, conversions=0)
    publish(connection)

    seen = overview(connection, last_days(7))

    assert {kpi.name for kpi in seen.kpis if kpi.value is None} == {"roi", "acquisition_cost", "ctr"}


def test_long_periods_are_shown_in_whole_weeks(connection: sa.Connection) -> None:
    add_campaigns(connection, days=150)
    publish(connection)

    seen = overview(connection, last_days(None))

    assert seen.trend_step_days == 7
    assert len(seen.trend) == 150 // 7
    assert {point.totals.cost for point in seen.trend} == {Decimal(35)}
    assert seen.trend[-1].date + timedelta(days=6) == seen.date_to


def test_days_without_rows_are_zero_in_the_trend_not_missing(connection: sa.Connection) -> None:
    add_campaigns(connection, days=1)
    add_campaigns(connection, days=1, first=FIRST_DAY + timedelta(days=4))
    publish(connection)

    assert [point.totals.cost for point in overview(connection, last_days(None)).trend] == [5, 0, 0, 0, 5]


def test_the_interval_of_the_roi_is_that_of_the_linearised_ratio(connection: sa.Connection) -> None:
    random = np.random.default_rng(7)
    cost, revenue = random.uniform(50, 150, 20).round(2), random.uniform(50, 300, 20).round(2)
    add_campaigns(connection, days=20, cost=cost.tolist(), revenue=revenue.tolist())
    publish(connection)

    (row,) = overview(connection, last_days(None)).channels

    ratio = revenue.sum() / cost.sum()
    error = np.sqrt(20 / 19 * ((revenue - ratio * cost) ** 2).sum()) / cost.sum()
    assert row.roi_low is not None
    assert row.roi_high is not None
    assert row.roi_high - row.roi_low == pytest.approx(2 * 1.28155 * error, rel=1e-4)


def test_few_days_give_no_interval(connection: sa.Connection) -> None:
    add_campaigns(connection, days=5)
    publish(connection)

    assert overview(connection, last_days(None)).channels[0].roi_low is None


def test_a_snapshot_keeps_its_figures_when_campaigns_change(connection: sa.Connection) -> None:
    add_campaigns(connection, days=3)
    first = publish(connection)
    add_campaigns(connection, "TikTok", days=3)
    publish(connection)

    assert overview(connection, last_days(None), first).totals.cost == 15
    assert overview(connection, last_days(None)).totals.cost == 30


def test_colours_stay_with_their_channels(connection: sa.Connection) -> None:
    add_campaigns(connection, "Telegram")
    publish(connection)
    before = store.positions(connection)
    add_campaigns(connection, "Amazon")
    publish(connection)

    assert before == {"Telegram": 0}
    assert store.positions(connection) == {"Telegram": 0, "Amazon": 1}


def test_channels_that_have_left_the_data_give_their_colours_back(connection: sa.Connection) -> None:
    add_campaigns(connection, "Sample", source="demo")
    add_campaigns(connection, "Telegram")
    publish(connection)
    connection.execute(sa.text("DELETE FROM campaigns WHERE source = 'demo'"))
    add_campaigns(connection, "Amazon")
    add_campaigns(connection, "Zalando")
    publish(connection)

    assert store.positions(connection) == {"Telegram": 1, "Amazon": 0, "Zalando": 2}


def test_a_channel_that_has_no_place_any_more_takes_no_other_ones_colour(connection: sa.Connection) -> None:
    for channel in ("Sample", "Telegram"):
        add_campaigns(connection, channel)
    first = publish(connection)  # as an older version did, which kept no places with the run
    connection.execute(sa.text("DELETE FROM campaigns WHERE channel = 'Sample'"))
    publish(connection)

    places = {one.channel: one.position for one in overview(connection, last_days(None), first).channels}

    assert places["Telegram"] == 1
    assert places["Sample"] not in (0, 1)


def test_before_the_first_snapshot_there_is_none(connection: sa.Connection) -> None:
    with pytest.raises(NoSnapshotError):
        store.find(connection)


def test_a_run_without_a_snapshot_is_unknown(connection: sa.Connection) -> None:
    add_campaigns(connection)
    publish(connection)

    with pytest.raises(UnknownRunError):
        store.find(connection, 999)


def test_ratios_of_the_account_are_those_of_the_channels_that_record_both(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=14)
    add_campaigns(connection, "Outdoor", days=14, cost=500, revenue=None, conversions=None)
    publish(connection)

    seen = overview(connection, last_days(7))

    outdoor, search = seen.channels
    assert (outdoor.channel, outdoor.totals.revenue, outdoor.totals.conversions) == ("Outdoor", None, None)
    assert (outdoor.totals.roi, outdoor.totals.conversion, outdoor.roi_low) == (None, None, None)
    assert outdoor.totals.ctr == search.totals.ctr
    assert (seen.totals.roi, seen.totals.conversion) == (search.totals.roi, search.totals.conversion)
    assert seen.totals.acquisition_cost == search.totals.acquisition_cost
    assert seen.totals.cost == 7 * 505
    names = ("revenue", "conversions", "roi", "conversion", "acquisition_cost")
    assert seen.incomplete == dict.fromkeys(names, ("Outdoor",))
    assert {point.totals.roi for point in seen.trend} == {search.totals.roi}


def test_campaigns_of_one_day_with_and_without_revenue_are_kept_apart(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=10, cost=4, revenue=6)
    connection.execute(sa.text("UPDATE campaigns SET campaign_id = 'shop'"))
    add_campaigns(connection, "Search", days=10, cost=96, revenue=None)
    publish(connection)

    seen = overview(connection, last_days(None))

    assert seen.totals.cost == 1000
    assert seen.totals.revenue == 60
    assert seen.totals.roi == 0.5
    assert seen.channels[0].totals.roi == 0.5
    assert (seen.channels[0].roi_low, seen.channels[0].roi_high) == (0.5, 0.5)
    assert seen.incomplete == {"revenue": ("Search",), "roi": ("Search",)}


def test_days_before_a_figure_was_recorded_are_gaps_and_not_compared(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=14, revenue=[None] * 9 + [8] * 5)
    publish(connection)

    seen = overview(connection, last_days(7))

    assert [point.totals.revenue for point in seen.trend] == [None, None, 8, 8, 8, 8, 8]
    assert [point.totals.roi for point in seen.trend][:3] == [None, None, 0.6]
    by_name = {kpi.name: kpi for kpi in seen.kpis}
    assert (by_name["roi"].value, by_name["revenue"].value) == (0.6, 40)
    assert by_name["roi"].previous is by_name["revenue"].previous is None
    assert by_name["spend"].previous == 35


def test_a_channel_that_begins_to_record_is_no_rise_of_revenue(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=14)
    add_campaigns(connection, "Video", days=14, revenue=[None] * 7 + [8] * 7)
    add_campaigns(connection, "Outdoor", days=14, conversions=None)
    publish(connection)

    by_name = {kpi.name: kpi for kpi in overview(connection, last_days(7)).kpis}

    assert by_name["revenue"].value == 3 * 7 * 8
    assert by_name["revenue"].previous is by_name["roi"].previous is None
    assert by_name["conversions"].previous == by_name["conversions"].value


def test_what_no_row_of_the_account_records_is_unknown_also_on_days_without_rows(
    connection: sa.Connection,
) -> None:
    add_campaigns(connection, days=1, revenue=None, conversions=None)
    add_campaigns(connection, days=1, first=FIRST_DAY + timedelta(days=2), revenue=None, conversions=None)
    publish(connection)

    seen = overview(connection, last_days(None))

    assert [point.totals.revenue for point in seen.trend] == [None, None, None]
    assert [point.totals.cost for point in seen.trend] == [5, 0, 5]
    assert {kpi.name for kpi in seen.kpis if kpi.value is None} == {
        "revenue",
        "roi",
        "conversions",
        "acquisition_cost",
    }


def test_a_channel_with_only_impressions_is_left_out_of_every_other_figure(connection: sa.Connection) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("clicks", "conversions", "cost", "revenue"))
    add_campaigns(connection, "Search", days=9)
    add_campaigns(connection, "Outdoor", days=9, **nothing)
    publish(connection)

    seen = overview(connection, last_days(None))

    assert seen.totals.ctr == 0.01
    assert seen.totals.impressions == 18000
    assert seen.channels[-1].totals.cost is None
    assert seen.incomplete.keys() == {*nothing, "roi", "ctr", "conversion", "acquisition_cost"}


def test_a_channel_without_cost_is_no_return_on_spend(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=28, cost=5, revenue=8, conversions=2)
    add_campaigns(connection, "Newsletter", days=28, cost=0, revenue=100, conversions=9)
    publish(connection)

    seen = overview(connection, last_days(14))

    figures = {kpi.name: kpi for kpi in seen.kpis}
    assert seen.free == ("Newsletter",)
    assert figures["roi"].value == pytest.approx(8 / 5 - 1)
    assert figures["roi"].previous == pytest.approx(8 / 5 - 1)
    assert set(figures["roi"].series) == {figures["roi"].value}
    assert figures["acquisition_cost"].value == pytest.approx(5 / 2)
    assert figures["revenue"].value == 14 * 108  # sums have everything
    assert figures["conversions"].value == 14 * 11


def test_a_channel_that_only_pauses_is_not_free(connection: sa.Connection) -> None:
    add_campaigns(connection, "Search", days=28, cost=[5] * 14 + [0] * 14)
    add_campaigns(connection, "Social", days=28)
    publish(connection)

    assert overview(connection, last_days(14)).free == ()


def test_key_figures_name_the_sums_that_they_need_and_do_not_find(connection: sa.Connection) -> None:
    add_campaigns(connection, days=28, revenue=None, conversions=0)
    publish(connection)

    lacks = {kpi.name: kpi.lacks for kpi in overview(connection, last_days(14)).kpis}

    assert lacks == {
        "spend": (),
        "revenue": ("revenue",),
        "roi": ("revenue",),
        "conversions": ("conversions",),
        "acquisition_cost": ("conversions",),
        "ctr": (),
    }


def test_the_noise_of_each_figure_comes_with_its_comparison(connection: sa.Connection) -> None:
    random = np.random.default_rng(2)
    cost = random.uniform(50, 150, 56).round(2).tolist()
    add_campaigns(connection, days=56, cost=cost, revenue=[2.5 * value for value in cost])
    publish(connection)

    noise = {kpi.name: kpi.noise for kpi in overview(connection, last_days(28)).kpis}

    assert noise["roi"] == pytest.approx(0.0, abs=1e-3)
    assert (noise["revenue"] or 0) == pytest.approx(2.5 * (noise["spend"] or 0), rel=1e-3)
    assert {kpi.noise for kpi in overview(connection, last_days(None)).kpis} == {None}


def test_a_month_is_compared_with_the_one_before_although_it_is_longer(connection: sa.Connection) -> None:
    add_campaigns(connection, days=61, cost=[1] * 30 + [2] * 31)  # September and October
    publish(connection)

    seen = overview(connection, Selection(CalendarPeriod("month")))

    assert (seen.previous_from, seen.previous_to) == (FIRST_DAY, FIRST_DAY + timedelta(days=29))
    spend = next(kpi for kpi in seen.kpis if kpi.name == "spend")
    assert (spend.value, spend.previous) == (62, 30)
    assert spend.noise == pytest.approx(0, abs=1e-9)
    assert [point.totals.cost for point in seen.trend_before] == [1] * 30


def test_a_year_ago_is_the_same_weekdays(connection: sa.Connection) -> None:
    cost = [n % 7 + (100 if n >= 364 else 0) for n in range(371)]
    add_campaigns(connection, days=371, cost=cost)
    publish(connection)

    seen = overview(connection, Selection(LastDays(7), "year"))

    then = [point.totals.cost for point in seen.trend_before]
    assert [point.totals.cost for point in seen.trend] == [(cost or 0) + 100 for cost in then]
    assert seen.previous is not None
    assert seen.previous.cost == 21


def test_nothing_is_compared_where_that_is_not_wanted(connection: sa.Connection) -> None:
    add_campaigns(connection, days=60)
    publish(connection)

    seen = overview(connection, Selection(comparison="none"))

    assert (seen.previous, seen.previous_from, seen.trend_before) == (None, None, ())
    assert {kpi.previous for kpi in seen.kpis} == {None}


def test_a_channel_has_the_figures_that_an_account_with_it_alone_has(connection: sa.Connection) -> None:
    add_campaigns(connection, "Alone", days=60, cost=[n + 1 for n in range(60)])
    publish(connection)
    alone = overview(connection, Selection(channel="Alone"))
    add_campaigns(connection, "Other", days=60, cost=0, revenue=900)
    add_campaigns(connection, "Poor", days=60, revenue=None, clicks=None)
    publish(connection)

    seen = overview(connection, Selection(channel="Alone"))

    same = ("totals", "previous", "kpis", "trend", "trend_before", "channels", "incomplete", "free")
    assert [getattr(seen, name) for name in same] == [getattr(alone, name) for name in same]
    assert seen.all_channels == ("Alone", "Other", "Poor")


def test_days_outside_the_data_and_channels_without_rows_are_named(connection: sa.Connection) -> None:
    add_campaigns(connection, days=60)
    publish(connection)
    outside = Dates(FIRST_DAY - timedelta(days=20), FIRST_DAY - timedelta(days=10))

    with pytest.raises(OutsideDataError) as by_period:
        overview(connection, Selection(outside))
    with pytest.raises(OutsideDataError) as by_comparison:
        overview(connection, Selection(comparison=outside))
    with pytest.raises(UnknownChannelError) as by_channel:
        overview(connection, Selection(channel="Nowhere"))

    errors = (by_period.value, by_comparison.value, by_channel.value)
    assert [error.values["parameter"] for error in errors] == ["to", "compare", "channel"]
    assert "1 сен – 30 окт 2026" in by_period.value.text.ru.replace("\u00a0", " ")
    assert "Telegram" in by_channel.value.text.en
