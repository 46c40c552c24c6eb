from __future__ import annotations

from callbacks import overview
from callbacks.wiring import complete
from layouts import channel_page, ids
from layouts import overview as layout
from layouts.reader import PageSetup
from services.analytics import Analytics
from services.charts.channel_colours import COLOURS
from services.periods import CalendarPeriod, Selection, last_days
from tests.api.filling import CHANNELS, DAYS


def test_all_of_the_overview_is_of_the_same_days(published: Analytics, setup: PageSetup, run_id: int) -> None:
    figures = overview.show_figures(published, setup, run_id, Selection())
    table = overview.show_table(published, setup, run_id, Selection())

    assert complete(layout.FIGURE_LEAVES, figures)
    assert complete(layout.TABLE_LEAVES, table)
    rows = table[f"{ids.PERFORMANCE}.data"]
    assert figures[ids.kpi("spend", "value.title")] == "560.56\u00a0EUR"
    assert round(sum(row["spend"] for row in rows), 2) == 560.56
    assert {row["channel"] for row in rows} == set(CHANNELS)


def test_all_days_can_be_shown(published: Analytics, setup: PageSetup, run_id: int) -> None:
    shown = overview.show_charts(published, setup, run_id, last_days(None))

    assert complete(layout.CHART_LEAVES, shown)
    assert len(shown[f"{ids.TREND}.figure"]["data"][0]["x"]) == DAYS


def test_channels_have_the_colours_of_their_places(published: Analytics, run_id: int) -> None:
    shown = published.overview(Selection(), run_id)

    assert set(overview.colours(shown).values()) == set(COLOURS[: len(CHANNELS)])


def test_recommendations_are_those_of_the_snapshot(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = overview.show_advice(published, setup, run_id)

    assert complete(overview.ADVICE_LEAVES, shown)
    assert shown[ids.advice(0, "sentence.children")] == "Spend more."


def test_a_view_of_the_address_is_a_selection() -> None:
    view = {"period": "last-month", "compare": "year", "channel": "Telegram"}

    assert overview.selection_of(view) == Selection(CalendarPeriod("month", is_last=True), "year", "Telegram")
    assert overview.selection_of({"period": "28", "compare": "before", "channel": ""}) == Selection()


def test_an_unknown_channel_and_days_outside_the_data_are_said(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    for view in (
        {"period": "28", "compare": "before", "channel": "Nowhere"},
        {"period": "2001-01-01,2001-01-31", "compare": "before", "channel": ""},
        {"period": "28", "compare": "sometime", "channel": ""},
    ):
        part = overview.show_figures, layout.FIGURE_LEAVES
        shown = overview.show_view(part, published, setup, run_id, view)
        others = overview.show_view(
            (overview.show_channel, channel_page.LEAVES), published, setup, run_id, view
        )

        assert others == {}
        assert shown[f"{ids.OVERVIEW}.className"] == "overview has-problem"
        assert shown[f"{ids.VIEW_SPAN}.children"]


def test_the_channels_to_choose_from_are_those_of_the_snapshot(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    known = overview.show_advice(published, setup, run_id)[f"{ids.CHANNELS}.data"]

    assert known["names"] == sorted(CHANNELS)
    assert len(known["days"]) == 2


def test_one_channel_has_its_forecast_plan_and_days(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    drawn = overview.show_channel(published, setup, run_id, Selection(channel=CHANNELS[0]))

    assert complete(channel_page.LEAVES, drawn)
    lines = [drawn[f"{ids.place(panel, 0)}.children"] for panel in channel_page.TITLES]
    assert all(lines)
    assert "Spend more." in lines[1]
