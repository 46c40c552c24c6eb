"""The page that a portal shows by a signed link, without any cookie."""

from __future__ import annotations

import time
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from dash.testing.composite import DashComposite
from selenium.webdriver.support.wait import WebDriverWait

from demetra_dash.app import build
from demetra_dash.security.links import new_link
from demetra_dash.settings import Settings
from layouts import ids
from services.analytics import Analytics
from tests.browser.working import INTERVAL_SECONDS

pytestmark = [
    pytest.mark.browser,
    # selenium 4.2 asks urllib3 for headers in a way that is on its way out.
    pytest.mark.filterwarnings("ignore:HTTPResponse.getheader:DeprecationWarning"),
    # The development server under dash[testing] leaves files to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TIMESERIES = "roi-timeseries-table"

SECRET = "a secret that nobody will guess 42"
SECONDS = 12
TIMEOUT_SECONDS = 60


def test_a_page_with_a_link_renews_it_and_outlives_it(
    worker: None, engine: sa.Engine, dash_duo: DashComposite
) -> None:
    settings = Settings(auth="header", trusted_proxies=(ip_network("192.0.2.7"),), link_secret=SECRET)
    dash_duo.start_server(build(Analytics(engine, INTERVAL_SECONDS), settings), navigate=False)
    driver, address = dash_duo.driver, dash_duo.server.url

    def link() -> str:
        return str(parse_qs(urlsplit(driver.current_url).query)["link"][0])

    def is_shown(id_: str) -> bool:
        return bool(driver.execute_script("return document.getElementById(arguments[0]).offsetHeight", id_))

    first = new_link(time.time(), SECONDS).sign(SECRET)
    driver.get(f"{address}/?link={first}")
    WebDriverWait(driver, TIMEOUT_SECONDS).until(lambda _: "Fresh" in driver.page_source)
    WebDriverWait(driver, TIMEOUT_SECONDS).until(lambda _: link() != first)
    time.sleep(SECONDS + 1)

    assert int(link().split(".")[2]) > time.time()
    assert not is_shown(ids.NOTICE_EXPIRED)
    assert driver.find_element("id", ids.SYNC).get_attribute("disabled")
    assert driver.get_cookies() == []

    driver.get(f"{address}/?link={first}")
    assert "no longer valid" in driver.page_source
