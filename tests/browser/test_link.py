"""The page that a portal shows by a signed link, without any cookie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from selenium.webdriver.support.wait import WebDriverWait

from demetra_dash.app import build
from demetra_dash.security.links import new_link
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from tests.browser.serving import Served
from tests.browser.working import INTERVAL_SECONDS
from tests.proxy.browser import LocalBrowser

pytestmark = [
    pytest.mark.browser,
    # selenium 4.2 asks urllib3 for headers in a way that is on its way out.
    pytest.mark.filterwarnings("ignore:HTTPResponse.getheader:DeprecationWarning"),
    # It leaves connections to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TIMESERIES = "roi-timeseries-table"

SECRET = "a secret that nobody will guess 42"
SECONDS = 12
TIMEOUT_SECONDS = 60


def expiry(link: str) -> int:
    return int(link.split(".")[2])


@pytest.fixture
def address(three_channels_engine: sa.Engine) -> Iterator[str]:
    """The address of a page that is only for signed-in users and those with a link."""
    settings = Settings(auth="header", trusted_proxies=(ip_network("192.0.2.7"),), link_secret=SECRET)
    served = Served(build(Analytics(three_channels_engine, INTERVAL_SECONDS), settings))
    yield served.url
    served.close()


def test_a_page_with_a_link_renews_it_and_outlives_it(address: str, browser: LocalBrowser) -> None:
    driver = browser.driver

    def link() -> str:
        return str(parse_qs(urlsplit(driver.current_url).query)["link"][0])

    def is_shown(id_: str) -> bool:
        return bool(driver.execute_script("return document.getElementById(arguments[0]).offsetHeight", id_))

    first = new_link(time.time(), SECONDS).sign(SECRET)
    driver.get(f"{address}/?link={first}")
    WebDriverWait(driver, TIMEOUT_SECONDS).until(
        lambda _: "days old" in driver.find_element("id", ids.FRESH_WORD).text
    )
    WebDriverWait(driver, TIMEOUT_SECONDS).until(lambda _: link() != first)
    time.sleep(max(0.0, expiry(first) + 1 - time.time()))

    assert expiry(link()) > time.time()
    assert not is_shown(ids.NOTICE_EXPIRED)
    assert driver.find_element("id", ids.SYNC).get_attribute("aria-disabled") == "true"
    assert driver.get_cookies() == []

    driver.get(f"{address}/?link={first}")
    assert "no longer valid" in driver.page_source
