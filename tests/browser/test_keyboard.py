"""The page by keyboard alone, by real key presses; test_accessible.py walks every view."""

from __future__ import annotations

from layouts import ids
from tests.browser import walking
from tests.browser.page import SLUGS, Page
from tests.browser.test_page import pytestmark as pytestmark
from tests.browser.views import open_dashboards, set_size, wait_for_overview

LOW = (640, 360)  # half of a laptop's screen at 200 %
TIMESERIES = "roi-timeseries-table"
_STUCK = (
    "return [...document.querySelectorAll('.top, .nav-tabs, .sync-area')]"
    ".map(e => getComputedStyle(e).position).filter(p => p === 'fixed' || p === 'sticky')"
)
_SORTED = f"return document.querySelectorAll('#{TIMESERIES} :is(.fa-sort-up, .fa-sort-down)').length"
_CHANNELS = (
    f"return [...document.querySelectorAll('#{TIMESERIES} td[data-dash-column=channel]')]"
    ".map(cell => cell.innerText)"
)
_IS_IN_A_CELL = "return document.activeElement.closest('td') !== null"
_IS_IN_DIALOG = "return document.activeElement.closest('[role=dialog]') !== null"
_NAME_OF_DIALOG = (
    "const dialog = document.querySelector('[role=dialog]');"
    "return document.getElementById(dialog.getAttribute('aria-labelledby')).textContent"
)


def focus(page: Page, selector: str) -> None:
    page.browser.driver.execute_script("document.querySelector(arguments[0]).focus()", selector)


def test_a_low_screen_is_walked_as_well_and_nothing_sticks_to_it(sample_page: Page) -> None:
    set_size(sample_page.browser.driver, *LOW)
    wait_for_overview(sample_page)

    assert walking.faults_of(sample_page.browser.driver) == []
    assert sample_page.run_js(_STUCK) == []


def test_keys_do_in_a_table_what_they_do_elsewhere(sample_page: Page) -> None:
    driver = sample_page.browser.driver
    open_dashboards(sample_page)

    focus(sample_page, f"#{TIMESERIES} .column-header--sort")
    walking.press_enter(driver)
    sample_page.wait(lambda: sample_page.run_js(_SORTED) == 1)
    opened = int(sample_page.table_page(TIMESERIES))
    focus(sample_page, f"#{TIMESERIES} button.next-page")
    walking.press_enter(driver)
    sample_page.wait(lambda: sample_page.table_page(TIMESERIES) == str(opened + 1))
    focus(sample_page, f"#{TIMESERIES} input.current-page")
    walking.press_text(driver, "35")
    walking.press(driver, "Backspace", 8)
    walking.press_enter(driver)
    sample_page.wait(lambda: sample_page.table_page(TIMESERIES) == "3")
    focus(sample_page, f"#{TIMESERIES} th.dash-filter[data-dash-column=channel] input")
    walking.press_text(driver, "tikt")
    walking.press_enter(driver)
    sample_page.wait(lambda: set(sample_page.run_js(_CHANNELS)) == {"TikTok"})

    sample_page.click(f"#{TIMESERIES} td")
    assert sample_page.run_js(_IS_IN_A_CELL)
    walking.press_tab(driver)
    assert not sample_page.run_js(_IS_IN_A_CELL)


def test_the_large_view_has_a_name_holds_the_focus_and_gives_it_back(sample_page: Page) -> None:
    driver = sample_page.browser.driver
    open_dashboards(sample_page)

    for slug in SLUGS:
        opener = ids.card(slug, "open")
        focus(sample_page, f"#{opener}")
        walking.press_enter(driver)
        sample_page.wait(lambda: sample_page.run_js(_IS_IN_DIALOG))
        held = []
        for back in (False, False, False, False, True, True, True, True):
            walking.press_tab(driver, back=back)
            held.append(sample_page.run_js(_IS_IN_DIALOG))
        name = sample_page.run_js(_NAME_OF_DIALOG)
        walking.press_escape(driver)
        sample_page.browser.wait_for_no_elements(f"#{ids.LARGE_PICTURE}")

        assert all(held)
        assert name == sample_page.text(ids.card(slug, "headline")) != ""
        assert sample_page.run_js("return document.activeElement.id") == opener
