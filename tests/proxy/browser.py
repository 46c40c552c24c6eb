"""Chromium that can reach nothing but this machine, and that keeps a record of all it asks for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from dash.testing.browser import Browser
from selenium import webdriver

# A request to another host gets no address, and is recorded.
NOWHERE_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,1000",
)
SCRIPT_SECONDS = 30  # a browser's own limit for a script, as long as no test sets another


class LocalBrowser(Browser):
    """A browser of the tests whose console and network are on record."""

    def __init__(self, *more: str) -> None:
        self._more = more
        super().__init__(browser="chrome", headless=True, percy_run=False, wait_timeout=20)

    def _get_chrome(self) -> webdriver.Chrome:
        options = webdriver.ChromeOptions()
        for word in (*QUIET, NOWHERE_ELSE, *self._more):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        return webdriver.Chrome(options=options)

    def requests(self) -> list[str]:
        """Return the addresses that pages have asked for since the last call."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            _address(entry)
            for entry in entries
            if entry["method"] in {"Network.requestWillBeSent", "Network.webSocketCreated"}
        ]

    def forget(self) -> None:
        """Start over: a fresh tab, nothing stored, nothing recorded, the usual time limit of scripts."""
        old = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        fresh = self.driver.current_window_handle
        self.driver.switch_to.window(old)
        self.driver.close()
        self.driver.switch_to.window(fresh)
        self.driver.set_script_timeout(SCRIPT_SECONDS)
        self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.driver.get_log("browser")
        self.driver.get_log("performance")


def outside(addresses: list[str]) -> list[str]:
    """Return the addresses that lead to another machine."""
    inside = {"127.0.0.1", "localhost", ""}
    return [a for a in addresses if (urlsplit(a).hostname or "") not in inside]


def _address(entry: dict[str, Any]) -> str:
    params = entry["params"]
    return str(params["request"]["url"] if "request" in params else params["url"])
