"""What the page weighs on its way to a browser (gzip), as Chromium itself counts it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions

from tests.benchmarks.installation import answers, installation, until
from tests.benchmarks.table import Line, at_most, show

KB = 1000
FIRST_PAINT_KB, OVERVIEW_KB, DASHBOARDS_KB = 450, 900, 650
QUIET_SECONDS = 3.0
_OVERVIEW_IS_WHOLE = """
return document.querySelectorAll('#roi .ytick').length > 0
    && document.querySelectorAll('#trend .scatterlayer .trace').length > 0
    && document.querySelectorAll('#performance td').length > 0;
"""
_DASHBOARDS_ARE_WHOLE = """
const pictures = [...document.querySelectorAll('.picture')];
return pictures.length > 0 && pictures.every(p => p.complete && p.src.startsWith('data:image/png'))
    && document.querySelectorAll('.card-table td').length > 0;
"""


@dataclass(slots=True)
class Traffic:
    """What Chromium has received: for each request its address, its bytes, and when it was whole."""

    received: list[tuple[str, int, float]] = field(default_factory=list)
    first_paint: float | None = None

    def kilobytes(self, until: float | None = None) -> float:
        """Return the bytes of the requests that were whole by then, in thousands."""
        return sum(size for _, size, when in self.received if until is None or when <= until) / KB

    def heaviest(self, count: int = 12) -> list[tuple[str, int, float]]:
        """Return the requests with most bytes."""
        return sorted(self.received, key=lambda request: -request[1])[:count]


@contextmanager
def recording_browser() -> Iterator[Any]:
    """Open a Chromium without anything in its cache that records its traffic."""
    options: Any = ChromeOptions()
    for argument in ("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver: Any = Chrome(options=options)
    try:
        # Chromium asks 127.0.0.1 for Brotli as well, which many proxies do not pass on.
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": "gzip"}})
        driver.execute_cdp_cmd("Page.enable", {})
        driver.execute_cdp_cmd("Page.setLifecycleEventsEnabled", {"enabled": True})
        yield driver
    finally:
        driver.quit()


def traffic(driver: Any) -> Traffic:
    """Return what has been received since the last time this was asked."""
    addresses: dict[str, str] = {}
    seen = Traffic()
    for entry in driver.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        given = message["params"]
        if message["method"] == "Network.responseReceived":
            addresses[given["requestId"]] = given["response"]["url"]
        elif message["method"] == "Network.loadingFinished" and given["requestId"] in addresses:
            address = addresses[given["requestId"]]
            if not address.startswith("data:"):
                seen.received.append((address, int(given["encodedDataLength"]), given["timestamp"]))
        elif message["method"] == "Page.lifecycleEvent" and given["name"] == "firstContentfulPaint":
            seen.first_paint = given["timestamp"]
    return seen


def open_overview(driver: Any, address: str) -> Traffic:
    """Open the page at its first tab and return what that took."""
    driver.get_log("performance")
    driver.get(address)
    until(lambda: driver.execute_script(_OVERVIEW_IS_WHOLE))
    sleep(QUIET_SECONDS)
    return traffic(driver)


def open_dashboards(driver: Any) -> Traffic:
    """Choose the second tab and return what that took."""
    driver.execute_script("document.querySelectorAll('.nav-tabs .nav-link')[1].click()")
    until(lambda: driver.execute_script(_DASHBOARDS_ARE_WHOLE))
    sleep(QUIET_SECONDS)
    return traffic(driver)


def lines(driver: Any, address: str) -> Iterator[Line]:
    """Measure a page and give the lines of the table."""
    overview = open_overview(driver, address)
    dashboards = open_dashboards(driver)
    for what, figure, most in (
        ("bytes before the first paint", overview.kilobytes(overview.first_paint), FIRST_PAINT_KB),
        ("whole Overview", overview.kilobytes(), OVERVIEW_KB),
        ("ML dashboards more", dashboards.kilobytes(), DASHBOARDS_KB),
    ):
        yield at_most(what, figure, most, "{:.0f} kB")


def main() -> None:
    """Measure and print the table."""
    with installation() as built, built.part("demetra_dash", "web"), recording_browser() as driver:
        until(lambda: answers(built.address + "/readyz"))
        show("bytes of the page (gzip, sample data, Chromium)", lines(driver, built.address))


if __name__ == "__main__":
    main()
