"""What the page's own address asks for, in a real browser."""

from __future__ import annotations

import pytest

from layouts import ids
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark


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


def test_the_frame_around_it_is_told_the_height(page: Page, address: str) -> None:
    page.run_js(
        "window.heights = [];"
        "addEventListener('message', e => e.data.type === 'demetra:height' && heights.push(e.data.height));"
        "const frame = document.createElement('iframe');"
        f"frame.src = '{address}?embed=1'; frame.width = 1000; document.body.append(frame);"
    )

    page.wait(lambda: page.run_js("return window.heights.length"))
    page.wait(lambda: page.run_js("return window.heights.at(-1)") > 500)
