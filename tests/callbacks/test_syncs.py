from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from callbacks import syncs
from callbacks.wiring import complete
from layouts import ids
from layouts.reader import PageSetup
from services.analytics import Analytics
from tests.rows import add_campaigns, publish

MS = 1000


def follow(
    analytics: Analytics, setup: PageSetup, shown_run: int | None = None, page_version: str = "1"
) -> dict[str, Any]:
    drawn = syncs.follow(analytics, setup, shown_run=shown_run, page_version=page_version)
    assert complete(syncs.LEAVES, drawn)
    return drawn


@pytest.fixture
def aged(engine: sa.Engine, empty: Analytics) -> Analytics:
    """A snapshot that is a quarter of an hour old."""
    with engine.begin() as connection:
        add_campaigns(connection, days=3)
        publish(connection)
        connection.exec_driver_sql("UPDATE sync_runs SET finished_at = now() - interval '15 minutes'")
    return empty


def test_a_new_snapshot_sets_off_the_figures(published: Analytics, setup: PageSetup, run_id: int) -> None:
    assert follow(published, setup)[syncs.SNAPSHOT_LEAF] == run_id
    assert follow(published, setup, shown_run=run_id - 1)[syncs.SNAPSHOT_LEAF] == run_id


def test_a_snapshot_that_is_shown_already_is_not_drawn_again(
    published: Analytics, setup: PageSetup, run_id: int
) -> None:
    assert syncs.SNAPSHOT_LEAF not in follow(published, setup, shown_run=run_id)


def test_an_empty_database_shows_how_to_fill_it(empty: Analytics, setup: PageSetup) -> None:
    assert follow(empty, setup)[f"{ids.PAGE}.className"] == "page has-nothing"


def test_a_page_of_an_older_version_is_told_to_reload(published: Analytics, setup: PageSetup) -> None:
    shown = follow(published, setup, page_version="0.9")

    assert "Reload" in shown[f"{ids.NOTICE_VERSION}.children"]


def test_without_a_database_figures_stay_and_the_reason_is_said(
    without_database: Analytics, setup: PageSetup, run_id: int
) -> None:
    shown = follow(without_database, setup, shown_run=run_id)

    assert "database does not answer" in shown[f"{ids.NOTICE_DOWN}.children"]
    assert syncs.SNAPSHOT_LEAF not in shown
    assert f"{ids.PAGE}.className" not in shown


def test_the_button_asks_for_a_run(aged: Analytics, setup: PageSetup) -> None:
    syncs.ask(aged, setup)

    active = aged.status().active
    assert active is not None
    assert (active.trigger, active.state) == ("button", "queued")
    assert "is-running" in follow(aged, setup)[f"{ids.SYNC_BAR}.className"]


def test_a_second_click_joins_the_run_of_the_first(aged: Analytics, setup: PageSetup) -> None:
    syncs.ask(aged, setup)
    syncs.ask(aged, setup)

    assert len([run for run in aged.runs() if not run.is_over]) == 1


def test_an_open_page_asks_for_a_run_when_the_figures_are_older_than_its_interval(aged: Analytics) -> None:
    run_id = syncs.renew(aged, polling_ms=14 * 60 * MS)

    assert run_id is not None
    assert aged.run(run_id).trigger == "page"


def test_an_open_page_leaves_younger_figures_alone(aged: Analytics) -> None:
    assert syncs.renew(aged, polling_ms=16 * 60 * MS) is None
    assert aged.status().active is None


def test_an_open_page_does_not_ask_twice(aged: Analytics) -> None:
    assert syncs.renew(aged, polling_ms=MS) is not None
    assert syncs.renew(aged, polling_ms=MS) is None


def test_an_open_page_asks_for_no_run_without_campaigns(empty: Analytics) -> None:
    assert syncs.renew(empty, polling_ms=MS) is None
