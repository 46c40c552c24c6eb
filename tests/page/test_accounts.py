"""What the page says in accounts as people have them, from the import to the words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from callbacks import dashboards, overview, syncs
from layouts import ids
from layouts.reader import PageSetup, Reader
from services.analytics import Analytics
from services.dashboards import DASHBOARDS
from services.database.engine import make_engine
from services.periods import Selection, last_days
from services.sync.run import run_now
from tests.conftest import fresh_database
from tests.options import sync_options
from tests.page.accounts import ACCOUNTS, fill

SETUP = PageSetup(Reader("en"), tuple((one.slug, one.title) for one in DASHBOARDS))
LAST = datetime.now(UTC).date() - timedelta(days=1)


@dataclass(frozen=True)
class Account:
    """An account after its first run, and what the page shows of it."""

    analytics: Analytics

    def status(self) -> dict[str, Any]:
        return _plain(syncs.follow(self.analytics, SETUP, shown_run=None))

    def figures(self, days: int = 28) -> dict[str, Any]:
        return _plain(overview.show_figures(self.analytics, SETUP, self.run_id, last_days(days)))

    def charts(self) -> dict[str, Any]:
        return overview.show_charts(self.analytics, SETUP, self.run_id, Selection())

    def columns(self) -> list[str]:
        table = overview.show_table(self.analytics, SETUP, self.run_id, Selection())
        return [column["id"] for column in table[f"{ids.PERFORMANCE}.columns"]]

    def cards(self) -> dict[str, Any]:
        return _plain(dashboards.show_cards(self.analytics, SETUP, self.run_id))

    def advice(self) -> dict[str, Any]:
        return _plain(overview.show_advice(self.analytics, SETUP, self.run_id))

    @property
    def run_id(self) -> int:
        snapshot = self.analytics.snapshot()
        assert snapshot is not None
        return snapshot.run_id


def _plain(drawn: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace("\u00a0", " ") if isinstance(value, str) else value
        for name, value in drawn.items()
    }


@pytest.fixture(scope="module")
def account_of(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Account]]:
    """Return an account by name; each is imported and computed once."""
    with ExitStack() as stack:

        @cache
        def account(name: str) -> Account:
            url = stack.enter_context(fresh_database(server_url, template=template))
            engine = make_engine(url, name="demetra tests")
            stack.callback(engine.dispose)
            folder = tmp_path_factory.mktemp("account")
            with engine.begin() as connection:
                fill(connection, name, folder, LAST)
            run = run_now(engine, sync_options(folder, chart_dir=None), trigger="test", requested_by=None)
            assert run is not None
            assert run.state == "succeeded", run.error_text
            return Account(Analytics(engine, 1800.0))

        yield account


def kpi(drawn: dict[str, Any], name: Any, part: str = "value.children") -> str:
    return str(drawn[ids.kpi(name, part)])


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_account_has_one_decision_first(account_of: Callable[[str], Account], name: str) -> None:
    drawn = account_of(name).advice()

    assert len(drawn[f"{ids.DECISION_DO}.children"]) > 20
    assert drawn[f"{ids.DECISION_DO}-row.className"] == "decision-row"


def test_in_a_steady_account_no_change_is_called_real(account_of: Callable[[str], Account]) -> None:
    drawn = account_of("steady").figures()

    moods = {kpi(drawn, name, "change.className") for name in ("revenue", "roi", "conversions", "ctr")}
    assert moods == {"change is-even"}


def test_data_of_a_year_ago_are_the_state_and_nothing_is_advised(
    account_of: Callable[[str], Account],
) -> None:
    drawn = account_of("a year old").status()

    assert drawn[f"{ids.FRESH_WORD}.children"] == "Data 374 days old"
    assert drawn[f"{ids.FRESH_DATA}.children"].endswith(str((LAST - timedelta(days=373)).year))
    assert "has-past" in drawn[f"{ids.PAGE}.className"]
    assert "import newer campaigns" in drawn[f"{ids.PAST_ADVICE}.children"]


def test_five_days_say_when_forecasts_come(account_of: Callable[[str], Account]) -> None:
    do = account_of("five days").advice()[f"{ids.DECISION_DO}.children"]

    come: date = LAST + timedelta(days=23)
    assert do.startswith("There are 5 of the 28 days")
    assert f"{come.day} " in do


def test_five_days_have_no_forecast_but_the_day_of_the_first(account_of: Callable[[str], Account]) -> None:
    cards = account_of("five days").cards()

    come = LAST + timedelta(days=23)
    for slug in ("roi-forecast", "roi-timeseries", "reach-ctr-timeseries"):
        headline = cards[ids.card(slug, "headline.children")]
        assert headline == f"5 of 28 days of data: forecasts come with the data of {come.day} {come:%B %Y}."
        assert cards[ids.card(slug, "picture.alt")] == headline
        assert cards[f"{ids.card(slug, 'table')}.data"] == []
        assert "is-waiting" in cards[ids.card(slug, "card.className")]
    assert cards[f"{ids.card('budget-recommendations', 'table')}.data"]
    budget = cards[ids.card("budget-recommendations", "headline.children")]
    assert "(the spend of 5 days, scaled to 28)" in budget


def test_weekly_rows_are_called_so(account_of: Callable[[str], Account]) -> None:
    account = account_of("weekly")

    assert account.figures()[f"{ids.INCOMPLETE}.children"].startswith("Weekly data, spread evenly over")
    assert "channel_grain" not in account.analytics.advice().summary


def test_daily_rows_are_not_called_weekly(account_of: Callable[[str], Account]) -> None:
    assert "Weekly" not in account_of("steady").figures()[f"{ids.INCOMPLETE}.children"]


def test_without_revenue_the_page_ranks_by_cost_per_conversion(account_of: Callable[[str], Account]) -> None:
    account = account_of("no revenue")

    assert kpi(account.figures(), "revenue") == "not in the data"
    assert kpi(account.figures(), "roi") == "needs revenue"
    assert "channels are judged by what a conversion costs" in account.figures()[f"{ids.INCOMPLETE}.children"]
    assert {"revenue", "roi"}.isdisjoint(account.columns())
    assert account.charts()[f"{ids.ROI_TITLE}.children"] == "Cost per conversion by channel"
    lines = {trace["name"] for trace in account.charts()[f"{ids.TREND}.figure"]["data"]}
    assert "Spend" in lines
    assert "Revenue" not in lines


def test_without_conversions_they_are_not_in_the_data(account_of: Callable[[str], Account]) -> None:
    account = account_of("no conversions")

    assert kpi(account.figures(), "conversions") == "not in the data"
    assert kpi(account.figures(), "acquisition_cost") == "needs conversions"
    assert account.figures()[f"{ids.INCOMPLETE}.children"] == "Not in the data: conversions."
    assert {"conversions", "acquisition_cost"}.isdisjoint(account.columns())


def test_a_free_channel_is_told_apart(account_of: Callable[[str], Account]) -> None:
    drawn = account_of("free channel").figures()

    assert (
        "Without spend, so not in ROI and acquisition cost above: Newsletter (revenue"
        in (drawn[f"{ids.INCOMPLETE}.children"])
    )
    assert float(kpi(drawn, "roi").split()[0]) < 250  # of paid channels; all revenue over their cost: 550


def test_of_many_channels_the_rest_is_counted(account_of: Callable[[str], Account]) -> None:
    account = account_of("40 channels")

    assert account.charts()[f"{ids.ROI_NOTE}.children"].startswith("Shown: the best 4 and the worst 4 of 40")
    assert len(account.advice()) == len(overview.ADVICE_LEAVES)


def test_one_channel_has_nothing_to_be_compared_with(account_of: Callable[[str], Account]) -> None:
    assert "nothing to compare" in account_of("one channel").advice()[f"{ids.DECISION_STATE}.children"]


def test_before_any_import_the_page_says_how(engine: sa.Engine) -> None:
    drawn = syncs.follow(Analytics(engine, 1800.0), SETUP, shown_run=None)

    assert "has-nothing" in drawn[f"{ids.PAGE}.className"]
    assert drawn[f"{ids.PAST_ADVICE}.children"] == ""
