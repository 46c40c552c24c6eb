"""The views of the page, each as its address and what is done to get there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver.chromium.webdriver import ChromiumDriver

from layouts import ids
from tests.browser.page import SLUGS, Page

EXPORT = Path(__file__).parent / "export.csv"
_HAS_OVERVIEW = (
    f"return document.querySelectorAll('#{ids.PERFORMANCE} td').length > 0"
    " && document.querySelectorAll('.advice-item:not(.is-hidden)').length > 0"
)


@dataclass(frozen=True)
class View:
    """`act` leads from the page at `?query` to the view."""

    name: str
    query: str
    act: Callable[[Page], None]

    def open(self, page: Page, extra: str = "") -> None:
        """Open the view afresh: no tab is remembered, and no position of the focus."""
        driver = page.browser.driver
        driver.execute_script("sessionStorage.clear()")
        driver.get("about:blank")
        driver.get(f"{page.route.url}?{self.query}&{extra}")
        self.act(page)


def set_size(driver: ChromiumDriver, width: int, height: int) -> None:
    """Give the page a size, below what a browser's window can have, too."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait_for_overview(page: Page) -> None:
    page.wait(lambda: page.run_js(_HAS_OVERVIEW))


def wait_for_pictures(page: Page) -> None:
    page.wait(lambda: len(page.pictures()) == len(SLUGS))


def wait_for_channel(page: Page) -> None:
    page.wait(lambda: page.text(ids.place(ids.CHANNEL_AHEAD, 0)))


def open_recommendations(page: Page) -> None:
    wait_for_overview(page)
    page.run_js(
        "document.querySelectorAll('.advice-item:not(.is-hidden)').forEach(item => (item.open = true))"
    )


def open_dashboards(page: Page) -> None:
    wait_for_overview(page)
    page.choose_tab(1)
    wait_for_pictures(page)


def open_large(page: Page) -> None:
    open_dashboards(page)
    page.run_js(f"document.getElementById('{ids.card(SLUGS[-1], 'open')}').click()")  # below the sync bar
    page.browser.wait_for_element(f"#{ids.LARGE_PICTURE}")


def open_data(page: Page) -> None:
    wait_for_overview(page)
    page.run_js(f"document.getElementById('{ids.DATA}').click()")  # some views hide the header's parts
    page.wait(lambda: page.run_js("return document.querySelector('.data-history :is(ul, p)') !== null"))


def open_preview(page: Page) -> None:
    """Open the Data view with a file that was understood but for one row, which stays in the view."""
    open_data(page)
    page.browser.find_element(".data-file").send_keys(str(EXPORT))
    page.wait(lambda: page.run_js("return document.querySelector('.data-actions .data-primary') !== null"))


def open_history(page: Page) -> None:
    wait_for_overview(page)
    page.run_js(f"document.getElementById('{ids.HISTORY}').click()")
    page.wait(lambda: page.run_js("return document.querySelector('.runs-list .runs-row') !== null"))


def open_comparison(page: Page) -> None:
    open_history(page)
    page.run_js("window.demetraRuns.open([1, null])")
    page.wait(lambda: page.run_js("return document.querySelector('.runs-table') !== null"))


def wait_for_slide(page: Page) -> None:
    page.wait(lambda: page.run_js("return document.querySelector('.slide.is-shown') !== null"))


VIEWS = (
    View("Overview", "", wait_for_overview),
    View("opened recommendations", "", open_recommendations),
    View("two dates", "period=2026-01-01,&compare=2025-12-01,2025-12-31", wait_for_overview),
    View("one channel", "channel=Telegram&compare=year", wait_for_channel),
    View("ML dashboards", "", open_dashboards),
    View("large view", "", open_large),
    View("Data", "", open_data),
    View("preview of a file", "", open_preview),
    View("History", "", open_history),
    View("comparison of runs", "", open_comparison),
    View("presentation", "present=1", wait_for_slide),
    View("embedded", "embed=1", wait_for_overview),
    View("embedded ML dashboards", "embed=1&tab=ml", wait_for_pictures),
    View("kiosk", "kiosk=1", wait_for_overview),
    View("kiosk ML dashboards", "kiosk=1&tab=ml", wait_for_pictures),
    View("embedded kiosk", "embed=1&kiosk=1&tab=ml", wait_for_pictures),
)
