"""The panels of one channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from layouts import channel_page, ids
from layouts.channel_page import ChannelViews, NewestFile
from layouts.reader import Reader
from services.text import Text
from services.views import ChannelDays, DashboardView, Recommendation, Row
from tests.layouts.values import ENGLISH, RUSSIAN, SNAPSHOT, overview

NAME = "Telegram"
NEWEST = date(2026, 11, 22)
FORECAST: Row = {"channel": NAME, "roi_forecast": 2.36, "roi_low": 1.93, "roi_high": 2.96}
PLAN: Row = {
    "channel": NAME,
    "current_budget": 30398,
    "recommended_budget": 39517,
    "period_days": 28,
    "effect_p50": 14041,
    "effect_p10": 10700,
    "effect_p90": 17800,
    "next_1000_now": 1773,
    "next_1000_then": 1389,
}
OF_28 = replace(SNAPSHOT, scores={"horizon": 28})


def days(*left_out: int, last: date = NEWEST) -> ChannelDays:
    """Return a channel with rows of 60 days up to `last`, without some days of November."""
    all_days = (last - timedelta(days=n) for n in range(60))
    kept = frozenset(day for day in all_days if not (day.month == 11 and day.day in left_out))
    return ChannelDays(OF_28, NAME, kept, NEWEST)


def views(**values: Any) -> ChannelViews:
    usual: dict[str, Any] = {
        "overview": overview(snapshot=OF_28),
        "days": days(),
        "forecast": board(FORECAST),
        "plan": board(PLAN),
        "recommendations": (),
        "newest_file": None,
    }
    return ChannelViews(**(usual | values))


def board(*rows: Row) -> DashboardView:
    nothing = Text(en="", ru="")
    return DashboardView("slug", nothing, OF_28, nothing, (), ({**FORECAST, "channel": "Other"}, *rows), "0")


def lines(panel: str, shown: ChannelViews, reader: Reader = ENGLISH) -> str:
    drawn = channel_page.draw(shown, reader)
    assert set(drawn) == set(channel_page.LEAVES)
    places = range(channel_page.PLACES)
    return " ".join(drawn[f"{ids.place(panel, n)}.children"] for n in places).replace("\u00a0", " ")


def test_forecast_and_plan_name_their_days_and_their_range() -> None:
    said = lines(ids.CHANNEL_AHEAD, views())

    assert "23 Nov – 20 Dec 2026: 236 % (80 % range: 193 % to 296 %)" in said
    assert "30,398 EUR → 39,517 EUR" in said
    assert "+14,041 EUR (80 % range: +10,700 EUR to +17,800 EUR)" in said
    assert "1,773 EUR" in said
    assert "23 ноя – 20 дек 2026" in lines(ids.CHANNEL_AHEAD, views(), RUSSIAN)


def test_a_plan_without_change_and_a_channel_without_forecast_say_so() -> None:
    kept = lines(ids.CHANNEL_AHEAD, views(plan=board({**PLAN, "recommended_budget": 30398})))
    unknown = lines(ids.CHANNEL_AHEAD, views(plan=board({**PLAN, "next_1000_now": None, "effect_p10": None})))

    assert "stays at 30,398 EUR" in kept
    assert "→ 39,517 EUR" in unknown
    assert "next" not in kept + unknown
    assert "revenue" not in unknown
    neither = lines(ids.CHANNEL_AHEAD, views(plan=board(), forecast=board()))
    assert neither.strip() == f"{channel_page.NO_FORECAST.en} {channel_page.NO_PLAN.en}"


def test_without_revenue_the_forecast_is_a_cost_per_conversion() -> None:
    worth = {"kind": "conversions", "margins": {}, "conversion_values": {NAME: 20.0}, "has_break_even": True}
    judged = replace(OF_28, scores={"horizon": 28, "worth": worth})
    row = {**FORECAST, "roi_forecast": 1.0, "roi_low": 0.0, "roi_high": 3.0}

    said = lines(ids.CHANNEL_AHEAD, views(overview=overview(snapshot=judged), forecast=board(row)))

    assert "10.00 EUR (80 % range: 5.00 EUR to 20.00 EUR)" in said
    assert "Of that alone, conversions +702 (80 % range: +535 to +890)." in said
    assert "would bring 89 conversions at today" in said
    assert not any(word in said for word in ("ROI", "revenue"))


@pytest.mark.parametrize(
    ("of", "said", "unsaid"),
    [
        (days(), "No day of the period is missing", "before the newest"),
        (days(3, 4), "without rows: 2 (3 Nov, 4 Nov)", "No day"),
        (days(3, 4, 9, 12), "without rows: 4 (3 Nov, 4 Nov, 9 Nov …)", "No day"),
        (days(last=NEWEST - timedelta(days=5)), "17 Nov 2026, 5 days before the newest", "without rows"),
    ],
)
def test_late_and_missing_days_are_counted_and_named(of: ChannelDays, said: str, unsaid: str) -> None:
    found = lines(ids.CHANNEL_QUALITY, views(days=of))

    assert said in found
    assert unsaid not in found


def test_the_newest_file_is_named_with_its_source() -> None:
    sent, fetched = NewestFile("may.csv", NEWEST, None), NewestFile("may.csv", NEWEST, "google")

    assert "may.csv, taken in on 22 Nov 2026" in lines(ids.CHANNEL_QUALITY, views(newest_file=sent))
    assert "“google” on 22 Nov 2026" in lines(ids.CHANNEL_QUALITY, views(newest_file=fetched))


def test_recommendations_about_a_channel_are_also_those_that_move_its_money() -> None:
    def item(channel: str | None, **more: Any) -> Recommendation:
        text = Text(en=f"Do {channel}.", ru=f"Сделайте {channel}.")
        return Recommendation(1, "budget_shift", channel, "info", text, text, text, more)

    own, other, moves = item(NAME), item("Other"), item(None, action={"from": {NAME: 1}, "to": {NAME: 2}})

    assert channel_page.of_channel((own, other, moves), NAME) == [own, moves]
    assert "Do Telegram." in lines(ids.CHANNEL_ADVICE, views(recommendations=[own]))
    assert channel_page.NONE.en in lines(ids.CHANNEL_ADVICE, views())
