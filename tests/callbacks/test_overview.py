from __future__ import annotations

from callbacks import overview
from callbacks.wiring import complete
from layouts import ids
from layouts import overview as layout
from layouts.reader import PageSetup
from services.analytics import Analytics
from services.charts.channel_colours import COLOURS
from tests.api.filling import CHANNELS, DAYS


def test_all_of_the_overview_is_of_the_same_days(published: Analytics, setup: PageSetup, run_id: int) -> None:
    figures = overview.show_figures(published, setup, run_id, 28)
    table = overview.show_table(published, setup, run_id, 28)

    assert complete(layout.FIGURE_LEAVES, figures)
    assert complete(layout.TABLE_LEAVES, table)
    rows = table[f"{ids.PERFORMANCE}.data"]
    assert figures[ids.kpi("spend", "value.title")] == "560.56\u00a0EUR"
    assert round(sum(row["spend"] for row in rows), 2) == 560.56
    assert {row["channel"] for row in rows} == set(CHANNELS)


def test_the_last_choice_stands_for_all_days(published: Analytics, setup: PageSetup, run_id: int) -> None:
    shown = overview.show_charts(published, setup, run_id, layout.ALL)

    assert complete(layout.CHART_LEAVES, shown)
    assert len(shown[f"{ids.TREND}.figure"]["data"][0]["x"]) == DAYS


def test_channels_have_the_colours_of_their_places(published: Analytics, run_id: int) -> None:
    shown = published.overview(28, run_id)

    assert set(overview.colours(shown).values()) == set(COLOURS[: len(CHANNELS)])


def test_recommendations_are_those_of_the_snapshot(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = overview.show_advice(published, setup, run_id)

    assert complete(overview.ADVICE_LEAVES, shown)
    assert shown[ids.advice(0, "sentence.children")] == "Spend more."
