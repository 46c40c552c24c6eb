"""The declared sources under Data, and what the header says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from layouts import ids
from services.database.engine import make_engine
from services.database.tables import sources, sync_runs
from services.sync import queue
from tests.browser import walking
from tests.browser.conftest import Copy, Open
from tests.browser.page import Page
from tests.browser.sourced import add_sources, finish_fetch
from tests.browser.test_accessible import violations_by_theme
from tests.browser.test_data import shown, wait_for, word
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import open_data, set_size
from tests.conftest import fresh_database, wait_for_answers


@pytest.fixture
def still_page(server_url: str, sample_database: Copy, open_page: Open, tmp_path: Path) -> Iterator[Page]:
    """The page on the sample campaigns, without a worker: sources stay as the test writes them."""
    with fresh_database(server_url, template=sample_database[0]) as url:
        engine = make_engine(url, name="demetra tests")
        yield open_page(engine, tmp_path)
        wait_for_answers(engine)
        engine.dispose()


def row(page: Page, name: str) -> str:
    return shown(page, f'.data-source[data-source="{name}"]')


def button(page: Page, name: str) -> str:
    return f'.data-source[data-source="{name}"] .data-source-actions .data-small'


def fetch(page: Page, name: str) -> None:
    page.run_js(f"document.querySelector('{button(page, name)}').focus()")
    page.browser.driver.switch_to.active_element.send_keys("\n")


def test_each_source_says_how_it_is_and_what_to_do(still_page: Page) -> None:
    page = still_page
    add_sources(page.engine)
    open_data(page)
    wait_for(page, ".data-source", 5)

    rows = {name: row(page, name) for name in ("Google Ads", "Meta", "CRM", "TikTok", "Agency")}

    assert "Up to date" in rows["Google Ads"]
    assert word("betaMeans") in rows["Google Ads"]
    assert "1 file, 21 new rows, 12 corrected" in rows["Meta"]
    assert "days late" in rows["Meta"]
    assert "/in/*.csv" in rows["Meta"]
    assert "Cannot be read" in rows["CRM"]
    assert "refuses the credentials (401)" in rows["CRM"]
    assert "7 attempts have failed since" in rows["CRM"]
    assert "Not fetched yet" in rows["TikTok"]
    assert "lacks a column for the cost" in rows["Agency"]
    assert page.errors() == []


def test_without_sources_the_view_says_how_they_are_declared(still_page: Page) -> None:
    page = still_page

    open_data(page)
    wait_for(page, ".data-none")

    assert "sources.toml" in shown(page, ".data-none")
    assert "[[source]]" in shown(page, ".data-none pre")


def test_a_fetch_is_asked_for_by_keyboard_followed_and_told(still_page: Page) -> None:
    page = still_page
    add_sources(page.engine)
    open_data(page)
    wait_for(page, ".data-source", 5)

    fetch(page, "CRM")
    page.wait(lambda: word("fetching") in row(page, "CRM"))
    with page.engine.connect() as connection:
        asked = connection.execute(sa.select(sync_runs.c.trigger).where(sync_runs.c.state == "queued"))
        assert asked.scalars().all() == ["fetch"]
        wanted = connection.execute(sa.select(sources.c.name).where(sources.c.is_wanted))
        assert wanted.scalars().all() == ["CRM"]
    finish_fetch(page.engine, "CRM")
    page.wait(lambda: "Up to date" in row(page, "CRM"))

    said = "return document.querySelector('.data-body > [role=status].visually-hidden').textContent"
    page.wait(lambda: "CRM: 1 file, 21 new rows" in str(page.run_js(said)).replace("\u00a0", " "))
    assert page.run_js("return document.activeElement.getAttribute('aria-label')") == "Fetch now: CRM"


def test_the_imports_of_a_source_are_shown_alone(still_page: Page) -> None:
    page = still_page
    add_sources(page.engine)
    open_data(page)
    wait_for(page, ".data-source", 5)
    wait_for(page, ".data-import", 4)

    page.run_js("document.querySelector('.data-source[data-source=\"Meta\"] .data-link').click()")
    page.wait(
        lambda: "Meta.csv" in shown(page, ".data-history") and "CRM" not in shown(page, ".data-history")
    )
    assert "Only from the source “Meta”" in shown(page, ".data-only")

    page.run_js("document.querySelector('.data-only .data-small').click()")
    page.wait(lambda: "CRM" in shown(page, ".data-history"))


def test_the_header_names_a_late_source_when_a_sync_ends(still_page: Page) -> None:
    page = still_page
    page.wait(lambda: "data to" in page.text(ids.FRESH_DATA))
    assert "source" not in page.text(ids.FRESH_DATA)

    add_sources(page.engine, more=1)
    with page.engine.begin() as connection:  # a run, as a worker does it
        run = queue.enqueue(connection, trigger="schedule").run
        queue.claim(connection)
        queue.mark_unchanged(connection, run.run_id, run.run_id - 1)
    page.wait(lambda: "from 5" in page.text(ids.FRESH_DATA))

    assert "late" in page.text(ids.FRESH_DATA)
    assert page.text(ids.FRESH_WORD) == "Data late"
    assert page.is_notice_shown(ids.NOTICE_OLD)
    assert "Meta (data to" in page.text(ids.NOTICE_OLD)
    set_size(page.browser.driver, 360, 740)
    fits = "const page = document.documentElement; return page.scrollWidth <= page.clientWidth"
    page.wait(lambda: page.run_js(fits))  # the charts follow a moment later


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=lambda size: f"{size[0]} px")
def test_nothing_is_wrong_with_twenty_sources(still_page: Page, size: tuple[int, int]) -> None:
    page = still_page
    add_sources(page.engine, more=15)
    set_size(page.browser.driver, *size)
    open_data(page)
    wait_for(page, ".data-source", 20)
    folded = "return [...document.querySelectorAll('details .data-source')].length"
    assert page.run_js(folded) == 14
    page.click("#data-sources-ok")
    assert "Loaded so far: " in row(page, "History")
    told = "return document.querySelector('[data-source=\"{name}\"]').textContent"
    assert "next read after" in page.run_js(told.format(name="Account 3"))
    assert "next read" not in page.run_js(told.format(name="Account 4"))

    assert violations_by_theme(page.browser.driver) == {"light": [], "dark": []}
    assert walking.faults_of(page.browser.driver) == []
    inner = "const b = document.querySelector('.data-body'); return b.scrollWidth <= b.clientWidth"
    assert page.run_js(inner) is True
