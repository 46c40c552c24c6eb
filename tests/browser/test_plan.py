"""The Plan tab: a slider gives new figures without a request, and the address carries the scenario."""

from __future__ import annotations

from layouts import ids
from tests.browser.page import Page
from tests.browser.test_page import pytestmark as pytestmark

_READY = "return document.querySelectorAll('.plan-row').length > 0"
_SHOWN = f"return document.querySelector('#{ids.PLAN} .plan-figures').innerText"
_MOVE = """
    const range = document.querySelector('.plan-row .plan-slider');
    range.value = Number(range.max) / 4;
    range.dispatchEvent(new Event('input', { bubbles: true }));
"""


def test_a_slider_gives_new_figures_and_the_address_carries_them(page: Page) -> None:
    page.browser.driver.get(f"{page.route.url}?tab=plan&lang=en")
    page.wait(lambda: page.run_js(_READY))
    page.wait(lambda: "EUR" in page.run_js(_SHOWN))
    before = page.run_js(_SHOWN)

    page.run_js("window.fetch = () => Promise.reject(new Error('away'));" + _MOVE)

    page.wait(lambda: page.run_js(_SHOWN) != before)
    moved = page.run_js(_SHOWN)
    page.wait(lambda: "plan=" in page.browser.driver.current_url)
    page.browser.driver.refresh()
    page.wait(lambda: page.run_js(_READY))
    page.wait(lambda: page.run_js(_SHOWN) == moved)
