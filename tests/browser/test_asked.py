"""What the page's own address asks for, in a real browser."""

from __future__ import annotations

import pytest

from layouts import ids
from services.analytics import Analytics
from tests.browser.page import SLUGS, Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import wait_for_slide
from tests.browser.working import INTERVAL_SECONDS
from tests.rows import add_campaigns


@pytest.fixture
def address(page: Page) -> str:
    page.wait_for_cards()
    return str(page.browser.driver.current_url).partition("?")[0]


def test_the_address_chooses_language_theme_and_tab(page: Page, address: str) -> None:
    page.browser.driver.get(f"{address}?embed=1&tab=ml&lang=ru&theme=dark")
    page.wait(lambda: page.text(ids.SYNC_LABEL) == "Обновить")
    page.wait(lambda: len(page.pictures()) == 4)

    assert page.run_js("return document.documentElement.dataset.bsTheme") == "dark"
    assert not page.browser.find_element(".nav-tabs").is_displayed()
    assert not page.browser.find_element(".brand").is_displayed()
    assert page.run_js("return document.cookie") == ""
    assert page.errors() == []


def test_a_kiosk_has_nothing_to_operate(page: Page, address: str) -> None:
    page.browser.driver.get(f"{address}?embed=1&kiosk=1")
    page.wait(lambda: page.text("kpi-spend-value"))

    assert not page.browser.find_element(f"#{ids.SYNC}").is_displayed()
    assert not page.browser.find_element(".view-controls").is_displayed()

    page.browser.driver.get(f"{address}?kiosk=1&tab=ml")
    page.wait(lambda: len(page.pictures()) == 4)
    places = "return [...document.querySelectorAll('.picture-button')].map(button => button.tabIndex)"
    page.wait(lambda: page.run_js(places) == [-1] * 4)


def test_a_kiosk_shows_all_channels_of_a_table_without_a_pager(page: Page, address: str) -> None:
    with page.engine.begin() as connection:
        for place in range(12):
            add_campaigns(connection, f"Further {place}", days=70, revenue=50 + place)
    before = page.runs()
    Analytics(page.engine, INTERVAL_SECONDS).request_sync("api")
    page.wait_for_cards(other_than=before)
    cells = f"#{ids.card(SLUGS[0], 'table')} td[data-dash-column=channel]"
    rows = f"return document.querySelectorAll('{cells}').length"
    page.choose_tab(1)
    page.wait(lambda: page.run_js(rows) == 10)

    page.browser.driver.get(f"{address}?kiosk=1&tab=ml")

    page.wait(lambda: page.run_js(rows) == 15)


def test_a_kiosk_that_rotates_shows_slides(page: Page, address: str) -> None:
    page.browser.driver.get(f"{address}?kiosk=1&rotate=5")
    wait_for_slide(page)

    assert (
        page.run_js("return getComputedStyle(document.querySelector('.present-bar button')).display")
        == "none"
    )
    first = page.run_js("return document.querySelector('.present-number').textContent")
    page.wait(lambda: page.run_js("return document.querySelector('.present-number').textContent") != first)


def test_the_frame_around_it_is_told_the_height(page: Page, address: str) -> None:
    page.run_js(
        "window.heights = [];"
        "addEventListener('message', e => e.data.type === 'demetra:height' && heights.push(e.data.height));"
        "const frame = document.createElement('iframe');"
        f"frame.src = '{address}?embed=1'; frame.width = 1000; document.body.append(frame);"
    )

    page.wait(lambda: page.run_js("return window.heights.length"))
    page.wait(lambda: page.run_js("return window.heights.at(-1)") > 500)
