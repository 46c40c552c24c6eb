"""The campaigns and attributes of a channel, from the facade to the values of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callbacks.channel_parts import show_campaigns, show_dimensions
from callbacks.wiring import complete
from layouts import channel_campaigns, ids
from layouts.reader import PageSetup
from services.analytics import Analytics
from services.database.engine import make_engine
from services.periods import LastDays, Selection
from tests.api.filling import CHANNELS, publish_next
from tests.callbacks.conftest import INTERVAL_SECONDS
from tests.conftest import fresh_database
from tests.layouts.values import words
from tests.rows import add_campaigns

USUAL = {"search": "", "order": "spend"}
DAYS = 40


@pytest.fixture(scope="module")
def divided(server_url: str, template: str) -> Iterator[Analytics]:
    """The facade of a database with channels of 204 campaigns, of two without revenue, and of none."""
    with fresh_database(server_url, template) as url:
        engine = make_engine(url, name="demetra tests")
        with engine.begin() as connection:
            for n in range(203):
                _add(connection, "Telegram", f"Campaign {n:03}", [10.0] * DAYS)
            _add(connection, "Telegram", "Autumn", [4000.0] * 20 + [100.0] * 20)
            for n in range(2):
                _add(connection, "Leads", f"Form {n}", None)
            add_campaigns(connection, "Plain", days=DAYS)
            publish_next(connection)
        yield Analytics(engine, INTERVAL_SECONDS)
        engine.dispose()


def _add(connection: Any, channel: str, campaign: str, revenue: list[float] | None) -> None:
    device = {"device": "tv" if campaign.endswith("1") else "phone", "goal": "sales"}
    add_campaigns(
        connection, channel, days=DAYS, campaign_id=campaign, revenue=revenue, attributes=device, cost=1
    )


def _shown(analytics: Analytics, setup: PageSetup, channel: str, **asked: str) -> dict[str, str]:
    run = analytics.snapshot()
    assert run is not None
    selection = Selection(LastDays(20), channel=channel)
    drawn = show_campaigns({**USUAL, **asked}, analytics, setup, run.run_id, selection)
    assert set(complete(channel_campaigns.LEAVES, drawn)) == set(drawn)
    rows = drawn[f"{ids.CAMPAIGNS}.children"]
    return {
        "rows": words(rows),
        "why": drawn[f"{ids.CAMPAIGNS_WHY}.children"].replace("\u00a0", " "),
        "of": drawn[f"{ids.CAMPAIGNS_OF}.children"],
    }


def test_the_largest_200_are_listed_and_the_rest_is_one_row(divided: Analytics, setup: PageSetup) -> None:
    shown = _shown(divided, setup, "Telegram")

    assert shown["of"] == "Shown: 200 of 204"
    assert "The rest: 4" in shown["rows"]
    assert shown["why"] == "100 % of the fall in revenue comes from campaign “Autumn”."


def test_a_campaign_is_found_and_the_reason_stays_that_of_all(divided: Analytics, setup: PageSetup) -> None:
    found = _shown(divided, setup, "Telegram", search="AIGN 20")
    nothing = _shown(divided, setup, "Telegram", search="zzz")

    assert found["of"] == "Shown: 3 of 3"
    assert "“Autumn”" in found["why"]
    assert "zzz" in nothing["rows"]


def test_the_largest_fall_comes_first(divided: Analytics, setup: PageSetup) -> None:
    by_fall = _shown(divided, setup, "Telegram", order="fall")["rows"]
    by_rise = _shown(divided, setup, "Telegram", order="rise")["rows"]

    assert by_fall.index("Autumn") < by_fall.index("Campaign 000")
    assert "Autumn" not in by_rise


def test_without_revenue_conversions_and_their_cost_are_listed(divided: Analytics, setup: PageSetup) -> None:
    rows = _shown(divided, setup, "Leads")["rows"]

    assert "Acquisition cost" in rows
    assert "ROI" not in rows


def test_a_channel_without_campaigns_says_what_to_bring(divided: Analytics, setup: PageSetup) -> None:
    shown = _shown(divided, setup, "Plain")

    assert shown["rows"] == channel_campaigns.NO_CAMPAIGNS.en
    assert shown["why"] == ""


def test_a_run_without_sums_by_campaign_says_so(published: Analytics, setup: PageSetup) -> None:
    assert _shown(published, setup, CHANNELS[0])["rows"] == channel_campaigns.NO_SUMS.en


def test_attributes_have_a_table_each_and_constant_ones_a_line(divided: Analytics, setup: PageSetup) -> None:
    run = divided.snapshot()
    assert run is not None
    shown = {
        channel: show_dimensions(divided, setup, run.run_id, Selection(LastDays(20), channel=channel))
        for channel in ("Telegram", "Plain")
    }

    tables = shown["Telegram"][f"{ids.DIMENSIONS}.children"]
    assert [words(one).partition(" ")[0] for one in tables] == ["Device", "The"]
    assert "Goal (sales)" in words(tables[1])
    assert words(shown["Plain"][f"{ids.DIMENSIONS}.children"]) == channel_campaigns.NO_DIMENSIONS.en
