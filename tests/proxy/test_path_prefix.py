"""Everything is under the prefix: what the page asks for, what it links to, and what the API tells."""

from __future__ import annotations

import json
import urllib.request
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urljoin, urlsplit

import pytest

from layouts import ids
from tests.browser.test_page import pytestmark  # noqa: F401
from tests.proxy.browser import LocalBrowser, outside
from tests.proxy.processes import HOST, asked
from tests.proxy.routes import ProxiedPage, Route

LINKS = "return [...document.querySelectorAll('a[href], link[href], img[src], script[src]')]"
ADDRESSES = f"{LINKS}.map(e => e.getAttribute('href') || e.getAttribute('src'))"


def ask(page: ProxiedPage, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
    connection = HTTPConnection(HOST, page.route.port, timeout=90)
    connection.request(method, path, headers={"Host": f"{HOST}:{page.route.port}", **headers})
    return connection.getresponse()


def test_every_request_of_the_page_is_under_the_prefix(page: ProxiedPage) -> None:
    page.wait_for_cards()
    page.choose_tab(1)
    page.click(f"#{ids.THEME}")
    page.click(f"#{ids.SYNC}")
    page.wait(lambda: page.text(ids.SYNC_RESULT))

    requests = [address for address in page.browser.requests() if not address.startswith("data:")]
    own = [a for a in requests if not a.startswith(page.route.portal_url)]
    at_proxy = asked(page.route.folder / "nginx")

    assert [a for a in own if not a.startswith(page.route.url)] == []
    assert outside(requests) == []
    assert [line for line in at_proxy if not line[1].startswith(page.route.kind.prefix)] == []
    # 499: the browser itself has given up a question, such as one that a newer one has replaced.
    assert {status for status, _ in at_proxy} <= {200, 204, 304, 499}
    assert len(at_proxy) > 30


def test_every_link_of_the_page_leads_under_the_prefix_and_to_something(page: ProxiedPage) -> None:
    page.wait_for_cards()
    page.choose_tab(1)
    base = urlsplit(page.route.url)
    addresses = {urljoin(page.route.url, a) for a in page.run_js(ADDRESSES)}
    paths = {a.removeprefix(f"{base.scheme}://{base.netloc}") for a in addresses if a.startswith("http")}
    paths = {path.partition("#")[0] for path in paths}

    answers = {path: ask(page, path).status for path in paths}

    assert [path for path in paths if not path.startswith(page.route.kind.prefix)] == []
    assert {path: status for path, status in answers.items() if status != 200} == {}
    assert {"chart", "data.csv"} & {path.partition("?")[0].rpartition("/")[2] for path in paths}


def test_the_api_tells_addresses_under_the_prefix(page: ProxiedPage) -> None:
    page.wait_for_cards()
    prefix = page.route.kind.prefix

    answer = ask(page, f"{prefix}api/sync/run-now?wait=20", "POST")
    body = json.load(answer)
    api = json.load(ask(page, f"{prefix}api/openapi.json"))

    assert body["status_url"].startswith(f"{prefix}api/")
    assert ask(page, body["status_url"]).status == 200
    assert [server["url"] for server in api["servers"]] == [prefix.rstrip("/")]


def test_a_prefix_that_the_proxy_does_not_share_is_named_in_place_of_the_page(module_route: Route) -> None:
    # The proxy hands on a path that Demetra does not know as its own.
    elsewhere = f"http://{HOST}:{module_route.web_port}/another/path/"

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(elsewhere)

    words = refused.value.read().decode()
    assert refused.value.code == 404
    assert f"There is nothing at /another/path/. Demetra is served at {module_route.kind.prefix}" in words


def test_a_page_whose_parts_are_looked_for_elsewhere_says_so(
    module_route: Route, browser: LocalBrowser
) -> None:
    browser.forget()
    # As behind a proxy that serves another path and strips it: the page comes, its parts do not.
    module_route.open(extra=f"if ($uri ~ ^{module_route.kind.prefix}.) {{ return 404; }}")
    browser.driver.get(module_route.url)
    broken = browser.find_element(".if-unstyled").is_displayed()
    words = browser.find_element(".if-unstyled").text
    module_route.open()
    browser.driver.get(module_route.url)
    browser.wait_for_element("#page")

    assert broken
    assert f"they are under {module_route.kind.prefix}" in words
    assert not browser.find_element(".if-unstyled").is_displayed()
